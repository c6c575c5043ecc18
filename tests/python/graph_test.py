"""calotype.Graph: loading, building, editing and saving."""

import copy
import json
import os
import pathlib
import pickle

import built_package  # noqa: F401
import numpy
import pytest

import calotype
from calotype import nodes as n
from calotype.graph import Graph, Input, Node, Subgraph, UnknownName
from conftest import ROOT

GRAPHS = sorted((ROOT / "graphs").glob("*.json"))


def rebuilt(graph):
    """The same graph, written as a script would: inputs, constructors, outputs."""
    made = Graph(graph.about)
    for source in graph.inputs.values():
        made.input(source.name, source.default, type=source.type, doc=source.doc)
    new = {}

    def source_of(source):
        if isinstance(source, tuple):
            return [source_of(one) for one in source]
        if isinstance(source, Input):
            return made.inputs[source.name]
        return getattr(new[source.node.id], source.port)

    for id, node in graph.nodes.items():
        arguments = {name: source_of(value) for name, value in node.inputs.items()}
        for name, value in node.params.items():
            arguments[name] = source_of(value) if isinstance(value, Input) else value
        new[id] = getattr(n, node.type.replace(".", "_"))(**arguments, id=id, note=node.note)
    for name, link in graph.outputs.items():
        made.output(name, source_of(link))
    return made


def lighthouse():
    graph = Graph("A lighthouse.")
    prompt = graph.input("prompt", "a lighthouse", doc="What to show.")
    checkpoint = n.LoadCheckpoint(path="model.safetensors")
    text = n.TextEncode(text_encoder=checkpoint.text_encoder, text=prompt)
    noise = n.LatentNoise(width=64, height=64, id="grain", note="small")
    sample = n.Sample(model=checkpoint.model, positive=text.conditioning, noise=noise.noise)
    decode = n.VAEDecode(vae=checkpoint.vae, latent=sample.latent)
    graph.output("image", decode.image)
    return graph


@pytest.mark.parametrize("file", GRAPHS, ids=lambda file: file.stem)
def test_a_loaded_graph_saves_to_the_same_file(file, tmp_path):
    (tmp_path / "graphs").mkdir()
    for path in [ROOT / "models", *(ROOT / "graphs").iterdir()]:
        (tmp_path / path.relative_to(ROOT)).symlink_to(path)
    graph = Graph.load(tmp_path / "graphs" / file.name)
    graph.save(tmp_path / "graphs" / "saved.json")  # beside the others, so that paths stay
    assert (tmp_path / "graphs" / "saved.json").read_text() == file.read_text()


@pytest.mark.parametrize("file", GRAPHS, ids=lambda file: file.stem)
def test_a_graph_drawn_in_code_saves_to_the_file_written_by_hand(file):
    assert rebuilt(Graph.load(file)).to_json() == file.read_text()


def test_an_edited_graph_is_what_the_program_calls_canonical(tmp_path, calotype):
    graph = Graph.load(GRAPHS[0])
    graph.about = 'Quotes "and" \u00fcmlauts,\nlines'
    graph.save(tmp_path / "saved.json")
    calotype("fmt", "--check", "saved.json")
    assert json.loads((tmp_path / "saved.json").read_text())["about"] == graph.about


def test_code_makes_ids_from_types_and_keeps_the_order_of_creation():
    assert lighthouse().to_json() == """{
  "calotype": 1,
  "about": "A lighthouse.",
  "inputs": {
    "prompt": { "type": "string", "default": "a lighthouse", "doc": "What to show." }
  },
  "nodes": {
    "load_checkpoint": { "type": "LoadCheckpoint", "params": { "path": "model.safetensors" } },
    "text_encode": {
      "type": "TextEncode",
      "in": { "text_encoder": "load_checkpoint.text_encoder" },
      "params": { "text": { "$input": "prompt" } }
    },
    "grain": { "type": "LatentNoise", "params": { "width": 64, "height": 64 }, "note": "small" },
    "sample": {
      "type": "Sample",
      "in": {
        "model": "load_checkpoint.model",
        "positive": "text_encode.conditioning",
        "noise": "grain.noise"
      }
    },
    "vae_decode": {
      "type": "VAEDecode",
      "in": { "vae": "load_checkpoint.vae", "latent": "sample.latent" }
    }
  },
  "outputs": {
    "image": "vae_decode.image"
  }
}
"""


def test_nodes_of_one_type_are_numbered_around_chosen_ids():
    graph = Graph()
    graph.add(n.LoadImage(path="a.png", id="load_image_2"))
    for _ in range(3):
        graph.add(n.LoadImage(path="b.png"))
    assert list(graph.nodes) == ["load_image_2", "load_image", "load_image_3", "load_image_4"]


