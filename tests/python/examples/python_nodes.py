"""Puts a node written in Python behind a graph. Arguments: graph file, picture to write."""

import sys

import calotype


def main() -> None:
    graph_file, picture_file = sys.argv[1:]
    with calotype.Engine() as engine:

        @engine.node("me.Posterize")
        def posterize(image: calotype.Image, levels: int = 4) -> calotype.Image:
            """Reduces the number of shades."""
            return (image * (levels - 1)).round() / (levels - 1)

        graph = calotype.Graph.load(graph_file)
        graph["noise"].params.update(width=64, height=64)
        image = graph.outputs["image"]
        graph.relink(image, posterize(image=image, levels=3).image)
        again = engine.nodes.me_Posterize(image=graph.outputs["image"], levels=2)
        graph.relink(graph.outputs["image"], again.image)

        result = engine.run(graph, {"steps": 2}, outputs=["image"])
        result.image.save(picture_file)
        for run in engine.map(graph, {"seed": [1, 2]}, inputs={"steps": 1}, cache=False):
            print(run.settings, run.result.image)


if __name__ == "__main__":
    main()
