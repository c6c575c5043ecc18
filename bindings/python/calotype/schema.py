"""What node types declare, in the shape that Python code needs: names, kinds, docs, defaults.

Read from the engine's own list of schemas; `core/src/graph/python_stubs.cpp` writes the same names
and signatures into stubs.
"""

from __future__ import annotations

import inspect
import json
import keyword
import re
from collections.abc import Iterable
from typing import Any

ANY = "Any"  # the type of ports that take, or give, values of every type

# What stubs themselves say, what every node has, and the members of `Node`.
STUB_NAMES = frozenset(
    "Any Input Link Literal Node PathLike Sequence bool float int object property str".split()
)
ARGUMENT_NAMES = frozenset({"id", "note", "self"})
MEMBER_NAMES = frozenset({"graph", "id", "inputs", "note", "outputs", "params", "type"})


class PythonNames:
    """Gives every name of one scope a Python name of its own; the C++ class has the same rule."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def add(self, name: str) -> str:
        out = re.sub(rb"[^A-Za-z0-9]", b"_", name.encode()).decode()
        if not out or out[0].isdigit():
            out = "_" + out
        while out in self._taken or keyword.iskeyword(out):
            out += "_"
        self._taken.add(out)
        return out


class PortSchema:
    """An input or output port."""

    __slots__ = ("argument", "doc", "name", "optional", "repeated", "type", "was")

    def __init__(self, row: dict[str, Any], argument: str) -> None:
        self.name: str = row["name"]
        self.argument = argument
        self.type: str = row["type"]
        self.doc: str = row["doc"]
        self.optional: bool = row.get("optional", False)
        self.repeated: bool = row.get("repeated", False)
        self.was: list[str] = row.get("was", [])


class ParamSchema:
    """A parameter."""

    __slots__ = (
        "argument", "choices", "default", "doc", "file", "kind", "limits", "name", "optional",
        "required", "seed", "was",
    )  # fmt: skip

    def __init__(self, row: dict[str, Any], argument: str) -> None:
        self.name: str = row["name"]
        self.argument = argument
        self.kind: str = row["kind"]
        self.doc: str = row["doc"]
        self.default = _default(row.get("default"))
        self.optional: bool = row.get("optional", False)
        self.required: bool = row.get("required", False)
        self.choices: list[str] = row.get("choices", [])
        self.seed: bool = row.get("seed", False)
        self.file: bool = row.get("file", False)
        self.was: list[str] = row.get("was", [])
        self.limits = _limits(row)

    @property
    def annotation(self) -> str:
        """The type of the argument, as stubs say it."""
        if self.choices:
            names = ", ".join(_quoted(choice) for choice in self.choices)
            return f"Literal[{names}] | Input[str]"
        if self.kind == "boolean":
            return "bool | Input[bool]"
        if self.kind == "number":
            return "float | Input[float]"
        if self.kind == "string":
            return "str | PathLike[str] | Input[str]" if self.file else "str | Input[str]"
        return 'int | Literal["random"] | Input[int]' if self.seed else "int | Input[int]"


class NodeSchema:
    """A node type. `inputs`, `params` and `outputs` know former names too."""

    __slots__ = ("arguments", "inputs", "outputs", "params", "required", "summary", "type", "was")

    def __init__(self, row: dict[str, Any]) -> None:
        self.type: str = row["type"]
        self.summary: str = row["summary"]
        self.was: list[str] = row.get("was", [])
        names = PythonNames(ARGUMENT_NAMES)
        inputs = [PortSchema(port, names.add(port["name"])) for port in row["inputs"]]
        params = [ParamSchema(param, names.add(param["name"])) for param in row["params"]]
        members = PythonNames(MEMBER_NAMES)
        outputs = [PortSchema(port, members.add(port["name"])) for port in row["outputs"]]
        self.inputs: dict[str, PortSchema] = _by_name(inputs)
        self.params: dict[str, ParamSchema] = _by_name(params)
        self.outputs: dict[str, PortSchema] = _by_name(outputs)
        every: list[PortSchema | ParamSchema] = [*inputs, *params]
        self.arguments = {port.argument: port for port in every}
        self.required = [
            name
            for name, port in self.arguments.items()
            if (
                port.required
                if isinstance(port, ParamSchema)
                else not port.optional and not port.repeated
            )
        ]

    def signature(self, port_classes: dict[str, str]) -> inspect.Signature:
        """Keyword-only arguments with annotations and defaults, as in the stub."""
        keyword_only = inspect.Parameter.KEYWORD_ONLY
        rows = []
        for name, port in self.arguments.items():
            if isinstance(port, PortSchema):
                annotation, default = _port_argument(port, port_classes[port.type])
            else:
                annotation = port.annotation + (" | None" if port.optional else "")
                default = inspect.Parameter.empty if port.required else port.default
            rows.append(
                inspect.Parameter(name, keyword_only, default=default, annotation=annotation)
            )
        rows += [
            inspect.Parameter("id", keyword_only, default=None, annotation="str | None"),
            inspect.Parameter("note", keyword_only, default="", annotation="str"),
        ]
        return inspect.Signature(rows)

    def documentation(self) -> str:
        """The docstring: what the node does, and a line for each argument."""
        if not self.arguments:
            return self.summary
        text = f"{self.summary}\n\nArgs:\n"
        for name, port in self.arguments.items():
            limits = port.limits if isinstance(port, ParamSchema) else ""
            text += f"    {name}: {port.doc}{f' ({limits})' if limits else ''}\n"
        return text


def read_schemas(text: str) -> list[NodeSchema]:
    """Reads the engine's JSON list, in its order."""
    return [NodeSchema(row) for row in json.loads(text)]


def _default(held: dict[str, Any] | None) -> Any:
    """The engine names the kind of a default: {"integer": 20}."""
    if held is None:
        return None
    ((kind, value),) = held.items()
    return float(value) if kind == "number" else value


def _by_name(ports: list[Any]) -> dict[str, Any]:
    known = {was: port for port in ports for was in port.was}
    known.update((port.name, port) for port in ports)
    return known


def _port_argument(port: PortSchema, cls: str) -> tuple[str, Any]:
    source = f"Link[{cls}] | Input[{cls}]"
    if port.repeated:
        return f"Sequence[{source}]", ()
    if port.optional:
        return f"{source} | None", None
    return source, inspect.Parameter.empty


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _number(value: Any) -> str:
    number = float(value)
    return str(int(number)) if number.is_integer() else repr(number)


def _limits(row: dict[str, Any]) -> str:
    """All that restricts a value, for people."""
    parts = []
    least, most = row.get("min"), row.get("max")
    if least is not None and most is not None:
        parts.append(f"{_number(least)} to {_number(most)}")
    elif least is not None:
        parts.append(f"at least {_number(least)}")
    elif most is not None:
        parts.append(f"at most {_number(most)}")
    if row.get("multiple_of", 0) > 1:
        parts.append(f"multiple of {row['multiple_of']}")
    if row.get("unit"):
        parts.append(row["unit"])
    if row.get("seed"):
        parts.append('or "random"')
    if row.get("choices"):
        parts.append("one of " + ", ".join(_quoted(choice) for choice in row["choices"]))
    return ", ".join(parts)
