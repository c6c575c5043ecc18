"""The plugins that were found."""

from __future__ import annotations

import os
import threading
import warnings
from pathlib import Path
from typing import Sequence

from . import _paths
from ._native import core

_lock = threading.Lock()
_default: core.Registry | None = None


def cache_folder(cache_dir: str | os.PathLike[str] | None) -> Path:
    """The given folder, or the one that the command line uses too."""
    return Path(cache_dir if cache_dir is not None else core.default_cache_folder()).absolute()


def make_registry(
    plugin_dirs: Sequence[str | os.PathLike[str]] = (),
    cache_dir: str | os.PathLike[str] | None = None,
) -> core.Registry:
    """Finds the plugins in these folders, in ``CALOTYPE_PLUGIN_PATH`` and in the package.

    A plugin that is refused is a warning, and the others are there.
    """
    registry = core.Registry(
        [str(Path(folder).absolute()) for folder in plugin_dirs],
        str(_paths.PLUGINS),
        str(cache_folder(cache_dir) / "plugins.json"),
    )
    for problem in registry.problems:
        warnings.warn(problem["text"], RuntimeWarning, stacklevel=3)
    return registry


def default_registry() -> core.Registry:
    """The registry that ``calotype.nodes`` is made from; one per process."""
    global _default
    with _lock:
        if _default is None:
            _default = make_registry()
        return _default
