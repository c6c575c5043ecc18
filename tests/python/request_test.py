"""What callers get wrong: every message says which argument, what was expected and what was found."""

import copy
import threading

import numpy
import pytest
import torch

from built_package import engine, noise_graph, small_graph  # noqa: F401

import calotype


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"inputs": [("seed", 1)]}, TypeError,
         "inputs: expected a dict of values by name, got [('seed', 1)] (list)"),
        ({"inputs": "seed"}, TypeError, "inputs: expected a dict of values by name, got 'seed' (str)"),
        ({"inputs": {"seed": torch.tensor([1, 2])}}, TypeError,
         'setting "seed": expected a single value, got Tensor of shape [2]'),
        ({"inputs": {"latent_noise.seed": "\ud800"}}, ValueError,
         "setting \"latent_noise.seed\": expected a text that UTF-8 can hold, got '\\ud800'"),
        ({"outputs": ["noise", 3]}, TypeError,
         'outputs: expected names of outputs or "node.port", got 3 (int)'),
        ({"outputs": {"a": 5}}, TypeError, 'outputs: expected names of outputs or "node.port", got 5 (int)'),
        ({"outputs": 5}, TypeError, "outputs: expected a name, a list or a dict of names, got 5 (int)"),
        ({"outputs": []}, ValueError, "outputs: expected at least one; None asks for the graph's own"),
        ({"progress": "yes"}, TypeError,
         "progress: expected True or a function that takes an Event, got 'yes' (str)"),
        ({"progress": 5}, TypeError, "progress: expected True or a function that takes an Event, got 5 (int)"),
        ({"stop": 5}, TypeError,
         "stop: expected a calotype.StopSource, got 5 (int); call its request_stop() to stop the run"),
        ({"cache": "no"}, TypeError, "cache: expected True or False, got 'no' (str)"),
        ({"explain": 1}, TypeError, "explain: expected True or False, got 1 (int)"),
    ],
)
def test_arguments_of_a_run_are_checked(engine, noise_graph, options, error, text):
    with pytest.raises(error) as caught:
        engine.run(noise_graph, **options)
    assert str(caught.value) == text


def test_an_event_does_not_stop_a_run(engine, noise_graph):
    with pytest.raises(TypeError, match=r"stop: expected a calotype.StopSource, got <.*> \(Event\); call its"):
        engine.run(noise_graph, stop=threading.Event())


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"workers": "2"}, TypeError,
         "workers: expected a whole number of at least 0 and at most 4096, got '2' (str)"),
        ({"workers": -1}, ValueError,
         "workers: expected a whole number of at least 0 and at most 4096, got -1 (int)"),
        ({"workers": 2.5}, ValueError,
         "workers: expected a whole number of at least 0 and at most 4096, got 2.5 (float)"),
        ({"memory_budget": -5}, ValueError,
         "memory_budget: expected a whole number of at least 0, got -5 (int)"),
        ({"memory_budget": "1GB"}, TypeError,
         "memory_budget: expected a whole number of at least 0, got '1GB' (str)"),
        ({"disk_budget": -1}, ValueError, "disk_budget: expected a whole number of at least 0, got -1 (int)"),
        ({"cache": "no"}, TypeError, "cache: expected True or False, got 'no' (str)"),
        ({"cache_dir": 5}, TypeError, "cache_dir: expected a path, got 5 (int)"),
        ({"plugin_dirs": 5}, TypeError, "plugin_dirs: expected a path, got 5 (int)"),
        ({"nodes": [len]}, TypeError,
         "nodes: expected node types, as from calotype.node_type, got "
         "<built-in function len> (builtin_function_or_method)"),
        ({"isolate": True, "timeout": -1}, ValueError,
         "timeout: expected seconds from 0.001 to 1e9, or 0 for no limit, got -1 (int)"),
        ({"isolate": True, "timeout": float("inf")}, ValueError,
         "timeout: expected seconds from 0.001 to 1e9, or 0 for no limit, got inf (float)"),
        ({"isolate": True, "timeout": float("nan")}, ValueError,
         "timeout: expected seconds from 0.001 to 1e9, or 0 for no limit, got nan (float)"),
        ({"isolate": True, "timeout": 0.0005}, ValueError,
         "timeout: expected seconds from 0.001 to 1e9, or 0 for no limit, got 0.0005 (float)"),
        ({"isolate": True, "timeout": 1e12}, ValueError,
         "timeout: expected seconds from 0.001 to 1e9, or 0 for no limit, got 1000000000000.0 (float)"),
        ({"isolate": True, "memory_limit": -1}, ValueError,
         "memory_limit: expected a whole number of at least 0, got -1 (int)"),
    ],
)
def test_arguments_of_an_engine_are_checked(tmp_path, options, error, text):
    with pytest.raises(error) as caught:
        calotype.Engine(**{"cache_dir": tmp_path, **options})
    assert str(caught.value) == text


def test_budgets_may_be_written_as_1e9_and_one_folder_without_a_list(tmp_path):
    with calotype.Engine(cache_dir=tmp_path, memory_budget=1e9, plugin_dirs=tmp_path):
        pass
    with calotype.Engine(cache_dir=tmp_path, plugin_dirs=str(tmp_path)):
        pass


def test_scalars_of_numpy_and_torch_are_numbers(engine, small_graph):
    scalars = [torch.tensor(3.5), numpy.float32(3.5), numpy.array(3.5), numpy.float64(3.5)]
    for cfg_scale in scalars:
        found = engine.explain(small_graph, {"cfg_scale": cfg_scale, "seed": torch.tensor(3)})
        engine.run(small_graph, {"cfg_scale": cfg_scale, "seed": numpy.uint8(3)})
    assert {node.id: node.status for node in found}["decode"] == "memory", "all mean the same"
    small_graph["sample"].params["cfg_scale"] = torch.tensor(2.5)
    assert small_graph["sample"].params["cfg_scale"] == 2.5
    with pytest.raises(TypeError, match="expected a number"):
        small_graph["sample"].params["cfg_scale"] = torch.tensor([2.5])


def test_port_types_are_names(engine):
    with pytest.raises(TypeError) as caught:
        engine.value(5, torch.rand(1, 3, 8, 8))
    assert str(caught.value) == 'port_type: expected a name such as "Image", got 5 (int)'


def test_json_must_be_a_text():
    with pytest.raises(TypeError) as caught:
        calotype.Graph.from_json(5)
    assert str(caught.value) == "text: expected the text of a graph file, got 5 (int)"


def test_results_and_values_can_be_copied(engine, noise_graph):
    result = engine.run(noise_graph)
    for made in (copy.copy(result), copy.deepcopy(result)):
        assert made.noise.port_type == "Noise"
    assert copy.copy(result.noise).tensors()["seeds"].tolist() == [1]
    assert copy.deepcopy([result.noise])[0].port_type == "Noise"


def test_a_callback_that_raises_stops_its_own_run_only(engine, noise_graph):
    stop = calotype.StopSource()

    def callback(event):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        engine.run(noise_graph, progress=callback, stop=stop)
    assert not stop.stop_requested
    engine.run(noise_graph, stop=stop)
    stop.request_stop()
    with pytest.raises(calotype.Cancelled):
        engine.run(noise_graph, {"seed": 9}, stop=stop)
