"""calotype.Graph: relinking, replacing, removing and renaming."""

import json

import built_package  # noqa: F401
import pytest
from graph_test import lighthouse

import calotype
from calotype import nodes as n
from calotype.graph import Graph, Link, Node, UnknownName


def test_inputs_are_relinked_and_take_new_nodes_in():
    graph = lighthouse()
    other = n.LoadVAE(path="vae.safetensors", id="better_vae")
    graph["vae_decode"].inputs["vae"] = other.vae
    assert graph["better_vae"] is other
    assert graph["vae_decode"].inputs["vae"] == Link(other, "vae")
    del graph["sample"].inputs["positive"]
    assert "positive" not in json.loads(graph.to_json())["nodes"]["sample"]["in"]


def test_relink_puts_a_node_in_between():
    graph = lighthouse()
    image = graph["vae_decode"].image
    sharper = n.Upscale(image=image, scale=2)
    graph.relink(image, sharper.image)
    assert graph.outputs["image"] == sharper.image
    assert sharper.inputs["image"] == image


def test_relink_changes_every_place_of_a_list():
    graph = Graph()
    a, b = n.LoadImage(path="a.png"), n.LoadImage(path="b.png")
    grid = n.PictureGrid(images=[a.image, b.image, a.image])
    graph.output("image", grid.image)
    graph.relink(a.image, b.image)
    assert grid.inputs["images"] == (b.image, b.image, b.image)


def test_relink_changes_all_or_nothing():
    graph = lighthouse()
    image, latent = graph["vae_decode"].image, graph["sample"].latent
    graph.add(Node("vendor.Any", inputs={"x": image}))
    graph.add(n.Upscale(image=image))
    text = graph.to_json()
    with pytest.raises(TypeError, match='node "upscale" .Upscale., input "image": expected Image'):
        graph.relink(image, latent)
    with pytest.raises(TypeError, match='graph output "image": expected a link such as node.image'):
        graph.relink(image, graph.input("other", type=n.Image))
    del graph.inputs["other"]
    assert graph.to_json() == text


def test_only_nodes_are_added():
    with pytest.raises(TypeError, match="expected a node, got <Link LoadImage.image: Image>"):
        Graph().add(n.LoadImage(path="x").image)


def test_replace_keeps_readers_id_and_place():
    graph = lighthouse()
    before = list(graph.nodes)
    new = graph.replace("grain", n.LatentNoise(width=128, height=128, seed=3))
    assert list(graph.nodes) == before
    assert graph["grain"] is new and graph["sample"].inputs["noise"] == new.noise


def test_replace_refuses_a_node_that_lacks_an_output_and_changes_nothing():
    graph = lighthouse()
    text = graph.to_json()
    with pytest.raises(UnknownName, match='LoadVAE has no output "text_encoder"; it has "vae"'):
        graph.replace("load_checkpoint", n.LoadVAE(path="x"))
    with pytest.raises(ValueError, match="reads node"):
        sample = graph["sample"]
        graph.replace(sample, n.VAEDecode(vae=graph["load_checkpoint"].vae, latent=sample.latent))
    assert graph.to_json() == text


def test_remove_names_what_still_reads_the_node():
    graph = lighthouse()
    with pytest.raises(ValueError) as error:
        graph.remove("sample")
    assert str(error.value) == (
        'node "sample" (Sample) is read by node "vae_decode", "latent"; '
        "relink or remove these first"
    )
    with pytest.raises(ValueError, match='is read by output "image"'):
        del graph.nodes["vae_decode"]
    del graph.outputs["image"]
    graph.remove("vae_decode")
    del graph.nodes["sample"]
    assert list(graph.nodes) == ["load_checkpoint", "text_encode", "grain"]


def test_renaming_reaches_every_link():
    graph = lighthouse()
    graph["load_checkpoint"].id = "ckpt"
    graph.inputs["prompt"].name = "text"
    data = json.loads(graph.to_json())
    assert list(data["nodes"])[0] == "ckpt"
    assert data["nodes"]["sample"]["in"]["model"] == "ckpt.model"
    assert data["nodes"]["text_encode"]["params"]["text"] == {"$input": "text"}
    with pytest.raises(ValueError, match='the graph has a node "grain" already'):
        graph["ckpt"].id = "grain"
    with pytest.raises(ValueError, match='id "No": expected a small letter'):
        graph["ckpt"].id = "No"


def test_inputs_that_something_reads_are_not_removed():
    graph = lighthouse()
    with pytest.raises(ValueError, match='"prompt" is read by node "text_encode", "text"'):
        del graph.inputs["prompt"]
    graph["text_encode"].params["text"] = "fixed"
    del graph.inputs["prompt"]
    assert len(graph.inputs) == 0


def test_a_node_belongs_to_one_graph():
    graph, other = lighthouse(), Graph()
    with pytest.raises(ValueError, match='node "sample" .Sample. belongs to another graph'):
        other.output("latent", graph["sample"].latent)
    with pytest.raises(ValueError, match='the input "prompt" belongs to another graph'):
        other.add(n.TextEncode(text_encoder=n.LoadCheckpoint(path="x").text_encoder,
                               text=graph.inputs["prompt"]))
    assert len(other.nodes) == 0


def test_a_clash_of_ids_takes_nothing_in():
    graph = Graph()
    a, b = n.LoadImage(path="a", id="same"), n.LoadImage(path="b", id="same")
    with pytest.raises(ValueError, match='the graph has a node "same" already'):
        graph.output("image", n.PictureGrid(images=[a.image, b.image]).image)
    assert len(graph.nodes) == 0 and a.graph is None
