"""Checks of the arguments of `Engine` and `Engine.run`. All raise TypeError or ValueError that begin with
the argument's name."""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ._native import core
from .values import shown

if TYPE_CHECKING:
    from .progress import Callback
    from .python_node import NodeType

_MOST = 2**63 - 1


def flag(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise TypeError(f"{name}: expected True or False, got {shown(value)}")


def whole(name: str, value: object, most: int = _MOST) -> int:
    """A number such as 1e9 counts when it is whole."""
    limits = f"at least 0 and at most {most}" if most != _MOST else "at least 0"
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not number:
        raise TypeError(f"{name}: expected a whole number of {limits}, got {shown(value)}")
    real: Any = value
    if not math.isfinite(real) or int(real) != real or not 0 <= real <= most:
        raise ValueError(f"{name}: expected a whole number of {limits}, got {shown(value)}")
    return int(real)


def budget(name: str, value: object) -> int:
    """To the engine 0 stands for its default; who asks for nothing gets one byte, which holds nothing."""
    return 0 if value is None else max(whole(name, value), 1)


def seconds(name: str, value: object) -> float:
    """The engine counts in milliseconds, and compares with a clock of 64-bit nanoseconds."""
    expected = "expected seconds from 0.001 to 1e9, or 0 for no limit"
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise TypeError(f"{name}: {expected}, got {shown(value)}")
    number = float(value)
    if number != 0 and not 0.001 <= number <= 1e9:
        raise ValueError(f"{name}: {expected}, got {shown(value)}")
    return number


def folder(name: str, value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    raise TypeError(f"{name}: expected a path, got {shown(value)}")


def folders(name: str, value: Any) -> list[str]:
    """One folder counts as a list of one."""
    listed = [value] if isinstance(value, (str, os.PathLike)) or not isinstance(value, Iterable) else value
    return [text for one in listed if (text := folder(name, one)) is not None]


def node_types(value: Any) -> list[NodeType]:
    from .python_node import NodeType

    listed = list(value) if isinstance(value, Iterable) else [value]
    for one in listed:
        if not isinstance(one, NodeType):
            raise TypeError(
                f"nodes: expected node types, as from calotype.node_type, got {shown(one)}"
            )
    return listed


def progress(value: Any) -> Callback | None:
    """The callback, if it is one."""
    if value is None or isinstance(value, bool):
        return None
    if callable(value):
        callback: Callback = value
        return callback
    raise TypeError(f"progress: expected True or a function that takes an Event, got {shown(value)}")


def stop_source(value: object) -> core.StopSource | None:
    if value is None or isinstance(value, core.StopSource):
        return value
    raise TypeError(
        f"stop: expected a calotype.StopSource, got {shown(value)}; call its request_stop() to stop the run"
    )
