"""calotype.nodes: a class for each node type, made from the schemas."""

import ast
import inspect
import json
import os
import subprocess
import sys

import built_package
import numpy
import pytest

import calotype
from calotype import node_types
from calotype import nodes as n
from calotype.schema import NodeSchema, PythonNames
from conftest import BUILD

STUB = built_package.PACKAGE / "nodes" / "__init__.pyi"


def stub_classes(text):
    return {node.name: node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}


def test_the_stub_of_the_package_is_up_to_date(calotype):
    assert STUB.read_text() == calotype("stubs").stdout, "run scripts/docs"


def test_python_and_the_program_write_the_same_stub():
    assert calotype.default_registry().stubs() == STUB.read_text()


def test_every_class_of_the_stub_exists_with_the_same_signature():
    classes = stub_classes(STUB.read_text())
    assert sorted(classes) == dir(n)
    for name, written in classes.items():
        made = getattr(n, name)
        members = {one.name: one for one in written.body if isinstance(one, ast.FunctionDef)}
        if "__init__" not in members:
            assert made.__doc__ == ast.get_docstring(written)
            continue
        arguments = members.pop("__init__").args
        parameters = list(inspect.signature(made).parameters.values())
        assert [p.name for p in parameters] == [a.arg for a in arguments.kwonlyargs]
        for parameter, argument, default in zip(
            parameters, arguments.kwonlyargs, arguments.kw_defaults, strict=True
        ):
            assert parameter.kind is parameter.KEYWORD_ONLY
            assert parameter.annotation == ast.unparse(argument.annotation).replace("'", '"')
            if default is None:
                assert parameter.default is parameter.empty
            else:
                assert parameter.default == ast.literal_eval(default)
        outputs = [
            key for key, value in vars(made).items() if isinstance(value, node_types._OutputPort)
        ]
        assert outputs == list(members)
        assert inspect.getdoc(made).split() == ast.get_docstring(written).split()
        for output in outputs:
            assert getattr(made, output).__doc__ == ast.get_docstring(members[output])


def test_names_in_python_follow_the_rule_of_the_stub():
    names = PythonNames({"Link"})
    given = ["vendor.Name", "in", "in_", "Link", "1st", "", "a b", "a.b", "\u00e4"]
    expected = ["vendor_Name", "in_", "in__", "Link_", "_1st", "_", "a_b", "a_b_", "__"]
    assert [names.add(name) for name in given] == expected


def test_help_shows_docs_and_limits():
    assert inspect.getdoc(n.VAEDecode).splitlines()[0].endswith(".")
    text = "    steps: Number of steps that are run. (1 to 10000, steps)"
    assert text in inspect.getdoc(n.Sample)
    signature = inspect.signature(n.Sample)
    assert signature.parameters["steps"].default == 20
    assert signature.parameters["noise"].default is inspect.Parameter.empty
    assert n.Sample.__module__ == "calotype.nodes"


def test_outputs_complete_in_a_shell():
    load = n.LoadImage(path="x")
    assert {"image", "mask", "params", "inputs"} <= set(dir(load))
    assert list(load.outputs) == ["image", "mask"]


def test_unknown_types_suggest_the_nearest():
    with pytest.raises(AttributeError) as error:
        n.TextEncoed
    assert str(error.value).startswith(
        'calotype.nodes has no node type "TextEncoed"; did you mean "TextEncode"? it has '
    )
    assert not hasattr(n, "__wrapped__")


def bad_calls():
    load = n.LoadCheckpoint(path="x")
    image = n.LoadImage(path="x").image
    yield "unknown argument", TypeError, lambda: n.LoadImage(paht="x"), (
        'LoadImage has no argument "paht"; did you mean "path"? it has "path"'
    )
    yield "missing param", TypeError, lambda: n.LoadImage(), (
        'LoadImage: the param "path" is missing'
    )
    yield "missing input", TypeError, lambda: n.TextEncode(), (
        'TextEncode: the input "text_encoder" is missing'
    )
    yield "by place", TypeError, lambda: n.LoadImage("x"), (
        "LoadImage: give arguments by name, as in path=..."
    )
    yield "text for int", TypeError, lambda: n.LatentNoise(width="64"), (
        "LatentNoise, param \"width\": expected an integer, got '64' (str)"
    )
    yield "bool for int", TypeError, lambda: n.LatentNoise(width=True), (
        'LatentNoise, param "width": expected an integer, got True (bool)'
    )
    yield "float for int", TypeError, lambda: n.LatentNoise(width=64.0), (
        'LatentNoise, param "width": expected an integer, got 64.0 (float)'
    )
    yield "seed", TypeError, lambda: n.LatentNoise(seed="any"), (
        "LatentNoise, param \"seed\": expected an integer or \"random\", got 'any' (str)"
    )
    yield "None", TypeError, lambda: n.LoadImage(path=None), (
        'LoadImage, param "path": expected a path, got None (NoneType)'
    )
    yield "named node", TypeError, lambda: n.LoadImage(path=3, id="cat"), (
        'node "cat" (LoadImage), param "path": expected a path, got 3 (int)'
    )
    yield "choice", ValueError, lambda: n.LatentNoise(source="gpu"), (
        'LatentNoise, param "source": expected one of "cpu", "philox", "device", got "gpu"'
    )
    yield "not finite", ValueError, lambda: n.LatentNoise(variation_strength=float("nan")), (
        'LatentNoise, param "variation_strength": expected a finite number, got nan'
    )
    yield "too large", ValueError, lambda: n.LatentNoise(seed=2**64), (
        'LatentNoise, param "seed": expected an integer of 64 bits, got 18446744073709551616'
    )
    yield "surrogate", ValueError, lambda: n.LoadImage(path="\ud800"), (
        "LoadImage, param \"path\": expected a text that UTF-8 can hold, got '\\ud800'"
    )
    yield "link to param", TypeError, lambda: n.LoadImage(path=image), (
        'LoadImage, param "path": expected a value or an input of the graph, got '
        "<Link LoadImage.image: Image>; only input ports take links"
    )
    yield "whole node", TypeError, lambda: n.TextEncode(text_encoder=load), (
        'TextEncode, input "text_encoder": expected a link of type TextEncoder, got the whole '
        'LoadCheckpoint; name one of its outputs: "model", "text_encoder", "vae"'
    )
    yield "value for link", TypeError, lambda: n.TextEncode(text_encoder="x"), (
        "TextEncode, input \"text_encoder\": expected a link of type TextEncoder, got 'x' (str)"
    )
    yield "wrong link", TypeError, lambda: n.TextEncode(text_encoder=load.vae), (
        'TextEncode, input "text_encoder": expected TextEncoder, got Autoencoder from '
        '"LoadCheckpoint.vae"'
    )
    yield "list for one", TypeError, lambda: n.Upscale(image=[image]), (
        'Upscale, input "image": expected a link of type Image, got '
        "[<Link LoadImage.image: Image>] (list)"
    )
    yield "value in list", TypeError, lambda: n.PictureGrid(images=[image, 3]), (
        'PictureGrid, input "images": expected a link of type Image or a list of them, got 3 (int)'
    )
    yield "bad id", ValueError, lambda: n.LoadImage(path="x", id="A"), (
        'LoadImage: id "A": expected a small letter, then small letters, digits or "_"'
    )


