"""Whole runs of `calotype run` against diffusers' and transformers' networks stepped by the published
samplers: the same weights, prompt, seed and settings give the same latent and the same picture.

For every sampler and scheduler the reference is sampler_formulas.py (float64) around diffusers' UNet; for
those that a diffusers scheduler implements on the same noise levels and timesteps it is that scheduler."""

import diffusers
import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import CLIPTokenizer

from clip_vocabulary import write_tokenizer_folder
from sampler_formulas import (
    ALPHAS, ddim, dpmpp_2m, dpmpp_2m_sde, euler, euler_ancestral, heun, lms, timestep_of, torch_tree)
from samplers_test import probe_sigmas
from tiny_pipeline import TinyPipeline

SAMPLERS = {f.__name__: f for f in (euler, euler_ancestral, heun, dpmpp_2m, dpmpp_2m_sde, lms, ddim)}
SCHEDULERS = ["normal", "karras", "exponential", "simple", "sgm_uniform", "ddim_uniform"]
PROMPT, NEGATIVE = "a lighthouse at dusk, oil painting", "blurry"
SEED, STEPS, CFG_SCALE = 7, 20, 5.0
SHAPE = (4, 8, 8)


@pytest.fixture(scope="module")
def pipeline():
    return TinyPipeline()


@pytest.fixture(scope="module")
def contexts(pipeline, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer_folder(folder)
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    ids = tokenizer([PROMPT, NEGATIVE], padding="max_length", max_length=77, return_tensors="pt").input_ids
    with torch.no_grad():
        return pipeline.text(ids).last_hidden_state


def guided(pipeline, contexts):
    """UNet output with classifier-free guidance as a function of scaled input and timestep."""

    def output(x, t):
        with torch.no_grad():
            both = pipeline.unet(torch.cat([x, x]), torch.full((2,), t), contexts).sample
        return both[1:] + CFG_SCALE * (both[:1] - both[1:])

    return output


def ours(calotype, graph, sampler, scheduler):
    calotype(
        "run", graph, "-q", "--output", "sample.latent=x.safetensors",
        *(f"--set={k}={v}" for k, v in {
            "prompt": PROMPT, "negative": NEGATIVE, "seed": SEED, "steps": STEPS, "cfg_scale": CFG_SCALE,
            "sample.sampler": sampler, "sample.scheduler": scheduler}.items()))
    return load_file(calotype.folder / "x.safetensors")["latent"].double().numpy()


def distance(got, expected):
    return np.linalg.norm(got - expected) / np.linalg.norm(expected)


class Noise:
    def __init__(self, sigmas):
        self.generator = torch.Generator().manual_seed(SEED)
        self.start = self.fresh()
        self.path = torch_tree(SEED, np.float32(sigmas[-2]).item(), np.float32(sigmas[0]).item(), SHAPE)

    def fresh(self):
        return torch.randn((1, *SHAPE), generator=self.generator).double().numpy()

    def between(self, a, b):
        a, b = np.float32(a).item(), np.float32(b).item()
        return (self.path(b) - self.path(a)) / np.sqrt(a - b)


@pytest.mark.parametrize("scheduler", SCHEDULERS)
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_final_latent_equals_the_formulas(calotype, tiny_graph, pipeline, contexts, sampler, scheduler):
    output = guided(pipeline, contexts)

    def model(x, sigma):
        scaled = torch.from_numpy(x / np.sqrt(sigma**2 + 1)).float()
        return x - sigma * output(scaled, timestep_of(sigma)).double().numpy()

    sigmas = probe_sigmas(scheduler, STEPS)  # the Brownian tree's grid depends on their last bits
    noise = Noise(sigmas)
    scale = np.hypot(1, sigmas[0]) if sampler == "ddim" else sigmas[0]
    expected = SAMPLERS[sampler](model, noise.start * scale, sigmas, noise)
    assert distance(ours(calotype, tiny_graph, sampler, scheduler), expected) < 1e-3


TRAINING = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
SPACING = {
    "normal": dict(timestep_spacing="linspace"),
    "karras": dict(timestep_spacing="linspace", use_karras_sigmas=True),
    "exponential": dict(timestep_spacing="linspace", use_exponential_sigmas=True),
    "simple": dict(timestep_spacing="trailing"),
    "ddim_uniform": dict(timestep_spacing="leading", steps_offset=1),
}


@pytest.mark.parametrize(
    "sampler, name, scheduler",
    [("euler", "EulerDiscreteScheduler", s) for s in SPACING]
    + [("euler_ancestral", "EulerAncestralDiscreteScheduler", s) for s in ("normal", "simple", "ddim_uniform")]
    + [("heun", "HeunDiscreteScheduler", s) for s in SPACING]
    + [("lms", "LMSDiscreteScheduler", s) for s in SPACING],
)
def test_final_latent_equals_diffusers(calotype, tiny_graph, pipeline, contexts, sampler, name, scheduler):
    reference = getattr(diffusers, name)(**TRAINING, **SPACING[scheduler])
    reference.set_timesteps(STEPS)
    generator = torch.Generator().manual_seed(SEED)
    x = torch.randn((1, *SHAPE), generator=generator) * reference.sigmas[0]
    output = guided(pipeline, contexts)
    extra = dict(generator=generator) if sampler == "euler_ancestral" else {}
    for t in reference.timesteps:
        x = reference.step(output(reference.scale_model_input(x, t), t.item()), t, x, **extra).prev_sample
    assert distance(ours(calotype, tiny_graph, sampler, scheduler), x.double().numpy()) < 1e-3


def test_ddim_equals_diffusers(calotype, tiny_graph, pipeline, contexts):
    reference = diffusers.DDIMScheduler(
        clip_sample=False, set_alpha_to_one=False, timestep_spacing="leading", steps_offset=1, **TRAINING)
    reference.set_timesteps(STEPS)
    x = torch.randn((1, *SHAPE), generator=torch.Generator().manual_seed(SEED))
    output = guided(pipeline, contexts)
    for t in reference.timesteps:
        x = reference.step(output(x, t.item()), t, x).prev_sample
    assert distance(ours(calotype, tiny_graph, "ddim", "ddim_uniform"), x.double().numpy()) < 1e-3
    assert np.isclose(reference.alphas_cumprod[-1].item(), ALPHAS[-1], rtol=1e-4)


def test_picture_equals_diffusers_decoder(calotype, tiny_graph, pipeline):
    from PIL import Image

    calotype("run", tiny_graph, "-q", "--output", "sample.latent=x.safetensors", "--output", "image=x.png")
    latent = load_file(calotype.folder / "x.safetensors")["latent"]
    with torch.no_grad():
        pixels = pipeline.vae.decode(latent / 0.18215).sample
    expected = ((pixels / 2 + 0.5).clamp(0, 1) * 255).floor()[0].permute(1, 2, 0).numpy()
    got = np.asarray(Image.open(calotype.folder / "x.png")).astype(float)
    assert np.abs(got - expected).max() <= 1
    assert (got != expected).mean() < 0.01
