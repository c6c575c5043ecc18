"""Graphs as SVG and Mermaid."""

import re
import time
import xml.etree.ElementTree as ET

import built_package  # noqa: F401
import pytest

from calotype import nodes as n
from calotype.graph import Graph, Node, Subgraph
from calotype.layout import Edge, Item, lay_out
from conftest import ROOT

GRAPHS = sorted((ROOT / "graphs").glob("*.json"))
HOSTILE = "<script>alert('1')</script> & \"quotes\" \x00\x1b `tick` [x] ]]> %% #35; end\nline"
SVG = "{http://www.w3.org/2000/svg}"


def drawn(graph):
    return ET.fromstring(graph.to_svg())


def texts(svg):
    return [element.text for element in svg.iter(f"{SVG}text")]


def boxes_of(svg):
    """(x, y, width, height) of every box."""
    found = []
    for group in svg.iter(f"{SVG}g"):
        rect = group.find(f"{SVG}rect")
        if rect is not None:
            x, y = map(float, re.findall(r"[-\d.]+", group.get("transform")))
            found.append((x, y, float(rect.get("width")), float(rect.get("height"))))
    return found


@pytest.mark.parametrize("file", GRAPHS, ids=lambda file: file.stem)
def test_boxes_do_not_overlap_and_lie_inside_the_drawing(file):
    svg = drawn(Graph.load(file))
    boxes = boxes_of(svg)
    graph = Graph.load(file)
    assert len(boxes) == len(graph.inputs) + len(graph.nodes) + len(graph.outputs)
    for index, (x, y, width, height) in enumerate(boxes):
        assert x >= 0 and y >= 0
        assert x + width + 16 <= float(svg.get("width"))
        assert y + height + 16 <= float(svg.get("height"))
        for x2, y2, width2, height2 in boxes[index + 1 :]:
            apart = x + width <= x2 or x2 + width2 <= x or y + height <= y2 or y2 + height2 <= y
            assert apart


def test_the_drawing_has_a_path_for_each_link_and_names_ports_and_settings():
    graph = Graph.load(ROOT / "graphs" / "text_to_image.json")
    svg = drawn(graph)
    links = sum(len(list(node._sources())) for node in graph.nodes.values()) + len(graph.outputs)
    assert len(list(svg.iter(f"{SVG}path"))) == links
    shown = texts(svg)
    boxes = {"ckpt", "LoadCheckpoint", "prompt", "input: int"}
    assert boxes | {"text_encoder", "sampler: dpmpp_2m"} <= set(shown)
    titles = [title.text for title in svg.iter(f"{SVG}title")]
    assert graph.about in titles
    assert any("'../models/starter/starter.safetensors'" in title for title in titles)


def test_data_flows_from_left_to_right():
    graph = Graph.load(ROOT / "graphs" / "text_to_image.json")
    count = len(graph.inputs)
    x = dict(zip(graph.nodes, (box[0] for box in boxes_of(drawn(graph))[count:])))
    assert x["ckpt"] < x["positive"] < x["sample"] < x["decode"]


def hostile_graph():
    graph = Graph(HOSTILE)
    source = graph.input("text", HOSTILE, doc=HOSTILE)
    node = Node(HOSTILE, params={"p": HOSTILE, HOSTILE: source}, note=HOSTILE, id="end")
    part = Subgraph(HOSTILE, image=node[HOSTILE], id="graph")
    graph.output("class", part["x"])
    return graph


def test_hostile_text_stays_text_in_svg():
    svg = drawn(hostile_graph())
    tags = {element.tag.removeprefix(SVG) for element in svg.iter()}
    assert tags == {"svg", "title", "rect", "g", "path", "circle", "text"}
    assert any(text and text.startswith("<script>") for text in texts(svg))
    assert "\x00" not in hostile_graph().to_svg() and "<script" not in hostile_graph().to_svg()


def test_hostile_text_stays_text_in_mermaid():
    lines = hostile_graph().to_mermaid().splitlines()
    assert lines[0] == "flowchart LR"
    label = r'"(?:[\w .,\-]|#\d+;|<br/>)*"'
    for line in lines[1:]:
        assert re.fullmatch(
            rf"    \w+(?:\[{label}\]|\(\[{label}\]\)| -->\|{label}\| \w+)", line
        ), line


def test_mermaid_names_nodes_and_links():
    graph = Graph()
    words = graph.input("words", "x")
    load = n.LoadCheckpoint(path="x", id="ckpt")
    text = n.TextEncode(text_encoder=load.text_encoder, text=words)
    graph.output("words", text.conditioning)
    assert graph.to_mermaid() == (
        "flowchart LR\n"
        '    in0(["words"])\n'
        '    n0["ckpt<br/>LoadCheckpoint"]\n'
        '    n1["text_encode<br/>TextEncode"]\n'
        '    out0(["words"])\n'
        '    n0 -->|"text_encoder"| n1\n'
        '    in0 -->|"text"| n1\n'
        '    n1 -->|"conditioning"| out0\n'
    )


def test_notebooks_show_the_drawing():
    graph = Graph.load(GRAPHS[0])
    assert graph._repr_svg_() == graph.to_svg()


def test_empty_graphs_and_loops_are_drawn():
    assert boxes_of(drawn(Graph())) == []
    graph = Graph()
    a, b = Node("A"), Node("B")
    a.inputs["x"], b.inputs["x"] = b["y"], a["y"]
    graph.add(a)
    assert len(boxes_of(drawn(graph))) == 2


def test_the_same_graph_gives_the_same_drawing():
    assert Graph.load(GRAPHS[0]).to_svg() == Graph.load(GRAPHS[0]).to_svg()


def test_edges_pass_boxes_in_lanes_of_their_own():
    """An edge over three columns keeps clear of the box in the middle one."""
    a, b, c = (Item(50.0, 50.0) for _ in range(3))
    long = Edge(a, 10.0, c, 10.0)
    lay_out([a, b, c], [Edge(a, 10.0, b, 10.0), Edge(b, 10.0, c, 20.0), long], [])
    assert (a.layer, b.layer, c.layer) == (0, 1, 2)
    (lane,) = long.lanes
    assert lane.y + lane.height <= b.y or b.y + b.height <= lane.y


def test_crossings_are_removed():
    """Two rows drawn in the wrong order."""
    a, b, x, y = (Item(50.0, 50.0) for _ in range(4))
    lay_out([a, b, x, y], [Edge(a, 10.0, y, 10.0), Edge(b, 10.0, x, 10.0)], [])
    assert (a.y < b.y) == (y.y < x.y)


def test_large_graphs_are_drawn_in_a_second():
    graph = Graph()
    load = n.LoadCheckpoint(path="x")
    latent = None
    for seed in range(330):
        noise = n.LatentNoise(seed=seed)
        text = n.TextEncode(text_encoder=load.text_encoder, text=str(seed))
        latent = n.Sample(
            model=load.model, positive=text.conditioning, noise=noise.noise, latent=latent
        ).latent
    graph.output("latent", latent)
    start = time.process_time()
    graph.to_svg()
    assert time.process_time() - start < 1.0