def test_order_is_that_of_creation_whenever_nodes_are_taken_in():
    first, second = n.LoadImage(path="a.png", id="first"), n.LoadImage(path="b.png", id="second")
    graph = Graph()
    graph.add(second)
    graph.add(first)
    assert list(graph.nodes) == ["first", "second"]


def test_params_are_edited_by_name():
    graph = lighthouse()
    params = graph["sample"].params
    params["steps"] = 30
    params.update(sampler="heun", cfg_scale=numpy.float32(2.5))
    assert dict(params) == {"steps": 30, "sampler": "heun", "cfg_scale": 2.5}
    del params["steps"]
    row = json.loads(graph.to_json())["nodes"]["sample"]["params"]
    assert row == {"sampler": "heun", "cfg_scale": 2.5}


def test_unknown_params_raise_at_once_with_a_suggestion():
    sample = lighthouse()["sample"]
    with pytest.raises(UnknownName) as error:
        sample.params["stepz"] = 3
    assert str(error.value).startswith(
        'node "sample" (Sample) has no param "stepz"; did you mean "steps"? it has "sampler", '
    )
    with pytest.raises(UnknownName) as error:
        sample.params["steps"]
    assert str(error.value) == (
        'node "sample" (Sample) does not set the param "steps"; its default is 20'
    )


def test_unknown_nodes_outputs_and_inputs_raise_at_once():
    graph = lighthouse()
    with pytest.raises(UnknownName) as error:
        graph["smaple"]
    assert str(error.value) == (
        'the graph has no node "smaple"; did you mean "sample"? it has "load_checkpoint", '
        '"text_encode", "grain", "sample", "vae_decode"'
    )
    with pytest.raises(UnknownName, match='the graph has no input "seed"; it has "prompt"'):
        graph.inputs["seed"]
    with pytest.raises(AttributeError) as error:
        graph["vae_decode"].picture
    assert str(error.value) == (
        'node "vae_decode" (VAEDecode) has no output "picture"; it has "image"'
    )
    with pytest.raises(UnknownName, match='has no output "img"'):
        graph["vae_decode"]["img"]


def test_setting_a_param_as_an_attribute_says_where_it_belongs():
    sample = lighthouse()["sample"]
    with pytest.raises(AttributeError) as error:
        sample.steps = 30
    assert str(error.value) == (
        'node "sample" (Sample): "steps" is a param; use node.params["steps"]'
    )
    with pytest.raises(AttributeError, match='"model" is an input; use node.inputs'):
        sample.model


def test_input_types_follow_from_defaults_or_are_given():
    graph = Graph()
    assert graph.input("a", True).type == "bool"
    assert graph.input("b", 1).type == "int"
    assert graph.input("c", 1.5).type == "number"
    assert graph.input("d", 5, type=float).type == "number"
    assert graph.input("e", type=str).default is None
    assert graph.input("f", type=n.Image).type == "Image"
    with pytest.raises(TypeError, match='graph input "g": give a default or a type'):
        graph.input("g")
    with pytest.raises(ValueError) as caught:
        graph.input("n" * 257, 1)
    assert str(caught.value) == f'name of graph input "{"n" * 40}..." is too long: 257 bytes, at most 256'
    with pytest.raises(ValueError, match='the graph has an input "a" already'):
        graph.input("a", 2)
    with pytest.raises(TypeError, match="expected a type such as str"):
        graph.input("h", type=list)


def test_outputs_must_be_links():
    graph = Graph()
    text = "expected a link such as node.image, got the whole LoadImage"
    with pytest.raises(TypeError, match=text):
        graph.output("image", n.LoadImage(path="x"))


def test_subgraphs_notes_lists_and_docs_survive():
    text = Graph.from_json("""{
      "calotype": 1,
      "inputs": { "picture": { "type": "Image", "doc": "to change" }, "seed": { "type": "int" } },
      "nodes": {
        "part": { "type": "Graph", "file": "part.json", "in": { "image": { "$input": "picture" } },
                  "params": { "seed": { "$input": "seed" }, "steps": 3 }, "note": "why" },
        "grid": { "type": "PictureGrid",
                  "in": { "images": ["part.image", { "$input": "picture" }] } }
      },
      "outputs": { "image": "grid.image" }
    }""").to_json()
    graph = Graph()
    picture = graph.input("picture", type=n.Image, doc="to change")
    seed = graph.input("seed", type=int)
    part = Subgraph("part.json", image=picture, seed=seed, steps=3, id="part", note="why")
    grid = n.PictureGrid(images=[part["image"], picture], id="grid")
    graph.output("image", grid.image)
    assert graph.to_json() == text
    assert graph.copy().to_json() == text


