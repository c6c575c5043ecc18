"""Copies of graphs."""

from __future__ import annotations

from typing import Any

from . import node_types
from .graph import Graph
from .graph_file import graph_data, read_graph_data


def copied(graph: Graph) -> Graph:
    """A graph of its own. Nodes have the classes that they have in `graph`."""
    made = Graph()
    made._path = graph._path
    nodes = graph._nodes.values()
    classes = {node._type: type(node) for node in nodes if node._schema is not None}
    read_graph_data(made, graph_data(graph), node_types.installed.by_type() | classes)
    return made


def restored(data: dict[str, Any], path: str | None) -> Graph:
    """A graph that was pickled."""
    graph = Graph()
    graph._path = path
    read_graph_data(graph, data)
    return graph
