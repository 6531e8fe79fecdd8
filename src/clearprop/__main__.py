"""``python -m clearprop`` is the ``clearprop`` command."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
