"""Image-to-image and inpainting of `calotype run` against diffusers' pipelines with the same small random
weights, prompts, noise and pictures; the mask and picture nodes against scipy, Pillow and diffusers."""

import json

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter, ImageOps
from safetensors.torch import load_file
from scipy import ndimage
from transformers import CLIPTokenizer

from clip_vocabulary import write_tokenizer_folder
from sampler_formulas import euler, timestep_of
from samplers_test import probe_sigmas
from tiny_pipeline import TinyPipeline

PROMPT, NEGATIVE = "a lighthouse at dusk, oil painting", "blurry"
STEPS, CFG_SCALE, NOISE_SEED, VAE_SEED = 20, 5.0, 7, 11
TRAINING = dict(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1)
SCHEDULERS = {
    ("euler", "normal"): diffusers.EulerDiscreteScheduler(**TRAINING, timestep_spacing="linspace"),
    ("euler", "karras"): diffusers.EulerDiscreteScheduler(
        **TRAINING, timestep_spacing="linspace", use_karras_sigmas=True),
    ("heun", "normal"): diffusers.HeunDiscreteScheduler(**TRAINING, timestep_spacing="linspace"),
    ("ddim", "ddim_uniform"): diffusers.DDIMScheduler(
        **TRAINING, timestep_spacing="leading", clip_sample=False, set_alpha_to_one=False),
}


def distance(got, expected):
    return (torch.linalg.norm(got - expected) / torch.linalg.norm(expected)).item()


def generator(seed):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def ordinary():
    return TinyPipeline()


@pytest.fixture(scope="module")
def inpainting():
    return TinyPipeline("sd1_inpainting", seed=1)


