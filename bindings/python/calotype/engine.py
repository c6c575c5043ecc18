"""Running graphs."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, Any, Callable, Mapping, Sequence, cast

import torch

from . import engine_options as checked
from ._native import core
from .convert import given_value
from .errors import Diagnostic
from .live_runs import live
from .node_types import NodeClasses, NodeNames
from .progress import Bars, Callback, Event, event_of
from .registry import cache_folder, make_registry
from .report import NodeReport
from .request import GraphLike, Outputs, Request, make_request
from .result import Result
from .value import Value
from .values import shown

if TYPE_CHECKING:
    from .python_node import NodeType
    from .sweep import Sweep


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
        plugin_dirs: a folder with plugins, or a list of them, searched before ``CALOTYPE_PLUGIN_PATH``
            and the own ones.
        nodes: node types written in Python, as from ``calotype.node_type``.
        isolate: run in a worker process, so that this one survives whatever a plugin does: a crash, a
            hang, running out of memory. Only the disk cache is used; nodes written in Python and values
            that cannot be saved (models) are refused.
        timeout: seconds that an isolated run may take; 0 is no limit.
        memory_limit: bytes that an isolated run may use; 0 is no limit.

    Raises TypeError or ValueError for an argument of another type or range, with its name.
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
        plugin_dirs: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
        nodes: NodeType | Sequence[NodeType] = (),
        isolate: bool = False,
        timeout: float = 0,
        memory_limit: int = 0,
    ) -> None:
        cache, isolate = checked.flag("cache", cache), checked.flag("isolate", isolate)
        workers = checked.whole("workers", workers, most=4096)
        timeout = checked.seconds("timeout", timeout)
        memory_limit = checked.whole("memory_limit", memory_limit)
        types = checked.node_types(nodes)
        if not isolate and (timeout or memory_limit):
            raise ValueError("timeout and memory_limit need isolate=True")
        folder = cache_folder(checked.folder("cache_dir", cache_dir))
        on_disk = cache and os.environ.get("CALOTYPE_CACHE") != "off"
        self._registry = make_registry(checked.folders("plugin_dirs", plugin_dirs), cache_dir)
        self._classes = NodeClasses("engine.nodes", lambda: self._registry)
        self._engine: core.Engine | None = core.Engine(
            self._registry,
            str(folder) if on_disk else "",
            checked.whole("disk_budget", disk_budget),
            checked.budget("memory_budget", memory_budget),
            checked.budget("device_budget", device_budget),
            workers,
            torch.version.cuda is not None,
            isolate,
            timeout,
            memory_limit,
        )
        self._pid = os.getpid()
        for node in types:
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

        Ctrl-C is seen when this is called in the main thread, and not inside another run. A node or a
        callback may run graphs too; while it holds the device, so do these.
        """
        engine = self._open()
        cache, explain = checked.flag("cache", cache), checked.flag("explain", explain)
        callback, bars = checked.progress(progress), Bars() if progress is True else None
        own_stop = checked.stop_source(stop) or core.StopSource()
        request = self._request(graph, inputs, outputs)
        try:
            with live(own_stop):
                result = engine.run(
                    *request,
                    _adapter(bars or callback),
                    own_stop,
                    cache,
                    explain,
                    threading.current_thread() is threading.main_thread(),
                )
        finally:
            if bars:
                bars.close()
        return Result(result)

    async def run_async(
        self, graph: GraphLike, inputs: Mapping[str, object] | None = None, **options: Any
    ) -> Result:
        """``run`` without blocking the event loop. Cancelling the task stops the run and waits for it."""
        stop = options.pop("stop", None) or core.StopSource()
        around = core.EnclosingRun()
        first = threading.Lock()  # who gets it: the thread that runs, or the task that is cancelled before

        def work() -> Result | None:
            if not first.acquire(blocking=False):
                return None
            with around:
                return self.run(graph, inputs, stop=stop, **options)

        result = asyncio.get_running_loop().run_in_executor(None, work)
        try:
            return cast(Result, await asyncio.shield(result))
        except asyncio.CancelledError:
            stop.request_stop()
            if not first.acquire(blocking=False):
                await asyncio.wait([result])
                result.exception()  # seen: the caller gets CancelledError
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
        request = self._request(graph, inputs, outputs)
        with live():
            return [NodeReport(*row) for row in engine.explain(*request)]

    def validate(
        self,
        graph: GraphLike,
        inputs: Mapping[str, object] | None = None,
        *,
        outputs: Outputs = None,
    ) -> list[Diagnostic]:
        """Checks a graph as ``run`` does, and its files. Returns warnings; raises GraphError, FileError."""
        engine = self._open()
        request = self._request(graph, inputs, outputs)
        with live():
            return [Diagnostic(**row) for row in engine.check(*request)]

    def map(
        self,
        graph: GraphLike,
        axes: Mapping[str, Any] | None = None,
        *,
        inputs: Mapping[str, object] | None = None,
        outputs: Outputs = None,
        progress: Callback | bool | None = None,
        cache: bool = True,
        stop: core.StopSource | None = None,
        **more: Any,
    ) -> Sweep:
        """Runs a graph for every combination of values; see ``calotype.sweep``.

        Args:
            graph: a Graph, or the path of a graph file.
            axes: lists of values by the name of an input or ``"node.param"``.
            inputs: fixed values, as for ``run``; so are ``outputs``, ``progress``, ``cache`` and ``stop``.
            more: axes by name. One that is called like an argument must be in ``axes``.

        Every value is checked now. Raises what ``run`` raises for a wrong one, with the axis and the value.
        """
        from .sweep import map_runs

        options: dict[str, Any] = {"outputs": outputs, "progress": progress, "cache": cache, "stop": stop}
        return map_runs(self, graph, {**(axes or {}), **more}, inputs=inputs, **options)

    def add(self, node: NodeType) -> NodeType:
        """Makes a node type that is written in Python known to this engine; replaces an older one."""
        self._open()
        checked.node_types([node])[0].register(self._registry)
        self._classes.changed()
        return node

    def node(self, type: str, **options: Any) -> Callable[[Callable[..., Any]], NodeType]:
        """Decorator: ``calotype.node_type`` and ``add`` in one."""
        from .python_node import node_type

        make = node_type(type, **options)
        return lambda function: self.add(make(function))

    def value(self, port_type: str, given: object) -> Value:
        """A value for an input: from a tensor, an array, a PIL picture or a dict of tensors."""
        if not isinstance(port_type, str):
            raise TypeError(f"port_type: expected a name such as \"Image\", got {shown(port_type)}")
        return Value(given_value(self._registry, port_type, given, "value"))

    def clear_cache(self, *, memory: bool = True, disk: bool = False) -> None:
        """Drops what the caches hold. The disk cache is shared with other processes.

        With ``memory``, device memory that nothing uses any more becomes free for other processes too.
        """
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
    def nodes(self) -> NodeNames:
        """As ``calotype.nodes``, with the node types of ``plugin_dirs`` and those written in Python."""
        return NodeNames(self._classes)

    @property
    def registry(self) -> core.Registry:
        """The plugins that this engine knows."""
        return self._registry

    def close(self) -> None:
        """Frees the caches in memory, and the functions of nodes written in Python.

        Results that were handed out stay valid; runs under way in other threads end as usual.
        """
        if self._engine is not None and self._pid == os.getpid():
            core.drop_python_nodes(self._registry)
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
    ) -> Request:
        return make_request(self._registry, graph, inputs, outputs)


def _adapter(callback: Callback | None) -> Callable[..., object] | None:
    if callback is None:
        return None
    return lambda kind, node, type_, details: callback(event_of(kind, node, type_, details))


__all__ = ["Engine", "Event", "GraphLike", "NodeReport", "Result"]
