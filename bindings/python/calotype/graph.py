"""Graphs: load, build, edit, check and save them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar, overload

from ._native import core
from .errors import Diagnostic
from .graph_file import graph_data, read_graph_data
from .graph_paths import data_for_folder
from .input_type import input_type
from .link import Input, Link, Source
from .named import Named
from .names import UnknownName, check_name, id_of_type, quote
from .node import Node, Subgraph, id_in_graph
from .readers import readers_of_input, readers_of_node
from .relink import ancestors, apply, output_link, relinked, replace
from .values import Literal, literal, shown

if TYPE_CHECKING:
    from .engine import Engine

__all__ = ["Graph", "Input", "Link", "Node", "Subgraph", "UnknownName"]

T = TypeVar("T")
N = TypeVar("N", bound=Node)


class Graph:
    """A graph of nodes, as a graph file holds it.

        n = calotype.nodes
        graph = calotype.Graph(about="A lighthouse.")
        prompt = graph.input("prompt", "a lighthouse at dusk")
        checkpoint = n.LoadCheckpoint(path="model.safetensors")
        text = n.TextEncode(text_encoder=checkpoint.text_encoder, text=prompt)
        ...
        graph.output("image", decode.image)

    Nodes exist on their own until a graph takes them in: `output` and `add` take a node and all
    that it reads. Nodes keep the order in which they were made. Not thread-safe while it is edited.
    """

    def __init__(self, about: str = "") -> None:
        self._about = about
        self._path: str | None = None
        self._inputs: dict[str, Input[Any]] = {}
        self._nodes: dict[str, Node] = {}
        self._outputs: dict[str, Link[Any]] = {}
        self._id_counts: dict[str, int] = {}
        self._last_order = -1
        self._revision = 0
        self._parsed: tuple[int, core.Graph] | None = None

    @classmethod
    def load(cls, path: str | os.PathLike[str], engine: Engine | None = None) -> Graph:
        """Reads a graph file, or the graph in a .png that Calotype wrote. Raises FileError or GraphError.

        With an engine, nodes of types that only this one knows, such as those written in Python, have
        their ports and are checked too.
        """
        path = os.fsdecode(path)
        return cls._from_core(core.read_graph(path), path, engine)

    @classmethod
    def from_json(
        cls,
        text: str,
        path: str | os.PathLike[str] | None = None,
        engine: Engine | None = None,
    ) -> Graph:
        """Reads the text of a graph file. Raises GraphError.

        `path` is the file that the text is from, such as the `path` of the graph that wrote it:
        relative paths in the graph start in its folder. `engine` is as for `load`.
        """
        if not isinstance(text, str):
            raise TypeError(f"text: expected the text of a graph file, got {shown(text)}")
        file = None if path is None else os.fsdecode(path)
        return cls._from_core(core.parse_graph(text, file or ""), file, engine)

    @classmethod
    def _from_core(cls, parsed: core.Graph, path: str | None, engine: Engine | None) -> Graph:
        graph = cls()
        graph._path = path
        classes = None if engine is None else engine.nodes._classes.by_type()
        read_graph_data(graph, json.loads(parsed.text()), classes)
        graph._parsed = (graph._revision, parsed)
        return graph

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the canonical graph file, whole or not at all. Raises FileError.

        Relative paths of existing files are written so that the new file means the same ones.
        """
        path = os.fsdecode(path)
        data = graph_data(self)
        moved = data_for_folder(self, data, os.path.dirname(path))
        written = core.parse_graph(json.dumps(data), path) if moved else self._core()
        core.write_graph(path, written)

    def to_json(self) -> str:
        """The canonical text of the graph file. Relative paths start in the folder of `path`."""
        return self._core().text()

    def copy(self) -> Graph:
        """A graph of its own with equal nodes."""
        from .graph_copy import copied

        return copied(self)

    def __copy__(self) -> Graph:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Graph:
        made = memo[id(self)] = self.copy()
        return made

    def __reduce__(self) -> tuple[Callable[..., Graph], tuple[object, ...]]:
        from .graph_copy import restored

        return restored, (graph_data(self), self._path)

    def _core(self) -> core.Graph:
        """The engine's form of the graph as it is now; made anew only after a change."""
        if self._parsed is None or self._parsed[0] != self._revision:
            text = json.dumps(graph_data(self))
            file = self._path or ""
            # Twice, so that messages quote lines of the canonical text.
            canonical = core.parse_graph(text, file).text()
            self._parsed = (self._revision, core.parse_graph(canonical, file))
        return self._parsed[1]

    @property
    def about(self) -> str:
        """A sentence for people."""
        return self._about

    @about.setter
    def about(self, about: str) -> None:
        self._about = about
        self._revision += 1

    @property
    def path(self) -> str | None:
        """The file that the graph was loaded from; paths in the graph are relative to it."""
        return self._path

    @property
    def inputs(self) -> Named[Input[Any]]:
        """The inputs by name. `del graph.inputs["seed"]` removes one that nothing reads."""
        return Named("input", self._inputs, self._remove_input)

    @property
    def nodes(self) -> Named[Node]:
        """The nodes by id, in order. `del graph.nodes["blur"]` removes one that nothing reads."""
        return Named("node", self._nodes, self.remove)

    @property
    def outputs(self) -> Named[Link[Any]]:
        """The outputs by name. `del graph.outputs["image"]` removes one."""
        return Named("output", self._outputs, self._remove_output)

    def __getitem__(self, id: str) -> Node:
        return self.nodes[id]

    def __iter__(self) -> Iterator[str]:
        """The ids of the nodes."""
        return iter(self._nodes)

    def __contains__(self, id: object) -> bool:
        return id in self._nodes

    def __len__(self) -> int:
        return len(self._nodes)

    def __bool__(self) -> bool:
        return True  # an empty graph is a graph

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._nodes)

    @overload
    def input(self, name: str, default: bool, *, doc: str = ...) -> Input[bool]: ...
    @overload
    def input(
        self, name: str, default: int, *, type: type[int] = ..., doc: str = ...
    ) -> Input[int]: ...
    @overload
    def input(
        self, name: str, default: float, *, type: type[float] = ..., doc: str = ...
    ) -> Input[float]: ...
    @overload
    def input(self, name: str, default: str, *, doc: str = ...) -> Input[str]: ...
    @overload
    def input(self, name: str, *, type: type[T], doc: str = ...) -> Input[T]: ...
    @overload
    def input(
        self, name: str, default: Literal | None = ..., *, type: str, doc: str = ...
    ) -> Input[Any]: ...
    def input(
        self,
        name: str,
        default: Literal | None = None,
        *,
        type: Any = None,
        doc: str = "",
    ) -> Input[Any]:
        """Adds a value that callers can set, to use as an argument of nodes.

        Without a default it must be set. `type` is bool, int, float, str, a port type such as
        `calotype.nodes.Image`, or its name as in graph files; it follows from the default.
        """
        check_name("name of graph input", name)
        if name in self._inputs:
            raise ValueError(f"the graph has an input {quote(name)} already")
        if default is not None:
            default = literal(None, default, f"graph input {quote(name)}")
        type_name = input_type(name, type, default)
        made: Input[Any] = Input(self, name, type_name, default, doc)
        self._inputs[name] = made
        self._revision += 1
        return made

    def output(self, name: str, link: Link[Any]) -> None:
        """Makes `link` an output of the graph, and takes in the node and all that it reads."""
        check_name("name of graph output", name)
        self.add(output_link(name, link).node)
        self._outputs[name] = link
        self._revision += 1

    def add(self, node: N) -> N:
        """Takes in a node and all that it reads; for nodes that no output needs. Returns it."""
        if not isinstance(node, Node):
            raise TypeError(f"expected a node, got {shown(node)}")
        found: dict[Node, None] = {}
        stack: list[Node] = [node]
        while stack:
            one = stack.pop()
            if one._graph is self or one in found:
                continue
            if one._graph is not None:
                raise ValueError(f"{one._place()} belongs to another graph; use a copy of that one")
            found[one] = None
            for name, source in one._sources():
                if isinstance(source, Input):
                    self._check_input(one, name, source)
                else:
                    stack.append(source.node)
        self._take(sorted(found, key=lambda one: one._order))
        return node

    def remove(self, node: Node | str) -> None:
        """Removes a node that nothing reads. Raises ValueError that names the readers."""
        node = self._own(node)
        readers = readers_of_node(self, node)
        if readers:
            raise ValueError(
                f"{node._place()} is read by {'; '.join(readers)}; relink or remove these first"
            )
        del self._nodes[id_in_graph(node)]
        node._graph = None
        self._revision += 1

    def relink(self, old: Link[Any], new: Source) -> None:
        """Lets everything that reads `old` read `new` instead.

        What `new` itself depends on is left alone, so that a node can be put in between:
        `graph.relink(decode.image, nodes.Invert(image=decode.image).image)`.
        """
        self._own(old.node)
        spared = ancestors(new.node) if isinstance(new, Link) else set()
        changes = relinked(self, {old: new}, spared)
        if isinstance(new, Link):
            self.add(new.node)
        apply(changes)
        self._revision += 1

    def replace(self, old: Node | str, new: N) -> N:
        """Puts `new` in the place of `old`: its readers, its id and its place in the order.

        Raises UnknownName when something reads an output that `new` lacks, ValueError when `new`
        reads `old`. Returns `new`.
        """
        replace(self, self._own(old), new)
        return new

    def validate(self, engine: Engine | None = None) -> list[Diagnostic]:
        """Checks the graph against the node types of an engine, or of the installed plugins.

        Returns warnings. Raises GraphError with all problems at once.
        """
        if engine is not None:
            return engine.validate(self)
        from .registry import default_registry

        return [Diagnostic(**row) for row in core.validate(default_registry(), self._core())]

    def to_mermaid(self) -> str:
        """The graph as a Mermaid flow chart."""
        from .render import to_mermaid

        return to_mermaid(self)

    def to_svg(self) -> str:
        """The graph as a drawing."""
        from .render import to_svg

        return to_svg(self)

    def _repr_svg_(self) -> str:
        return self.to_svg()

    def __repr__(self) -> str:
        of = f" {self._path}" if self._path else ""
        outputs = ", ".join(self._outputs) or "none"
        return f"<Graph{of}: {len(self._nodes)} nodes, outputs {outputs}>"

    def _own(self, node: Node | str) -> Node:
        if isinstance(node, str):
            return self.nodes[node]
        if node._graph is not self:
            raise ValueError(f"{node._place()} is not part of this graph")
        return node

    def _take(self, nodes: list[Node]) -> None:
        """Gives ids to nodes in order and makes them the graph's; all or none of them."""
        chosen: set[str] = set()
        for node in nodes:
            if node._id is None:
                continue
            if node._id in self._nodes or node._id in chosen:
                raise ValueError(f"the graph has a node {quote(node._id)} already")
            chosen.add(node._id)
        in_order = True
        for node in nodes:
            if node._id is None:
                node._id = self._free_id(id_of_type(node._type), chosen)
            node._graph = self
            self._nodes[node._id] = node
            in_order = in_order and node._order > self._last_order
            self._last_order = max(self._last_order, node._order)
        self._revision += 1
        if not in_order:
            self._sort()

    def _free_id(self, base: str, chosen: set[str]) -> str:
        while True:
            count = self._id_counts[base] = self._id_counts.get(base, 0) + 1
            id = base if count == 1 else f"{base}_{count}"
            if id not in self._nodes and id not in chosen:
                return id

    def _sort(self) -> None:
        """Back to the order in which the nodes were made."""
        nodes = sorted(self._nodes.values(), key=lambda node: node._order)
        self._nodes = {id_in_graph(node): node for node in nodes}
        self._revision += 1

    def _take_sources(self, node: Node, name: str, sources: Source | tuple[Source, ...]) -> None:
        """Before `node` is linked to `sources`."""
        for source in sources if isinstance(sources, tuple) else (sources,):
            if isinstance(source, Input):
                self._check_input(node, name, source)
            else:
                self.add(source.node)

    def _check_input(self, node: Node, name: str, source: Input[Any]) -> None:
        if source._graph is not self:
            raise ValueError(
                f"{node._place()}, {quote(name)}: the input {quote(source.name)} belongs to "
                "another graph"
            )

    def _rename_node(self, node: Node, id: str) -> None:
        if id != node._id and id in self._nodes:
            raise ValueError(f"the graph has a node {quote(id)} already")
        self._nodes = {id if other is node else key: other for key, other in self._nodes.items()}
        self._revision += 1

    def _rename_input(self, source: Input[Any], name: str) -> None:
        check_name("name of graph input", name)
        if name != source.name and name in self._inputs:
            raise ValueError(f"the graph has an input {quote(name)} already")
        self._inputs = {
            name if other is source else key: other for key, other in self._inputs.items()
        }
        self._revision += 1

    def _remove_input(self, name: str) -> None:
        source = self.inputs[name]
        readers = readers_of_input(self, source)
        if readers:
            raise ValueError(
                f"the input {quote(name)} is read by {'; '.join(readers)}; set these first"
            )
        del self._inputs[name]
        source._graph = None
        self._revision += 1

    def _remove_output(self, name: str) -> None:
        self.outputs[name]
        del self._outputs[name]
        self._revision += 1

    def _all_sources(self) -> Iterator[tuple[Node, str, Source]]:
        for node in self._nodes.values():
            for name, source in node._sources():
                yield node, name, source
