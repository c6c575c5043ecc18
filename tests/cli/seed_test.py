"""`--seed`: which texts it takes and which nodes it reaches."""

import json

import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

NOISE = {"type": "LatentNoise", "params": {"width": 64, "height": 64}}
MESSAGE = '--seed: expected an integer from 0 to 18446744073709551615 or "random", got "{}"\n'


def write_graph(folder, name, nodes, **more):
    (folder / name).write_text(json.dumps({"calotype": 1, "nodes": nodes, **more}))
    return folder / name


@pytest.fixture
def graph(calotype):
    """Noise in the graph itself and in a part of a part of it."""
    write_graph(calotype.folder, "inner.json", {"noise": NOISE}, outputs={"noise": "noise.noise"})
    part = {"inner": {"type": "Graph", "file": "inner.json"}}
    write_graph(calotype.folder, "part.json", part, outputs={"noise": "inner.noise"})
    nodes = {"own": NOISE, "part": {"type": "Graph", "file": "part.json"}}
    return write_graph(calotype.folder, "g.json", nodes, outputs={"own": "own.noise", "part": "part.noise"})


def seeds_of(calotype, *arguments):
    """The seeds in the graph that a result carries, of `own` and of `part/inner/noise`."""
    calotype("run", "g.json", "-o", "own=own.safetensors", "-o", "part=part.safetensors", *arguments)
    with safe_open(calotype.folder / "own.safetensors", "numpy") as file:
        nodes = json.loads(file.metadata()["calotype"])["nodes"]
    return [nodes["own"]["params"]["seed"], nodes["part__inner__noise"]["params"]["seed"]]


@pytest.mark.parametrize("text", ["-1", "18446744073709551616", "1.5", "12x", "+1"])
def test_what_is_no_seed_is_refused(calotype, graph, text):
    assert calotype("run", graph, f"--seed={text}", expect=2).stderr == MESSAGE.format(text)


def test_a_seed_reaches_nodes_in_parts(calotype, graph):
    assert seeds_of(calotype, "--seed", "18446744073709551615") == [18446744073709551615] * 2


def test_random_draws_a_seed_for_each(calotype, graph):
    own, part = seeds_of(calotype, "--seed", "random")
    assert own != part and max(own, part) < 2**53


def test_drawn_seeds_are_told(calotype, graph):
    done = calotype("run", graph, "--seed", "random", "-o", "own=own.safetensors", "--report", "report.json")
    seeds = json.loads((calotype.folder / "report.json").read_text())["seeds"]
    assert seeds.keys() == {"own.seed", "part/inner/noise.seed"}
    for param, seed in seeds.items():
        assert f"{param}: {seed}\n" in done.stderr
    assert "own.seed" not in calotype("run", graph, "--seed", "7", "-o", "own=own.safetensors").stderr


def test_the_input_seed_decides_where_there_is_one(calotype):
    nodes = {"a": {**NOISE, "params": {**NOISE["params"], "seed": {"$input": "seed"}}}, "b": NOISE}
    inputs = {"seed": {"type": "int", "default": 1}}
    write_graph(calotype.folder, "g.json", nodes, inputs=inputs, outputs={"a": "a.noise", "b": "b.noise"})
    results = []
    for seed in ("5", "6"):
        calotype("run", "g.json", "--seed", seed, "-o", "a=a.safetensors", "-o", "b=b.safetensors")
        results.append([load_file(calotype.folder / f"{name}.safetensors")["noise"] for name in "ab"])
    assert (results[0][0] != results[1][0]).any()
    assert (results[0][1] == results[1][1]).all()


def test_a_graph_without_seeds_is_refused(calotype):
    nodes = {"load": {"type": "LoadImage", "params": {"path": "x.png"}}}
    write_graph(calotype.folder, "g.json", nodes, outputs={"image": "load.image"})
    message = "--seed: the graph has no input and no parameter for a seed\n"
    assert calotype("run", "g.json", "--seed", "3", expect=2).stderr == message
