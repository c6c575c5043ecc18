"""Where results go: names, numbers, links and devices, and what is refused before anything runs."""

import json
import os
import stat
import threading

import numpy
import pytest
from PIL import Image
from safetensors.numpy import load_file, save_file

from conftest import ROOT


@pytest.fixture
def graph(calotype):
    """A picture of 16 x 16 px, made in no time. The file that it needs is where no result goes."""
    folder = calotype.folder / "in"
    folder.mkdir()
    Image.open(ROOT / "graphs" / "pictures" / "lake.png").convert("RGB").resize((16, 16)).save(folder / "lake.png")
    nodes = {
        "load": {"type": "LoadImage", "params": {"path": "lake.png"}},
        "resize": {"type": "ResizeImage", "in": {"image": "load.image"}, "params": {"width": 16, "height": 16}},
    }
    file = folder / "g.json"
    file.write_text(json.dumps({"calotype": 1, "nodes": nodes, "outputs": {"image": "resize.image"}}))
    return file


@pytest.fixture
def batch_graph(calotype, tiny_graph):
    graph = json.loads(tiny_graph.read_text())
    graph["nodes"]["noise"]["params"]["batch"] = 2
    tiny_graph.write_text(json.dumps(graph))
    return tiny_graph


def refused(calotype, graph, *arguments):
    """All that a run says which ends before its first node."""
    return calotype("run", graph, *arguments, expect=2).stderr


def test_pictures_of_a_batch_do_not_replace_others(calotype, batch_graph):
    assert calotype("run", batch_graph).stdout == "tiny-image-1.png\ntiny-image-2.png\n"
    first = (calotype.folder / "tiny-image-1.png").read_bytes()
    assert calotype("run", batch_graph, "--seed", "3").stdout == "tiny-image-3.png\ntiny-image-4.png\n"
    assert (calotype.folder / "tiny-image-1.png").read_bytes() == first
    (calotype.folder / "tiny-image-6.png").write_text("in the way")
    assert calotype("run", batch_graph).stdout == "tiny-image-7.png\ntiny-image-8.png\n"
    assert (calotype.folder / "tiny-image-6.png").read_text() == "in the way"


def test_what_is_no_image_is_not_written_as_a_picture(calotype, graph):
    assert refused(calotype, graph, "-o", "load.mask=mask.png") == (
        '--output "mask.png": a Mask cannot be written as a picture\n'
        "  hint: use a file name that ends in .safetensors, or a node that makes an Image of it, such as VAEDecode, "
        "MaskToImage or DepthToImage\n")
    shown = json.loads(graph.read_text())
    shown["nodes"]["show"] = {"type": "MaskToImage", "in": {"mask": "load.mask"}}
    graph.write_text(json.dumps(shown))
    calotype("run", graph, "-o", "show.image=mask.png")
    assert Image.open(calotype.folder / "mask.png").getextrema() == ((0, 0),) * 3  # nothing is transparent


def test_named_pictures_of_a_batch_are_replaced(calotype, batch_graph):
    for _ in range(2):
        assert calotype("run", batch_graph, "-o", "image=b.png").stdout == "b-1.png\nb-2.png\n"


def test_pictures_of_a_batch_leave_the_files_of_other_outputs_alone(calotype, graph):
    folder = calotype.folder / "in"
    save_file({"image": numpy.zeros((2, 3, 8, 8), "float32")}, folder / "two.safetensors", {"port_type": "Image"})
    described = json.loads(graph.read_text())
    described["nodes"]["two"] = {"type": "LoadTensor", "params": {"path": "two.safetensors", "type": "Image"}}
    graph.write_text(json.dumps(described))
    done = calotype("run", graph, "-o", "two.value=x.png", "-o", "image=./x-2.png", "--report", "x-5.png")
    assert done.stdout == "x-3.png\nx-4.png\n./x-2.png\n"
    sizes = [Image.open(calotype.folder / f"x-{number}.png").size for number in (2, 3, 4)]
    assert sizes == [(16, 16), (8, 8), (8, 8)]
    assert not (calotype.folder / "x-1.png").exists()


def test_one_output_goes_to_several_files(calotype, graph):
    assert calotype("run", graph, "-o", "image=a.png", "-o", "image=b.png").stdout == "a.png\nb.png\n"
    assert (calotype.folder / "a.png").read_bytes() == (calotype.folder / "b.png").read_bytes()


@pytest.mark.parametrize("other", ["y.png", "./y.png", "link.png"])
def test_two_outputs_to_one_file_are_refused(calotype, graph, other):
    (calotype.folder / "link.png").symlink_to("y.png")
    message = refused(calotype, graph, "-o", "image=y.png", "-o", f"load.image={other}")
    assert message == (
        f"--output load.image={other}: --output image=y.png goes to the same file\n  hint: choose another name\n"
    )


