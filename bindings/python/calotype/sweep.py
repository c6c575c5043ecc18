"""Many runs of one graph: every combination of the values of some axes."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import Error
from .graph import Graph
from .names import UnknownName, quote, unknown
from .values import plain_value, shown

if TYPE_CHECKING:
    from PIL.Image import Image

    from .engine import Engine, Result

_MAX_RUNS = 1_000_000


@dataclass(frozen=True)
class Run:
    """One run of a sweep."""

    settings: dict[str, Any]  #: axis -> value
    result: Result


@dataclass(frozen=True)
class Summary:
    """What a sweep has computed so far, and what it took from earlier work.

    Counts are nodes over all runs. `skipped` nodes were not needed, because what reads them came
    from a cache. `saved_seconds` is an estimate: what these nodes took on average where they ran in
    this sweep; nodes that never ran in it count nothing.
    """

    runs: int
    ran: int
    memory: int
    disk: int
    skipped: int
    seconds: float
    saved_seconds: float

    def __str__(self) -> str:
        nodes = self.ran + self.memory + self.disk + self.skipped
        return (
            f"{self.runs} run{'s' if self.runs != 1 else ''} in {self.seconds:.1f} s; of {nodes} "
            f"nodes {self.ran} ran, {self.memory} came from memory, {self.disk} from disk, "
            f"{self.skipped} were not needed; about {self.saved_seconds:.1f} s saved"
        )


class Sweep:
    """The runs of `Engine.map`, made one by one as they are asked for.

    Iterating runs what has not run yet and keeps every result; `finished` are those so far. The
    last axis changes fastest. An error leaves the sweep where it was: iterating again tries that
    run again. Not thread-safe.
    """

    def __init__(
        self,
        engine: Engine,
        graph: Graph,
        axes: Mapping[str, Iterable[Any]],
        options: Mapping[str, Any],
    ) -> None:
        self._engine = engine
        self._graph = graph.copy()  # later edits of the caller's graph do not reach the sweep
        self._options = dict(options)
        self._inputs = dict(self._options.pop("inputs", None) or {})
        self.axes: dict[str, tuple[Any, ...]] = {
            name: _axis(self._graph, name, values) for name, values in axes.items()
        }
        for name in self.axes:
            if name in self._inputs:
                raise ValueError(f"{quote(name)} is an axis of the sweep and has a fixed value too")
        if len(self) > _MAX_RUNS:
            raise ValueError(f"the axes make {len(self)} runs; expected at most {_MAX_RUNS}")
        self._check_values()
        self._runs: list[Run] = []

    def __len__(self) -> int:
        return math.prod(len(values) for values in self.axes.values())

    def __iter__(self) -> Iterator[Run]:
        for index, values in enumerate(itertools.product(*self.axes.values())):
            if index == len(self._runs):
                settings = dict(zip(self.axes, values, strict=True))
                self._runs.append(Run(settings, self._run(settings)))
            yield self._runs[index]

    def run(self) -> Sweep:
        """Runs what is left, and returns the sweep."""
        for _ in self:
            pass
        return self

    @property
    def finished(self) -> tuple[Run, ...]:
        """The runs so far."""
        return tuple(self._runs)

    @property
    def summary(self) -> Summary:
        """What the runs so far computed and reused."""
        reports = [report for run in self._runs for report in run.result.nodes]
        took: dict[str, list[float]] = {}
        for report in reports:
            if report.status == "ran":
                took.setdefault(report.id, []).append(report.seconds)
        mean = {id: sum(seconds) / len(seconds) for id, seconds in took.items()}
        count = {"ran": 0, "memory": 0, "disk": 0, "skipped": 0}
        saved = 0.0
        for report in reports:
            count[report.status] += 1
            if report.status != "ran":
                saved += mean.get(report.id, 0.0)
        seconds = sum(run.result.seconds for run in self._runs)
        return Summary(len(self._runs), **count, seconds=seconds, saved_seconds=saved)

    def grid(
        self,
        rows: str | Iterable[str] | None = None,
        columns: str | Iterable[str] | None = None,
        *,
        output: str | None = None,
    ) -> Image:
        """All pictures on one sheet with labels; runs what is left.

        `rows` and `columns` are names of axes. Without them the last axis goes across and all
        others go down. `output` is the output to show, by default the only one.
        """
        from .contact_sheet import contact_sheet

        down, across = self._layout(rows, columns)
        cells: dict[tuple[tuple[int, ...], tuple[int, ...]], Image] = {}
        for run, indices in zip(self, self._indices(self.axes), strict=True):
            at = dict(zip(self.axes, indices, strict=True))
            place = (tuple(at[name] for name in down), tuple(at[name] for name in across))
            cells[place] = self._picture(run, output)
        row_keys, column_keys = self._indices(down), self._indices(across)
        return contact_sheet(
            [[cells[row, column] for column in column_keys] for row in row_keys],
            [self._label(down, row) for row in row_keys],
            [self._label(across, column) for column in column_keys],
        )

    def _indices(self, names: Iterable[str]) -> list[tuple[int, ...]]:
        """All combinations of some axes, as indices into their values."""
        return list(itertools.product(*(range(len(self.axes[name])) for name in names)))

    def _label(self, names: Iterable[str], indices: Iterable[int]) -> str:
        """A line for each axis. Pictures and the like are counted, from 1."""
        lines = []
        for name, index in zip(names, indices, strict=True):
            value = self.axes[name][index]
            plain = plain_value(value)
            text = str(plain) if plain is not None else f"{type(value).__name__} {index + 1}"
            lines.append(f"{name.rsplit('.', 1)[-1]}: {text}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from .contact_sheet import html_table

        names = list(self._graph.outputs) if self._options.get("outputs") is None else []
        output = names[0] if len(names) == 1 else None
        pictures = [
            (self._label(self.axes, indices), self._picture(run, output) if output else None)
            for run, indices in zip(self._runs, self._indices(self.axes), strict=False)
        ]
        left = len(self) - len(self._runs)
        note = f"{self.summary}." if self._runs else ""
        if left:
            note += f" {left} of {len(self)} runs are not made yet; iterate or call run()."
        return html_table(pictures, note.strip())

    def __repr__(self) -> str:
        axes = " x ".join(f"{name}[{len(values)}]" for name, values in self.axes.items())
        return f"<Sweep {axes or 'of one run'}: {len(self._runs)} of {len(self)} runs made>"

    def _check_values(self) -> None:
        """Each value once, beside the first ones of the other axes."""
        first = {name: values[0] for name, values in self.axes.items()}
        outputs = self._options.get("outputs")
        for name, values in self.axes.items():
            for value in values:
                settings = {**self._inputs, **first, name: value}
                place = f"axis {quote(name)}, value {shown(value)}"
                try:
                    self._engine.validate(self._graph, settings, outputs=outputs)
                except Error as error:
                    raise type(error)(f"{place}: {error}", error.diagnostics) from None
                except (TypeError, ValueError) as error:
                    raise type(error)(f"{place}: {error}") from None

    def _run(self, settings: dict[str, Any]) -> Result:
        return self._engine.run(self._graph, {**self._inputs, **settings}, **self._options)

    def _picture(self, run: Run, output: str | None) -> Image:
        names = list(run.result)
        if output is None:
            if len(names) != 1:
                listed = ", ".join(quote(name) for name in names)
                raise ValueError(f"the graph has several outputs; name one with output=: {listed}")
            output = names[0]
        if output not in names:
            raise UnknownName(unknown("the result", "output", output, names))
        return run.result[output].pil()

    def _layout(
        self, rows: str | Iterable[str] | None, columns: str | Iterable[str] | None
    ) -> tuple[list[str], list[str]]:
        down = _names(rows)
        across = _names(columns)
        for name in [*(down or []), *(across or [])]:
            if name not in self.axes:
                raise UnknownName(unknown("the sweep", "axis", name, self.axes))
        if across is None:
            rest = [name for name in self.axes if name not in (down or [])]
            across = rest[-1:] if down is None else rest
        if down is None:
            down = [name for name in self.axes if name not in across]
        missing = [n for n in self.axes if n not in down + across and len(self.axes[n]) > 1]
        if missing or len(set(down + across)) != len(down + across):
            listed = ", ".join(quote(name) for name in self.axes)
            raise ValueError(f"expected each axis once in rows or columns; the axes are {listed}")
        return down, across


def map_runs(
    engine: Engine,
    graph: Graph | str | os.PathLike[str],
    axes: Mapping[str, Iterable[Any]],
    **options: Any,
) -> Sweep:
    """The sweep over all combinations. `options` go to every `engine.run`.

    An axis is an input of the graph or a parameter, "node.param". Unknown names and values of the
    wrong type raise here, before anything runs.
    """
    loaded = graph if isinstance(graph, Graph) else Graph.load(graph)
    return Sweep(engine, loaded, axes, options)


def _axis(graph: Graph, name: str, values: Iterable[Any]) -> tuple[Any, ...]:
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise TypeError(f"axis {quote(name)}: expected a list of values, got {shown(values)}")
    listed = tuple(values)
    if not listed:
        raise ValueError(f"axis {quote(name)}: expected at least one value, got an empty list")
    if "." not in name:
        graph.inputs[name]  # raises when there is none
        return listed
    id, param = name.split(".", 1)
    params = graph.nodes[id].params
    return tuple(params.checked(param, value) for value in listed)


def _names(names: str | Iterable[str] | None) -> list[str] | None:
    if names is None:
        return None
    return [names] if isinstance(names, str) else list(names)
