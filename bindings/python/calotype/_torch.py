"""Makes sure that the torch of this process is the one that calotype was built for.

Tensors are C++ objects that both sides share, so there must be one libtorch in the process.
"""

from __future__ import annotations

import os
import sys

from ._build import TORCH_VERSION


def refuse_second_interpreter() -> None:
    """Raises ImportError. To be called before torch is loaded, which may hang there."""
    for name in ("_interpreters", "_xxsubinterpreters"):
        try:
            interpreters = __import__(name)
        except ImportError:
            continue
        current = interpreters.get_current()
        main = interpreters.get_main()
        if current != main:
            raise ImportError(
                "calotype cannot be imported in a second interpreter of one process: libtorch knows "
                "only one. Use threads or processes instead."
            )
        return


def _mapped_libraries(name: str) -> set[str]:
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
            paths = {line.split(maxsplit=5)[5].rstrip("\n") for line in maps if line.count(" ") >= 5
                     and name in line}
    except (OSError, IndexError):
        return set()
    return {os.path.realpath(path) for path in paths if os.path.basename(path) == name}


def minor(version: str) -> str:
    return ".".join(version.split("+")[0].split(".")[:2])


def check() -> None:
    """Raises ImportError with what was expected, found, and what to do."""
    before = _mapped_libraries("libtorch_cpu.so")
    import torch

    if minor(torch.__version__) != minor(TORCH_VERSION):
        raise ImportError(
            f"this calotype was built for torch {minor(TORCH_VERSION)}, but torch "
            f"{torch.__version__} is installed in {os.path.dirname(torch.__file__)}: install "
            f"torch {minor(TORCH_VERSION)}, or build calotype again with this torch"
        )
    own = os.path.realpath(os.path.join(os.path.dirname(torch.__file__), "lib", "libtorch_cpu.so"))
    for path in sorted((before | _mapped_libraries("libtorch_cpu.so")) - {own}):
        raise ImportError(
            f"another libtorch is in this process already: {path}, beside {own}. "
            "Start Python without it (LD_PRELOAD, other packages with a libtorch of their own)."
        )


if sys.platform != "linux":
    raise ImportError("calotype runs on Linux only")