def test_an_output_to_the_file_of_the_report_is_refused(calotype, graph):
    message = refused(calotype, graph, "-o", "image=y.png", "--report", "y.png")
    assert message == "--report y.png: --output image=y.png goes to the same file\n  hint: choose another name\n"


def test_places_that_cannot_be_written_are_refused_before_the_run(calotype, graph):
    (calotype.folder / "dd.png").mkdir()
    long = "n" * 300 + ".png"
    for name, message in {
        "nodir/y.png": "could not create the file: No such file or directory\n  hint: create the folder first",
        "dd.png": "could not write the file: Is a directory\n  hint: it is a folder: choose another name",
        long: "could not create the file: File name too long\n  hint: choose a shorter name",
    }.items():
        assert refused(calotype, graph, "-o", f"image={name}") == f"{name}: {message}\n"
        assert refused(calotype, graph, "--report", name) == f"{name}: {message}\n"


def test_a_default_name_that_is_a_folder_gets_a_number(calotype, graph):
    (calotype.folder / "g-image.png").mkdir()
    assert calotype("run", graph).stdout == "g-image-2.png\n"


@pytest.mark.parametrize("isolate", [[], ["--isolate"]])
def test_models_are_refused_as_outputs_before_the_run(calotype, tiny_graph, isolate):
    done = calotype("run", tiny_graph, "-o", "ckpt.model=m.safetensors", *isolate, expect=2)
    says = ", so a worker process cannot hand them over" if isolate else ""
    hint = ", or run without isolation" if isolate else ""
    assert done.stderr == (
        f'output "ckpt.model": values of type Denoiser cannot be saved{says}\n'
        f"  hint: choose an output of a type such as Image or Latent{hint}\n"
    )
    assert not (calotype.folder / "m.safetensors").exists()


def test_endings_may_be_large(calotype, graph):
    calotype("run", graph, "-o", "image=y.JPG", "-o", "load.image=y.SafeTensors")
    with Image.open(calotype.folder / "y.JPG") as picture:
        assert picture.format == "JPEG"
    assert load_file(calotype.folder / "y.SafeTensors")["image"].shape == (1, 3, 16, 16)
    calotype("run", graph, "-o", "image=y.PNG")
    calotype("run", "y.PNG", "-o", "image=again.png")
    assert (calotype.folder / "again.png").exists()


def test_a_link_stays_and_its_file_keeps_its_mode(calotype, graph):
    target = calotype.folder / "target.png"
    target.write_text("old")
    target.chmod(0o640)
    link = calotype.folder / "link.png"
    link.symlink_to("target.png")
    calotype("run", graph, "-o", "image=link.png")
    assert link.is_symlink() and stat.S_IMODE(target.stat().st_mode) == 0o640
    with Image.open(target) as picture:
        assert picture.size == (16, 16)


def test_a_report_goes_through_a_pipe(calotype, graph):
    pipe = calotype.folder / "pipe"
    os.mkfifo(pipe)
    texts = []
    reader = threading.Thread(target=lambda: texts.append(pipe.read_text()), daemon=True)
    reader.start()
    calotype("run", graph, "--report", "pipe")
    reader.join(10)
    assert json.loads(texts[0])["outputs"] == {"image": ["g-image.png"]}
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_report_on_standard_output_follows_the_names(calotype, graph):
    names, report = calotype("run", graph, "--report", "/dev/stdout").stdout.split("\n", 1)
    assert names == "g-image.png"
    assert json.loads(report)["outputs"] == {"image": ["g-image.png"]}


def test_an_output_that_cannot_be_written_does_not_cost_the_others(calotype, graph):
    folder = calotype.folder / "in"
    nodes = json.loads(graph.read_text())["nodes"]
    save_file({"image": numpy.full((1, 3, 8, 8), numpy.nan, "float32")}, folder / "nan.safetensors", {"port_type": "Image"})
    nodes["nan"] = {"type": "LoadTensor", "params": {"path": "nan.safetensors", "type": "Image"}}
    outputs = {"bad": "nan.value", "image": "resize.image"}
    graph.write_text(json.dumps({"calotype": 1, "nodes": nodes, "outputs": outputs}))
    done = calotype("run", graph, "-o", "bad=bad.png", "-o", "image=good.png", expect=1)
    assert done.stdout == "good.png\n"
    assert 'output "bad": the picture contains' in done.stderr
    assert Image.open(calotype.folder / "good.png").size == (16, 16)
