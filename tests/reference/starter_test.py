"""The starter checkpoint gives the same picture in diffusers and in Calotype."""

import sys

import numpy as np
import pytest
import torch
from PIL import Image

from conftest import ROOT

STARTER = ROOT / "models" / "starter"
PROMPTS = [
    "an astronaut riding a horse at sunset, oil painting",
    "a red bicycle in front of a lake, photograph",
    "the most beautiful panoramic landscape, oil painting, where a giant dreamy waterfall creates a river, the trees "
    "around are starting to bloom, a ray of light of the sunset",
]


@pytest.fixture(scope="module")
def diffusers_pipeline(tmp_path_factory):
    sys.path.insert(0, str(STARTER))
    from sample_diffusers import load_pipeline

    pipeline = load_pipeline(str(STARTER / "starter.safetensors"), str(tmp_path_factory.mktemp("configs")))
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@pytest.mark.parametrize("prompt", PROMPTS)
def test_picture_equals_that_of_diffusers(calotype, diffusers_pipeline, prompt):
    calotype(
        "run", ROOT / "graphs" / "text_to_image.json", "-q", "--set", f"prompt={prompt}", "--set", "seed=11",
        "--set", "sample.sampler=euler", "--set", "sample.scheduler=normal", "--output", "image=x.png")
    made = diffusers_pipeline(
        prompt, height=128, width=128, num_inference_steps=20, guidance_scale=5.0, output_type="np",
        generator=torch.Generator().manual_seed(11)).images[0]
    ours = np.asarray(Image.open(calotype.folder / "x.png")).astype(float)
    difference = ((ours - np.floor(made * 255)) ** 2).mean()
    assert 10 * np.log10(255**2 / max(difference, 1e-9)) >= 45
