"""The parameters and inputs of a node, as dictionaries that check what is put into them."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any, Union

from .link import Input, ParamArgument, Source, Sources
from .names import UnknownName, quote, unknown
from .schema import ParamSchema, PortSchema
from .values import Literal

if TYPE_CHECKING:
    from .node import Node


class Params(MutableMapping[str, Union[Literal, Input[Any]]]):
    """The parameters that the graph sets for a node, by name."""

    __slots__ = ("_node",)

    def __init__(self, node: Node) -> None:
        self._node = node

    def _schema_of(self, name: str) -> ParamSchema | None:
        schema = self._node._schema
        if schema is None:
            return None
        if name not in schema.params:
            known = dict.fromkeys(param.name for param in schema.params.values())
            raise UnknownName(unknown(self._node._place(), "param", name, known))
        return schema.params[name]

    def __getitem__(self, name: str) -> Literal | Input[Any]:
        if name in self._node._params:
            return self._node._params[name]
        param = self._schema_of(name)
        text = f"{self._node._place()} does not set the param {quote(name)}"
        if param is not None:
            text += f"; its default is {param.default!r}"
        raise UnknownName(text)

    def checked(self, name: str, value: ParamArgument) -> Literal | Input[Any]:
        """What setting `name` to `value` would store. Raises like setting it."""
        return self._node._checked_param(name, self._schema_of(name), value)

    def __setitem__(self, name: str, value: ParamArgument) -> None:
        node = self._node
        checked = self.checked(name, value)
        if node._graph is not None and type(checked) is Input:
            node._graph._check_input(node, name, checked)
        node._params[name] = checked
        node._changed()

    def __delitem__(self, name: str) -> None:
        self[name]  # raises when it is not set
        del self._node._params[name]
        self._node._changed()

    def __iter__(self) -> Iterator[str]:
        return iter(self._node._params)

    def __len__(self) -> int:
        return len(self._node._params)

    def __repr__(self) -> str:
        return repr(self._node._params)


class Inputs(MutableMapping[str, Union[Source, "tuple[Source, ...]"]]):
    """What the input ports of a node are linked to, by name; a tuple where the graph has a list."""

    __slots__ = ("_node",)

    def __init__(self, node: Node) -> None:
        self._node = node

    def _schema_of(self, name: str) -> PortSchema | None:
        schema = self._node._schema
        if schema is None:
            return None
        if name not in schema.inputs:
            known = dict.fromkeys(port.name for port in schema.inputs.values())
            raise UnknownName(unknown(self._node._place(), "input", name, known))
        return schema.inputs[name]

    def __getitem__(self, name: str) -> Source | tuple[Source, ...]:
        if name in self._node._inputs:
            return self._node._inputs[name]
        self._schema_of(name)
        raise UnknownName(f"{self._node._place()}: the input {quote(name)} is not linked")

    def __setitem__(self, name: str, value: Sources) -> None:
        node = self._node
        sources = node._checked_sources(name, self._schema_of(name), value)
        if node._graph is not None:
            node._graph._take_sources(node, name, sources)
        node._inputs[name] = sources
        node._changed()

    def __delitem__(self, name: str) -> None:
        self[name]  # raises when it is not linked
        del self._node._inputs[name]
        self._node._changed()

    def __iter__(self) -> Iterator[str]:
        return iter(self._node._inputs)

    def __len__(self) -> int:
        return len(self._node._inputs)

    def __repr__(self) -> str:
        return repr(self._node._inputs)
