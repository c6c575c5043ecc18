"""Reads the annotations of a function, or of a dataclass with ``__call__``, into a node's schema."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import os
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import Annotated, Any, Literal, Union

from .code_digest import CodeDigest
from .ports import Context, Param, Port
from .schema import ParamSchema
from .values import literal

_KINDS: dict[object, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}


@dataclasses.dataclass(frozen=True)
class Call:
    """How the engine's values become arguments, and results values."""

    type: str
    function: Callable[..., Any]
    fields: tuple[str, ...]  #: of a dataclass: params that are given when it is made
    inputs: tuple[tuple[str, str, bool], ...]  #: name, port type, repeated
    missing: tuple[str, ...]  #: inputs that are None when they are not linked
    params: tuple[str, ...]
    paths: Mapping[str, Callable[[str], PurePath]]  #: params that the function takes as paths
    outputs: tuple[tuple[str, str], ...]  #: name, port type
    names: tuple[str, ...]  #: fields of the result when there are several outputs, else ()
    context: str  #: name of the argument that takes the context; "" for none


class SchemaReader:
    """Reads annotations into a schema."""

    def __init__(self, type_: str, function: Callable[..., Any]) -> None:
        self._type = type_
        self._function = function
        self._inputs: list[dict[str, Any]] = []
        self._params: list[dict[str, Any]] = []
        self._missing: list[str] = []
        self._paths: dict[str, Callable[[str], PurePath]] = {}
        self._context = ""
        self.unknown: list[str] = []  #: what the code uses and its digest does not tell

    def read(
        self, version: int | None, impure: bool, lane: str
    ) -> tuple[dict[str, Any], Call]:
        """The schema, and how to call the function. Without a version, what has no digest makes it
        impure."""
        function = self._function
        _check_kind(self._type, function)
        fields: tuple[str, ...] = ()
        called: Callable[..., Any] = function
        if inspect.isclass(function):
            if not dataclasses.is_dataclass(function) or not callable(getattr(function, "__call__")):
                raise TypeError(f"{self._type}: expected a function or a dataclass with __call__")
            hints = typing.get_type_hints(function, include_extras=True)
            for field in dataclasses.fields(function):
                self._add_param(field.name, hints[field.name], _field_default(field))
            fields = tuple(field.name for field in dataclasses.fields(function))
            called = function.__call__
        hints = typing.get_type_hints(called, include_extras=True)
        for name, parameter in inspect.signature(called).parameters.items():
            if name == "self" and inspect.isclass(function):
                continue
            self._add(name, parameter, hints)
        outputs, names = self._outputs(hints)
        code = CodeDigest(function)
        if version is None and not impure:
            self.unknown = code.unknown
        schema = {
            "type": self._type,
            "version": 1 if version is None else version,
            "summary": _summary(function),
            "inputs": self._inputs,
            "params": self._params,
            "outputs": outputs,
            "lane": lane,
            "code": code.text,
            **({"impure": True} if impure or self.unknown else {}),
            "plugin": "python",
        }
        call = Call(
            self._type,
            function,
            fields,
            tuple((p["name"], p["type"], p.get("repeated", False)) for p in self._inputs),
            tuple(self._missing),
            tuple(p["name"] for p in self._params),
            self._paths,
            tuple((p["name"], p["type"]) for p in outputs),
            names,
            self._context,
        )
        return schema, call

    def _add(self, name: str, parameter: inspect.Parameter, hints: Mapping[str, Any]) -> None:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise TypeError(f"{self._type}: argument {name!r} must be an ordinary argument")
        if name not in hints:
            raise TypeError(f"{self._type}: argument {name!r} has no annotation")
        hint = hints[name]
        if hint is Context:
            self._context = name
            return
        plain, optional = _without_none(hint)
        repeated = typing.get_origin(plain) in (list, Sequence)
        port = _find(Port, typing.get_args(plain)[0] if repeated else plain)
        if port is None:
            self._add_param(name, hint, parameter.default)
            return
        row: dict[str, Any] = {"name": name, "type": port.type, "doc": port.doc or f"{port.type}."}
        if repeated:
            row.update(optional=True, repeated=True)
        elif optional or parameter.default is None:
            row["optional"] = True
            if parameter.default is parameter.empty:
                self._missing.append(name)
        self._inputs.append(row)

    def _add_param(self, name: str, hint: Any, default: Any) -> None:
        plain, optional = _without_none(hint)
        about = _find(Param, plain) or Param()
        if typing.get_origin(plain) is Annotated:
            plain = typing.get_args(plain)[0]
        row: dict[str, Any] = {"name": name, "doc": about.doc or f"{name.replace('_', ' ')}."}
        if typing.get_origin(plain) is Literal:
            choices = typing.get_args(plain)
            if not all(isinstance(choice, str) for choice in choices):
                raise TypeError(f"{self._type}: param {name!r}: a Literal must have texts only")
            row.update(kind="string", choices=list(choices))
        elif _is_class(plain) and issubclass(plain, os.PathLike):
            row["kind"] = "string"
            if issubclass(plain, PurePath):
                self._paths[name] = plain
        elif plain in _KINDS:
            row["kind"] = "unsigned_integer" if about.seed else _KINDS[plain]
        else:
            raise TypeError(
                f"{self._type}: argument {name!r}: expected a port, bool, int, float, str, Path or a "
                f"Literal of texts, got {plain!r}"
            )
        if default is inspect.Parameter.empty:
            row["required"] = True
        elif default is None:
            row["optional"] = True
        else:
            value = literal(ParamSchema(row, name), default, f"{self._type}: default of {name!r}")
            row["default"] = {row["kind"]: float(value) if row["kind"] == "number" else value}
        if optional and "required" in row:
            raise TypeError(f"{self._type}: param {name!r} may be None, so it needs a default")
        for key in ("min", "max"):
            if getattr(about, key) is not None:
                row[key] = float(getattr(about, key))
        for key in ("multiple_of", "unit", "file", "seed"):
            if getattr(about, key):
                row[key] = getattr(about, key)
        self._params.append(row)

    def _outputs(self, hints: Mapping[str, Any]) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
        if "return" not in hints:
            raise TypeError(f"{self._type}: the result has no annotation")
        result = hints["return"]
        if result is types.NoneType:
            return [], ()
        port = _find(Port, result)
        if port is not None:
            return [_output(port.name or _small(port.type), port)], ()
        rows: list[dict[str, Any]] = []
        named = typing.get_type_hints(result, include_extras=True) if _is_class(result) else {}
        for name, hint in named.items():
            port = _find(Port, hint)
            if port is None:
                rows = []
                break
            rows.append(_output(name, port))
        if not rows:
            raise TypeError(
                f"{self._type}: expected a result that is a port, or a NamedTuple or dataclass of ports, "
                f"got {result!r}"
            )
        return rows, tuple(row["name"] for row in rows)


