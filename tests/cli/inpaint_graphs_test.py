"""The inpainting graphs that ship: what stays as it was, and what is refused."""

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from conftest import ROOT

PICTURES = ROOT / "graphs" / "pictures"
QUICK = ("-q", "--set", "steps=3")


def pixels(file, mode="RGB"):
    with Image.open(file) as picture:
        return np.asarray(picture.convert(mode)).astype(int)


def run(calotype, name, *arguments, expect=0):
    return calotype("run", ROOT / "graphs" / f"{name}.json", *QUICK, *arguments, expect=expect)


@pytest.mark.parametrize("name, original", [("inpaint", "cottage.png"), ("inpaint_masked_only", "lake.png")])
def test_pixels_outside_the_mask_are_those_of_the_original(calotype, name, original):
    run(calotype, name, "-o", "image=out.png", "-o", "blur.mask=mask.safetensors")
    before, after = pixels(PICTURES / original), pixels(calotype.folder / "out.png")
    outside = load_file(calotype.folder / "mask.safetensors")["mask"][0, 0] == 0
    assert 0.3 < outside.mean() < 0.9
    assert np.array_equal(before[outside], after[outside])
    assert np.abs(before - after)[~outside].mean() > 5


def test_outpainting_keeps_the_picture_and_paints_the_border(calotype):
    run(calotype, "outpaint", "-o", "image=out.png")
    before, after = pixels(PICTURES / "lake_part.png"), pixels(calotype.folder / "out.png")
    assert after.shape == (128, 128, 3)
    assert np.array_equal(before[:, :84], after[:, :84])  # 12 px are feathered
    assert after[:, 96:].std() > 5


def test_the_four_fills_give_four_pictures(calotype):
    settings = [("fill", "original"), ("original", "original"), ("original", "noise"), ("original", "nothing")]
    found = set()
    for i, (fill, latent) in enumerate(settings):
        run(calotype, "inpaint", "--set", f"fill={fill}", "--set", f"latent_fill={latent}", "-o", f"image={i}.png")
        found.add(pixels(calotype.folder / f"{i}.png").tobytes())
    assert len(found) == 4


def test_mask_of_another_size_is_refused_with_both_sizes(calotype):
    Image.new("L", (64, 96), 255).save(calotype.folder / "small.png")
    for name in ("inpaint", "inpaint_masked_only"):
        errors = run(calotype, name, "--set", "mask_picture.path=small.png", expect=1).stderr
        assert "the mask is 64 x 96 px, the picture 128 x 128 px" in errors
        assert "hint: draw the mask at the size of the picture, or resize it with ResizeImage" in errors


def test_empty_mask_is_refused_where_it_leaves_nothing_to_cut_out(calotype):
    Image.new("L", (128, 128)).save(calotype.folder / "empty.png")
    errors = run(calotype, "inpaint_masked_only", "--set", "mask_picture.path=empty.png", expect=1).stderr
    assert 'node "crop"' in errors and "the mask is empty: nothing is to be changed" in errors


def test_empty_mask_changes_nothing_elsewhere(calotype):
    Image.new("L", (128, 128)).save(calotype.folder / "empty.png")
    run(calotype, "inpaint", "--set", "mask_picture.path=empty.png", "-o", "image=out.png")
    assert np.array_equal(pixels(PICTURES / "cottage.png"), pixels(calotype.folder / "out.png"))


def test_ordinary_model_is_refused_where_an_inpainting_model_belongs(calotype):
    starter = ROOT / "models" / "starter" / "starter.safetensors"
    errors = run(calotype, "inpaint_model", "--set", f"model.path={starter}", expect=1).stderr
    assert "takes 0 extra channels, the positive conditioning has 5" in errors
    assert "SD 1.x" in errors


def test_inpainting_model_is_refused_where_an_ordinary_model_belongs(calotype):
    from tiny_pipeline import TinyPipeline

    TinyPipeline("sd1_inpainting").save(calotype.folder / "inpainting.safetensors")
    errors = run(calotype, "inpaint", "--set", "ckpt.path=inpainting.safetensors", expect=1).stderr
    assert "takes 5 extra channels, the positive conditioning has 0" in errors
    assert "SD 1.x inpainting" in errors and "put an InpaintCondition between TextEncode and Sample" in errors


@pytest.mark.parametrize("size", [(100, 128), (128, 127)])
def test_picture_of_an_odd_size_is_refused_with_what_to_do(calotype, size):
    Image.new("RGB", size).save(calotype.folder / "odd.png")
    errors = run(calotype, "image_to_image", "--set", "picture.path=odd.png", expect=1).stderr
    assert f"multiples of 8, got {size[0]} x {size[1]}" in errors and "resize" in errors
