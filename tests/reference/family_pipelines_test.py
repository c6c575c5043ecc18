"""Whole runs of the node Sample against the pipelines of diffusers, with the networks of the families that
take more than text or predict velocity: small ones, random weights, the published schedules, 20 steps.
The text is given as tensors on both sides; the pipelines compute sizes, scores and the extra channels."""

import os
import pathlib
import subprocess

import diffusers
import pytest
import torch
from safetensors.torch import load_file, save_file

import compvis_layout
from networks_test import make_vae
from unet_families_test import FAMILIES, make

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("CALOTYPE_BUILD_DIR", ROOT / "build"))
LIMIT = 1e-4
STEPS, CFG_SCALE = 20, 5.0
HEIGHT, WIDTH = 8, 12
SCHEDULE = {"beta_schedule": "scaled_linear", "timestep_spacing": "leading", "steps_offset": 1}
TRAINING = {"beta_start": 0.00085, "beta_end": 0.012, **SCHEDULE}
UPSCALER = {"beta_start": 0.0001, "beta_end": 0.02, **SCHEDULE}


def sample(folder, family, module, inputs, **keys):
    weights = compvis_layout.unet(module.state_dict(), family.res_blocks, family.attention)
    files = [folder / f"{name}.safetensors" for name in ("weights", "in", "out")]
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, files[0])
    save_file({name: tensor.contiguous() for name, tensor in inputs.items()}, files[1])
    keys = {"scheduler": "ddim_uniform", "steps": STEPS, "cfg_scale": CFG_SCALE, **keys}
    command = [BUILD / "bin" / "calotype_denoiser_probe", *files]
    done = subprocess.run([*command, *(f"{k}={v}" for k, v in keys.items())], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return load_file(files[2])["out"]


def distance(ours, theirs):
    return (torch.linalg.norm(ours - theirs) / torch.linalg.norm(theirs)).item()


def texts(family):
    return {
        "context": torch.randn(1, 77, family.context),
        "negative_context": torch.randn(1, 77, family.context),
    }


def embeds(inputs):
    return {"prompt_embeds": inputs["context"], "negative_prompt_embeds": inputs["negative_context"]}


def run(pipeline, **arguments):
    pipeline.set_progress_bar_config(disable=True)
    return pipeline(
        num_inference_steps=STEPS, guidance_scale=CFG_SCALE, output_type="latent", **arguments
    ).images


def start(scheduler, noise):
    """The pipelines scale what they start from; Euler's from its first noise level, without the picture."""
    if not isinstance(scheduler, diffusers.EulerDiscreteScheduler):
        return noise
    scheduler.set_timesteps(STEPS)
    return noise * scheduler.sigmas[0] / scheduler.init_noise_sigma


def no_text():
    return {"text_encoder": None, "tokenizer": None}


def vae(levels=4):
    return make_vae((32,) * levels)


def euler(**options):
    return diffusers.EulerDiscreteScheduler(**options)


def ddim(**options):
    return diffusers.DDIMScheduler(clip_sample=False, set_alpha_to_one=False, **options)


@pytest.mark.parametrize("scheduler", [euler, ddim])
def test_sd2_with_velocity_equals_diffusers(tmp_path, scheduler):
    torch.manual_seed(1)
    family = FAMILIES["sd2"]
    inputs = texts(family) | {"noise": torch.randn(1, 4, HEIGHT, WIDTH)}
    steps = scheduler(prediction_type="v_prediction", **TRAINING)
    pipeline = diffusers.StableDiffusionPipeline(
        vae=vae(),
        unet=make(family),
        scheduler=steps,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
        **no_text(),
    )
    latents = start(steps, inputs["noise"])
    theirs = run(pipeline, latents=latents, height=8 * HEIGHT, width=8 * WIDTH, **embeds(inputs))
    ours = sample(
        tmp_path, family, pipeline.unet, inputs, sampler=scheduler.__name__, prediction="v"
    )
    assert distance(ours, theirs) < LIMIT


def pooled(family):
    width = family.vector - 256 * family.numbers
    return {"pooled": torch.randn(1, width), "negative_pooled": torch.randn(1, width)}


def pooled_embeds(inputs):
    return {
        "pooled_prompt_embeds": inputs["pooled"],
        "negative_pooled_prompt_embeds": inputs["negative_pooled"],
    }


def test_sdxl_equals_diffusers(tmp_path):
    torch.manual_seed(2)
    family = FAMILIES["sdxl"]
    inputs = texts(family) | pooled(family) | {"noise": torch.randn(1, 4, HEIGHT, WIDTH)}
    steps = euler(**TRAINING)
    pipeline = diffusers.StableDiffusionXLPipeline(
        vae=vae(),
        unet=make(family),
        scheduler=steps,
        text_encoder_2=None,
        tokenizer_2=None,
        **no_text(),
    )
    theirs = run(
        pipeline,
        latents=start(steps, inputs["noise"]),
        height=8 * HEIGHT,
        width=8 * WIDTH,
        **embeds(inputs),
        **pooled_embeds(inputs),
    )
    assert distance(sample(tmp_path, family, pipeline.unet, inputs), theirs) < LIMIT


def test_sdxl_refiner_equals_diffusers(tmp_path):
    torch.manual_seed(3)
    family = FAMILIES["sdxl refiner"]
    latent = torch.randn(1, 4, HEIGHT, WIDTH)
    pipeline = diffusers.StableDiffusionXLImg2ImgPipeline(
        vae=vae(),
        unet=make(family),
        scheduler=euler(**TRAINING),
        text_encoder_2=None,
        tokenizer_2=None,
        requires_aesthetics_score=True,
        **no_text(),
    )
    noise = torch.randn(1, 4, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(7))
    inputs = texts(family) | pooled(family) | {"noise": noise, "latent": latent}
    theirs = run(
        pipeline,
        image=latent,
        strength=0.3,
        generator=torch.Generator().manual_seed(7),
        original_size=(8 * HEIGHT, 8 * WIDTH),
        target_size=(8 * HEIGHT, 8 * WIDTH),
        **embeds(inputs),
        **pooled_embeds(inputs),
    )
    ours = sample(tmp_path, family, pipeline.unet, inputs, steps=6, denoise=0.3)
    assert distance(ours, theirs) < LIMIT


@pytest.mark.parametrize("scheduler", [euler, ddim])
def test_x4_upscaler_equals_diffusers(tmp_path, scheduler):
    torch.manual_seed(4)
    family = FAMILIES["x4 upscaler"]
    low_scale = diffusers.DDPMScheduler(**UPSCALER)
    steps = scheduler(prediction_type="v_prediction", **UPSCALER)
    pipeline = diffusers.StableDiffusionUpscalePipeline(
        vae=vae(3),
        unet=make(family),
        low_res_scheduler=low_scale,
        scheduler=steps,
        max_noise_level=350,
        **no_text(),
    )
    picture = 2 * torch.rand(1, 3, HEIGHT, WIDTH) - 1
    noise = torch.randn(picture.shape, generator=torch.Generator().manual_seed(7))
    level = torch.tensor([25])
    inputs = texts(family) | {
        "noise": torch.randn(1, 4, HEIGHT, WIDTH),
        "channels": low_scale.add_noise(picture, noise, level),
        "noise_level": level,
    }
    theirs = run(
        pipeline,
        image=picture,
        noise_level=25,
        latents=start(steps, inputs["noise"]),
        generator=torch.Generator().manual_seed(7),
        **embeds(inputs),
    )
    ours = sample(tmp_path, family, pipeline.unet, inputs, sampler=scheduler.__name__)
    assert distance(ours, theirs) < LIMIT


def test_unclip_equals_diffusers(tmp_path):
    """The pipeline's step loop; the embedding of the picture is given, zeros on the negative side."""
    torch.manual_seed(5)
    family = FAMILIES["unclip"]
    module = make(family)
    inputs = texts(family) | {
        "noise": torch.randn(1, 4, HEIGHT, WIDTH),
        "vector": torch.randn(1, family.vector),
    }
    steps = ddim(prediction_type="v_prediction", **TRAINING)
    steps.set_timesteps(STEPS)
    context = torch.cat([inputs["negative_context"], inputs["context"]])
    vector = torch.cat([torch.zeros_like(inputs["vector"]), inputs["vector"]])
    x = inputs["noise"]
    for t in steps.timesteps:
        with torch.no_grad():
            unwanted, wanted = module(torch.cat([x, x]), t, context, class_labels=vector).sample.chunk(2)
        x = steps.step(unwanted + CFG_SCALE * (wanted - unwanted), t, x).prev_sample
    assert distance(sample(tmp_path, family, module, inputs, sampler="ddim"), x) < LIMIT
