"""``python -m calotype`` is the command line."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from ._paths import PROGRAM


def main() -> NoReturn:
    """Becomes the program ``calotype``; the module itself and torch are not loaded."""
    if not PROGRAM.exists():
        sys.exit(f"calotype: the program {PROGRAM} is missing: install the package again")
    os.execv(PROGRAM, ["calotype", *sys.argv[1:]])


if __name__ == "__main__":
    main()
