"""Node types written in Python.

    @engine.node("me.Posterize")
    def posterize(image: calotype.Image, levels: int = 4) -> calotype.Image:
        "Reduces the number of shades."
        return (image * (levels - 1)).round() / (levels - 1)

Arguments whose annotation is a port (``Image``, ``Mask``, ``Latent``, ``DepthMap``, ``Port(...)``) are
inputs, all others parameters. The engine checks, caches and reports such nodes like those of plugins;
the digest of the source is part of the cache key.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
import os
import re
import types
import typing
from typing import Annotated, Any, Callable, Literal, Mapping, Protocol, Sequence, Union

import torch

from ._native import core
from .node import TypedNode
from .node_types import make_class
from .schema import NodeSchema
from .value import Value, to_value


@dataclasses.dataclass(frozen=True)
class Port:
    """Marks an argument or a result as a port: ``Annotated[Value, Port("Conditioning")]``."""

    type: str  #: name of the port type
    doc: str = ""
    name: str = ""  #: of an output; the default is the type's name in small letters


@dataclasses.dataclass(frozen=True)
class Param:
    """Describes a parameter: ``Annotated[int, Param("Number of shades.", min=2, max=256)]``."""

    doc: str = ""
    min: float | None = None
    max: float | None = None
    multiple_of: int = 0
    unit: str = ""
    file: bool = False  #: a path; the content of the file takes part in the cache key
    seed: bool = False  #: accepts "random"


Image = Annotated[torch.Tensor, Port("Image")]
Mask = Annotated[torch.Tensor, Port("Mask")]
Latent = Annotated[torch.Tensor, Port("Latent")]
DepthMap = Annotated[torch.Tensor, Port("DepthMap")]


class Context(Protocol):
    """What a node may ask of the run it is part of, through an argument ``context: Context``."""

    @property
    def cancelled(self) -> bool:
        """True when the run was asked to stop."""

    def check_cancelled(self) -> None:
        """Raises Cancelled when the run was asked to stop. Call it once per step of long work."""

    def progress(self, step: int, steps: int) -> None:
        """``step`` of ``steps`` are finished."""

    def warn(self, text: str) -> None:
        """One sentence for the user; the node goes on."""


_KINDS: dict[object, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}


class NodeType:
    """A node type made from a function. Call it to make a node of a graph, as with ``calotype.nodes``."""

    def __init__(self, schema: dict[str, Any], call: _Call) -> None:
        self._schema = schema
        self._call = call
        self._class = make_class(NodeSchema(schema), re.sub(r"\W", "_", schema["type"]), _AnyName())

    @property
    def type(self) -> str:
        """Name in graph files."""
        name: str = self._schema["type"]
        return name

    @property
    def function(self) -> Callable[..., Any]:
        """The function itself, for tests."""
        return self._call.function

    def __call__(self, **arguments: Any) -> TypedNode:
        return self._class(**arguments)

    def register(self, registry: core.Registry) -> None:
        """Called by ``Engine.add``."""
        core.add_python_node(registry, json.dumps([self._schema]), _Bound(self._call, registry))

    def __repr__(self) -> str:
        return f"<NodeType {self.type}>"


class _AnyName(dict[str, str]):
    """Port classes of a signature: here the annotation is the port type's own name."""

    def __missing__(self, key: str) -> str:
        return key


@dataclasses.dataclass(frozen=True)
class _Call:
    """How the engine's values become arguments, and results values."""

    type: str
    function: Callable[..., Any]
    fields: tuple[str, ...]  #: of a dataclass: params that are given when it is made
    inputs: tuple[tuple[str, str, bool], ...]  #: name, port type, repeated
    params: tuple[str, ...]
    outputs: tuple[tuple[str, str], ...]  #: name, port type
    names: tuple[str, ...]  #: fields of the result when there are several outputs, else ()
    context: str  #: name of the argument that takes the context; "" for none


class _Bound:
    """What the engine calls."""

    def __init__(self, call: _Call, registry: core.Registry) -> None:
        self._call = call
        self._registry = registry

    def __call__(
        self, inputs: list[list[core.Value]], params: list[Any], context: core.RunContext
    ) -> list[core.Value]:
        call = self._call
        arguments: dict[str, Any] = {}
        for (name, port_type, repeated), values in zip(call.inputs, inputs):
            given = [_argument(value, port_type) for value in values]
            if repeated:
                arguments[name] = given
            elif given:
                arguments[name] = given[0]
        made = dict(zip(call.params, params))
        function = call.function
        if call.fields:
            function = function(**{name: made.pop(name) for name in call.fields})
        arguments.update(made)
        if call.context:
            arguments[call.context] = context
        return self._results(function(**arguments))

    def _results(self, result: Any) -> list[core.Value]:
        call = self._call
        if call.names:
            missing = [name for name in call.names if not hasattr(result, name)]
            if missing:
                raise TypeError(
                    f"{call.type}: expected a result with {', '.join(call.names)}, "
                    f"got {type(result).__name__}"
                )
            results = [getattr(result, name) for name in call.names]
        else:
            results = [result] if call.outputs else []
        return [
            to_value(self._registry, port_type, value, f"output {name!r}")
            for (name, port_type), value in zip(call.outputs, results)
        ]