@pytest.mark.parametrize(
    ("error", "call", "text"), [row[1:] for row in bad_calls()], ids=[row[0] for row in bad_calls()]
)
def test_wrong_arguments_raise_at_once(error, call, text):
    with pytest.raises(error) as raised:
        call()
    assert str(raised.value) == text


def test_optional_arguments_may_be_none():
    node = n.LatentNoise(latent=None)
    assert dict(node.inputs) == {} and dict(node.params) == {}
    assert dict(n.PictureGrid(images=[]).inputs) == {}


def test_numpy_booleans_are_booleans_and_no_numbers():
    with pytest.raises(TypeError, match="expected an integer, got"):
        n.LatentNoise(width=numpy.bool_(True))
    schema = node_types.make_class(NodeSchema(flag_schema()), "Flag", {})
    assert schema(on=numpy.bool_(True)).params["on"] is True
    with pytest.raises(TypeError, match='Flag, param "on": expected True or False, got 1 .int.'):
        schema(on=1)


def flag_schema():
    param = {"name": "on", "kind": "boolean", "doc": "", "default": {"boolean": False}}
    return {"type": "Flag", "summary": "", "inputs": [], "params": [param], "outputs": []}


def test_taken_names_get_an_underscore_and_keep_their_name_in_the_file():
    port = {"name": "id", "type": "Image", "doc": ""}
    param = {"name": "class", "kind": "string", "doc": "", "default": {"string": ""}}
    out = {"name": "type", "type": "Image", "doc": "The type."}
    row = {"type": "Odd", "summary": "", "inputs": [port], "params": [param], "outputs": [out]}
    made = node_types.make_class(NodeSchema(row), "Odd", {"Image": "Image"})
    node = made(id_=n.LoadImage(path="x").image, class_="y", id="odd")
    assert list(node.inputs) == ["id"] and dict(node.params) == {"class": "y"}
    assert node.type == "Odd" and node.type_.port == "type"


def test_former_names_of_params_are_known():
    param = {"name": "steps", "kind": "integer", "doc": "", "was": ["count"]}
    param["default"] = {"integer": 1}
    row = {"type": "Old", "summary": "", "inputs": [], "params": [param], "outputs": []}
    node = node_types.make_class(NodeSchema(row), "Old", {})()
    node.params["count"] = 3
    assert dict(node.params) == {"count": 3}


def test_plugins_of_a_folder_appear_as_classes(tmp_path):
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "example_invert.so").write_bytes(
        (BUILD / "lib/calotype/plugins/example_invert.so").read_bytes()
    )
    script = (
        "import inspect, pathlib, sys\n"
        "from calotype import _paths, nodes\n"
        "_paths.PLUGINS = pathlib.Path(sys.argv[1])\n"
        "print(dir(nodes)); print(inspect.signature(nodes.example_Invert))\n"
    )
    paths = {"PYTHONPATH": str(BUILD / "python"), "LD_LIBRARY_PATH": str(BUILD / "lib")}
    done = subprocess.run(
        [sys.executable, "-c", script, folder], env={**os.environ, **paths},
        capture_output=True, text=True, check=True,
    )
    assert done.stdout == (
        "['Image', 'Mask', 'example_Invert']\n"
        "(*, image: 'Link[Image] | Input[Image]', mask: 'Link[Mask] | Input[Mask] | None' = None, "
        "amount: 'float | Input[float]' = 1.0, id: 'str | None' = None, note: 'str' = '')\n"
    )


def test_types_that_come_later_appear_without_a_restart(monkeypatch):
    rows = calotype.default_registry().schemas()
    assert not hasattr(n, "Flag")
    text = json.dumps(json.loads(rows) + [{**flag_schema(), "version": 1, "plugin": "p"}])
    registry = type("Later", (), {"schemas": lambda self: text})()
    before = n.Sample
    monkeypatch.setattr("calotype.registry.default_registry", lambda: registry)
    try:
        assert n.Flag(on=True).params["on"] is True
        assert n.Sample is before, "classes that did not change are the same objects"
    finally:
        monkeypatch.undo()
        node_types.installed.refresh()
    assert not hasattr(n, "Flag")
