"""Running graphs from Python: results, caches, progress, stopping, errors."""

import asyncio
import concurrent.futures
import gc
import json
import os
import signal
import subprocess
import threading
import time

import numpy
import pytest
import torch
from PIL import Image

from built_package import BUILD, ROOT, engine, noise_graph, small_graph  # noqa: F401

import calotype


def statuses(result):
    return {node.id: node.status for node in result.nodes}


def one_node(type_name, id="node", **params):
    node = calotype.graph.Node(type_name, id=id, params=params)
    graph = calotype.Graph()
    graph.output("out", node["latent"])
    return graph


def slow_node(engine, seconds=30.0):
    """A graph whose only node counts steps until it is stopped."""

    @engine.node("test.Slow", impure=True)
    def slow(context: calotype.Context, steps: int = 3000) -> calotype.Latent:
        """Counts."""
        end = time.monotonic() + seconds
        for step in range(steps):
            context.check_cancelled()
            context.progress(step, steps)
            time.sleep(0.01)
            assert time.monotonic() < end
        return torch.zeros(1, 4, 8, 8)

    graph = calotype.Graph()
    graph.output("latent", slow().latent)
    return graph


def test_second_run_takes_everything_from_memory(engine, small_graph):
    first = engine.run(small_graph, {"prompt": "a castle"})
    assert set(statuses(first).values()) == {"ran"}
    second = engine.run(small_graph, {"prompt": "a castle"})
    assert statuses(second)["decode"] == "memory"
    assert torch.equal(first.image.tensor(), second.image.tensor())
    assert second.image.tensor().data_ptr() == first.image.tensor().data_ptr()


def test_command_line_and_python_share_the_disk_cache(small_graph, tmp_path):
    graph = tmp_path / "graph.json"
    small_graph["ckpt"].params["path"] = str(ROOT / "models" / "starter" / "starter.safetensors")
    small_graph.save(graph)
    environment = dict(os.environ, CALOTYPE_CACHE_DIR=str(tmp_path / "cache"))
    program = [BUILD / "bin" / "calotype", "run", graph, "--output", f"image={tmp_path / 'a.png'}"]
    subprocess.run(program, env=environment, check=True, capture_output=True, timeout=300)
    with calotype.Engine(cache_dir=tmp_path / "cache") as engine:
        result = engine.run(graph)
        assert statuses(result)["decode"] == "disk"
        assert statuses(result)["sample"] == "skipped"
        result.image.save(tmp_path / "b.png")
    import PIL.Image

    a, b = (numpy.asarray(PIL.Image.open(tmp_path / name)) for name in ("a.png", "b.png"))
    assert (abs(a.astype(int) - b) <= 1).all()


def test_explain_names_the_changed_parameter_without_running(engine, noise_graph):
    engine.run(noise_graph, explain=True)
    (report,) = engine.explain(noise_graph, {"seed": 2})
    assert (report.status, report.reason) == ("ran", 'param "seed" 1 -> 2')
    (report,) = engine.explain(noise_graph)
    assert report.status == "memory"


def test_outputs_can_be_any_port(engine, small_graph):
    result = engine.run(small_graph, outputs={"latent": "noise.noise", "image": "image"})
    assert sorted(result) == ["image", "latent"]
    assert result.latent.port_type == "Noise"
    assert statuses(engine.run(small_graph, outputs="noise.noise"))["sample"] == "skipped"


def test_settings_reach_inputs_and_params(engine, noise_graph):
    a = engine.run(noise_graph, {"seed": numpy.int64(5), "latent_noise.batch": 2})
    assert a.noise.tensors()["seeds"].tolist() == [5, 6]
    b = engine.run(noise_graph, {"seed": 2**64 - 1})
    assert b.noise.tensors()["seeds"].tolist() == [-1]  # saved as the same 64 bits


@pytest.mark.parametrize(
    ("inputs", "error", "text"),
    [
        ({"seed": 2**64}, ValueError, "setting \"seed\": 18446744073709551616 does not fit into 64 bits"),
        ({"seed": object()}, TypeError, "setting \"seed\": expected bool, int, float, str or a path, got object"),
        ({3: 4}, TypeError, "inputs: names are texts, got 3"),
        ({"sede": 3}, calotype.GraphError, "the graph has no input \"sede\"\n  hint: did you mean \"seed\"?"),
        (
            {"latent_noise.width": 63},
            calotype.GraphError,
            'node "latent_noise", param "width": expected a multiple of 8, got 63\n  hint: 56 or 64',
        ),
    ],
)
def test_wrong_inputs_are_refused(engine, noise_graph, inputs, error, text):
    with pytest.raises(error) as caught:
        engine.run(noise_graph, inputs)
    assert str(caught.value).startswith(text.split("\n  hint: 56")[0])


