"""What reads a part of a graph, as messages say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .link import Input, Link
from .names import quote
from .node import Node

if TYPE_CHECKING:
    from .graph import Graph


def readers_of_node(graph: Graph, node: Node) -> list[str]:
    """Other nodes and outputs of the graph that read `node`."""
    readers = [
        f"node {quote(reader.id)}, {quote(name)}"
        for reader, name, source in graph._all_sources()
        if isinstance(source, Link) and source.node is node and reader is not node
    ]
    return readers + [
        f"output {quote(name)}" for name, link in graph._outputs.items() if link.node is node
    ]


def readers_of_input(graph: Graph, source: Input[Any]) -> list[str]:
    """Nodes that read an input of the graph."""
    return [
        f"node {quote(node.id)}, {quote(port)}"
        for node, port, read in graph._all_sources()
        if read is source
    ]
