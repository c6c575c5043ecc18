"""Values as files: pictures with their graphs, tensors, and what cannot be written."""

import os
import subprocess

import numpy
import PIL.Image
import pytest
import torch

from built_package import BUILD, ROOT, engine, noise_graph, small_graph  # noqa: F401

import calotype
from node_graphs import image_graph


def test_saved_picture_holds_the_graph_that_makes_it_again(engine, tmp_path):
    result = engine.run(image_graph(), {"image": torch.rand(2, 3, 8, 8)})
    files = result.image.save(tmp_path / "a.png")
    assert [file.name for file in files] == ["a-1.png", "a-2.png"]
    assert calotype.Graph.load(files[0]).outputs
    assert set(PIL.Image.open(files[0]).text) == {"calotype", "calotype_models", "Software"}
    assert not list(tmp_path.glob(".*"))
    (jpeg,) = result.image.save(tmp_path / "b.jpg")[:1]
    assert PIL.Image.open(jpeg).format == "JPEG"


@pytest.mark.parametrize("ending", ["png", "jpg", "safetensors"])
def test_files_that_cannot_be_written_are_file_errors(engine, tmp_path, ending):
    value = engine.value("Image", torch.rand(1, 3, 8, 8))
    missing = tmp_path / "missing" / f"x.{ending}"
    with pytest.raises(calotype.FileError) as caught:
        value.save(missing)
    error = caught.value
    assert str(error) == (
        f"{missing}: could not create the file: No such file or directory\n  hint: create the folder first"
    )
    assert (error.file, error.hint) == (str(missing), "create the folder first")
    folder = tmp_path / f"folder.{ending}"
    folder.mkdir()
    with pytest.raises(calotype.FileError) as caught:
        value.save(folder)
    assert str(caught.value) == (
        f"{folder}: could not write the file: Is a directory\n  hint: it is a folder: choose another name"
    )
    assert not list(tmp_path.glob("*.tmp")) + list(tmp_path.glob(".*")), "nothing is left behind"


def test_pictures_are_cut_to_eight_bits_like_those_of_the_command_line(engine):
    levels = torch.arange(256).div(255).view(1, 1, 16, 16).expand(1, 3, 16, 16)
    assert numpy.asarray(engine.value("Image", levels).pil())[..., 0].flatten().tolist() == list(range(256))
    almost = torch.full((1, 3, 8, 8), 0.999)
    assert numpy.asarray(engine.value("Image", almost).pil()).max() == 254
    beyond = torch.tensor([-1.0, 2.0, 0.5]).view(1, 3, 1, 1).expand(1, 3, 8, 8)
    assert engine.value("Image", beyond).pil().getpixel((0, 0)) == (0, 255, 127)


def test_picture_of_nan_is_refused(engine):
    value = engine.value("Image", torch.full((1, 3, 8, 8), float("nan")))
    with pytest.raises(ValueError, match="the picture contains NaN"):
        value.pil()
    assert value._repr_png_() is None, "a notebook shows the text instead"


def test_command_line_makes_the_saved_picture_again(engine, small_graph, tmp_path):
    small_graph["ckpt"].params["path"] = str(ROOT / "models" / "starter" / "starter.safetensors")
    (first,) = engine.run(small_graph, {"seed": 3}).image.save(tmp_path / "a.png")
    environment = dict(os.environ, CALOTYPE_CACHE_DIR=str(tmp_path / "cache"))
    program = [BUILD / "bin" / "calotype", "run", first, "--output", f"image={tmp_path / 'b.png'}"]
    subprocess.run(program, env=environment, check=True, capture_output=True, timeout=300)
    assert (numpy.asarray(PIL.Image.open(first)) == numpy.asarray(PIL.Image.open(tmp_path / "b.png"))).all()


def test_picture_without_a_graph_cannot_be_loaded_as_one(tmp_path):
    PIL.Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    with pytest.raises(calotype.GraphError) as caught:
        calotype.Graph.load(tmp_path / "a.png")
    assert str(caught.value).splitlines() == [
        f'"{tmp_path / "a.png"}" carries no graph',
        "  hint: only PNG files written by calotype can be run again",
    ]


def test_saved_tensors_are_read_by_load_tensor(engine, noise_graph, tmp_path):
    noise = engine.run(noise_graph, {"seed": 3}).noise
    noise.save(tmp_path / "n.safetensors")
    graph = calotype.Graph()
    load = calotype.nodes.LoadTensor(path=tmp_path / "n.safetensors", type="Noise")
    graph.output("noise", load.value)
    again = engine.run(graph).noise
    assert torch.equal(again.tensors()["noise"], noise.tensors()["noise"])


def test_unknown_ending_is_refused(engine, tmp_path):
    with pytest.raises(ValueError, match="unknown ending; use .png"):
        engine.value("Image", torch.rand(1, 3, 8, 8)).save(tmp_path / "a.bmp")