def test_errors_carry_the_fields_of_the_first_problem(engine, small_graph):
    with pytest.raises(calotype.GraphError) as caught:
        engine.run(small_graph, {"sample.steps": 0, "noise.width": 7})
    error = caught.value
    assert (error.node, error.port, error.expected, error.got) == (
        error.diagnostics[0].node,
        error.diagnostics[0].port,
        error.diagnostics[0].expected,
        error.diagnostics[0].got,
    )
    assert {d.node for d in error.diagnostics} == {"noise", "sample"}
    assert all(d.severity == "error" for d in error.diagnostics)


def test_missing_file_is_a_file_error_and_an_os_error(engine, small_graph):
    small_graph["ckpt"].params["path"] = "nowhere.safetensors"
    with pytest.raises(calotype.FileError, match="nowhere.safetensors") as caught:
        engine.run(small_graph)
    assert isinstance(caught.value, OSError)
    assert caught.value.node == "ckpt"


def test_graph_must_be_a_graph_or_a_path(engine):
    with pytest.raises(TypeError, match="graph: expected a calotype.Graph or a path, got int"):
        engine.run(3)
    with pytest.raises(calotype.FileError):
        engine.run("nowhere.json")


def test_progress_is_told_in_order(engine, small_graph):
    events = []
    engine.run(small_graph, progress=events.append)
    kinds = [event.kind for event in events]
    assert kinds[0] == "run_started"
    assert set(events[0].nodes) == {"ckpt", "positive", "negative", "noise", "sample", "decode"}
    steps = [(e.step, e.steps) for e in events if e.kind == "node_progress" and e.node == "sample"]
    assert steps == [(1, 2), (2, 2)]
    finished = [event.report.id for event in events if event.kind == "node_finished"]
    assert finished[-1] == "decode"


def test_exception_of_the_callback_stops_the_run_and_is_raised(engine):
    graph = slow_node(engine)

    def callback(event):
        if event.kind == "node_progress":
            raise ZeroDivisionError("from the callback")

    with pytest.raises(ZeroDivisionError, match="from the callback") as caught:
        engine.run(graph, progress=callback)
    assert any(frame.name == "callback" for frame in caught.traceback)


def test_bars_show_steps(engine, small_graph, capfd):
    pytest.importorskip("tqdm")
    engine.run(small_graph, progress=True)
    assert "sample: 100%" in capfd.readouterr().err


def test_stop_ends_the_reading_of_a_large_file(engine, tmp_path):
    large = tmp_path / "large.png"
    with open(large, "wb") as file:
        file.truncate(1 << 38)  # a hole: minutes to read
    graph = calotype.Graph()
    graph.output("image", calotype.nodes.LoadImage(path=str(large)).image)
    stop = calotype.StopSource()
    threading.Timer(0.2, stop.request_stop).start()
    begin = time.monotonic()
    with pytest.raises(calotype.Cancelled):
        engine.run(graph, stop=stop)
    assert time.monotonic() - begin < 10


def test_stop_from_another_thread_raises_cancelled(engine):
    graph = slow_node(engine)
    stop = calotype.StopSource()
    threading.Timer(0.2, stop.request_stop).start()
    begin = time.monotonic()
    with pytest.raises(calotype.Cancelled):
        engine.run(graph, stop=stop)
    assert time.monotonic() - begin < 10


