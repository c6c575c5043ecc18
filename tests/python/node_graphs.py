"""Graphs of one node, and a picture to give them."""

import torch

import calotype

PICTURE = torch.rand(1, 3, 8, 8)


def graph_of(node, **outputs):
    graph = calotype.Graph()
    for name, port in outputs.items():
        graph.output(name, node[port])
    return graph


def image_input(make, **params):
    graph = calotype.Graph()
    node = make(image=graph.input("image", type=calotype.nodes.Image), **params)
    graph.output("image", node["image"])
    return graph


def image_graph():
    """Resizes the picture that it is given."""
    return image_input(calotype.nodes.ResizeImage, width=16, height=8)