def test_outputs_of_graphs_in_graphs_are_attributes(tmp_path):
    lighthouse().save(tmp_path / "part.json")
    part = Subgraph(tmp_path / "part.json", id="part")
    assert part.image == part["image"]
    assert part.id == "part" and part["id"].port == "id"
    for name in ("__array__", "_repr_png_", "Image"):
        with pytest.raises(AttributeError, match=name):
            getattr(part, name)
    graph = Graph()
    graph.output("image", part.imgae)
    with pytest.raises(calotype.GraphError, match='has no output "imgae"(.|\n)*did you mean "image"?'):
        graph.validate()


def test_nodes_of_unknown_types_are_kept_as_they_are():
    graph = Graph()
    node = Node("vendor.Later", inputs={"a": n.LoadImage(path="x").image}, params={"k": 1})
    graph.output("out", node["result"])
    again = Graph.from_json(graph.to_json())
    assert again.to_json() == graph.to_json()
    assert type(again["later"]) is Node
    with pytest.raises(calotype.GraphError, match='"vendor.Later"'):
        graph.validate()


def test_links_to_nothing_are_graph_errors():
    text = lighthouse().to_json().replace('"grain.noise"', '"grian.noise"')
    with pytest.raises(calotype.GraphError) as error:
        Graph.from_json(text)
    assert str(error.value).startswith(
        'node "sample", input "noise": the graph has no node "grian"; did you mean "grain"?'
    )
    assert error.value.node == "sample" and error.value.port == 'input "noise"'


def test_bad_files_are_errors_with_places(tmp_path):
    with pytest.raises(calotype.FileError, match="cannot read"):
        Graph.load(tmp_path / "missing.json")
    (tmp_path / "bad.json").write_text('{ "calotype": 1,\n "nodez": {} }')
    with pytest.raises(calotype.GraphError) as error:
        Graph.load(tmp_path / "bad.json")
    assert "bad.json:2:2:" in str(error.value)
    with pytest.raises(calotype.FileError):
        lighthouse().save(tmp_path / "no" / "folder.json")


def test_errors_name_files_of_any_bytes(tmp_path):
    name = os.fsdecode(b"\xff.json")
    with pytest.raises(calotype.FileError) as error:
        Graph.load(tmp_path / name)
    assert name in str(error.value)


def test_validate_reports_all_problems_at_once():
    graph = lighthouse()
    graph["sample"].params["steps"] = 0
    graph["grain"].params["width"] = 63
    with pytest.raises(calotype.GraphError) as error:
        graph.validate()
    assert {d.node for d in error.value.diagnostics} == {"sample", "grain"}
    assert lighthouse().validate() == []


def test_a_loop_of_links_is_a_graph_error():
    graph = lighthouse()
    graph["sample"].inputs["latent"] = graph["sample"].latent
    with pytest.raises(calotype.GraphError, match="wait for each other: sample -> sample"):
        graph.validate()


def test_edits_reach_the_engine_and_idle_graphs_are_parsed_once():
    graph = lighthouse()
    parsed = graph._core()
    assert graph._core() is parsed
    edits = [
        lambda: graph["sample"].params.__setitem__("steps", 5),
        lambda: graph["sample"].params.__delitem__("steps"),
        lambda: graph["sample"].inputs.__setitem__("negative", graph["text_encode"].conditioning),
        lambda: setattr(graph, "about", "new"),
        lambda: setattr(graph.inputs["prompt"], "default", "new"),
        lambda: setattr(graph.inputs["prompt"], "doc", "new"),
        lambda: setattr(graph.inputs["prompt"], "name", "words"),
        lambda: setattr(graph["sample"], "note", "new"),
        lambda: setattr(graph["sample"], "id", "new"),
        lambda: graph.output("latent", graph["new"].latent),
        lambda: graph.outputs.__delitem__("latent"),
        lambda: graph.add(n.LoadImage(path="x")),
        lambda: graph.remove("load_image"),
    ]
    for edit in edits:
        before = graph._core().text()
        edit()
        assert graph._core().text() != before


def test_copies_are_independent():
    graph = Graph.load(GRAPHS[0])
    for twin in (graph.copy(), copy.deepcopy(graph), pickle.loads(pickle.dumps(graph))):
        assert twin.to_json() == graph.to_json() and twin.path == graph.path
        twin.about = "changed"
        assert graph.about != "changed"


def test_paths_and_numpy_scalars_are_values():
    node = n.LoadImage(path=pathlib.Path("a") / "b.png")
    assert node.params["path"] == "a/b.png"
    noise = n.LatentNoise(width=numpy.int64(64), seed=numpy.uint64(2**64 - 1))
    assert noise.params["width"] == 64 and type(noise.params["width"]) is int
    assert noise.params["seed"] == 2**64 - 1