@pytest.fixture
def ctrl_c():
    """Programs in the background are started with SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_ctrl_c_ends_the_run_with_keyboard_interrupt(engine, ctrl_c):
    graph = slow_node(engine)
    started = threading.Event()

    def interrupt():
        started.wait(60)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        engine.run(graph, progress=lambda event: started.set())
    noise = calotype.Graph()
    noise.output("noise", calotype.nodes.LatentNoise(width=64, height=64).noise)
    engine.run(noise)  # the engine goes on


def test_cancelling_a_run_async_that_has_not_begun_waits_for_nobody(engine, noise_graph):
    release = threading.Event()

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_default_executor(concurrent.futures.ThreadPoolExecutor(1))
        busy = loop.run_in_executor(None, release.wait, 60)
        task = asyncio.create_task(engine.run_async(noise_graph))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 10)
        assert not busy.done()
        release.set()

    asyncio.run(main())


def test_result_without_outputs_outlives_its_engine(tmp_path):
    Image.new("RGB", (8, 8), "red").save(tmp_path / "in.png")
    n = calotype.nodes
    graph = calotype.Graph()
    graph.add(n.SaveImage(image=n.LoadImage(path=str(tmp_path / "in.png")).image, path=str(tmp_path / "out.png")))
    engine = calotype.Engine(cache_dir=tmp_path, cache=False)
    result = engine.run(graph)
    engine.close()
    del engine
    gc.collect()
    (tmp_path / "in.png").unlink()
    assert list(result.graph.nodes) == list(graph.nodes) == ["load_image", "save_image"]
    assert json.loads(result.provenance()["calotype_models"]).keys() == {"load_image.path"}
    assert calotype.Graph.load(tmp_path / "out.png").to_json() == result.graph.to_json()


def test_run_async_leaves_the_loop_free_and_can_be_cancelled(engine, noise_graph):
    async def main():
        result = await engine.run_async(noise_graph, {"seed": 3})
        assert result.noise.tensors()["seeds"].tolist() == [3]
        task = asyncio.create_task(engine.run_async(slow_node(engine)))
        await asyncio.sleep(0.2)  # the loop runs meanwhile
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_threads_share_one_engine(engine, noise_graph):
    seeds = {}

    def work(seed):
        seeds[seed] = engine.run(noise_graph, {"seed": seed}).noise.tensors()["seeds"].tolist()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seeds == {i: [i] for i in range(8)}


def test_interpreter_goes_on_during_a_run(engine, small_graph):
    ticks = 0
    done = threading.Event()

    def count():
        nonlocal ticks
        while not done.is_set():
            ticks += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    seconds = engine.run(small_graph).seconds
    done.set()
    thread.join()
    assert ticks > 100 * min(seconds, 1)


def test_engines_are_independent(engine, noise_graph, tmp_path):
    with calotype.Engine(cache_dir=tmp_path / "second") as second:
        engine.run(noise_graph)
        assert statuses(second.run(noise_graph)) == {"latent_noise": "ran"}
        engine.close()
        assert statuses(second.run(noise_graph)) == {"latent_noise": "memory"}


def test_closed_engine_says_so(noise_graph, tmp_path):
    with calotype.Engine(cache_dir=tmp_path) as engine:
        result = engine.run(noise_graph)
    with pytest.raises(RuntimeError, match="the engine is closed: make a new Engine"):
        engine.run(noise_graph)
    assert result.noise.tensors()["seeds"].tolist() == [1]  # results stay


def test_caches_can_be_cleared(engine, noise_graph):
    engine.run(noise_graph)
    assert engine.memory_used > 0
    assert engine.disk_stats["entries"] == 1
    engine.clear_cache(disk=True)
    assert engine.memory_used == 0
    assert engine.disk_stats["entries"] == 0
    assert statuses(engine.run(noise_graph)) == {"latent_noise": "ran"}
    assert statuses(engine.run(noise_graph, cache=False)) == {"latent_noise": "ran"}


def test_memory_budget_of_nothing_keeps_nothing(noise_graph, tmp_path):
    with calotype.Engine(cache_dir=tmp_path, cache=False, memory_budget=0) as engine:
        engine.run(noise_graph)
        assert engine.memory_used == 0
        assert statuses(engine.run(noise_graph)) == {"latent_noise": "ran"}


def test_result_holds_the_resolved_graph(engine, noise_graph):
    result = engine.run(noise_graph, {"seed": "random"})
    again = engine.run(result.graph)
    assert torch.equal(again.noise.tensors()["noise"], result.noise.tensors()["noise"])


def test_isolated_run_survives_a_time_limit(noise_graph, small_graph, tmp_path):
    with calotype.Engine(cache_dir=tmp_path, isolate=True, timeout=120) as engine:
        result = engine.run(noise_graph, {"seed": 9})
        assert result.noise.tensors()["seeds"].tolist() == [9]
    with calotype.Engine(cache_dir=tmp_path, isolate=True, timeout=0.001) as engine:
        with pytest.raises(calotype.RunError):
            engine.run(small_graph)


def test_isolated_run_takes_given_values(tmp_path):
    graph = calotype.Graph()
    image = graph.input("image", type=calotype.nodes.Image)
    graph.output("image", calotype.nodes.ResizeImage(image=image, width=16, height=8).image)
    picture = torch.rand(1, 3, 16, 32)
    with calotype.Engine(cache_dir=tmp_path / "a", isolate=True) as engine:
        isolated = engine.run(graph, {"image": picture}).image.tensor()
    with calotype.Engine(cache_dir=tmp_path / "b") as engine:
        assert torch.equal(engine.run(graph, {"image": picture}).image.tensor(), isolated)


def test_time_limit_needs_isolation(tmp_path):
    with pytest.raises(ValueError, match="timeout and memory_limit need isolate=True"):
        calotype.Engine(cache_dir=tmp_path, timeout=3)
