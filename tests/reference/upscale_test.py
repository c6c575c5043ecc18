"""Compares resampling with Pillow and torch, and the upscaling networks with plain PyTorch."""

import os
import pathlib
import subprocess

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from esrgan_networks import Compact, RRDBNet, bsrgan_names, first_names, randomise

LIMIT = 1e-4 if "CALOTYPE_TEST_DEVICE" in os.environ else 1e-5

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("CALOTYPE_BUILD_DIR", ROOT / "build"))
PILLOW = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
SIZES = [((40, 56), (80, 112)), ((40, 56), (31, 17)), ((33, 50), (129, 20)), ((64, 48), (3, 5)), ((5, 4), (23, 57))]


def probe(folder, what, inputs, **options):
    save_file({n: t.contiguous() for n, t in inputs.items()}, folder / "in.safetensors")
    command = [BUILD / "bin" / "calotype_upscale_probe", what, folder / "in.safetensors", folder / "out.safetensors"]
    done = subprocess.run([*command, *(f"{k}={v}" for k, v in options.items())], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return load_file(folder / "out.safetensors")["out"]


@pytest.mark.parametrize("size, new_size", SIZES)
@pytest.mark.parametrize("method", PILLOW)
def test_resampling_equals_pillow(tmp_path, method, size, new_size):
    maps = torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(1))
    height, width = new_size
    ours = probe(tmp_path, "resample", {"maps": maps}, height=height, width=width, method=method)
    for i in range(2):
        for c in range(3):
            channel = Image.fromarray(maps[i, c].numpy(), mode="F")
            theirs = np.asarray(channel.resize((width, height), PILLOW[method]))
            assert np.abs(ours[i, c].numpy() - theirs).max() <= 1e-5


@pytest.mark.parametrize("size, new_size", SIZES)
@pytest.mark.parametrize("method, mode", [("area", "area"), ("nearest", "nearest-exact")])
def test_resampling_equals_torch(tmp_path, method, mode, size, new_size):
    maps = torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(2))
    height, width = new_size
    ours = probe(tmp_path, "resample", {"maps": maps}, height=height, width=width, method=method)
    theirs = torch.nn.functional.interpolate(maps, size=new_size, mode=mode)
    assert (ours - theirs).abs().max() <= 1e-6


RRDB = {
    "x4": dict(),
    "x1": dict(doublings=0),
    "x2": dict(doublings=1),
    "x8": dict(doublings=3, blocks=1),
    "x2 from squares": dict(unshuffle=2),
    "x1 from squares": dict(unshuffle=4),
    "x4 of true width": dict(features=64, growth=32, blocks=3),
}
COMPACT = {"x4": dict(), "x2": dict(scale=2, convs=2), "x1": dict(scale=1), "x3 wide": dict(scale=3, features=64)}
STYLES = {
    "basicsr": lambda state: state,
    "first": first_names,
    "bsrgan": bsrgan_names,
    "params": lambda state: {f"params.{n}": t for n, t in state.items()},
    "params_ema": lambda state: {f"params_ema.{n}": t for n, t in state.items()}
    | {f"params.{n}": torch.zeros_like(t) for n, t in state.items()},
    "parallel": lambda state: {f"module.{n}": t for n, t in first_names(state).items()},
}


def upscaled(folder, state, pixels, tile=0, dtype="float32"):
    save_file({n: t.contiguous() for n, t in state.items()}, folder / "weights.safetensors")
    device = os.environ.get("CALOTYPE_TEST_DEVICE", "cpu")
    return probe(
        folder, "network", {"pixels": pixels}, weights=folder / "weights.safetensors", tile=tile, dtype=dtype,
        device=device)


def reference(network, pixels):
    with torch.no_grad():
        return network(pixels)


def relative_error(ours, theirs):
    assert ours.shape == theirs.shape and ours.dtype == torch.float32
    return ((ours - theirs).abs().max() / theirs.abs().max()).item()


