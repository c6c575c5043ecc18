"""Plugins and Python nodes that end the process they run in."""

import shutil
import signal

import pytest

from built_package import BUILD
from process_test import run_python

import calotype

HINT = (
    "  hint: an isolated run survives it and keeps what was finished (calotype run --isolate, in Python "
    "Engine(isolate=True))\n"
)


@pytest.fixture
def acts(tmp_path):
    """A folder with a plugin whose node does what it is told."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    shutil.copy(BUILD / "tests" / "plugins" / "lib" / "acts.so", folder)
    return folder


@pytest.mark.parametrize(
    ("act", "what"),
    [
        ("segfault", "the worker process crashed with SIGSEGV"),
        ("abort", "the worker process crashed with SIGABRT"),
        ("exit", "the worker process ended with exit code 3"),
        ("loop", "the time limit of 5 s is over"),
        ("killed", "the worker process was killed with SIGKILL"),
    ],
)
def test_process_survives_what_a_plugin_does_to_a_worker(acts, tmp_path, act, what):
    graph = calotype.Graph()
    node = calotype.graph.Node("test.acts.Act", id="bad", params={"what": act})
    graph.output("count", node["count"])
    with calotype.Engine(plugin_dirs=[acts], cache_dir=tmp_path / "cache", isolate=True, timeout=5) as engine:
        with pytest.raises(calotype.RunError) as caught:
            engine.run(graph)
        assert what in str(caught.value)
        assert caught.value.node == "bad"
        good = calotype.Graph()
        good.output("noise", calotype.nodes.LatentNoise(width=64, height=64).noise)
        engine.run(good)


@pytest.mark.parametrize("act", ["segfault", "abort"])
def test_a_crash_without_isolation_names_the_node_and_plugin(acts, tmp_path, act):
    code = f"""if True:
        import calotype
        graph = calotype.Graph()
        node = calotype.graph.Node("test.acts.Act", id="bad", params={{"what": {act!r}}})
        graph.output("count", node["count"])
        calotype.Engine(plugin_dirs=[{str(acts)!r}], cache_dir={str(tmp_path)!r}).run(graph)
    """
    done = run_python(code)
    name = {"segfault": "SIGSEGV", "abort": "SIGABRT"}[act]
    assert done.returncode == -getattr(signal, name)
    assert done.stderr == (
        f'\nnode "bad" (test.acts.Act, plugin test.acts): the program crashed with {name} while this node ran\n' + HINT
    )


def test_a_crash_goes_on_to_the_handler_that_was_there(tmp_path):
    code = f"""if True:
        import faulthandler, os, calotype
        faulthandler.enable()
        engine = calotype.Engine(cache_dir={str(tmp_path)!r})
        @engine.node("test.Crash")
        def crash(value: int = 1) -> calotype.Image:
            "Ends the process."
            os.abort()
        graph = calotype.Graph()
        graph.output("out", crash(id="boom")["image"])
        engine.run(graph)
    """
    done = run_python(code)
    assert done.returncode == -signal.SIGABRT
    ours, python = done.stderr.find('node "boom" (test.Crash, '), done.stderr.find("Fatal Python error: Aborted")
    assert 0 <= ours < python, done.stderr
    assert "in crash" in done.stderr
    assert done.stderr.count("the program crashed") == 1
