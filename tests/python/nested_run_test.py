"""Runs inside runs: from nodes, callbacks and signal handlers."""

import asyncio
import os
import signal
import threading

import pytest
import torch

from built_package import engine  # noqa: F401

import calotype


@pytest.fixture(params=[1, 2, 4])
def any_engine(request, tmp_path):
    with calotype.Engine(cache_dir=tmp_path, cache=False, workers=request.param) as engine:
        yield engine


def grey(engine, name, lane, level):
    """A graph of a node that makes a picture, and a second one that reads it."""

    @engine.node(f"test.{name}", lane=lane)
    def make(level: float = 0.0) -> calotype.Image:
        """Grey."""
        return torch.full((1, 3, 8, 8), level)

    @engine.node(f"test.{name}Sum", lane=lane)
    def add(images: list[calotype.Image]) -> calotype.Image:
        """Adds up."""
        return torch.stack(images).sum(0)

    graph = calotype.Graph()
    graph.output("image", add(images=[make(level=level).image for _ in range(3)]).image)
    return graph


@pytest.mark.parametrize("lane", ["cpu", "io", "device"])
def test_a_node_may_run_graphs_whatever_it_occupies(any_engine, lane):
    inner = grey(any_engine, "Inner", lane, 2.0)

    @any_engine.node("test.Outer", lane=lane, version=1)
    def outer() -> calotype.Image:
        """Runs a graph."""
        return any_engine.run(inner).image.tensor() + 1

    graph = calotype.Graph()
    graph.output("image", outer().image)
    assert any_engine.run(graph).image.tensor().unique().tolist() == [7.0]
    assert any_engine.run(inner).image.tensor().unique().tolist() == [6.0]


def test_a_run_in_another_thread_waits_for_the_device(any_engine):
    inside = []

    @any_engine.node("test.Alone", lane="device", version=1)
    def alone(number: int = 0) -> calotype.Image:
        """Watches for others."""
        inside.append(number)
        assert len(inside) == 1
        threading.Event().wait(0.02)
        inside.pop()
        return torch.zeros(1, 3, 8, 8)

    def work(number):
        graph = calotype.Graph()
        graph.output("image", alone(number=number).image)
        any_engine.run(graph)
        done.append(number)

    done = []
    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(6))


def test_a_callback_may_run_graphs(any_engine):
    inner, outer = grey(any_engine, "Inner", "device", 2.0), grey(any_engine, "Outer", "device", 1.0)
    levels = []

    def callback(event):
        if event.kind == "node_started":
            levels.append(float(any_engine.run(inner).image.tensor().mean()))

    any_engine.run(outer, progress=callback)
    assert levels == [6.0] * 4


def test_a_signal_handler_may_run_graphs(any_engine):
    inner = grey(any_engine, "Inner", "cpu", 2.0)
    levels = []

    def handler(number, frame):
        levels.append(float(any_engine.run(inner).image.tensor().mean()))

    @any_engine.node("test.Waits", version=1)
    def waits() -> calotype.Image:
        """Until the handler has run."""
        os.kill(os.getpid(), signal.SIGUSR1)
        while not levels:
            threading.Event().wait(0.01)
        return torch.zeros(1, 3, 8, 8)

    graph = calotype.Graph()
    graph.output("image", waits().image)
    before = signal.signal(signal.SIGUSR1, handler)
    try:
        any_engine.run(graph)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert levels == [6.0]


def test_a_callback_may_need_the_device_of_a_node_that_reports_progress(any_engine):
    begun, called = threading.Event(), threading.Event()

    @any_engine.node("test.Other", version=1)
    def other() -> calotype.Image:
        """Ends when the device is taken."""
        begun.wait(10)
        return torch.zeros(1, 3, 8, 8)

    @any_engine.node("test.Device", lane="device", version=1)
    def device(context: calotype.Context, first: bool = False) -> calotype.Image:
        """Reports progress while the callback waits for the device."""
        if first:
            begun.set()
            called.wait(1)
            for step in range(5):
                context.progress(step, 5)
        return torch.ones(1, 3, 8, 8)

    inner, outer = calotype.Graph(), calotype.Graph()
    inner.output("image", device().image)
    outer.output("a", other().image)
    outer.output("b", device(first=True).image)
    kinds = []

    def callback(event):
        kinds.append(event.kind)
        if event.kind == "node_finished" and event.node == "other":
            called.set()
            any_engine.run(inner)

    any_engine.run(outer, progress=callback)
    assert kinds.count("node_progress") == 5
    assert kinds.count("node_finished") == 2


def test_a_node_may_run_graphs_in_an_event_loop(any_engine):
    inner = grey(any_engine, "Inner", "device", 2.0)

    @any_engine.node("test.Outer", lane="device", version=1)
    def outer() -> calotype.Image:
        """Runs a graph."""
        return asyncio.run(any_engine.run_async(inner)).image.tensor() + 1

    graph = calotype.Graph()
    graph.output("image", outer().image)
    assert any_engine.run(graph).image.tensor().unique().tolist() == [7.0]


@pytest.mark.parametrize("in_a_loop", [False, True])
def test_stopping_a_run_stops_those_that_its_nodes_started(any_engine, in_a_loop):
    stop = calotype.StopSource()
    ended = []

    @any_engine.node("test.Slow", version=1)
    def slow(context: calotype.Context) -> calotype.Image:
        """Stops the outer run, and goes on until it is stopped itself."""
        stop.request_stop()
        for _ in range(1000):
            threading.Event().wait(0.01)
            context.check_cancelled()
        ended.append("by itself")
        return torch.zeros(1, 3, 8, 8)

    inner = calotype.Graph()
    inner.output("image", slow().image)

    @any_engine.node("test.Outer", version=1)
    def outer() -> calotype.Image:
        """Runs a graph."""
        if in_a_loop:
            return asyncio.run(any_engine.run_async(inner)).image
        return any_engine.run(inner).image

    graph = calotype.Graph()
    graph.output("image", outer().image)
    with pytest.raises(calotype.Cancelled):
        any_engine.run(graph, stop=stop)
    assert not ended
