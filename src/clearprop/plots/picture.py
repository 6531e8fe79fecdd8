"""The figure that the pictures are drawn on; the one module that needs matplotlib to be imported.

It is imported when a picture is asked for.
"""

from __future__ import annotations

import io

from matplotlib.figure import Figure


class Picture(Figure):
    """A figure that a notebook shows although pyplot, which would do it, knows nothing of it."""

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        buffer = io.BytesIO()
        self.savefig(buffer, format="png")
        size = {
            "width": round(self.get_figwidth() * 100),
            "height": round(self.get_figheight() * 100),
        }
        return buffer.getvalue(), size
