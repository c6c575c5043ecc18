"""Graphs that move to another folder still mean the same files."""

import json
import os

import pytest
import torch

from built_package import ROOT, engine  # noqa: F401

import calotype
from calotype import nodes as n


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """project/graphs/load.json, which loads project/models/a.safetensors; the current folder is another."""
    for name in ("project/graphs/deep", "project/models", "elsewhere"):
        (tmp_path / name).mkdir(parents=True)
    torch_file(tmp_path / "project/models/a.safetensors")
    monkeypatch.chdir(tmp_path / "project")
    graph = calotype.Graph()
    file = graph.input("file", "models/a.safetensors")
    graph.output("a", n.LoadTensor(path="models/a.safetensors", type="Latent", id="a").value)
    graph.output("b", n.LoadTensor(path=file, type="Latent", id="b").value)
    graph.save("graphs/load.json")
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path


def torch_file(path):
    with calotype.Engine(cache=False) as engine:
        engine.value("Latent", torch.ones(1, 4, 8, 8)).save(path)


def paths(file):
    data = json.loads(file.read_text())
    return data["nodes"]["a"]["params"]["path"], data["inputs"]["file"]["default"]


def test_saved_graph_finds_files_from_any_current_folder(folders, engine):
    file = folders / "project/graphs/load.json"
    assert paths(file) == ("../models/a.safetensors",) * 2
    assert engine.run(file).b.tensor().eq(1).all()


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("project/graphs/again.json", "../models/a.safetensors"),
        ("project/graphs/deep/x.json", "../../models/a.safetensors"),
        ("project/models/x.json", "../models/a.safetensors"),
        ("elsewhere/x.json", "../project/models/a.safetensors"),
    ],
)
def test_graph_saved_elsewhere_means_the_same_files(folders, engine, target, path):
    graph = calotype.Graph.load(folders / "project/graphs/load.json")
    graph.save(folders / target)
    assert paths(folders / target) == (path, path)
    assert engine.run(folders / target).a.tensor().eq(1).all()
    assert graph["a"].params["path"] == "../models/a.safetensors", "the graph itself did not move"


def test_path_is_absolute_when_only_the_root_is_shared(folders):
    from calotype.graph_paths import _moved

    found = str(folders / "project/models/a.safetensors")
    assert _moved(found, "a.safetensors", "/nowhere") == found


def test_paths_of_missing_files_stay(folders):
    graph = calotype.Graph()
    graph.output("a", n.LoadTensor(path="no/such.safetensors", type="Latent", id="a").value)
    graph.save(folders / "project/x.json")
    assert json.loads((folders / "project/x.json").read_text())["nodes"]["a"]["params"]["path"] == (
        "no/such.safetensors"
    )


def test_subgraphs_move_too(folders, engine):
    graph = calotype.Graph()
    graph.output("a", calotype.graph.Subgraph("../project/graphs/load.json", id="part")["a"])
    file = folders / "project/graphs/deep/x.json"
    graph.save(file)
    assert json.loads(file.read_text())["nodes"]["part"]["file"] == "../load.json"
    assert engine.run(file).a.tensor().eq(1).all()


def test_text_of_a_graph_keeps_its_folder_with_the_path(folders, engine):
    graph = calotype.Graph.load(folders / "project/graphs/load.json")
    again = calotype.Graph.from_json(graph.to_json(), path=graph.path)
    assert again.path == graph.path
    assert engine.run(again).a.tensor().eq(1).all()
    os.chdir(ROOT)
    assert engine.run(engine.run(graph).graph).a.tensor().eq(1).all(), "so does the graph of a result"
