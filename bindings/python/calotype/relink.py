"""Exchanging links all over a graph, all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .link import Input, Link, Source
from .names import quote
from .node import Node, id_in_graph
from .values import shown

if TYPE_CHECKING:
    from .graph import Graph

Change = tuple[dict[str, Any], str, Any]  # dictionary, name, new value


def relinked(
    graph: Graph, made: Mapping[Link[Any], Source], spared: set[Node]
) -> list[Change]:
    """What changes when links are exchanged, except in `spared` nodes.

    Raises TypeError and ValueError for links that do not fit, before anything has changed.
    """
    changes: list[Change] = []
    for reader in graph._nodes.values():
        if reader in spared:
            continue
        for name, value in reader._inputs.items():
            sources = value if isinstance(value, tuple) else (value,)
            if not any(source in made for source in sources):
                continue
            new = [made.get(one, one) if isinstance(one, Link) else one for one in sources]
            for source in new:
                if isinstance(source, Input):
                    graph._check_input(reader, name, source)
            port = reader._schema.inputs.get(name) if reader._schema else None
            wanted = new if isinstance(value, tuple) else new[0]
            changes.append((reader._inputs, name, reader._checked_sources(name, port, wanted)))
    for name, link in graph._outputs.items():
        if link in made:
            changes.append((graph._outputs, name, output_link(name, made[link])))
    return changes


def apply(changes: list[Change]) -> None:
    """Makes the changes."""
    for target, name, value in changes:
        target[name] = value


def replace(graph: Graph, old: Node, new: Node) -> None:
    """Puts `new` in the place of `old`, with its readers, its id and its place in the order."""
    if new._graph is not None:
        raise ValueError(f"{new._place()} is part of a graph already")
    if old in ancestors(new):
        text = f"{new._place()} reads {old._place()}"
        raise ValueError(f"{text}; use relink to put it in between")
    sources = [source for _, _, source in graph._all_sources()] + list(graph._outputs.values())
    links = [source for source in dict.fromkeys(sources) if isinstance(source, Link)]
    made: dict[Link[Any], Source] = {
        link: new[link.port] for link in links if link.node is old
    }
    changes = relinked(graph, made, set())
    graph.add(new)
    apply(changes)
    graph._revision += 1
    id, order, chosen = id_in_graph(old), old._order, new._order
    graph.remove(old)
    new._order, old._order = order, chosen
    new.id = id
    graph._sort()


def ancestors(node: Node) -> set[Node]:
    """The node and all that it reads."""
    found = {node}
    stack = [node]
    while stack:
        for _, source in stack.pop()._sources():
            if isinstance(source, Link) and source.node not in found:
                found.add(source.node)
                stack.append(source.node)
    return found


def output_link(name: str, link: object) -> Link[Any]:
    """`link` when it can be the output `name` of a graph. Raises TypeError."""
    if isinstance(link, Link):
        return link
    what = f"the whole {link._place()}" if isinstance(link, Node) else shown(link)
    raise TypeError(f"graph output {quote(name)}: expected a link such as node.image, got {what}")