def _argument(value: core.Value, port_type: str) -> torch.Tensor | Value:
    return value.tensor() if port_type in core.tensor_types else Value(value)


def node_type(
    type: str, *, version: int = 1, impure: bool = False, lane: Literal["cpu", "io", "device"] = "cpu"
) -> Callable[[Callable[..., Any]], NodeType]:
    """Decorator that makes a node type from a function, or from a dataclass with ``__call__``.

    Args:
        type: name in graph files, with a vendor in front: ``"me.Posterize"``.
        version: raise it when something that the function calls changes its results; its own source
            is part of the cache key already.
        impure: the node has an effect outside, such as writing a file; it is never cached.
        lane: what it mainly occupies: one node at a time runs on ``device``, two in ``io``.

    Raises TypeError when an annotation is missing or cannot be understood, with its name.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+", type):
        raise ValueError(f"node type {type!r}: expected a vendor and a name, such as \"me.Posterize\"")

    def make(function: Callable[..., Any]) -> NodeType:
        return _Maker(type, function).make(version, impure, lane)

    return make


class _Maker:
    """Reads annotations into a schema."""

    def __init__(self, type_: str, function: Callable[..., Any]) -> None:
        self._type = type_
        self._function = function
        self._inputs: list[dict[str, Any]] = []
        self._params: list[dict[str, Any]] = []
        self._context = ""

    def make(self, version: int, impure: bool, lane: str) -> NodeType:
        function = self._function
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
            if name == "self" and fields or name == "self" and inspect.isclass(function):
                continue
            self._add(name, parameter, hints)
        outputs, names = self._outputs(hints)
        schema = {
            "type": self._type,
            "version": version,
            "summary": _summary(function),
            "inputs": self._inputs,
            "params": self._params,
            "outputs": outputs,
            "lane": lane,
            "code": _code_digest(function),
            **({"impure": True} if impure else {}),
            "plugin": "python",
        }
        call = _Call(
            self._type,
            function,
            fields,
            tuple((p["name"], p["type"], p.get("repeated", False)) for p in self._inputs),
            tuple(p["name"] for p in self._params),
            tuple((p["name"], p["type"]) for p in outputs),
            names,
            self._context,
        )
        return NodeType(schema, call)

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
        repeated = typing.get_origin(plain) in (list, Sequence) or str(
            typing.get_origin(plain)
        ) == "<class 'collections.abc.Sequence'>"
        port = _find(Port, typing.get_args(plain)[0] if repeated else plain)
        if port is None:
            self._add_param(name, hint, parameter.default)
            return
        row: dict[str, Any] = {"name": name, "type": port.type, "doc": port.doc or f"{port.type}."}
        if repeated:
            row.update(optional=True, repeated=True)
        elif optional or parameter.default is None:
            row["optional"] = True
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
        elif inspect.isclass(plain) and issubclass(plain, os.PathLike):
            row["kind"] = "string"
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
            value = float(default) if row["kind"] == "number" else default
            if isinstance(default, os.PathLike):
                value = os.fspath(default)
            row["default"] = {row["kind"]: value}
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
        rows = []
        named = typing.get_type_hints(result, include_extras=True) if inspect.isclass(result) else {}
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


def _code_digest(function: Callable[..., Any]) -> str:
    """Of the source; of the compiled code where there is no source (an interactive prompt)."""
    h = hashlib.sha256()
    try:
        h.update(inspect.getsource(function).encode())
    except (OSError, TypeError):
        for code in _codes(function):
            h.update(code.co_code)
            h.update(repr([c for c in code.co_consts if not inspect.iscode(c)]).encode())
    called = function.__call__ if inspect.isclass(function) else function
    closure = inspect.getclosurevars(called) if inspect.isfunction(called) else None
    if closure is not None:
        # A number that the function was made with decides results as its source does.
        for name, value in sorted(closure.nonlocals.items()):
            if isinstance(value, (bool, int, float, str, bytes, tuple, type(None))):
                h.update(f"{name}={value!r}".encode())
    return h.hexdigest()[:32]


def _codes(function: Any) -> list[types.CodeType]:
    if inspect.isclass(function):
        members = [m for m in vars(function).values() if inspect.isfunction(m)]
        return [member.__code__ for member in sorted(members, key=lambda m: m.__name__)]
    return [function.__code__]
