"""Nodes of a graph."""

from __future__ import annotations

import copy
import itertools
import os
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from .link import Input, Link, ParamArgument, Source, Sources, source_text
from .names import UnknownName, check_name, quote, unknown
from .node_maps import Inputs, Params
from .schema import ANY, NodeSchema, ParamSchema, PortSchema
from .values import Literal, literal, shown

if TYPE_CHECKING:
    from .graph import Graph

_order = itertools.count()


class Node:
    """A node of a graph. `calotype.nodes` has a class for each type, with typed arguments.

    This class itself makes nodes of types that this process does not know; nothing but the form of
    their links and parameters is checked. `node["port"]` is the link to an output.
    """

    __slots__ = ("_graph", "_id", "_inputs", "_note", "_order", "_params", "_type")
    _schema: ClassVar[NodeSchema | None] = None
    _graph: Graph | None
    _id: str | None
    _inputs: dict[str, Source | tuple[Source, ...]]
    _note: str
    _order: int
    _params: dict[str, Literal | Input[Any]]
    _type: str

    def __init__(
        self,
        type: str,
        *,
        inputs: Mapping[str, Sources] | None = None,
        params: Mapping[str, ParamArgument] | None = None,
        id: str | None = None,
        note: str = "",
    ) -> None:
        self._start(type, id, note)
        for name, value in (inputs or {}).items():
            self._inputs[name] = self._checked_sources(name, None, value)
        for name, argument in (params or {}).items():
            self._params[name] = self._checked_param(name, None, argument)

    def _start(self, type: str, id: str | None, note: str) -> None:
        self._graph = None
        self._id = None if id is None else check_name(f"{type}: id", id)
        self._type = type
        self._inputs = {}
        self._params = {}
        self._note = note
        self._order = next(_order)

    @property
    def graph(self) -> Graph | None:
        """The graph that has taken the node in."""
        return self._graph

    @property
    def id(self) -> str | None:
        """Its name in the graph; None until a graph takes it in. Setting it renames the node."""
        return self._id

    @id.setter
    def id(self, id: str) -> None:
        check_name(f"{self._type}: id", id)
        if self._graph is not None:
            self._graph._rename_node(self, id)
        self._id = id

    @property
    def type(self) -> str:
        """Name of the node type, as in graph files."""
        return self._type

    @property
    def note(self) -> str:
        """A sentence for people."""
        return self._note

    @note.setter
    def note(self, note: str) -> None:
        self._note = note
        self._changed()

    @property
    def params(self) -> Params:
        """The parameters that the graph sets; all others have their defaults."""
        return Params(self)

    @property
    def inputs(self) -> Inputs:
        """What the input ports are linked to."""
        return Inputs(self)

    @property
    def outputs(self) -> dict[str, Link[Any]]:
        """The output ports; empty for types that are not known here."""
        return {port.name: Link(self, port.name) for port in _ports(self._schema)}

    def __getitem__(self, port: str) -> Link[Any]:
        if self._schema is not None and port not in self._schema.outputs:
            names = [known.name for known in _ports(self._schema)]
            raise UnknownName(unknown(self._place(), "output", port, names))
        return Link(self, port)

    if not TYPE_CHECKING:  # declared, it would let checkers accept every name

        def __getattr__(self, name):
            if name.startswith("_"):
                raise AttributeError(name)
            if self._schema is None:
                hint = f'node["{name}"] is the link to an output of this name'
                raise AttributeError(f"{self._place()} has no attribute {quote(name)}; {hint}")
            if name in self._schema.params or name in self._schema.inputs:
                raise AttributeError(_member_hint(self, name))
            names = [known.name for known in _ports(self._schema)]
            raise AttributeError(unknown(self._place(), "output", name, names))

        def __setattr__(self, name, value):
            try:
                object.__setattr__(self, name, value)
            except AttributeError:
                raise AttributeError(_member_hint(self, name)) from None

    def __copy__(self) -> Node:
        """A node that is part of no graph and has no id, with the same links and parameters."""
        made = self._blank_copy()
        made._inputs = dict(self._inputs)
        made._params = dict(self._params)
        return made

    def __deepcopy__(self, memo: dict[int, Any]) -> Node:
        """Of a node that is part of a graph: the same node of a copy of the graph."""
        if self._graph is not None:
            return copy.deepcopy(self._graph, memo)[id_in_graph(self)]
        made = memo[id(self)] = self._blank_copy()
        made._id = self._id
        made._inputs = copy.deepcopy(self._inputs, memo)
        made._params = copy.deepcopy(self._params, memo)
        return made

    def _blank_copy(self) -> Node:
        made = type(self).__new__(type(self))
        made._start(self._type, None, self._note)
        return made

    def __repr__(self) -> str:
        return f"<{self._type} {self._id}>" if self._id else f"<{self._type}>"

    def _place(self) -> str:
        return f"node {quote(self._id)} ({self._type})" if self._id else self._type

    def _changed(self) -> None:
        if self._graph is not None:
            self._graph._revision += 1

    def _sources(self) -> Iterator[tuple[str, Source]]:
        """All links and graph inputs that ports and parameters refer to, with their names."""
        for name, value in self._inputs.items():
            if type(value) is tuple:
                for source in value:
                    yield name, source
            else:
                yield name, value  # type: ignore[misc]
        for name, param in self._params.items():
            if type(param) is Input:
                yield name, param

    def _checked_sources(
        self, name: str, port: PortSchema | None, value: object
    ) -> Source | tuple[Source, ...]:
        if isinstance(value, (list, tuple)) and (port is None or port.repeated):
            return tuple(self._checked_source(name, port, source) for source in value)
        return self._checked_source(name, port, value)

    def _checked_source(self, name: str, port: PortSchema | None, value: object) -> Source:
        if not isinstance(value, (Link, Input)):
            self._refuse_source(name, port, value)
        got = value.type
        if port is not None and got not in (port.type, None, ANY) and port.type != ANY:
            raise TypeError(
                f"{self._place()}, input {quote(name)}: expected {port.type}, got {got} from "
                f"{source_text(value)}"
            )
        return value

    def _refuse_source(self, name: str, port: PortSchema | None, value: object) -> NoReturn:
        wanted = f"a link of type {port.type}" if port is not None else "a link"
        if port is not None and port.repeated:
            wanted += " or a list of them"
        text = f"{self._place()}, input {quote(name)}: expected {wanted}, got "
        if not isinstance(value, Node):
            raise TypeError(text + shown(value))
        outputs = ", ".join(quote(output.name) for output in _ports(value._schema))
        listed = f"; name one of its outputs: {outputs}" if outputs else ""
        raise TypeError(f"{text}the whole {value._place()}{listed}")

    def _checked_param(
        self, name: str, param: ParamSchema | None, value: object
    ) -> Literal | Input[Any]:
        if type(value) is Input:
            return value
        if isinstance(value, (Link, Node)):
            raise TypeError(
                f"{self._place()}, param {quote(name)}: expected a value or an input of the "
                f"graph, got {value!r}; only input ports take links"
            )
        return literal(param, value, f"{self._place()}, param {quote(name)}")


