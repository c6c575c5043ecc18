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

import json
import re
from collections.abc import Callable
from typing import Any, Literal

import torch

from ._native import core
from .annotations import Call, SchemaReader
from .convert import to_value
from .node import TypedNode
from .node_types import make_class
from .schema import NodeSchema
from .value import Value


class NodeType:
    """A node type made from a function. Call it to make a node of a graph, as with ``calotype.nodes``."""

    def __init__(self, schema: dict[str, Any], call: Call) -> None:
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


class _Bound:
    """What the engine calls."""

    def __init__(self, call: Call, registry: core.Registry) -> None:
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
        return NodeType(*SchemaReader(type, function).read(version, impure, lane))

    return make
