"""What a caller asks of one run, in the engine's form."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Union

from ._native import core
from .convert import given_value
from .graph import Graph
from .values import shown

GraphLike = Union[Graph, str, "os.PathLike[str]"]
Outputs = Union[None, str, Sequence[str], Mapping[str, str]]


class Request(NamedTuple):
    """The first arguments of the engine's functions."""

    graph: core.Graph
    set: list[tuple[str, object]]  #: literals by input or "node.param"
    outputs: list[tuple[str, str]]  #: name, "node.port"
    keep_graph_outputs: bool
    values: dict[str, core.Value]  #: by input


def make_request(
    registry: core.Registry,
    graph: GraphLike,
    inputs: Mapping[str, object] | None,
    outputs: Outputs,
) -> Request:
    """Raises TypeError and ValueError for what has another type than `Engine.run` says."""
    parsed = _parsed(graph)
    if inputs is not None and not isinstance(inputs, Mapping):
        raise TypeError(f"inputs: expected a dict of values by name, got {shown(inputs)}")
    types = {name: type_ for name, type_, _ in parsed.inputs} if inputs else {}
    settings: list[tuple[str, object]] = []
    values: dict[str, core.Value] = {}
    for name, given in (inputs or {}).items():
        if not isinstance(name, str):
            raise TypeError(f"inputs: names are texts, got {name!r}")
        type_ = types.get(name, "")
        if type_[:1].isupper() or "." in type_:
            values[name] = given_value(registry, type_, given, f"input {name!r}")
        else:
            settings.append((name, given))
    return Request(parsed, settings, _wanted(parsed, outputs), outputs is None, values)


def _parsed(graph: GraphLike) -> core.Graph:
    if isinstance(graph, Graph):
        return graph._core()
    if isinstance(graph, (str, os.PathLike)):
        return core.read_graph(os.fspath(graph))
    raise TypeError(f"graph: expected a calotype.Graph or a path, got {type(graph).__name__}")


def _wanted(graph: core.Graph, outputs: Outputs) -> list[tuple[str, str]]:
    if outputs is None:
        return []
    if isinstance(outputs, str):
        outputs = [outputs]
    if not isinstance(outputs, Mapping):
        if not isinstance(outputs, (Sequence, set, frozenset)):
            raise TypeError(f"outputs: expected a name, a list or a dict of names, got {shown(outputs)}")
        outputs = {_name(name): name for name in outputs}
    if not outputs:
        raise ValueError("outputs: expected at least one; None asks for the graph's own")
    own = dict(graph.outputs)
    return [(_name(name), own.get(_name(port), port)) for name, port in outputs.items()]


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(f'outputs: expected names of outputs or "node.port", got {shown(name)}')
    return name
