"""Calls of the engine that are under way when the interpreter ends: they are stopped and waited for.

A thread that comes back from native code into an interpreter that is gone takes the process with it.
Threads that Python does not wait for (daemon threads) would do so.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ._native import core

GRACE = 1.0  #: seconds; then nodes written in Python that did not ask whether to stop get SystemExit
PATIENCE = 10.0  #: seconds; some native code cannot be stopped

_changed = threading.Condition()
_stops: dict[object, core.StopSource | None] = {}
_node_threads: list[int] = []
_ending = False


@contextmanager
def live(stop: core.StopSource | None = None) -> Iterator[None]:
    """Around a call that leaves the interpreter. Raises RuntimeError when the interpreter ends."""
    call = object()
    with _changed:
        if _ending:
            raise RuntimeError("the interpreter is ending: nothing can be run any more")
        _stops[call] = stop
    try:
        yield
    finally:
        with _changed:
            _stops.pop(call, None)
            _changed.notify_all()


@contextmanager
def live_node() -> Iterator[None]:
    """Around the function of a node."""
    _node_threads.append(threading.get_ident())
    try:
        yield
    finally:
        _node_threads.remove(threading.get_ident())


def _end() -> None:
    global _ending
    begin = time.monotonic()
    with _changed:
        _ending = True
        for stop in _stops.values():
            if stop is not None:
                stop.request_stop()
        _changed.wait_for(lambda: not _stops, GRACE)
        while _stops and time.monotonic() < begin + PATIENCE:
            for thread in set(_node_threads):
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(thread), ctypes.py_object(SystemExit)
                )
            _changed.wait_for(lambda: not _stops, GRACE)
        if _stops:
            print(
                f"calotype: {len(_stops)} runs in daemon threads did not stop within {PATIENCE:.0f} s; "
                "the process may end with an error",
                file=sys.stderr,
            )


def _forget() -> None:
    """In a forked child, where the other threads are gone."""
    global _changed
    _changed = threading.Condition()
    _stops.clear()
    _node_threads.clear()


atexit.register(_end)
os.register_at_fork(after_in_child=_forget)
