"""Runs inside runs: from nodes, callbacks and signal handlers."""

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
