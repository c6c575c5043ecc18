"""Compares the networks with diffusers and transformers, on random weights, in this process."""

import os
import pathlib
import subprocess

import diffusers
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

import compvis_layout

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("CALOTYPE_BUILD_DIR", ROOT / "build"))
TRUE_SIZES = pytest.mark.skipif(
    os.environ.get("CALOTYPE_TRUE_SIZES") != "1", reason="set CALOTYPE_TRUE_SIZES=1 (minutes, 10 GB)"
)
# A GPU sums in another order than the reference, which computes on the CPU.
LIMIT = 1e-4 if "CALOTYPE_TEST_DEVICE" in os.environ else 2e-5


def randomise(module):
    """Norms away from the identity, biases away from zero."""
    for name, parameter in module.named_parameters():
        if parameter.dim() == 1:
            centre = 1.0 if "norm" in name and name.endswith("weight") else 0.0
            parameter.data = centre + 0.2 * torch.randn_like(parameter)
    return module.eval()


def probe(folder, network, weights, inputs, *options):
    save_weights(folder, weights)
    return probe_saved(folder, network, inputs, *options)


def save_weights(folder, weights):
    save_file({n: t.contiguous() for n, t in weights.items()}, folder / "weights.safetensors")


def probe_saved(folder, network, inputs, *options):
    save_file({n: t.contiguous() for n, t in inputs.items()}, folder / "in.safetensors")
    command = [BUILD / "bin" / "calotype_network_probe", network]
    command += [folder / f"{n}.safetensors" for n in ("weights", "in", "out")]
    if "CALOTYPE_TEST_DEVICE" in os.environ:
        command += ["--device", os.environ["CALOTYPE_TEST_DEVICE"]]
    done = subprocess.run([*command, *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return load_file(folder / "out.safetensors")["out"]


def relative_error(ours, theirs):
    assert ours.shape == theirs.shape and ours.dtype == torch.float32
    return ((ours - theirs).abs().max() / theirs.abs().max()).item()


def cosine(ours, theirs):
    return torch.nn.functional.cosine_similarity(ours.flatten(), theirs.flatten(), 0).item()


def make_unet(channels, attention, res_blocks=1, context=64, in_channels=4):
    names = {True: "CrossAttn{}Block2D", False: "{}Block2D"}
    return randomise(
        diffusers.UNet2DConditionModel(
            sample_size=64,
            in_channels=in_channels,
            block_out_channels=channels,
            layers_per_block=res_blocks,
            cross_attention_dim=context,
            attention_head_dim=8,
            down_block_types=[names[a].format("Down") for a in attention],
            up_block_types=[names[a].format("Up") for a in reversed(attention)],
        )
    )


def compare_unet(folder, module, attention, res_blocks, batch, size, equal_times=True, options=()):
    config = module.config
    inputs = {
        "x": torch.randn(batch, config.in_channels, *size),
        "timesteps": torch.full((batch,), 731.25),
        "context": torch.randn(batch, 77, config.cross_attention_dim),
    }
    if not equal_times:
        inputs["timesteps"] = torch.linspace(0.0, 999.0, batch)
    weights = compvis_layout.unet(module.state_dict(), res_blocks, attention)
    ours = probe(folder, "unet", weights, inputs, *options)
    with torch.no_grad():
        theirs = module(inputs["x"], inputs["timesteps"], inputs["context"]).sample
    return ours, theirs


@pytest.mark.parametrize(
    "channels, attention, res_blocks, batch, size",
    [
        ((64, 128, 128), (True, True, True), 1, 1, (24, 40)),
        ((64, 128, 256), (False, True, True), 1, 2, (16, 16)),
        ((64, 64, 128, 128), (True, True, True, False), 2, 2, (24, 40)),
        ((32, 64), (False, False), 2, 3, (8, 12)),
        ((64,), (True,), 1, 1, (9, 7)),
        ((64, 96, 160), (True, False, True), 1, 2, (18, 21)),
    ],
)
def test_unet_equals_diffusers(tmp_path, channels, attention, res_blocks, batch, size):
    torch.manual_seed(1)
    module = make_unet(channels, attention, res_blocks)
    ours, theirs = compare_unet(tmp_path, module, attention, res_blocks, batch, size)
    assert relative_error(ours, theirs) <= LIMIT


def test_unet_with_a_timestep_per_picture_equals_diffusers(tmp_path):
    torch.manual_seed(2)
    attention = (True, True)
    module = make_unet((64, 128), attention, in_channels=9)
    ours, theirs = compare_unet(tmp_path, module, attention, 1, 3, (8, 8), equal_times=False)
    assert relative_error(ours, theirs) <= LIMIT


def test_unet_in_bfloat16_is_close(tmp_path):
    torch.manual_seed(3)
    attention = (True, True, False)
    module = make_unet((64, 128, 128), attention, 2)
    ours, theirs = compare_unet(
        tmp_path, module, attention, 2, 2, (16, 24), options=("--dtype", "bfloat16")
    )
    assert cosine(ours, theirs) > 0.999


def make_vae(channels, res_blocks=1):
    levels = len(channels)
    return randomise(
        diffusers.AutoencoderKL(
            block_out_channels=channels,
            layers_per_block=res_blocks,
            latent_channels=4,
            down_block_types=["DownEncoderBlock2D"] * levels,
            up_block_types=["UpDecoderBlock2D"] * levels,
        )
    )


VAES = [
    ((32, 64), 1, 1, (12, 20)),
    ((64, 64, 128, 128), 2, 2, (5, 3)),
    ((32, 64, 64), 1, 3, (6, 10)),
]


def compare_decode(folder, module, batch, size, options=(), as_conv=True):
    latent = torch.randn(batch, 4, *size)
    weights = compvis_layout.vae(module.state_dict(), as_conv)
    ours = probe(folder, "vae-decode", weights, {"latent": latent}, *options)
    with torch.no_grad():
        raw = module.decode(latent / 0.18215).sample
    return ours, (raw / 2 + 0.5).clamp(0, 1)


def compare_encode(folder, module, batch, size, options=(), as_conv=True):
    step = 2 ** (len(module.config.block_out_channels) - 1)
    pixels = torch.rand(batch, 3, size[0] * step, size[1] * step)
    weights = compvis_layout.vae(module.state_dict(), as_conv)
    ours = probe(folder, "vae-encode", weights, {"pixels": pixels}, *options)
    with torch.no_grad():
        theirs = module.encode(pixels * 2 - 1).latent_dist.mean * 0.18215
    return ours, theirs


@pytest.mark.parametrize("compare", [compare_decode, compare_encode])
@pytest.mark.parametrize("as_conv", [True, False])
@pytest.mark.parametrize("channels, res_blocks, batch, size", VAES)
def test_vae_equals_diffusers(tmp_path, compare, as_conv, channels, res_blocks, batch, size):
    torch.manual_seed(5)
    ours, theirs = compare(tmp_path, make_vae(channels, res_blocks), batch, size, as_conv=as_conv)
    assert 0.02 < theirs.std()
    assert relative_error(ours, theirs) <= LIMIT


@pytest.mark.parametrize("compare", [compare_decode, compare_encode])
def test_vae_in_bfloat16_is_close(tmp_path, compare):
    torch.manual_seed(6)
    module = make_vae((32, 64, 64), 2)
    ours, theirs = compare(tmp_path, module, 1, (8, 8), ("--dtype", "bfloat16"))
    assert cosine(ours, theirs) > 0.999


@TRUE_SIZES
@pytest.mark.parametrize("compare", [compare_decode, compare_encode])
@pytest.mark.parametrize("channels", [(128, 256, 512, 512), (128, 256, 512)], ids=["x8", "x4"])
def test_vae_of_true_size_equals_diffusers(tmp_path, channels, compare):
    torch.manual_seed(7)
    ours, theirs = compare(tmp_path, make_vae(channels, 2), 1, (64, 64))
    assert relative_error(ours, theirs) <= LIMIT


def make_text(width, layers, mlp, vocabulary=1000):
    return randomise(
        transformers.CLIPTextModel(
            transformers.CLIPTextConfig(
                hidden_size=width,
                intermediate_size=mlp,
                num_hidden_layers=layers,
                num_attention_heads=max(1, width // 64),
                vocab_size=vocabulary,
                hidden_act="quick_gelu",
                eos_token_id=vocabulary - 1,
            )
        )
    )


def compare_text(folder, module, batch, skip, options=()):
    config = module.config
    ids = torch.randint(0, config.vocab_size, (batch, 77))
    inputs = {"ids": ids, "clip_skip": torch.tensor([skip])}
    ours = probe(folder, "text", compvis_layout.text(module.state_dict()), inputs, *options)
    with torch.no_grad():
        states = module(ids, output_hidden_states=True).hidden_states
        inner = getattr(module, "text_model", module)
        theirs = inner.final_layer_norm(states[config.num_hidden_layers - skip])
    return ours, theirs


@pytest.mark.parametrize(
    "width, layers, mlp, batch, skip",
    [(64, 2, 256, 1, 0), (128, 3, 512, 2, 1), (32, 1, 96, 3, 0), (192, 4, 500, 2, 3)],
)
def test_text_model_equals_transformers(tmp_path, width, layers, mlp, batch, skip):
    torch.manual_seed(8)
    ours, theirs = compare_text(tmp_path, make_text(width, layers, mlp), batch, skip)
    assert relative_error(ours, theirs) <= LIMIT


def test_text_model_in_bfloat16_is_close(tmp_path):
    torch.manual_seed(9)
    module = make_text(128, 3, 512)
    ours, theirs = compare_text(tmp_path, module, 2, 0, ("--dtype", "bfloat16"))
    assert cosine(ours, theirs) > 0.999


@TRUE_SIZES
@pytest.mark.parametrize("skip", [0, 1])
def test_text_model_of_true_size_equals_transformers(tmp_path, skip):
    torch.manual_seed(10)
    module = make_text(768, 12, 3072, 49408)
    ours, theirs = compare_text(tmp_path, module, 2, skip)
    assert relative_error(ours, theirs) <= LIMIT