@pytest.mark.parametrize("sizes", RRDB.values(), ids=RRDB)
def test_rrdb_equals_plain_pytorch(tmp_path, sizes):
    torch.manual_seed(3)
    network = randomise(RRDBNet(**sizes))
    pixels = torch.rand(2, 3, 24, 36)
    assert relative_error(upscaled(tmp_path, network.state_dict(), pixels), reference(network, pixels)) <= LIMIT


@pytest.mark.parametrize("sizes", COMPACT.values(), ids=COMPACT)
def test_compact_equals_plain_pytorch(tmp_path, sizes):
    torch.manual_seed(4)
    network = randomise(Compact(**sizes))
    pixels = torch.rand(2, 3, 25, 31)
    assert relative_error(upscaled(tmp_path, network.state_dict(), pixels), reference(network, pixels)) <= LIMIT


@pytest.mark.parametrize("sizes", [dict(blocks=1), dict(blocks=1, doublings=1), dict(blocks=11, features=8)])
def test_all_key_styles_give_the_same_bits(tmp_path, sizes):
    torch.manual_seed(5)
    state = randomise(RRDBNet(**sizes)).state_dict()
    pixels = torch.rand(1, 3, 8, 12)
    expected = upscaled(tmp_path, state, pixels)
    for name, style in STYLES.items():
        assert torch.equal(upscaled(tmp_path, style(state), pixels), expected), name


def test_odd_sizes_are_continued_by_reflection(tmp_path):
    torch.manual_seed(6)
    network = randomise(RRDBNet(unshuffle=2))
    pixels = torch.rand(1, 3, 25, 31)
    padded = torch.nn.functional.pad(pixels, (0, 1, 0, 1), mode="reflect")
    expected = reference(network, padded)[..., :50, :62]
    assert relative_error(upscaled(tmp_path, network.state_dict(), pixels), expected) <= LIMIT


@pytest.mark.parametrize("network", [Compact(convs=2), Compact(convs=1, scale=2)], ids=["x4", "x2"])
def test_tiles_equal_the_whole_when_the_network_sees_no_further_than_the_overlap(tmp_path, network):
    torch.manual_seed(7)
    network = randomise(network)
    pixels = torch.rand(1, 3, 150, 210)
    tiled = upscaled(tmp_path, network.state_dict(), pixels, tile=128)
    assert relative_error(tiled, reference(network, pixels)) <= LIMIT


def test_tiles_of_a_deep_network_have_no_seam(tmp_path):
    torch.manual_seed(8)
    network = randomise(RRDBNet(unshuffle=2, blocks=3))
    pixels = torch.rand(1, 3, 151, 203)
    state = network.state_dict()
    whole = upscaled(tmp_path, state, pixels)
    assert (upscaled(tmp_path, state, pixels, tile=128) - whole).abs().max() <= 0.02 * whole.std()


def test_rrdb_in_bfloat16_is_close(tmp_path):
    torch.manual_seed(9)
    network = randomise(RRDBNet())
    pixels = torch.rand(1, 3, 24, 36)
    ours = upscaled(tmp_path, network.state_dict(), pixels, dtype="bfloat16")
    theirs = reference(network, pixels)
    assert torch.nn.functional.cosine_similarity(ours.flatten(), theirs.flatten(), 0) > 0.999


@pytest.mark.parametrize("noise_level, seed", [(0, 1), (20, 7), (350, 2**40), (999, 3)])
def test_noised_low_resolution_picture_equals_diffusers(tmp_path, noise_level, seed):
    import diffusers
    from diffusers.utils.torch_utils import randn_tensor

    pixels = torch.rand(1, 3, 20, 28, generator=torch.Generator().manual_seed(10))
    ours = probe(tmp_path, "low-res", {"pixels": pixels}, noise_level=noise_level, seed=seed)
    scheduler = diffusers.DDPMScheduler(beta_start=0.0001, beta_end=0.02, beta_schedule="scaled_linear")
    noise = randn_tensor(pixels.shape, generator=torch.Generator().manual_seed(seed))
    theirs = scheduler.add_noise(2 * pixels - 1, noise, torch.tensor([noise_level]))
    assert (ours - theirs).abs().max() <= 1e-5
