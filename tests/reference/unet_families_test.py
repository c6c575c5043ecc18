"""Compares the denoising networks of all families with diffusers, on random weights, in this process.

The families differ in their projections, heads, transformer depths, extra channels and in what they take
beside the text; at small widths here, at the published ones with CALOTYPE_TRUE_SIZES=1."""

import dataclasses

import diffusers
import pytest
import torch

import compvis_layout
from networks_test import (
    LIMIT, TRUE_SIZES, probe, probe_saved, randomise, relative_error, save_weights)


@dataclasses.dataclass
class Family:
    """`levels`: transformer blocks of each resolution, 0 where there are none."""

    channels: tuple
    levels: tuple
    options: dict
    vector: int = 0
    numbers: int = 0  # of the vector's end, each as 256 sinusoids
    context: int = 96
    in_channels: int = 4
    res_blocks: int = 2

    @property
    def attention(self):
        return tuple(depth > 0 for depth in self.levels)


LINEAR = {"use_linear_projection": True}


def sd1(in_channels):
    return Family((32, 64, 64, 64), (1, 1, 1, 0), {"attention_head_dim": 8}, in_channels=in_channels)


def sd2(in_channels=4):
    options = {**LINEAR, "attention_head_dim": (1, 2, 3, 3)}
    return Family((64, 128, 192, 192), (1, 1, 1, 0), options, in_channels=in_channels)


def unclip(vector):
    options = {"class_embed_type": "projection", "projection_class_embeddings_input_dim": vector}
    return dataclasses.replace(sd2(), options=sd2().options | options, vector=vector)


