"""What a run made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ._native import core
from .graph import Graph
from .report import NodeReport
from .value import Value


class Result(Mapping[str, Value]):
    """What a run made: its outputs by name, also as attributes (``result.image``)."""

    def __init__(self, result: core.RunResult) -> None:
        self._result = result
        self._outputs = result.outputs
        self._values: dict[str, Value] = {}

    @property
    def nodes(self) -> list[NodeReport]:
        """What happened to each node of the graph, in the order of the plan."""
        return [NodeReport(*row) for row in self._result.nodes]

    @property
    def seconds(self) -> float:
        """Of the whole run."""
        return self._result.seconds

    @property
    def warnings(self) -> list[str]:
        """What the check of the graph warned of, and its nodes while they ran."""
        of_nodes = [f'node "{node.id}": {text}' for node in self.nodes for text in node.warnings]
        return [row["text"] for row in self._result.warnings] + of_nodes

    @property
    def graph(self) -> Graph:
        """The graph that gives this result again: all defaults, inputs and seeds written out."""
        return Graph.from_json(self._result.graph_text())

    def __getitem__(self, name: str) -> Value:
        if name not in self._values:
            if name not in self._outputs:
                raise KeyError(f"no output {name!r}; there are: {', '.join(self)}")
            self._values[name] = Value(self._outputs[name], self)
        return self._values[name]

    def __getattr__(self, name: str) -> Value:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in self._outputs:
            raise AttributeError(f"the result has no output {name!r}; there are: {', '.join(self)}")
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._outputs)

    def __len__(self) -> int:
        return len(self._outputs)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self]

    def __copy__(self) -> Result:
        return self  # nothing in it changes

    def __deepcopy__(self, memo: object) -> Result:
        return self

    def provenance(self) -> dict[str, str]:
        """The texts that saved files carry: the graph under ``calotype``, digests of what it read, versions."""
        return self._result.provenance()

    def _repr_png_(self) -> bytes | None:
        for value in self.values():
            picture = value._repr_png_()
            if picture is not None:
                return picture
        return None

    def __repr__(self) -> str:
        return f"<Result {', '.join(f'{name}: {self[name].port_type}' for name in self)}>"
