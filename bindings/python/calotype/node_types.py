"""The classes of `calotype.nodes`, made from what the plugins declare."""

from __future__ import annotations

import json
from typing import Any

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


class _Table:
    """All classes, by Python name and by node type."""

    def __init__(self) -> None:
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


_table = _Table()


def refresh() -> None:
    """Reads the node types of the default registry again, if they changed."""
    from .registry import default_registry

    text = default_registry().schemas()
    if text != _table.text:
        _table.read(text)


def classes() -> dict[str, type[Node]]:
    """The classes of all node types, by type name. Former names count."""
    refresh()
    return _table.types


def find(name: str) -> type:
    """The class of a Python name. Raises AttributeError that says what there is."""
    if name not in _table.names:
        refresh()  # a plugin may have come since
    if name not in _table.names:
        raise AttributeError(unknown("calotype.nodes", "node type", name, _table.names))
    return _table.names[name]


def python_names() -> list[str]:
    """The Python names of all node types and port types."""
    refresh()
    return list(_table.names)


def make_class(schema: NodeSchema, name: str, port_names: dict[str, str]) -> type[TypedNode]:
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
    return type(name, (TypedNode,), members)


def _port_class(port_type: str, name: str) -> type:
    members = {
        "__module__": "calotype.nodes",
        "__doc__": f"The port type {port_type}.",
        "port_type": port_type,
    }
    return type(name, (), members)
