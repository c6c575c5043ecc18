"""Compares resampling with Pillow and torch, and the upscaling networks with plain PyTorch."""

import os
import pathlib
import subprocess

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("CALOTYPE_BUILD_DIR", ROOT / "build"))
PILLOW = {"nearest": Image.NEAREST, "bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
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
def test_area_equals_torch(tmp_path, size, new_size):
    maps = torch.rand(2, 3, *size, generator=torch.Generator().manual_seed(2))
    height, width = new_size
    ours = probe(tmp_path, "resample", {"maps": maps}, height=height, width=width, method="area")
    theirs = torch.nn.functional.interpolate(maps, size=new_size, mode="area")
    assert (ours - theirs).abs().max() <= 1e-6
