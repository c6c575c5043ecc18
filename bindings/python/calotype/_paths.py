"""Where this installation keeps the program and the plugins."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).absolute().parent


def _home() -> Path:
    # Installed, everything lies inside the package; in a build tree the package lies in <build>/python.
    return _PACKAGE if (_PACKAGE / "bin" / "calotype").exists() else _PACKAGE.parent.parent


HOME = _home()
PROGRAM = HOME / "bin" / "calotype"
PLUGINS = HOME / "lib" / "calotype" / "plugins"
