"""Copies of graphs and nodes, graphs as collections, and node types that only an engine knows."""

import copy
import pickle

import pytest
import torch

from built_package import engine, small_graph  # noqa: F401

import calotype
from calotype import nodes as n
from calotype.graph import Node, Subgraph, UnknownName


@pytest.fixture
def posterize(engine):
    @engine.node("test.Posterize")
    def posterize(image: calotype.Image, levels: int = 4) -> calotype.Image:
        """Reduces the number of shades."""
        return (image * (levels - 1)).round() / (levels - 1)

    return posterize


@pytest.fixture
def graph(small_graph, posterize):
    small_graph.relink(small_graph.outputs["image"], posterize(image=small_graph.outputs["image"]).image)
    return small_graph


@pytest.mark.parametrize("make", [calotype.Graph.copy, copy.copy, copy.deepcopy])
def test_copies_keep_the_types_of_python_nodes(graph, make):
    made = make(graph)
    assert type(made["posterize"]) is type(graph["posterize"])
    assert made["posterize"].image.type == "Image"
    assert made["posterize"] is not graph["posterize"]
    with pytest.raises(UnknownName, match='has no param "levls"; did you mean "levels"?'):
        made["posterize"].params["levls"] = 3


def test_graph_files_get_the_node_types_of_an_engine(engine, graph, tmp_path):
    graph["ckpt"].params["path"] = "x.safetensors"
    graph.save(tmp_path / "g.json")
    assert type(calotype.Graph.load(tmp_path / "g.json")["posterize"]) is Node
    for made in (
        calotype.Graph.load(tmp_path / "g.json", engine),
        calotype.Graph.from_json(graph.to_json(), engine=engine),
    ):
        assert made["posterize"].image.type == "Image"


def test_engine_has_classes_for_all_its_node_types(engine, posterize):
    assert "test_Posterize" in dir(engine.nodes) and "Sample" in dir(engine.nodes)
    assert "Reduces the number of shades." in engine.nodes.test_Posterize.__doc__
    graph = calotype.Graph()
    image = graph.input("image", type=engine.nodes.Image)
    graph.output("image", engine.nodes.test_Posterize(image=image, levels=2).image)
    result = engine.run(graph, {"image": torch.rand(1, 3, 8, 8)})
    assert result.image.tensor().unique().tolist() == [0.0, 1.0]
    with pytest.raises(AttributeError, match='engine.nodes has no node type "Smaple"; did you mean "Sample"?'):
        engine.nodes.Smaple
    assert not hasattr(n, "test_Posterize")


def test_engine_shows_the_newest_declaration_of_a_node_type(engine, posterize):
    assert "levels" in engine.nodes.test_Posterize.__doc__

    @engine.node("test.Posterize")
    def other(image: calotype.Image, shades: int = 4) -> calotype.Image:
        """Another one."""
        return image

    assert "shades" in engine.nodes.test_Posterize.__doc__


def test_copy_of_a_node_is_a_node_of_its_own(small_graph):
    sample = small_graph["sample"]
    made = copy.copy(sample)
    made.params["steps"] = 3
    assert made.graph is None and made.id is None
    assert sample.params["steps"] is small_graph.inputs["steps"]
    assert made.inputs == sample.inputs
    small_graph.output("other", made.latent)
    assert made.id == "sample_2"
    part = Subgraph("part.json", scale=2)
    assert copy.copy(part).file == "part.json"


def test_deep_copy_of_a_node_comes_with_a_copy_of_its_graph(small_graph):
    made = copy.deepcopy(small_graph["sample"])
    assert made.graph is not small_graph
    assert made.graph["sample"] is made
    assert made.params["steps"] is made.graph.inputs["steps"]
    alone = n.LatentNoise(width=8, id="mine")
    assert copy.deepcopy(alone).params == {"width": 8}
    assert pickle.loads(pickle.dumps(alone)).params == {"width": 8}


def test_graph_is_a_collection_of_the_ids_of_its_nodes(small_graph):
    assert list(small_graph) == list(small_graph.nodes)
    assert len(small_graph) == 6
    assert "sample" in small_graph and "smaple" not in small_graph and 3 not in small_graph
    assert bool(calotype.Graph()), "an empty graph is a graph"
