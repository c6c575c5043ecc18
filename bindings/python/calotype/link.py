"""What ports and parameters can be linked to: outputs of nodes and inputs of the graph."""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, Union

from .names import quote
from .values import Literal, literal

if TYPE_CHECKING:
    from .graph import Graph
    from .node import Node

T_co = TypeVar("T_co", covariant=True)


class Link(Generic[T_co]):
    """An output of a node, such as `decode.image`; what inputs of other nodes are linked to.

    To type checkers `Link[Image]` is a link that carries pictures.
    """

    __slots__ = ("node", "port")
    node: Node
    port: str

    def __init__(self, node: Node, port: str) -> None:
        self.node = node
        self.port = port

    @property
    def type(self) -> str | None:
        """Name of the port type; None when the node type is not known here."""
        schema = self.node._schema
        port = schema.outputs.get(self.port) if schema else None
        return port.type if port else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Link) and self.node is other.node and self.port == other.port

    def __hash__(self) -> int:
        return hash((id(self.node), self.port))

    def __repr__(self) -> str:
        return f"<Link {self.node._id or self.node._type}.{self.port}: {self.type or 'unknown'}>"


class Input(Generic[T_co]):
    """An input of a graph, made by `Graph.input`: a value that is set when the graph is run.

    Stands for parameters, and for ports when its type is a port type.
    """

    __slots__ = ("_default", "_doc", "_graph", "_name", "_type")

    def __init__(
        self, graph: Graph, name: str, type: str, default: Literal | None, doc: str
    ) -> None:
        self._graph: Graph | None = graph
        self._name = name
        self._type = type
        self._default = default
        self._doc = doc

    @property
    def name(self) -> str:
        """Its name; setting it renames the input everywhere in the graph."""
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        if self._graph is not None:
            self._graph._rename_input(self, name)
        self._name = name

    @property
    def type(self) -> str:
        """"string", "int", "number", "bool" or the name of a port type."""
        return self._type

    @property
    def default(self) -> Literal | None:
        """None when a run must set it."""
        return self._default

    @default.setter
    def default(self, value: Literal | None) -> None:
        if value is not None:
            value = literal(None, value, f"graph input {quote(self._name)}")
        self._default = value
        self._changed()

    @property
    def doc(self) -> str:
        """A sentence for people."""
        return self._doc

    @doc.setter
    def doc(self, doc: str) -> None:
        self._doc = doc
        self._changed()

    def __deepcopy__(self, memo: dict[int, Any]) -> Input[T_co]:
        """The same input of a copy of the graph."""
        if self._graph is None:
            return self
        return copy.deepcopy(self._graph, memo).inputs[self._name]

    def _changed(self) -> None:
        if self._graph is not None:
            self._graph._revision += 1

    def __repr__(self) -> str:
        default = "" if self._default is None else f" = {self._default!r}"
        return f"<Input {self._name}: {self._type}{default}>"


Source = Union[Link[Any], Input[Any]]
Sources = Union[Source, Sequence[Source]]
ParamArgument = Union[Literal, "os.PathLike[str]", Input[Any]]


def source_text(source: Source) -> str:
    if isinstance(source, Input):
        return f"the graph's input {quote(source.name)}"
    return quote(f"{source.node._id or source.node._type}.{source.port}")
