"""Where warnings point to."""

from __future__ import annotations

import sys


def caller_level() -> int:
    """The `stacklevel` of the nearest frame that is not of this package, for who calls this."""
    level = 1
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__package__") == __package__:
        frame = frame.f_back
        level += 1
    return level
