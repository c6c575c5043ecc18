"""Runs graphs/upscale_by_diffusion.json with small random networks and compares it with diffusers'
StableDiffusionUpscalePipeline, and on tiles with the sampler written out around diffusers' UNet."""

import json

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import CLIPTokenizer

from clip_vocabulary import write_tokenizer_folder
from conftest import ROOT
from tiny_pipeline import TinyPipeline

GRAPH = ROOT / "graphs" / "upscale_by_diffusion.json"
SCHEDULE = dict(
    beta_start=0.0001, beta_end=0.02, beta_schedule="scaled_linear", timestep_spacing="leading", steps_offset=1)
PROMPT, SEED, STEPS, CFG_SCALE, NOISE_LEVEL = "a lighthouse at dusk", 11, 10, 9.0, 25
PICTURE_SEED = json.loads(GRAPH.read_text())["nodes"]["low_res"]["params"]["seed"]


class Upscaler:
    """The networks and the files in which Calotype gets them: the upscaler without a text encoder, as it ships."""

    def __init__(self, folder):
        text, self.networks = TinyPipeline(), TinyPipeline("x4")
        self.text_file, self.file = text.save(folder / "text.safetensors"), folder / "upscaler.safetensors"
        state = self.networks.single_file().items()
        save_file({n: t.contiguous().clone() for n, t in state if not n.startswith("cond_stage_model.")}, self.file)
        (folder / "tokenizer").mkdir()
        write_tokenizer_folder(folder / "tokenizer")
        tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer")
        ids = tokenizer([PROMPT, ""], padding="max_length", max_length=77, return_tensors="pt").input_ids
        with torch.no_grad():
            self.wanted, self.unwanted = text.text(ids).last_hidden_state[:, None]


@pytest.fixture(scope="module")
def upscaler(tmp_path_factory):
    return Upscaler(tmp_path_factory.mktemp("x4"))


def picture(width, height):
    return Image.fromarray(np.random.default_rng(2).integers(0, 256, (height, width, 3), np.uint8))


def start_noise(image):
    return torch.randn((1, 4, image.height, image.width), generator=torch.Generator().manual_seed(SEED))


def picture_noise():
    return torch.Generator().manual_seed(PICTURE_SEED)


def ddim():
    return diffusers.DDIMScheduler(
        prediction_type="v_prediction", clip_sample=False, set_alpha_to_one=False, **SCHEDULE)


def ours(calotype, upscaler, image, tile):
    image.save(calotype.folder / "small.png")
    settings = {
        "image": calotype.folder / "small.png", "prompt": PROMPT, "seed": SEED, "steps": STEPS,
        "sample.scheduler": "ddim_uniform",
        "cfg_scale": CFG_SCALE, "noise_level": NOISE_LEVEL, "text.path": upscaler.text_file,
        "net.path": upscaler.file, "vae.path": upscaler.file, "sample.tile": tile}
    calotype(
        "run", GRAPH, "-q", "--output", "sample.latent=x.safetensors", "--output", "image=x.png",
        *(f"--set={name}={value}" for name, value in settings.items()))
    return load_file(calotype.folder / "x.safetensors")["latent"], Image.open(calotype.folder / "x.png")


def distance(ours, theirs):
    return (torch.linalg.norm(ours - theirs) / torch.linalg.norm(theirs)).item()


def test_graph_equals_the_pipeline_of_diffusers(calotype, upscaler):
    image = picture(24, 16)
    pipeline = diffusers.StableDiffusionUpscalePipeline(
        vae=upscaler.networks.vae, text_encoder=None, tokenizer=None, unet=upscaler.networks.unet,
        low_res_scheduler=diffusers.DDPMScheduler(**SCHEDULE), scheduler=ddim())
    pipeline.set_progress_bar_config(disable=True)
    theirs = pipeline(
        image=image, prompt_embeds=upscaler.wanted, negative_prompt_embeds=upscaler.unwanted,
        latents=start_noise(image), generator=picture_noise(), num_inference_steps=STEPS,
        guidance_scale=CFG_SCALE, noise_level=NOISE_LEVEL, output_type="latent").images
    latent, large = ours(calotype, upscaler, image, tile=0)
    assert distance(latent, theirs) <= 1e-3
    assert large.size == (96, 64)
    with torch.no_grad():
        pixels = upscaler.networks.vae.decode(theirs / 0.08333).sample
    expected = ((pixels / 2 + 0.5).clamp(0, 1) * 255).floor()[0].permute(1, 2, 0).numpy()
    difference = np.abs(np.asarray(large).astype(float) - expected)
    assert difference.max() <= 2 and (difference > 0).mean() < 0.02


def fades(side, starts, length):
    """How much each tile counts along a side: linear over the middle half of each overlap."""
    at = torch.arange(side) + 0.5
    weights = [((at >= start) & (at < start + length)).float() for start in starts]
    for i in range(len(starts) - 1):
        begin, end = starts[i + 1], starts[i] + length
        ramp = ((at - (3 * begin + end) / 4) / ((end - begin) / 2)).clamp(0, 1)
        weights[i + 1] *= ramp
        weights[i] *= 1 - ramp
    return weights


def test_tiles_are_blended_in_each_step(calotype, upscaler):
    """On two tiles of 32 x 32 that share 16 columns."""
    image, starts, length = picture(48, 32), (0, 16), 32
    pixels = torch.from_numpy(np.asarray(image).copy()).permute(2, 0, 1)[None] / 127.5 - 1
    noise = torch.randn(pixels.shape, generator=picture_noise())
    low_res = diffusers.DDPMScheduler(**SCHEDULE).add_noise(pixels, noise, torch.tensor([NOISE_LEVEL]))
    scheduler = ddim()
    scheduler.set_timesteps(STEPS)
    contexts, levels = torch.cat([upscaler.unwanted, upscaler.wanted]), torch.full((2,), NOISE_LEVEL)
    x = start_noise(image)
    for t in scheduler.timesteps:
        output = torch.zeros_like(x)
        for start, weight in zip(starts, fades(48, starts, length)):
            cut = slice(start, start + length)
            tile = torch.cat([x, low_res], 1)[..., cut]
            with torch.no_grad():
                both = upscaler.networks.unet(torch.cat([tile, tile]), t, contexts, class_labels=levels)
            unwanted, wanted = both.sample
            output[..., cut] += (unwanted + CFG_SCALE * (wanted - unwanted)) * weight[cut]
        x = scheduler.step(output, t, x).prev_sample
    assert distance(ours(calotype, upscaler, image, tile=32)[0], x) <= 1e-3
