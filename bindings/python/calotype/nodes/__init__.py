"""A class for each node type that the plugins have, such as `calotype.nodes.TextEncode`.

Arguments are given by name; outputs are attributes:

    checkpoint = nodes.LoadCheckpoint(path="model.safetensors")
    text = nodes.TextEncode(text_encoder=checkpoint.text_encoder, text="a lighthouse")

A type of a vendor, `example.Invert` in graph files, is `nodes.example_Invert`. Port types are
classes too: `nodes.Image` is the type of links that carry pictures. Types of plugins that are
loaded later appear as they come.
"""

from calotype import node_types as _node_types


def __getattr__(name: str) -> type:
    if name.startswith("__"):
        raise AttributeError(name)
    return _node_types.installed.find(name)


def __dir__() -> list[str]:
    return sorted(_node_types.installed.python_names())
