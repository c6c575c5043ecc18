"""The graphs that ship make on a CUDA device the pictures that they make on the CPU: with scripts/device-tests, on a
real one or on a simulated one."""

import json
import os

import numpy
import pytest
from PIL import Image

from conftest import ROOT

DEVICE = os.environ.get("CALOTYPE_TEST_DEVICE")
pytestmark = pytest.mark.skipif(DEVICE is None, reason="scripts/device-tests runs these")

GRAPHS = ["text_to_image", "image_to_image", "inpaint", "inpaint_masked_only", "inpaint_model", "depth_map",
          "depth_to_image", "hires_fix", "upscale_by_diffusion", "seamless_tiling", "variations"]
MODELS = {"LoadCheckpoint", "LoadDenoiser", "LoadVAE", "LoadDepthModel"}


def pictures(calotype, name, **params):
    """What the shipped graph makes when its models have these parameters."""
    graph = ROOT / "graphs" / f"{name}.json"
    nodes = json.loads(graph.read_text())["nodes"]
    models = {i: node["params"]["path"] for i, node in nodes.items() if node["type"] in MODELS}
    absent = [path for path in models.values() if not (graph.parent / path).exists()]
    if absent:  # a copy for a machine with a GPU may be without the largest files
        pytest.skip(f"{absent} are not here")
    settings = [f"--set={model}.{param}={value}" for model in models for param, value in params.items()]
    files = calotype("run", graph, "-q", *settings).stdout.split()
    return [numpy.asarray(Image.open(calotype.folder / file).convert("RGB")).astype(float) for file in files]


def worst_psnr(ours, theirs):
    assert len(ours) == len(theirs) > 0
    error = max(((a - b) ** 2).mean() for a, b in zip(ours, theirs, strict=True))
    return 10 * numpy.log10(255**2 / max(error, 1e-9))


@pytest.mark.parametrize("name", GRAPHS)
def test_graph_makes_the_picture_of_the_cpu(calotype, name):
    expected = pictures(calotype, name, device="cpu", dtype="float32")
    made = pictures(calotype, name, device=DEVICE, dtype="float32")
    assert worst_psnr(made, expected) >= 40


def test_auto_takes_the_device_and_half_precision(calotype):
    expected = pictures(calotype, "text_to_image", device="cpu", dtype="float32")
    assert 25 < worst_psnr(pictures(calotype, "text_to_image"), expected) < 60


def test_device_that_is_not_there_is_refused(calotype):
    done = calotype("run", ROOT / "graphs" / "text_to_image.json", "--set=ckpt.device=cuda:99", expect=1)
    assert 'device "cuda:99" does not exist: this machine has ' in done.stderr
