"""Depth-to-image as a whole, from the picture to the final latent, against diffusers' pipeline: the same
weights, picture, prompt, seed and strength."""

import json
import types

import diffusers
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from transformers import CLIPTokenizer
from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil

import depth_layout
from clip_vocabulary import write_tokenizer_folder
from conftest import ROOT
from depth_test import HALF, picture
from pipeline_test import CFG_SCALE, NEGATIVE, PROMPT, SEED, TRAINING, distance
from tiny_pipeline import TinyPipeline

SIZE = 64  # of the picture, px
SETTINGS = dict(size={"height": 96, "width": 96}, resample=3, **HALF)


class TinyDepthPipeline(TinyPipeline):
    """With a depth model beside the UNet that takes depth."""

    def __init__(self):
        super().__init__("sd2_depth")
        # Depth counts as much as everything else.
        self.unet.conv_in.weight.data[:, 4] *= 4
        self.depth = depth_layout.make_dpt(size=96)


@pytest.fixture(scope="module")
def models():
    return TinyDepthPipeline()


def mean_of_the_distribution(vae):
    """Calotype encodes to the mean; the pipeline draws around it."""
    encode = type(vae).encode.__get__(vae)

    def encode_mean(x):
        mean = encode(x).latent_dist.mode()
        return types.SimpleNamespace(latent_dist=types.SimpleNamespace(sample=lambda generator=None: mean))

    vae.encode = encode_mean
    return vae


def reference(models, folder, image, steps, strength, depth_map=None):
    folder.mkdir(exist_ok=True)
    write_tokenizer_folder(folder)
    pipeline = diffusers.StableDiffusionDepth2ImgPipeline(
        vae=mean_of_the_distribution(models.vae), text_encoder=models.text,
        tokenizer=CLIPTokenizer.from_pretrained(folder, model_max_length=77, pad_token="!"), unet=models.unet,
        scheduler=diffusers.EulerDiscreteScheduler(timestep_spacing="linspace", **TRAINING),
        depth_estimator=models.depth, feature_extractor=DPTImageProcessorPil(**SETTINGS))
    pipeline.set_progress_bar_config(disable=True)
    return pipeline(
        prompt=PROMPT, negative_prompt=NEGATIVE, image=image, depth_map=depth_map, strength=strength,
        guidance_scale=CFG_SCALE, num_inference_steps=steps, generator=torch.Generator().manual_seed(SEED), output_type="latent").images


@pytest.mark.parametrize("strength", [0.5, 0.9])
def test_final_latent_equals_diffusers(calotype, models, strength):
    steps = 20
    models.save(calotype.folder / "tiny.safetensors")
    depth_layout.save_folder(models.depth, calotype.folder / "depth", **SETTINGS)
    image = Image.fromarray(picture(SIZE, SIZE))
    image.save(calotype.folder / "picture.png")

    graph = json.loads((ROOT / "graphs" / "depth_to_image.json").read_text())
    nodes = graph["nodes"]
    for loader in ("ckpt", "denoiser"):
        nodes[loader]["params"]["path"] = "tiny.safetensors"
    nodes["depth_model"]["params"]["path"] = "depth"
    nodes["noise"]["params"].update(width=SIZE, height=SIZE)
    nodes["sample"]["params"].update(sampler="euler", scheduler="normal")
    (calotype.folder / "g.json").write_text(json.dumps(graph))
    values = dict(picture="picture.png", prompt=PROMPT, negative=NEGATIVE, seed=SEED, cfg_scale=CFG_SCALE,
                  steps=int(steps * strength), denoise=strength)
    calotype("run", "g.json", "-q", *(f"--set={k}={v}" for k, v in values.items()),
             "--output", "sample.latent=x.safetensors", "--output", "positive.conditioning=c.safetensors")

    got = load_file(calotype.folder / "x.safetensors")["latent"]
    expected = reference(models, calotype.folder / "tokenizer", image, steps, strength)
    assert distance(got.double().numpy(), expected.double().numpy()) < 1e-3
    other = reference(models, calotype.folder / "tokenizer", image, steps, strength, torch.rand(1, 96, 96))
    assert distance(got.double().numpy(), other.double().numpy()) > 1e-2  # depth counts
    channels = load_file(calotype.folder / "c.safetensors")["channels"]
    assert channels.shape == (1, 1, 8, 8) and channels.min() == -1 and channels.max() == 1