def sdxl(channels=(64, 128, 192), levels=(0, 2, 5), pooled=40, numbers=6, in_channels=4, context=96):
    vector = pooled + numbers * 256
    depths = [depth or 1 for depth in levels]
    depths[-1] = levels[-1] or levels[-2]  # also of the middle block
    options = LINEAR | {
        "attention_head_dim": tuple(c // 64 for c in channels),
        "transformer_layers_per_block": depths,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": vector,
    }
    return Family(channels, levels, options, vector, numbers, context, in_channels)


def upscaler(channels=(32, 64, 64, 128), context=96):
    options = LINEAR | {
        "attention_head_dim": 8,
        "only_cross_attention": (True, True, True, False),
        "num_class_embeds": 1000,
    }
    return Family(channels, (0, 1, 1, 1), options, in_channels=7, context=context)


FAMILIES = {
    "sd1 inpainting": sd1(9),
    "sd1 InstructPix2Pix": sd1(8),
    "sd2": sd2(),
    "sd2 inpainting": sd2(9),
    "sd2 depth": sd2(5),
    "unclip": unclip(88),
    "x4 upscaler": upscaler(),
    "x4 upscaler as wide as its context": upscaler((64, 128, 128, 256), 256),
    "sdxl": sdxl(),
    "sdxl inpainting": sdxl(in_channels=9),
    "sdxl refiner": sdxl((64, 128, 192, 192), (0, 4, 4, 0), numbers=5),
}


def make(family):
    return randomise(outline(family))


def outline(family):
    """The module as diffusers initialises it."""
    blocks = [{True: "CrossAttn{}Block2D", False: "{}Block2D"}[a] for a in family.attention]
    return diffusers.UNet2DConditionModel(
        sample_size=64,
        in_channels=family.in_channels,
        out_channels=4,
        block_out_channels=family.channels,
        layers_per_block=family.res_blocks,
        cross_attention_dim=family.context,
        down_block_types=[name.format("Down") for name in blocks],
        up_block_types=[name.format("Up") for name in reversed(blocks)],
        **family.options,
    )


def inputs_of(family, batch, size):
    inputs = {
        "x": torch.randn(batch, family.in_channels, *size),
        "timesteps": torch.linspace(931.5, 17.25, batch),
        "context": torch.randn(batch, 77, family.context),
    }
    if "num_class_embeds" in family.options:
        inputs["noise_levels"] = torch.randint(0, 1000, (batch,))
    elif family.vector:
        inputs["vector"] = torch.randn(batch, family.vector)
    return inputs


def theirs_of(module, family, inputs):
    """The sinusoids of the numbers are computed by diffusers; `inputs` gets the vector with them."""
    extra = {}
    if family.numbers:
        batch = inputs["x"].shape[0]
        numbers = 1000 * torch.rand(batch, family.numbers)
        pooled = inputs["vector"][:, : family.vector - 256 * family.numbers]
        waves = module.add_time_proj(numbers.flatten()).reshape(batch, -1)
        inputs["vector"] = torch.cat([pooled, waves], 1)
        extra["added_cond_kwargs"] = {"text_embeds": pooled, "time_ids": numbers}
    elif "vector" in inputs:
        extra["class_labels"] = inputs["vector"]
    elif "noise_levels" in inputs:
        extra["class_labels"] = inputs["noise_levels"]
    with torch.no_grad():
        return module(inputs["x"], inputs["timesteps"], inputs["context"], **extra).sample


def reference(folder, family, batch, size, dtype):
    """Its weights in a file, its inputs and its output; the module is gone when this returns."""
    module = make(family)
    for parameter in module.parameters():
        parameter.data = parameter.data.to(dtype).float()
    inputs = inputs_of(family, batch, size)
    theirs = theirs_of(module, family, inputs)
    state = module.to(dtype).state_dict()
    save_weights(folder, compvis_layout.unet(state, family.res_blocks, family.attention))
    return inputs, theirs


def compare(folder, family, batch, size, dtype=torch.float32):
    """`dtype`: of the weights in the file; they are rounded to it on both sides."""
    inputs, theirs = reference(folder, family, batch, size, dtype)
    return probe_saved(folder, "unet", inputs), theirs


@pytest.mark.parametrize("name", FAMILIES)
def test_unet_of_each_family_equals_diffusers(tmp_path, name):
    torch.manual_seed(1)
    ours, theirs = compare(tmp_path, FAMILIES[name], 2, (16, 24))
    assert 0.02 < theirs.std()
    assert relative_error(ours, theirs) <= LIMIT


@pytest.mark.parametrize("change, expected", [(0.0, 0), (-0.9, 0), (-1.1, 1), (-3.0, 1)])
def test_prediction_of_sd2_is_told_by_the_output(tmp_path, change, expected):
    """`change`: how far the output's mean is moved from the probed input."""
    torch.manual_seed(2)
    family = FAMILIES["sd2"]
    module = make(family)
    x = torch.full((1, 4, 8, 8), 0.5)
    with torch.no_grad():
        out = module(x, torch.tensor([999.0]), torch.full((1, 2, family.context), 0.5)).sample
    module.conv_out.bias.data += change - (out - x).mean()
    weights = compvis_layout.unet(module.state_dict(), family.res_blocks, family.attention)
    got = probe(tmp_path, "prediction", weights, {"unused": torch.zeros(1)})
    assert got.item() == expected


SD1 = Family((320, 640, 1280, 1280), (1, 1, 1, 0), {"attention_head_dim": 8}, context=768)
SD2 = Family((320, 640, 1280, 1280), (1, 1, 1, 0), LINEAR | {"attention_head_dim": (5, 10, 20, 20)}, context=1024)
UNCLIP_VECTOR = {"class_embed_type": "projection", "projection_class_embeddings_input_dim": 2048}
SDXL = sdxl((320, 640, 1280), (0, 2, 10), 1280, context=2048)

TRUE_FAMILIES = {
    "sd1": SD1,
    "sd1 inpainting": dataclasses.replace(SD1, in_channels=9),
    "sd1 InstructPix2Pix": dataclasses.replace(SD1, in_channels=8),
    "sd2": SD2,
    "sd2 inpainting": dataclasses.replace(SD2, in_channels=9),
    "sd2 depth": dataclasses.replace(SD2, in_channels=5),
    "unclip": dataclasses.replace(SD2, options=SD2.options | UNCLIP_VECTOR, vector=2048),
    "x4 upscaler": upscaler((256, 512, 512, 1024), 1024),
    "sdxl": SDXL,
    "sdxl inpainting": dataclasses.replace(SDXL, in_channels=9),
    "sdxl refiner": sdxl((384, 768, 1536, 1536), (0, 4, 4, 0), 1280, numbers=5, context=1280),
}


@TRUE_SIZES
@pytest.mark.parametrize("name", TRUE_FAMILIES)
def test_unet_of_true_size_equals_diffusers(tmp_path, name):
    torch.manual_seed(3)
    family = TRUE_FAMILIES[name]
    large = "sdxl" in name
    dtype = torch.bfloat16 if large else torch.float32  # half the file of the largest
    ours, theirs = compare(tmp_path, family, 1 if large else 2, (32, 32) if large else (64, 64), dtype)
    assert relative_error(ours, theirs) <= LIMIT
