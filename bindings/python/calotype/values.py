"""Python values as values of parameters. Ranges are left to validation: the engine knows them."""

from __future__ import annotations

import math
import numbers
import os
import reprlib
from typing import Union

from .names import quote
from .schema import ParamSchema

Literal = Union[bool, int, float, str]


def shown(value: object) -> str:
    """A value in a message."""
    return f"{reprlib.repr(value)} ({type(value).__name__})"


def literal(param: ParamSchema | None, value: object, place: str) -> Literal:
    """`value` as the engine keeps it. `param` is None where the node type is not known.

    Takes NumPy scalars and paths too. Raises TypeError and ValueError that begin with `place`.
    """
    plain = plain_value(value)
    if param is None:
        fits = plain is not None
    elif param.kind == "string":
        fits = isinstance(plain, str) and not (param.choices and isinstance(value, os.PathLike))
    elif param.kind == "boolean":
        fits = isinstance(plain, bool)
    elif isinstance(plain, bool):
        fits = False
    elif param.kind == "number":
        fits = isinstance(plain, (int, float))
    else:
        fits = isinstance(plain, int) or (param.seed and plain == "random")
    if not fits or plain is None:
        raise TypeError(f"{place}: expected {_expected(param)}, got {shown(value)}")
    if param is not None and param.choices and plain not in param.choices:
        raise ValueError(f"{place}: expected {_expected(param)}, got {quote(plain)}")
    _check_json(plain, place)
    return plain


def plain_value(value: object) -> Literal | None:
    """The Python scalar that `value` stands for; None when there is none."""
    if type(value) in (bool, int, float, str):
        return value  # type: ignore[return-value]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        item = value.item()  # of NumPy and torch
        return plain_value(item) if not hasattr(item, "ndim") else None
    return None


def _check_json(value: Literal, place: str) -> None:
    """Raises ValueError for what no graph file can hold."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{place}: expected a finite number, got {value}")
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        raise ValueError(f"{place}: expected an integer of 64 bits, got {reprlib.repr(value)}")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"{place}: expected a text that UTF-8 can hold, got {value[error.start]!r}"
            ) from None


def _expected(param: ParamSchema | None) -> str:
    if param is None:
        return "a bool, int, float, str or path"
    if param.choices:
        return "one of " + ", ".join(map(quote, param.choices))
    if param.kind == "boolean":
        return "True or False"
    if param.kind == "number":
        return "a number"
    if param.kind == "string":
        return "a path" if param.file else "a text"
    return 'an integer or "random"' if param.seed else "an integer"
