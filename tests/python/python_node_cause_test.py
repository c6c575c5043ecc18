"""Exceptions of nodes written in Python, as causes of the engine's errors."""

import threading

import pytest
import torch

from built_package import engine, noise_graph  # noqa: F401
from node_graphs import PICTURE, graph_of, image_input

import calotype
from calotype import Image


def test_exception_becomes_the_cause_with_its_traceback(engine):
    @engine.node("test.Fails")
    def fails(image: Image) -> Image:
        """Fails."""
        raise KeyError("lost")

    with pytest.raises(calotype.RunError) as caught:
        engine.run(image_input(fails), {"image": PICTURE})
    assert caught.value.node == "fails"
    assert "failed: KeyError: 'lost'" in str(caught.value)
    cause = caught.value.__cause__
    assert isinstance(cause, KeyError)
    names = []
    trace = cause.__traceback__
    while trace:
        names.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    assert names[-1] == "fails"


@pytest.mark.parametrize("error", [MemoryError, torch.OutOfMemoryError])
def test_node_without_memory_runs_again_when_the_cache_has_let_go(engine, noise_graph, error):
    engine.run(noise_graph)
    tries = []

    @engine.node("test.Greedy", version=1)
    def greedy() -> Image:
        """Has too little memory at first."""
        tries.append(engine)
        if len(tries) < 2:
            raise error("no more")
        return PICTURE

    assert engine.run(graph_of(greedy(), image="image")).warnings == [
        'node "greedy": out of memory: what the cache held in memory is let go, and the node runs again']
    tries.clear()
    engine.clear_cache(disk=True)
    with pytest.raises(calotype.RunError, match="OutOfMemoryError: no more|MemoryError: no more") as caught:
        engine.run(graph_of(greedy(), image="image"))
    assert isinstance(caught.value.__cause__, error)


def test_cause_is_the_exception_of_the_same_run(tmp_path):
    both = threading.Barrier(2)

    def fails(number: int = 0) -> Image:
        """Fails like the others, at the same time."""
        both.wait()
        error = ValueError("the same text")
        error.number = number
        raise error

    found = []

    def work(number):
        with pytest.raises(calotype.RunError) as caught:
            engine.run(graph_of(node(number=number), image="image"))
        found.append((number, caught.value.__cause__.number))

    with calotype.Engine(cache_dir=tmp_path, cache=False, workers=4) as engine:
        node = engine.node("test.Fails", version=1)(fails)
        for _ in range(20):
            threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    assert len(found) == 40
    assert all(number == of_cause for number, of_cause in found)


class Mute(Exception):
    def __str__(self):
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (Mute(), "failed: Mute (its __str__ raised an exception too)"),
        (ValueError("a \ud800 b"), "failed: ValueError: a \\ud800 b"),
        (ValueError(), "failed: ValueError"),
    ],
)
def test_exceptions_without_a_proper_text_are_causes_too(engine, error, text):
    @engine.node("test.Fails", version=1)
    def fails() -> Image:
        """Fails."""
        raise error

    with pytest.raises(calotype.RunError) as caught:
        engine.run(graph_of(fails(), image="image"))
    assert text in str(caught.value)
    assert caught.value.__cause__ is error


def test_exception_of_a_nested_run_has_its_own_cause(engine):
    @engine.node("test.Inner")
    def inner() -> Image:
        """Fails."""
        raise KeyError("lost")

    @engine.node("test.Outer", version=1)
    def outer() -> Image:
        """Runs a graph that fails."""
        return engine.run(graph_of(inner(), image="image")).image.tensor()

    with pytest.raises(calotype.RunError) as caught:
        engine.run(graph_of(outer(), image="image"))
    assert isinstance(caught.value.__cause__, calotype.RunError)
    assert isinstance(caught.value.__cause__.__cause__, KeyError)
