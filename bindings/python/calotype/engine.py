"""Running graphs."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, Any, Callable, Iterator, Mapping, Sequence, Union

import torch

from ._native import core
from .convert import to_value
from .errors import Diagnostic
from .graph import Graph
from .progress import Bars, Callback, Event, event_of
from .registry import cache_folder, make_registry
from .report import NodeReport
from .value import Value

if TYPE_CHECKING:
    from .python_node import NodeType
    from .sweep import Sweep

GraphLike = Union[Graph, str, "os.PathLike[str]"]
Outputs = Union[None, str, Sequence[str], Mapping[str, str]]


class Result(Mapping[str, Value]):
    """What a run made: its outputs by name, also as attributes (``result.image``)."""

    def __init__(self, result: core.RunResult, digest_file: str) -> None:
        self._result = result
        self._digest_file = digest_file
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
        """What the check of the graph warned of."""
        return [row["text"] for row in self._result.warnings]

    @property
    def graph(self) -> Graph:
        """The graph that gives this result again: all defaults, inputs and seeds written out."""
        return Graph.from_json(self._result.graph_text())

    def __getitem__(self, name: str) -> Value:
        if name not in self._values:
            if name not in self._result.outputs:
                raise KeyError(f"no output {name!r}; there are: {', '.join(self)}")
            self._values[name] = Value(self._result.outputs[name], self)
        return self._values[name]

    def __getattr__(self, name: str) -> Value:
        if name.startswith("_") or name not in self._result.outputs:
            raise AttributeError(f"the result has no output {name!r}; there are: {', '.join(self)}")
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._result.outputs)

    def __len__(self) -> int:
        return len(self._result.outputs)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self]

    def provenance(self) -> dict[str, str]:
        """The texts that saved files carry: the graph under ``calotype``, digests of what it read, versions."""
        return self._result.provenance(self._digest_file)

    def _repr_png_(self) -> bytes | None:
        for value in self.values():
            picture = value._repr_png_()
            if picture is not None:
                return picture
        return None

    def __repr__(self) -> str:
        return f"<Result {', '.join(f'{name}: {self[name].port_type}' for name in self)}>"


class Engine:
    """Runs graphs: only what the wanted outputs need and what no cache holds.

    Results are kept in memory for this engine, and on disk for every process, the command line
    included. Thread-safe: several threads may run graphs at once. Close it, or use it in a ``with``
    statement, to free its memory; it cannot be used in a forked child.

    Args:
        cache: False: nothing is read from or written to the disk.
        cache_dir: folder of the disk cache; None is the one that the command line uses.
        disk_budget: bytes that the disk cache may hold.
        memory_budget: bytes of the memory cache; None is half of the physical memory, 0 keeps nothing.
        device_budget: bytes that it may hold on GPUs; None is no limit but the device's own.
        workers: threads; 0 is the number of cores.
        plugin_dirs: folders with plugins, searched before ``CALOTYPE_PLUGIN_PATH`` and the own ones.
        nodes: node types written in Python, as from ``calotype.node_type``.
        isolate: run in a worker process, so that this one survives whatever a plugin does: a crash, a
            hang, running out of memory. Only the disk cache is used; nodes written in Python and values
            that cannot be saved (models) are refused.
        timeout: seconds that an isolated run may take; 0 is no limit.
        memory_limit: bytes that an isolated run may use; 0 is no limit.
    """

    def __init__(
        self,
        *,
        cache: bool = True,
        cache_dir: str | os.PathLike[str] | None = None,
        disk_budget: int = 5 << 30,
        memory_budget: int | None = None,
        device_budget: int | None = None,
        workers: int = 0,
        plugin_dirs: Sequence[str | os.PathLike[str]] = (),
        nodes: Sequence[NodeType] = (),
        isolate: bool = False,
        timeout: float = 0,
        memory_limit: int = 0,
    ) -> None:
        if not isolate and (timeout or memory_limit):
            raise ValueError("timeout and memory_limit need isolate=True")
        folder = cache_folder(cache_dir)
        on_disk = cache and os.environ.get("CALOTYPE_CACHE") != "off"
        self._registry = make_registry(plugin_dirs, cache_dir)
        self._digest_file = str(folder / "files.json") if on_disk else ""
        self._engine: core.Engine | None = core.Engine(
            self._registry,
            str(folder) if on_disk else "",
            disk_budget,
            _budget(memory_budget),
            _budget(device_budget),
            workers,
            torch.version.cuda is not None,
            isolate,
            timeout,
            memory_limit,
        )
        self._pid = os.getpid()
        for node in nodes:
            self.add(node)

    def run(
        self,
        graph: GraphLike,
        inputs: Mapping[str, object] | None = None,
        *,
        outputs: Outputs = None,
        progress: Callback | bool | None = None,
        cache: bool = True,
        explain: bool = False,
        stop: core.StopSource | None = None,
    ) -> Result:
        """Runs a graph and returns its outputs.

        Args:
            graph: a Graph, or the path of a graph file.
            inputs: values for the graph's inputs by name, and for any parameter as ``"node.param"``.
                Inputs that carry a port type take a Value, a tensor, an array or a PIL picture.
            outputs: what is wanted instead of the graph's own outputs: the name of an output or
                ``"node.port"``, a list of these, or a mapping from names to them.
            progress: called with each Event, from threads of the engine; an exception that it raises
                stops the run and is raised here. True shows progress bars (tqdm).
            cache: False: neither the memory nor the disk is asked or written.
            explain: fill ``reason`` of each node's report.
            stop: ``stop.request_stop()`` from another thread ends the run within one step.

        Raises:
            GraphError: the graph or a value is wrong; nothing was run.
            RunError, FileError, PluginError: a node failed; what was finished stays cached.
            Cancelled: the run was stopped. KeyboardInterrupt after Ctrl-C.
            TypeError, ValueError: an input has another type or shape than the graph needs.
            RuntimeError: the engine is closed, or was made before a fork.
        """
        engine = self._open()
        request = self._request(graph, inputs, outputs)
        bars = Bars() if progress is True else None
        callback: Callback | None = bars or (progress if callable(progress) else None)
        try:
            result = engine.run(
                *request,
                _adapter(callback),
                stop or core.StopSource(),
                cache,
                explain,
                threading.current_thread() is threading.main_thread(),
            )
        finally:
            if bars:
                bars.close()
        return Result(result, self._digest_file)

    async def run_async(
        self, graph: GraphLike, inputs: Mapping[str, object] | None = None, **options: Any
    ) -> Result:
        """``run`` without blocking the event loop. Cancelling the task stops the run and waits for it."""
        stop = options.pop("stop", None) or core.StopSource()
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(
            None, lambda: self.run(graph, inputs, stop=stop, **options)
        )
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            stop.request_stop()
            await asyncio.wait([work])
            work.exception()  # seen: the caller gets CancelledError
            raise

    def explain(
        self,
        graph: GraphLike,
        inputs: Mapping[str, object] | None = None,
        *,
        outputs: Outputs = None,
    ) -> list[NodeReport]:
        """What ``run`` would do with each node now, and why, without running anything."""
        engine = self._open()
        return [NodeReport(*row) for row in engine.explain(*self._request(graph, inputs, outputs))]

    def validate(
        self,
        graph: GraphLike,
        inputs: Mapping[str, object] | None = None,
        *,
        outputs: Outputs = None,
    ) -> list[Diagnostic]:
        """Checks a graph as ``run`` does, and its files. Returns warnings; raises GraphError, FileError."""
        engine = self._open()
        rows = engine.check(*self._request(graph, inputs, outputs))
        return [Diagnostic(**row) for row in rows]

    def map(self, graph: GraphLike, axes: Mapping[str, Any] | None = None, **more: Any) -> Sweep:
        """Runs a graph for every combination of values; see ``calotype.sweep``."""
        from .sweep import map_runs

        return map_runs(self, graph, {**(axes or {}), **more})

    def add(self, node: NodeType) -> NodeType:
        """Makes a node type that is written in Python known to this engine; replaces an older one."""
        self._open()
        node.register(self._registry)
        return node

    def node(self, type: str, **options: Any) -> Callable[[Callable[..., Any]], NodeType]:
        """Decorator: ``calotype.node_type`` and ``add`` in one."""
        from .python_node import node_type

        make = node_type(type, **options)
        return lambda function: self.add(make(function))

    def value(self, port_type: str, given: object) -> Value:
        """A value for an input: from a tensor, an array, a PIL picture or a dict of tensors."""
        return Value(to_value(self._registry, port_type, given, "value"))

    def clear_cache(self, *, memory: bool = True, disk: bool = False) -> None:
        """Drops what the caches hold. The disk cache is shared with other processes."""
        self._open().clear(memory, disk)

    @property
    def memory_used(self) -> int:
        """Bytes that the memory cache holds on the host."""
        return self._open().memory_used()[0]

    @property
    def disk_stats(self) -> dict[str, int]:
        """``entries``, ``bytes`` and ``budget`` of the disk cache; empty when there is none."""
        return self._open().disk_stats()

    @property
    def registry(self) -> core.Registry:
        """The plugins that this engine knows."""
        return self._registry

    def close(self) -> None:
        """Frees the caches in memory. Results that were handed out stay valid."""
        self._engine = None

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> core.Engine:
        if self._pid != os.getpid():
            raise RuntimeError(
                "this engine was made before a fork, and its threads did not survive it: make a new "
                "Engine in the child, or start processes with the method \"spawn\""
            )
        if self._engine is None:
            raise RuntimeError("the engine is closed: make a new Engine")
        return self._engine

    def _request(
        self, graph: GraphLike, inputs: Mapping[str, object] | None, outputs: Outputs
    ) -> tuple[
        core.Graph, list[tuple[str, object]], list[tuple[str, str]], bool, dict[str, core.Value]
    ]:
        parsed = _parsed(graph)
        types = {name: type_ for name, type_, _ in parsed.inputs} if inputs else {}
        settings: list[tuple[str, object]] = []
        values: dict[str, core.Value] = {}
        for name, given in (inputs or {}).items():
            if not isinstance(name, str):
                raise TypeError(f"inputs: names are texts, got {name!r}")
            type_ = types.get(name, "")
            if type_[:1].isupper() or "." in type_:
                values[name] = to_value(self._registry, type_, given, f"input {name!r}")
            else:
                settings.append((name, given))
        wanted = _wanted(parsed, outputs)
        return parsed, settings, wanted, outputs is None, values


def _budget(given: int | None) -> int:
    """To the engine 0 stands for its default; who asks for nothing gets one byte, which holds nothing."""
    return 0 if given is None else max(given, 1)


def _parsed(graph: GraphLike) -> core.Graph:
    if isinstance(graph, Graph):
        return graph._core()
    if isinstance(graph, (str, os.PathLike)):
        return core.read_graph(os.fspath(graph))
    raise TypeError(f"graph: expected a calotype.Graph or a path, got {type(graph).__name__}")


def _wanted(graph: core.Graph, outputs: Outputs) -> list[tuple[str, str]]:
    if outputs is None:
        return []
    own = dict(graph.outputs)
    if isinstance(outputs, str):
        outputs = [outputs]
    if not isinstance(outputs, Mapping):
        outputs = {name: name for name in outputs}
    return [(name, own.get(port, port)) for name, port in outputs.items()]


def _adapter(callback: Callback | None) -> Callable[..., object] | None:
    if callback is None:
        return None
    return lambda kind, node, type_, details: callback(event_of(kind, node, type_, details))


__all__ = ["Engine", "Event", "GraphLike", "NodeReport", "Result"]
