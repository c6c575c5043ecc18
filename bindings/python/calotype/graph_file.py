"""Graphs as the data of a graph file and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from . import errors, node_types
from .link import Input, Link, Source
from .names import quote, unknown
from .node import Node, Subgraph

if TYPE_CHECKING:
    from .graph import Graph


def graph_data(graph: Graph) -> dict[str, Any]:
    """What the file of the graph says. Key order and wrapping are the engine's business."""
    return {
        "calotype": 1,
        "about": graph._about,
        "inputs": {name: _input_data(source) for name, source in graph._inputs.items()},
        "nodes": {id: _node_data(node) for id, node in graph._nodes.items()},
        "outputs": {name: _link(link) for name, link in graph._outputs.items()},
    }


def read_graph_data(
    graph: Graph, data: dict[str, Any], classes: Mapping[str, type[Node]] | None = None
) -> None:
    """Fills an empty graph. The form of `data` is right already; names may be unknown.

    `classes` are those of the nodes by type, by default those of `calotype.nodes`.
    Raises GraphError for links to nodes and inputs that do not exist.
    """
    graph._about = data.get("about", "")
    for name, row in data.get("inputs", {}).items():
        graph._inputs[name] = Input(
            graph, name, row["type"], row.get("default"), row.get("doc", "")
        )
    if classes is None:
        classes = node_types.installed.by_type()
    for id, row in data["nodes"].items():
        node = graph._nodes[id] = _blank_node(graph, id, row, classes)
        graph._last_order = node._order
    for id, row in data["nodes"].items():
        node = graph._nodes[id]
        read = _Reader(graph, id)
        for name, value in row.get("in", {}).items():
            node._inputs[name] = read.sources(f"input {quote(name)}", value)
        for name, value in row.get("params", {}).items():
            literal = not isinstance(value, dict)
            node._params[name] = value if literal else read.input(f"param {quote(name)}", value)
    for name, text in data.get("outputs", {}).items():
        graph._outputs[name] = _Reader(graph, "").link(f"output {quote(name)}", text)


def _input_data(source: Input[Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"type": source._type}
    if source._default is not None:
        row["default"] = source._default
    if source._doc:
        row["doc"] = source._doc
    return row


def _node_data(node: Node) -> dict[str, Any]:
    row: dict[str, Any] = {"type": node._type}
    if isinstance(node, Subgraph):
        row["file"] = node._file
    if node._inputs:
        row["in"] = {
            name: [_source(one) for one in value] if type(value) is tuple else _source(value)
            for name, value in node._inputs.items()
        }
    if node._params:
        row["params"] = {
            name: _source(value) if isinstance(value, Input) else value
            for name, value in node._params.items()
        }
    if node._note:
        row["note"] = node._note
    return row


def _source(source: Any) -> str | dict[str, str]:
    return {"$input": source._name} if type(source) is Input else _link(source)


def _link(link: Link[Any]) -> str:
    return f"{link.node._id}.{link.port}"


def _blank_node(
    graph: Graph, id: str, row: dict[str, Any], classes: Mapping[str, type[Node]]
) -> Node:
    """The node without its links. Old files may hold what a constructor would refuse."""
    type_name = row["type"]
    cls = Subgraph if type_name == "Graph" else classes.get(type_name, Node)
    node = cls.__new__(cls)
    node._start(type_name, id, row.get("note", ""))
    node._graph = graph
    if isinstance(node, Subgraph):
        node._file = row["file"]
    return node


class _Reader:
    """Finds what links of one node refer to."""

    def __init__(self, graph: Graph, node: str) -> None:
        self._graph = graph
        self._node = node

    def sources(self, place: str, value: Any) -> Source | tuple[Source, ...]:
        if isinstance(value, list):
            return tuple(self._source(place, one) for one in value)
        return self._source(place, value)

    def _source(self, place: str, value: Any) -> Source:
        find: Callable[[str, Any], Source] = self.input if isinstance(value, dict) else self.link
        return find(place, value)

    def link(self, place: str, text: str) -> Link[Any]:
        id, port = text.split(".")
        node = self._graph._nodes.get(id)
        if node is None:
            self._refuse(place, unknown("the graph", "node", id, self._graph._nodes))
        return Link(node, port)

    def input(self, place: str, value: dict[str, str]) -> Input[Any]:
        name = value["$input"]
        found = self._graph._inputs.get(name)
        if found is None:
            self._refuse(place, unknown("the graph", "input", name, self._graph._inputs))
        return found

    def _refuse(self, place: str, what: str) -> NoReturn:
        subject = f"node {quote(self._node)}, {place}" if self._node else place
        file = self._graph._path or ""
        text = f"{file}: {subject}: {what}" if file else f"{subject}: {what}"
        row = {"severity": "error", "file": file, "line": 0, "column": 0, "excerpt": ""}
        row |= {"node": self._node, "port": place, "what": what, "expected": "", "got": ""}
        raise errors.from_core("graph", [row | {"hint": "", "text": text}], text, None)