def _check_kind(type_: str, function: Callable[..., Any]) -> None:
    if isinstance(function, functools.partial):
        raise TypeError(
            f"{type_}: expected a function or a dataclass with __call__, got a functools.partial: "
            "write a function that calls it"
        )
    called = function.__call__ if inspect.isclass(function) else function
    for word, found in (
        ("asynchronous", inspect.iscoroutinefunction(called)),
        ("a generator", inspect.isgeneratorfunction(called) or inspect.isasyncgenfunction(called)),
    ):
        if found:
            raise TypeError(f"{type_}: expected a function that returns its result, but it is {word}")


def _output(name: str, port: Port) -> dict[str, Any]:
    return {"name": name, "type": port.type, "doc": port.doc or f"{port.type}."}


def _find(kind: type, hint: Any) -> Any:
    """The mark in an ``Annotated``, if it has one."""
    for mark in getattr(hint, "__metadata__", ()):
        if isinstance(mark, kind):
            return mark
    return None


def _without_none(hint: Any) -> tuple[Any, bool]:
    """``X | None`` as X and True."""
    if typing.get_origin(hint) in (Union, types.UnionType):
        rest = [part for part in typing.get_args(hint) if part is not types.NoneType]
        if len(rest) == 1:
            return rest[0], True
    return hint, False


def _field_default(field: dataclasses.Field[Any]) -> Any:
    if field.default is not dataclasses.MISSING:
        return field.default
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return inspect.Parameter.empty


def _small(type_name: str) -> str:
    """``DepthMap`` -> ``depth_map``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type_name.rsplit(".", 1)[-1]).lower()


def _summary(function: Callable[..., Any]) -> str:
    text = function.__doc__ or ""
    if inspect.isclass(function) and text.startswith(f"{function.__name__}("):
        text = ""  # what dataclass writes by itself
    return inspect.cleandoc(text).split("\n\n")[0].replace("\n", " ") or "A node written in Python."


def _is_class(hint: Any) -> bool:
    """In Python 3.10 ``list[int]`` passes for a class elsewhere."""
    return inspect.isclass(hint) and typing.get_origin(hint) is None
