"""Node types written in Python.

    @engine.node("me.Posterize")
    def posterize(image: calotype.Image, levels: int = 4) -> calotype.Image:
        "Reduces the number of shades."
        return (image * (levels - 1)).round() / (levels - 1)

Arguments whose annotation is a port (``Image``, ``Mask``, ``Latent``, ``DepthMap``, ``Port(...)``) are
inputs, all others parameters. The engine checks, caches and reports such nodes like those of plugins;
a digest of the code and of the values that it uses is part of the cache key.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

import torch

from ._native import core
from .annotations import Call, SchemaReader
from .caller import caller_level
from .convert import to_value
from .link import Link
from .live_runs import live_node
from .node import TypedNode
from .node_types import make_class
from .schema import NodeSchema
from .shared_tensor import shared
from .value import Value


class PythonNode(TypedNode):
    """A node whose type is known only when the program runs; checkers take any name for an output."""

    __slots__ = ()

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Link[Any]: ...


class NodeType:
    """A node type made from a function. Call it to make a node of a graph, as with ``calotype.nodes``."""

    def __init__(self, schema: dict[str, Any], call: Call) -> None:
        self._schema = schema
        self._call = call
        name = re.sub(r"\W", "_", schema["type"])
        self._class = make_class(NodeSchema(schema), name, _AnyName(), PythonNode)

    @property
    def type(self) -> str:
        """Name in graph files."""
        name: str = self._schema["type"]
        return name

    @property
    def function(self) -> Callable[..., Any]:
        """The function itself, for tests."""
        return self._call.function

    def __call__(self, **arguments: Any) -> PythonNode:
        node: PythonNode = self._class(**arguments)
        return node

    def register(self, registry: core.Registry) -> None:
        """Called by ``Engine.add``."""
        core.add_python_node(registry, json.dumps([self._schema]), _Bound(self._call))

    def __repr__(self) -> str:
        return f"<NodeType {self.type}>"


class _AnyName(dict[str, str]):
    """Port classes of a signature: here the annotation is the port type's own name."""

    def __missing__(self, key: str) -> str:
        return key


class _Bound:
    """What the engine calls. It must not hold the registry, which holds it."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def __call__(
        self,
        registry: core.Registry,
        inputs: list[list[core.Value]],
        params: list[Any],
        context: core.RunContext,
    ) -> list[core.Value]:
        call = self._call
        arguments: dict[str, Any] = {}
        for (name, port_type, repeated), values in zip(call.inputs, inputs):
            given = [_argument(value, port_type) for value in values]
            if repeated:
                arguments[name] = given
            elif given:
                arguments[name] = given[0]
            elif name in call.missing:
                arguments[name] = None
        made = dict(zip(call.params, params))
        for name, path_class in call.paths.items():
            if made[name] is not None:
                made[name] = path_class(made[name])
        function = call.function
        if call.fields:
            function = function(**{name: made.pop(name) for name in call.fields})
        arguments.update(made)
        if call.context:
            arguments[call.context] = context
        with live_node():
            result = function(**arguments)
        return self._results(registry, result)

    def _results(self, registry: core.Registry, result: Any) -> list[core.Value]:
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
            to_value(registry, port_type, value, f"output {name!r}")
            for (name, port_type), value in zip(call.outputs, results)
        ]


def _argument(value: core.Value, port_type: str) -> torch.Tensor | Value:
    return shared(value.tensor()) if port_type in core.tensor_types else Value(value)


def node_type(
    type: str,
    *,
    version: int | None = None,
    impure: bool = False,
    lane: Literal["cpu", "io", "device"] = "cpu",
) -> Callable[[Callable[..., Any]], NodeType]:
    """Decorator that makes a node type from a function, or from a dataclass with ``__call__``.

    Args:
        type: name in graph files, with a vendor in front: ``"me.Posterize"``.
        version: raise it when something that the function calls changes its results. Its own code,
            the functions and classes of the same package that it uses, and values from outside (numbers,
            texts, lists and the like, arrays, tensors in host memory) are part of the cache key already,
            as they are now. When it uses anything else, results are not cached, and a warning says so,
            unless a version is given.
        impure: the node has an effect outside, such as writing a file; it is never cached.
        lane: what it mainly occupies: one node at a time runs on ``device``, two in ``io``.

    Raises TypeError when an annotation is missing or cannot be understood, TypeError or ValueError when
    a default does not fit it, with its name.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+", type):
        raise ValueError(f"node type {type!r}: expected a vendor and a name, such as \"me.Posterize\"")

    def make(function: Callable[..., Any]) -> NodeType:
        reader = SchemaReader(type, function)
        schema, call = reader.read(version, impure, lane)
        if reader.unknown:
            warnings.warn(
                f"{type}: its results are not cached, because the cache key cannot tell when these "
                f"change: {', '.join(reader.unknown)}; pass them as parameters or inputs, or give "
                "version= and raise it when they change",
                RuntimeWarning,
                stacklevel=caller_level(),
            )
        return NodeType(schema, call)

    return make
