"""Following a run: events, and progress bars made from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable

from .report import NodeReport


@dataclass(frozen=True)
class Event:
    """One thing that happened in a run.

    ``kind`` is ``run_started``, ``node_started``, ``node_progress``, ``node_warning``, ``node_finished``
    or ``node_failed``. Fields that do not apply to it have their defaults.
    """

    kind: str
    node: str = ""  #: id of the node
    type: str = ""  #: its type
    step: int = 0  #: of ``node_progress``: steps that are finished
    steps: int = 0
    text: str = ""  #: of ``node_warning`` and ``node_failed``
    report: NodeReport | None = None  #: of ``node_finished``
    nodes: tuple[str, ...] = ()  #: of ``run_started``: ids of what runs or is read from a cache


Callback = Callable[[Event], object]


def event_of(kind: str, node: str, type_: str, details: Any) -> Event:
    """From what the engine reports."""
    if kind == "run_started":
        return Event(kind, nodes=tuple(details))
    if kind == "node_progress":
        return Event(kind, node, type_, step=details[0], steps=details[1])
    if kind == "node_finished":
        return Event(kind, node, type_, report=NodeReport(*details))
    return Event(kind, node, type_, text=details or "")


class Bars:
    """A tqdm bar for each node that counts steps; needs the package tqdm."""

    def __init__(self) -> None:
        try:
            from tqdm.auto import tqdm  # type: ignore[import-untyped,unused-ignore]
        except ImportError:
            raise ImportError("progress=True needs the package tqdm: pip install tqdm") from None
        self._tqdm = tqdm
        self._bars: dict[str, Any] = {}

    def __call__(self, event: Event) -> None:
        if event.kind == "node_progress":
            bar = self._bars.get(event.node)
            if bar is None:
                bar = self._bars[event.node] = self._tqdm(total=event.steps, desc=event.node)
            bar.update(event.step - bar.n)
        elif event.kind in ("node_finished", "node_failed"):
            bar = self._bars.pop(event.node, None)
            if bar is not None:
                bar.close()
        elif event.kind == "node_warning":
            self._tqdm.write(f"{event.node}: {event.text}")

    def close(self) -> None:
        """Ends bars of nodes that did not finish."""
        for bar in self._bars.values():
            bar.close()
        self._bars.clear()
