"""Edits a graph file and compares samplers on one sheet. Arguments: graph file, sheet to write."""

import sys

import calotype
from calotype import nodes as n
from calotype.graph import Input, Link


def sharpen(link: Link[n.Image]) -> Link[n.Image]:
    return n.Upscale(image=link, scale=2).image


def first_words(text: Input[str]) -> str:
    return str(text.default).split(",")[0]


def main() -> None:
    graph_file, picture_file = sys.argv[1:]
    graph = calotype.Graph.load(graph_file)
    graph["noise"].params.update(width=64, height=64)
    graph["sample"].params["steps"] = 2
    graph["decode"].note = "The last step."

    decode = graph["decode"]
    assert isinstance(decode, n.VAEDecode)
    graph.relink(decode.image, sharpen(decode.image))
    grid = n.PictureGrid(images=[decode.image, graph.outputs["image"]], id="grid")
    graph.output("both", grid.image)
    del graph.outputs["both"]
    graph.remove("grid")

    with calotype.Engine() as engine:
        sweep = engine.map(graph, {"sample.sampler": ["euler", "heun"], "seed": range(2)})
        for run in sweep:
            print(run.settings, run.result.seconds > 0)
        sweep.grid(rows="sample.sampler", columns="seed").save(picture_file)
        print(sweep.summary.runs, first_words(graph.inputs["prompt"]))


if __name__ == "__main__":
    main()