@pytest.fixture(scope="module")
def checkpoints(ordinary, inpainting, tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    ordinary.save(folder / "ordinary.safetensors")
    inpainting.save(folder / "inpainting.safetensors")
    return folder


@pytest.fixture(scope="module")
def token_ids(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    write_tokenizer_folder(folder)
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    return tokenizer([PROMPT, NEGATIVE], padding="max_length", max_length=77, return_tensors="pt").input_ids


def smooth_picture(size=(64, 64), seed=3):
    """PIL picture of soft colours."""
    noise = np.random.default_rng(seed).uniform(0, 255, (8, 8, 3)).astype(np.uint8)
    return Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)


def hard_mask():
    """White over whole blocks of 8 x 8 px."""
    mask = np.zeros((64, 64), np.uint8)
    mask[16:56, 8:40] = 255
    return Image.fromarray(mask)


def node(type, params=None, **inputs):
    return {"type": type, "in": inputs, "params": params or {}}


def run(calotype, nodes, *ports):
    """Runs the nodes and returns the first tensor of each port."""
    file = calotype.folder / "graph.json"
    file.write_text(json.dumps({"calotype": 1, "nodes": nodes, "outputs": {"out": ports[0]}}))
    outputs = [f"--output={port}={i}.safetensors" for i, port in enumerate(ports)]
    calotype("run", file, "-q", *outputs)
    tensors = [load_file(calotype.folder / f"{i}.safetensors") for i in range(len(ports))]
    return [next(iter(t.values())) for t in tensors]


def base_nodes(calotype, checkpoint, mask=None):
    smooth_picture().save(calotype.folder / "picture.png")
    nodes = {
        "ckpt": node("LoadCheckpoint", {"path": str(checkpoint)}),
        "positive": node("TextEncode", {"text": PROMPT}, text_encoder="ckpt.text_encoder"),
        "negative": node("TextEncode", {"text": NEGATIVE}, text_encoder="ckpt.text_encoder"),
        "picture": node("LoadImage", {"path": "picture.png"}),
        "encode": node("VAEEncode", {"seed": VAE_SEED}, vae="ckpt.vae", image="picture.image"),
        "noise": node("LatentNoise", {"seed": NOISE_SEED}, latent="encode.latent"),
    }
    if mask is not None:
        mask.save(calotype.folder / "mask.png")
        nodes["mask_picture"] = node("LoadImage", {"path": "mask.png"})
        nodes["mask"] = node("MaskFromImage", image="mask_picture.image")
    return nodes


def sample_node(params, **more):
    inputs = dict(
        model="ckpt.model", positive="positive.conditioning", negative="negative.conditioning", noise="noise.noise")
    return node("Sample", {"steps": STEPS, "cfg_scale": CFG_SCALE, **params}, **{**inputs, **more})


def diffusers_pipeline(kind, tiny, scheduler, token_ids):
    with torch.no_grad():
        contexts = tiny.text(token_ids).last_hidden_state
    pipeline = kind(
        vae=tiny.vae, text_encoder=None, tokenizer=None, unet=tiny.unet, scheduler=scheduler, safety_checker=None,
        feature_extractor=None, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)

    def call(**arguments):
        return pipeline(
            prompt_embeds=contexts[:1], negative_prompt_embeds=contexts[1:], num_inference_steps=STEPS,
            guidance_scale=CFG_SCALE, output_type="latent", **arguments).images

    return call


def pixels_of(picture):
    array = np.asarray(picture).astype(np.float32) / 255
    return torch.from_numpy(array).permute(2, 0, 1)[None]


def test_encoded_latent_equals_the_draw_of_diffusers(calotype, ordinary, checkpoints):
    from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_img2img import retrieve_latents

    nodes = base_nodes(calotype, checkpoints / "ordinary.safetensors")
    nodes["mean"] = node("VAEEncode", vae="ckpt.vae", image="picture.image")
    drawn, mean = run(calotype, nodes, "encode.latent", "mean.latent")
    with torch.no_grad():
        encoded = ordinary.vae.encode(pixels_of(smooth_picture()) * 2 - 1)
    expected = retrieve_latents(encoded, generator=generator(VAE_SEED)) * 0.18215
    assert distance(drawn, expected) < 1e-5
    assert distance(mean, encoded.latent_dist.mean * 0.18215) < 1e-5
    assert distance(drawn, mean) > 0.01


@pytest.mark.parametrize("strength", [0.75, 0.29, 1.0])
@pytest.mark.parametrize("sampler, scheduler", SCHEDULERS)
def test_image_to_image_equals_diffusers(
        calotype, ordinary, checkpoints, token_ids, sampler, scheduler, strength):
    nodes = base_nodes(calotype, checkpoints / "ordinary.safetensors")
    nodes["sample"] = sample_node(
        dict(sampler=sampler, scheduler=scheduler, denoise=strength, denoise_mode="truncate"),
        latent="encode.latent")
    got, start = run(calotype, nodes, "sample.latent", "encode.latent")
    pipeline = diffusers_pipeline(
        diffusers.StableDiffusionImg2ImgPipeline, ordinary, SCHEDULERS[sampler, scheduler], token_ids)
    expected = pipeline(image=start, strength=strength, generator=generator(NOISE_SEED))
    assert distance(got, expected) < 1e-3


@pytest.mark.parametrize("strength", [0.75, 0.5])
def test_image_to_image_equals_the_k_samplers_of_a1111(calotype, ordinary, checkpoints, token_ids, strength):
    nodes = base_nodes(calotype, checkpoints / "ordinary.safetensors")
    nodes["sample"] = sample_node(
        dict(sampler="euler", scheduler="karras", denoise=strength, denoise_mode="a1111"), latent="encode.latent")
    got, start = run(calotype, nodes, "sample.latent", "encode.latent")
    with torch.no_grad():
        contexts = ordinary.text(token_ids).last_hidden_state

    def model(x, sigma):
        scaled = torch.from_numpy(x / np.sqrt(sigma**2 + 1)).float()
        with torch.no_grad():
            both = ordinary.unet(
                torch.cat([scaled, scaled]), torch.full((2,), timestep_of(sigma)), contexts).sample
        return x - sigma * (both[1:] + CFG_SCALE * (both[:1] - both[1:])).double().numpy()

    evaluations = int(min(strength, 0.999) * STEPS)
    sigmas = probe_sigmas("karras", STEPS)[STEPS - evaluations - 1 :]
    noise = torch.randn(start.shape, generator=generator(NOISE_SEED))
    expected = euler(model, (start + noise * sigmas[0]).double().numpy(), sigmas, None)
    assert distance(got.double(), torch.from_numpy(expected)) < 1e-3


@pytest.mark.parametrize("sampler, scheduler", SCHEDULERS)
def test_inpainting_model_equals_diffusers(calotype, inpainting, checkpoints, token_ids, sampler, scheduler):
    nodes = base_nodes(calotype, checkpoints / "inpainting.safetensors", hard_mask())
    nodes["condition"] = node(
        "InpaintCondition", {"seed": VAE_SEED}, conditioning="positive.conditioning", vae="ckpt.vae",
        image="picture.image", mask="mask.mask")
    nodes["sample"] = sample_node(
        dict(sampler=sampler, scheduler=scheduler), positive="condition.conditioning")
    (got,) = run(calotype, nodes, "sample.latent")
    pipeline = diffusers_pipeline(
        diffusers.StableDiffusionInpaintPipeline, inpainting, SCHEDULERS[sampler, scheduler], token_ids)
    expected = pipeline(
        image=smooth_picture(), mask_image=hard_mask(), strength=1.0, generator=generator(VAE_SEED),
        latents=torch.randn((1, 4, 8, 8), generator=generator(NOISE_SEED)))
    assert distance(got, expected) < 1e-3


@pytest.mark.parametrize("sampler, scheduler", [k for k in SCHEDULERS if k[0] != "heun"])
def test_inpainting_with_an_ordinary_model_equals_diffusers(
        calotype, ordinary, checkpoints, token_ids, sampler, scheduler):
    """diffusers puts the noisy original back after each step, Calotype the clean one into what the model returns:
    with a hard mask and a sampler without fresh noise both are the same. diffusers' Heun counts its half steps as
    steps and takes the noise level of the wrong one."""
    nodes = base_nodes(calotype, checkpoints / "ordinary.safetensors", hard_mask())
    nodes["sample"] = sample_node(
        dict(sampler=sampler, scheduler=scheduler, denoise=0.75, denoise_mode="truncate"),
        latent="encode.latent", mask="mask.mask")
    got, start = run(calotype, nodes, "sample.latent", "encode.latent")
    pipeline = diffusers_pipeline(
        diffusers.StableDiffusionInpaintPipeline, ordinary, SCHEDULERS[sampler, scheduler], token_ids)
    expected = pipeline(
        image=start, mask_image=hard_mask(), masked_image_latents=torch.zeros_like(start), strength=0.75,
        generator=generator(NOISE_SEED), height=64, width=64)
    assert distance(got, expected) < 1e-3
    kept = torch.ones(1, 1, 8, 8, dtype=torch.bool)
    kept[:, :, 2:7, 1:5] = False
    assert torch.equal(got[kept.expand_as(got)], start[kept.expand_as(got)])


def masks(size=(40, 56)):
    rng = np.random.default_rng(1)
    soft = ndimage.gaussian_filter(rng.uniform(0, 1, size), 3)
    soft = np.clip((soft - soft.min()) / (soft.max() - soft.min()) * 1.4 - 0.4, 0, 1)
    return {"soft": np.round(soft * 255).astype(np.uint8), "hard": ((soft > 0.6) * 255).astype(np.uint8)}


def mask_result(calotype, mask, type, **params):
    Image.fromarray(mask).save(calotype.folder / "mask.png")
    nodes = {
        "file": node("LoadImage", {"path": "mask.png"}),
        "mask": node("MaskFromImage", {"channel": "red"}, image="file.image"),
        "result": node(type, params, mask="mask.mask"),
    }
    return run(calotype, nodes, "result.mask")[0][0, 0].numpy()


@pytest.mark.parametrize("kind", ["soft", "hard"])
@pytest.mark.parametrize("sigma", [0.7, 4, 17])
def test_mask_blur_equals_a_mirrored_gaussian(calotype, kind, sigma):
    mask = masks()[kind]
    got = mask_result(calotype, mask, "MaskBlur", sigma=sigma)
    expected = ndimage.gaussian_filter(mask / 255.0, sigma, mode="mirror", radius=int(2.5 * sigma + 0.5))
    np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.parametrize("kind", ["soft", "hard"])
@pytest.mark.parametrize("pixels", [1, 2, 7, -1, -3])
def test_mask_grow_equals_dilation_by_a_disc(calotype, kind, pixels):
    mask = masks()[kind]
    got = mask_result(calotype, mask, "MaskGrow", pixels=pixels)
    y, x = np.ogrid[-abs(pixels) : abs(pixels) + 1, -abs(pixels) : abs(pixels) + 1]
    disc = x * x + y * y <= pixels * pixels
    change = ndimage.grey_dilation if pixels > 0 else ndimage.grey_erosion
    expected = change(mask / 255.0, footprint=disc, mode="constant", cval=0.0 if pixels > 0 else 1.0)
    np.testing.assert_allclose(got, expected, atol=1e-6)


def test_mask_from_image_equals_pillow(calotype):
    picture = smooth_picture()
    picture.save(calotype.folder / "picture.png")
    nodes = {
        "file": node("LoadImage", {"path": "picture.png"}),
        "mask": node("MaskFromImage", image="file.image"),
    }
    (got,) = run(calotype, nodes, "mask.mask")
    assert np.abs(got[0, 0].numpy() * 255 - np.asarray(picture.convert("L"))).max() <= 0.51


@pytest.mark.parametrize(
    "left, top, right, bottom", [(30, 20, 44, 61), (0, 0, 5, 3), (90, 10, 120, 12), (3, 60, 9, 80)])
@pytest.mark.parametrize("padding", [0, 5, 40])
@pytest.mark.parametrize("width, height", [(64, 64), (128, 64), (64, 96)])
def test_region_equals_diffusers(calotype, left, top, right, bottom, padding, width, height):
    from diffusers.image_processor import VaeImageProcessor

    mask = np.zeros((80, 120), np.uint8)
    mask[top:bottom, left:right] = 255
    Image.fromarray(mask).save(calotype.folder / "mask.png")
    nodes = {
        "file": node("LoadImage", {"path": "mask.png"}),
        "mask": node("MaskFromImage", image="file.image"),
        "crop": node(
            "InpaintCrop", dict(width=width, height=height, padding=padding), image="file.image", mask="mask.mask"),
    }
    (got,) = run(calotype, nodes, "crop.region")
    x1, y1, x2, y2 = VaeImageProcessor.get_crop_region(Image.fromarray(mask), width, height, padding)
    assert got.tolist() == [x1, y1, x2 - x1, y2 - y1]


@pytest.mark.parametrize("mode, theirs", [("stretch", "default"), ("crop", "crop"), ("fill", "fill")])
@pytest.mark.parametrize("source, target", [((90, 50), (64, 72)), ((50, 90), (100, 64)), ((33, 47), (128, 128))])
def test_resize_modes_equal_diffusers(calotype, mode, theirs, source, target):
    from diffusers.image_processor import VaeImageProcessor

    picture = smooth_picture(source)
    picture.save(calotype.folder / "picture.png")
    nodes = {
        "file": node("LoadImage", {"path": "picture.png"}),
        "resize": node("ResizeImage", dict(width=target[0], height=target[1], mode=mode), image="file.image"),
    }
    (got,) = run(calotype, nodes, "resize.image")
    processor = VaeImageProcessor(resample="lanczos")
    expected = pixels_of(processor.resize(picture, height=target[1], width=target[0], resize_mode=theirs))
    # Pillow rounds to 8 bits after each of the two directions; diffusers fills borders from an empty box at the
    # edge of the picture, which mixes in a little of the rows behind it.
    limit = 2.5 if mode == "fill" else 1.6
    assert (got - expected).abs().max() < limit / 255


def fill_with_pillow(picture, mask):
    """AUTOMATIC1111's masked content "fill" in 8 bits, from its description."""
    opaque = Image.new("RGBa", picture.size)
    opaque.paste(picture.convert("RGBA").convert("RGBa"), mask=ImageOps.invert(mask))
    out = Image.new("RGBA", picture.size)
    for radius, repeats in [(256, 1), (64, 1), (16, 2), (4, 4), (2, 2), (0, 1)]:
        blurred = opaque.filter(ImageFilter.GaussianBlur(radius)).convert("RGBA")
        for _ in range(repeats):
            out.alpha_composite(blurred)
    return out.convert("RGB")


@pytest.mark.parametrize("blur", [0, 3])
def test_fill_equals_pillow(calotype, blur):
    picture = smooth_picture((96, 80))
    mask = Image.new("L", picture.size)
    mask.paste(255, (30, 20, 60, 55))
    mask = mask.filter(ImageFilter.GaussianBlur(blur))
    picture.save(calotype.folder / "picture.png")
    mask.save(calotype.folder / "mask.png")
    nodes = {
        "file": node("LoadImage", {"path": "picture.png"}),
        "mask_file": node("LoadImage", {"path": "mask.png"}),
        "mask": node("MaskFromImage", {"channel": "red"}, image="mask_file.image"),
        "fill": node("InpaintFill", image="file.image", mask="mask.mask"),
    }
    (got,) = run(calotype, nodes, "fill.image")
    difference = (got - pixels_of(fill_with_pillow(picture, mask))).abs() * 255
    assert difference.max() < 8 and difference.mean() < 1  # 8-bit colours under thin opacity are coarse
