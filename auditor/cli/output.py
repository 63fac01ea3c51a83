"""What the terminal can show: width and colour."""

from __future__ import annotations

import os
import shutil
import sys

_NARROWEST, _WIDEST = 60, 120


def width() -> int:
    """Return the columns for prose: the terminal's, within what is readable; 80 where there is no terminal."""
    return max(_NARROWEST, min(_WIDEST, shutil.get_terminal_size((80, 24)).columns))


def colour() -> bool:
    """Tell whether colours help: on a terminal whose user did not refuse them."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
