"""The types of graph inputs."""

from __future__ import annotations

from typing import Any

from .names import quote
from .values import Literal

_VALUE_TYPES: dict[type, str] = {bool: "bool", int: "int", float: "number", str: "string"}


def input_type(name: str, type: Any, default: Literal | None) -> str:
    """The type of a graph input as graph files say it."""
    if type is None:
        if default is None:
            raise TypeError(f"graph input {quote(name)}: give a default or a type")
        return _VALUE_TYPES[default.__class__]
    if isinstance(type, str):
        return type
    port_type = _VALUE_TYPES.get(type) or getattr(type, "port_type", None)
    if not isinstance(port_type, str):
        raise TypeError(
            f"graph input {quote(name)}: expected a type such as str or calotype.nodes.Image, "
            f"got {type!r}"
        )
    return port_type
