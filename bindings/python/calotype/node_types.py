"""The classes of `calotype.nodes`, made from what the plugins declare."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from ._native import core
from .link import Link
from .names import unknown
from .node import Node, TypedNode
from .schema import ANY, MEMBER_NAMES, STUB_NAMES, NodeSchema, PythonNames


class _OutputPort:
    """`node.image`: the link to an output."""

    def __init__(self, port: str, doc: str) -> None:
        self._port = port
        self.__doc__ = doc

    def __get__(self, node: Node | None, owner: type[Node]) -> Any:
        return self if node is None else Link(node, self._port)

    def __set__(self, node: Node, value: object) -> None:
        raise AttributeError(self._port)


class NodeClasses:
    """The classes of all node types of a registry, by Python name and by node type."""

    def __init__(self, owner: str, registry: Callable[[], core.Registry]) -> None:
        self.owner = owner  #: of the names, for messages
        self.registry = registry
        self.text = ""
        self.rows: dict[str, Any] = {}
        self.names: dict[str, type] = {}
        self.types: dict[str, type[Node]] = {}

    def read(self, text: str) -> None:
        """Classes whose declaration did not change stay the same objects."""
        rows = json.loads(text)
        names = PythonNames(STUB_NAMES)
        node_names = {row["type"]: names.add(row["type"]) for row in rows}
        ports = {port["type"] for row in rows for port in [*row["inputs"], *row["outputs"]]}
        port_names = {port: names.add(port) for port in sorted(ports - {ANY})}
        made: dict[str, type] = {}
        types: dict[str, type[Node]] = {}
        for row in rows:
            name = node_names[row["type"]]
            known = self.names.get(name)
            if known is None or self.rows.get(row["type"]) != row:
                known = make_class(NodeSchema(row), name, port_names | {ANY: "Any"})
            made[name] = types[row["type"]] = known
        for port, name in port_names.items():
            made[name] = self.names.get(name) or _port_class(port, name)
        for cls in list(types.values()):
            assert issubclass(cls, TypedNode)
            for was in cls._schema.was:
                types.setdefault(was, cls)
        self.rows = {row["type"]: row for row in rows}
        self.text, self.names, self.types = text, made, types

    def refresh(self) -> None:
        """Reads the node types again, if they changed."""
        text = self.registry().schemas()
        if text != self.text:
            self.read(text)

    def changed(self) -> None:
        """A node type may have another declaration now."""
        if self.text:
            self.refresh()

    def by_type(self) -> dict[str, type[Node]]:
        """By type name. Former names count."""
        self.refresh()
        return self.types

    def find(self, name: str) -> type:
        """The class of a Python name. Raises AttributeError that says what there is."""
        if name not in self.names:
            self.refresh()  # a plugin may have come since
        if name not in self.names:
            raise AttributeError(unknown(self.owner, "node type", name, self.names))
        return self.names[name]

    def python_names(self) -> list[str]:
        """Of all node types and port types."""
        self.refresh()
        return list(self.names)


class NodeNames:
    """`engine.nodes`: a class for each node type that the engine knows, as in `calotype.nodes`."""

    def __init__(self, classes: NodeClasses) -> None:
        self._classes = classes

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_classes":
            raise AttributeError(name)
        return self._classes.find(name)

    def __dir__(self) -> list[str]:
        return sorted(self._classes.python_names())

    def __repr__(self) -> str:
        return f"<{self._classes.owner}: {len(self._classes.by_type())} node types>"


def _default_registry() -> core.Registry:
    from .registry import default_registry

    return default_registry()


#: What `calotype.nodes` hands out.
installed = NodeClasses("calotype.nodes", _default_registry)


N = TypeVar("N", bound=TypedNode)


def make_class(
    schema: NodeSchema,
    name: str,
    port_names: dict[str, str],
    base: type[N] = TypedNode,  # type: ignore[assignment]
) -> type[N]:
    """The class of one node type. `port_names` are the Python names of port types."""
    members: dict[str, Any] = {
        "__slots__": (),
        "__module__": "calotype.nodes",
        "__doc__": schema.documentation(),
        "__signature__": schema.signature(port_names),
        "_schema": schema,
    }
    names = PythonNames(MEMBER_NAMES)
    for port in dict.fromkeys(schema.outputs.values()):
        members[names.add(port.name)] = _OutputPort(port.name, port.doc)
    return type(name, (base,), members)


def _port_class(port_type: str, name: str) -> type:
    members = {
        "__module__": "calotype.nodes",
        "__doc__": f"The port type {port_type}.",
        "port_type": port_type,
    }
    return type(name, (), members)