class TypedNode(Node):
    """A node whose type is known; the classes in `calotype.nodes` derive from it."""

    __slots__ = ()
    _schema: ClassVar[NodeSchema]

    def __init__(
        self, *positional: object, id: str | None = None, note: str = "", **arguments: Any
    ) -> None:
        schema = self._schema
        if positional:
            first = next(iter(schema.arguments), "id")
            raise TypeError(f"{schema.type}: give arguments by name, as in {first}=...")
        self._start(schema.type, id, note)
        for name, value in arguments.items():
            port = schema.arguments.get(name)
            if port is None:
                raise TypeError(unknown(self._place(), "argument", name, schema.arguments))
            if value is None and (port.optional or name not in schema.required):
                continue
            if isinstance(port, ParamSchema):
                self._params[port.name] = self._checked_param(port.name, port, value)
            else:
                sources = self._checked_sources(port.name, port, value)
                if sources != ():
                    self._inputs[port.name] = sources
        for name in schema.required:
            if name not in arguments:
                what = "param" if isinstance(schema.arguments[name], ParamSchema) else "input"
                raise TypeError(f"{self._place()}: the {what} {quote(name)} is missing")


class Subgraph(Node):
    """A graph file that stands for a node, with the file's inputs and outputs.

    `file` is relative to the file of the graph that the node is in. Links become ports, other
    arguments parameters. `node.image` is the link to an output, `node["id"]` to one that is called
    like a member. The file is read when the graph is checked or run, so a name that it does not have
    is an error only then.
    """

    __slots__ = ("_file",)
    _file: str

    def __init__(
        self,
        file: str | os.PathLike[str],
        *,
        id: str | None = None,
        note: str = "",
        **arguments: Sources | ParamArgument,
    ) -> None:
        self._start("Graph", id, note)
        self._file = os.fspath(file)
        for name, value in arguments.items():
            link = isinstance(value, (Link, list, tuple))
            if link or (isinstance(value, Input) and value.type[:1].isupper()):
                self._inputs[name] = self._checked_sources(name, None, value)
            else:
                self._params[name] = self._checked_param(name, None, value)

    def __getattr__(self, name: str) -> Link[Any]:
        if not re.fullmatch("[a-z][a-z0-9_]*", name):
            raise AttributeError(f"{self._place()} has no attribute {quote(name)}")
        return Link(self, name)

    def _blank_copy(self) -> Node:
        made = super()._blank_copy()
        assert isinstance(made, Subgraph)
        made._file = self._file
        return made

    @property
    def file(self) -> str:
        """The graph file."""
        return self._file

    @file.setter
    def file(self, file: str | os.PathLike[str]) -> None:
        self._file = os.fspath(file)
        self._changed()


def id_in_graph(node: Node) -> str:
    """Of a node that is part of a graph."""
    assert node._id is not None, "graphs give ids"
    return node._id


def _ports(schema: NodeSchema | None) -> list[PortSchema]:
    return list(dict.fromkeys(schema.outputs.values())) if schema is not None else []


def _member_hint(node: Node, name: str) -> str:
    schema = node._schema
    text = f"{node._place()}: the attribute {quote(name)} cannot be set"
    if schema is not None and name in schema.params:
        return f'{node._place()}: {quote(name)} is a param; use node.params["{name}"]'
    if schema is not None and name in schema.inputs:
        return f'{node._place()}: {quote(name)} is an input; use node.inputs["{name}"]'
    return text
