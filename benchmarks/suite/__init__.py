"""The speed benchmark's parts: the work, the peers that do it, and who was how fast."""
