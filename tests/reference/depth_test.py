"""Compares depth estimation with transformers, on random weights, in this process: the preparation of the
picture, the network, and the same weights in every layout."""

import json
import os
import pathlib
import subprocess

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil

import depth_layout
from networks_test import BUILD, LIMIT, TRUE_SIZES, cosine, relative_error

HALF = dict(image_mean=[0.5] * 3, image_std=[0.5] * 3)
IMAGENET = dict(image_mean=[0.485, 0.456, 0.406], image_std=[0.229, 0.224, 0.225])


def picture(height, width, seed=0):
    """An 8-bit picture with smooth parts and edges."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 256, (max(2, height // 12), max(2, width // 12), 3), np.uint8)
    smooth = np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BILINEAR))
    return (smooth * (rng.random((height, width, 1)) > 0.03)).astype(np.uint8)


def as_pixels(array):
    return torch.from_numpy(array.copy()).permute(2, 0, 1)[None].float() / 255


def probe(folder, model, array, *options, fails=False):
    folder = pathlib.Path(folder)
    save_file({"pixels": as_pixels(array).contiguous()}, folder / "in.safetensors")
    command = [BUILD / "bin" / "calotype_depth_probe", model, folder / "in.safetensors", folder / "out.safetensors"]
    if "CALOTYPE_TEST_DEVICE" in os.environ:
        command += ["--device", os.environ["CALOTYPE_TEST_DEVICE"]]
    done = subprocess.run([*command, *options], capture_output=True, text=True)
    if fails:
        assert done.returncode == 1
        return done.stderr.strip()
    assert done.returncode == 0, done.stderr
    return load_file(folder / "out.safetensors")


def dpt(model, x):
    """DPTForDepthEstimation for any size, which its own forward refuses."""
    height, width = x.shape[2] // 16, x.shape[3] // 16
    with torch.no_grad():
        embedded = model.dpt.embeddings(x, interpolate_pos_encoding=True)
        hidden, tapped = embedded.last_hidden_states, list(embedded.intermediate_activations)
        for i, layer in enumerate(model.dpt.encoder.layer):
            hidden = layer(hidden)
            if i in model.config.backbone_out_indices[2:]:
                tapped.append(hidden)
        return model.head(model.neck(tapped, height, width))[None]


def depth_anything(model, x):
    with torch.no_grad():
        return model(x).predicted_depth[None]


def check(ours, theirs):
    assert theirs.std() > 0.05 * theirs.max()
    assert relative_error(ours, theirs) <= LIMIT


def as_file(state, path):
    save_file({n: t.contiguous().clone() for n, t in state.items()}, path)
    return path


def size_of(size):
    return {"height": size[0], "width": size[1]}


@pytest.mark.parametrize("size, picture_size", [((64, 64), (64, 64)), ((64, 64), (50, 91)), ((96, 128), (300, 200))])
def test_dpt_hybrid_equals_transformers(tmp_path, size, picture_size):
    torch.manual_seed(1)
    model = depth_layout.make_dpt()
    folder = depth_layout.save_folder(model, tmp_path / "model", size=size_of(size), **HALF)
    got = probe(tmp_path, folder, picture(*picture_size))
    assert tuple(got["prepared"].shape[2:]) == size
    if size == (64, 64):
        with torch.no_grad():
            check(got["estimate"], model(got["prepared"]).predicted_depth[None])
    check(got["estimate"], dpt(model, got["prepared"]))


@pytest.mark.parametrize("settings", [
    dict(stages=(64, 128, 256), groups=16, depths=(3, 1, 2), epsilon=1e-12),
    dict(width=96, heads=3, layers=6, taps=(0, 1, 2, 4), features=64),
    dict(stages=(64, 96, 160), groups=8, layers=12, taps=(2, 5, 8, 11)),
])
def test_dpt_hybrid_of_other_sizes_equals_transformers(tmp_path, settings):
    torch.manual_seed(2)
    model = depth_layout.make_dpt(**settings)
    folder = depth_layout.save_folder(model, tmp_path / "model", size=64, **HALF)
    got = probe(tmp_path, folder, picture(70, 80))
    check(got["estimate"], dpt(model, got["prepared"]))


@pytest.mark.parametrize("side, picture_size", [(5, (70, 70)), (5, (64, 150)), (6, (120, 77))])
def test_depth_anything_equals_transformers(tmp_path, side, picture_size):
    torch.manual_seed(3)
    model = depth_layout.make_depth_anything(side)
    folder = depth_layout.save_folder(
        model, tmp_path / "model", size=size_of((70, 70)), ensure_multiple_of=14, keep_aspect_ratio=True,
        **IMAGENET)
    got = probe(tmp_path, folder, picture(*picture_size))
    check(got["estimate"], depth_anything(model, got["prepared"]))


def test_depth_anything_with_other_taps_equals_transformers(tmp_path):
    torch.manual_seed(4)
    model = depth_layout.make_depth_anything(layers=7, heads=4, taps=(2, 3, 5, 6), channels=(24, 16, 40, 8))
    folder = depth_layout.save_folder(model, tmp_path / "model", size=size_of((84, 84)), ensure_multiple_of=14)
    got = probe(tmp_path, folder, picture(64, 64))
    check(got["estimate"], depth_anything(model, got["prepared"]))


def test_depth_in_bfloat16_is_close(tmp_path):
    torch.manual_seed(5)
    for make, name in ((depth_layout.make_dpt, "dpt"), (depth_layout.make_depth_anything, "anything")):
        folder = depth_layout.save_folder(make(), tmp_path / name, size=64 if name == "dpt" else 70)
        exact = probe(tmp_path, folder, picture(64, 64))["estimate"]
        assert cosine(probe(tmp_path, folder, picture(64, 64), "--dtype", "bfloat16")["estimate"], exact) > 0.999


def resize_rows_first(array, height, width, resample):
    """Image.resize in the order that every Pillow before 13 has."""
    picture = Image.fromarray(array)
    return np.asarray(picture.resize((width, picture.height), resample).resize((width, height), resample))


@pytest.mark.parametrize("resample", [2, 3])
@pytest.mark.parametrize("settings", [
    dict(size=size_of((384, 384)), **HALF),
    dict(size=size_of((96, 224)), **IMAGENET),
    dict(size=size_of((384, 384)), keep_aspect_ratio=True, ensure_multiple_of=32, **HALF),
])
@pytest.mark.parametrize("picture_size", [(384, 384), (100, 150), (700, 513), (33, 640)])
def test_preparation_equals_the_image_processor(tmp_path, dpt_folder, settings, resample, picture_size):
    settings = dict(settings, resample=resample)
    (dpt_folder / "preprocessor_config.json").write_text(json.dumps(settings))
    array = picture(*picture_size)
    theirs = DPTImageProcessorPil(**settings)(images=Image.fromarray(array), return_tensors="pt")["pixel_values"]
    ours = probe(tmp_path, dpt_folder, array)["prepared"]
    assert ours.shape == theirs.shape
    height, width = theirs.shape[2:]
    if height / picture_size[0] < width / picture_size[1]:  # where Pillow 13 turns the order round
        resized = Image.fromarray(resize_rows_first(array, height, width, resample))
        theirs = DPTImageProcessorPil(**{**settings, "do_resize": False})(
            images=resized, return_tensors="pt")["pixel_values"]
    # Pixels are equal bit for bit; a step of one level would be 4e-3 or more.
    assert (ours - theirs.float()).abs().max() <= 1e-6


def opencv_cubic(array, height, width):
    """INTER_CUBIC of OpenCV along both sides: a = -0.75, centres aligned, edge pixels repeated."""

    def matrix(out, size):
        weights = np.zeros((out, size))
        for i in range(out):
            x = (i + 0.5) * size / out - 0.5
            t = x - np.floor(x)
            a = -0.75
            near = [((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a,
                    ((a + 2) * t - (a + 3)) * t * t + 1,
                    ((a + 2) * (1 - t) - (a + 3)) * (1 - t) ** 2 + 1]
            for k, w in enumerate([*near, 1 - sum(near)]):
                weights[i, np.clip(int(np.floor(x)) - 1 + k, 0, size - 1)] += w
        return weights

    x = np.einsum("oh,hwc->owc", matrix(height, array.shape[0]), array)
    return np.einsum("ow,hwc->hoc", matrix(width, array.shape[1]), x)


# Width and height as transforms.py of MiDaS and of Depth Anything V2 gives them.
@pytest.mark.parametrize("layout, picture_size, size", [
    ("midas", (512, 512), (384, 384)),
    ("midas", (512, 768), (384, 576)),
    ("midas", (300, 500), (224, 384)),
    ("midas", (64, 64), (384, 384)),
    ("depth_anything", (518, 518), (518, 518)),
    ("depth_anything", (200, 300), (518, 784)),
    ("depth_anything", (700, 500), (728, 518)),
])
def test_preparation_of_the_authors_files(tmp_path, layout, picture_size, size):
    torch.manual_seed(6)
    model = (depth_layout.make_dpt(stages=(128, 256, 256), groups=32, heads=1, layers=2, taps=(0, 0, 0, 1))
             if layout == "midas" else depth_layout.make_depth_anything())
    state = getattr(depth_layout, layout)(depth_layout.saved(model, tmp_path / "model"))
    array = picture(*picture_size)
    ours = probe(tmp_path, as_file(state, tmp_path / "model.safetensors"), array)["prepared"]
    assert tuple(ours.shape[2:]) == size
    values = HALF if layout == "midas" else IMAGENET
    theirs = (opencv_cubic(array / 255, *size) - values["image_mean"]) / values["image_std"]
    assert np.abs(ours[0].permute(1, 2, 0).numpy() - theirs).max() <= 2e-6


@pytest.fixture
def dpt_folder(tmp_path):
    torch.manual_seed(7)
    return depth_layout.save_folder(depth_layout.make_dpt(layers=2, depths=(1, 1, 1), taps=(0, 0, 0, 1)),
                                    tmp_path / "dpt_model", size=64)


def test_layouts_of_dpt_hybrid_give_equal_bits(tmp_path):
    torch.manual_seed(8)
    model = depth_layout.make_dpt(stages=(128, 256, 256), groups=32, heads=1)
    folder = depth_layout.save_folder(model, tmp_path / "model", size=384, **HALF)
    state = load_file(folder / "model.safetensors")
    array = picture(384, 384)
    # Published taps of 4 layers are the third and the last.
    expected = probe(tmp_path, folder, array)
    check(expected["estimate"], dpt(model, expected["prepared"]))
    for layout in (depth_layout.midas, depth_layout.depth_checkpoint, lambda s: s):
        got = probe(tmp_path, as_file(layout(state), tmp_path / "file.safetensors"), array)
        for name in ("prepared", "estimate", "resized"):
            assert torch.equal(got[name], expected[name])


def test_layouts_of_depth_anything_give_equal_bits(tmp_path):
    torch.manual_seed(9)
    model = depth_layout.make_depth_anything(37)
    state = depth_layout.saved(model, tmp_path / "model")
    array = picture(518, 518)
    results = [probe(tmp_path, as_file(s, tmp_path / "file.safetensors"), array)
               for s in (state, depth_layout.depth_anything(state))]
    check(results[0]["estimate"], depth_anything(model, results[0]["prepared"]))
    assert torch.equal(results[0]["estimate"], results[1]["estimate"])


def test_positions_of_depth_anythings_own_files_are_scaled_with_the_offset(tmp_path):
    """DINOv2 asks for (patches + 0.1) / side, which shifts the samples a little."""
    torch.manual_seed(10)
    model = depth_layout.make_depth_anything(5)
    state = depth_layout.depth_anything(depth_layout.saved(model, tmp_path / "model"))
    got = probe(tmp_path, as_file(state, tmp_path / "file.safetensors"), picture(300, 400))
    by_size = depth_anything(model, got["prepared"])

    def interpolate(embeddings, height, width):
        positions = model.backbone.embeddings.position_embeddings
        grid = positions[:, 1:].reshape(1, 5, 5, -1).permute(0, 3, 1, 2)
        scales = ((height // 14 + 0.1) / 5, (width // 14 + 0.1) / 5)
        grid = torch.nn.functional.interpolate(grid, scale_factor=scales, mode="bicubic")
        return torch.cat([positions[:, :1], grid.permute(0, 2, 3, 1).flatten(1, 2)], 1)

    model.backbone.embeddings.interpolate_pos_encoding = interpolate
    check(got["estimate"], depth_anything(model, got["prepared"]))
    assert relative_error(got["estimate"], by_size) > 10 * LIMIT


def assert_resized(ours, theirs):
    if "CALOTYPE_TEST_DEVICE" in os.environ:  # a GPU rounds elsewhere than the CPU
        check(ours, theirs)
    else:
        assert torch.equal(ours, theirs)


def test_the_estimate_is_resized_as_the_reference_does(tmp_path, dpt_folder):
    array = picture(90, 130)
    got = probe(tmp_path, dpt_folder, array)
    output = type("Output", (), {"predicted_depth": got["estimate"][0]})
    theirs = DPTImageProcessorPil().post_process_depth_estimation(output, [(90, 130)])[0]["predicted_depth"]
    assert_resized(got["resized"][0, 0], theirs)
    model = depth_layout.make_depth_anything()
    state = depth_layout.depth_anything(depth_layout.saved(model, tmp_path / "model"))
    got = probe(tmp_path, as_file(state, tmp_path / "file.safetensors"), array)
    theirs = torch.nn.functional.interpolate(got["estimate"], (90, 130), mode="bilinear", align_corners=True)
    assert_resized(got["resized"], theirs)


@TRUE_SIZES
def test_dpt_hybrid_of_true_size_equals_transformers(tmp_path):
    torch.manual_seed(11)
    model = depth_layout.make_true_dpt()
    state = depth_layout.midas(depth_layout.saved(model, tmp_path / "model"))
    got = probe(tmp_path, as_file(state, tmp_path / "file.safetensors"), picture(512, 768))
    check(got["estimate"], dpt(model, got["prepared"]))


@TRUE_SIZES
def test_depth_anything_small_of_true_size_equals_transformers(tmp_path):
    torch.manual_seed(12)
    model = depth_layout.make_true_depth_anything()
    folder = depth_layout.save_folder(
        model, tmp_path / "model", size=size_of((518, 518)), ensure_multiple_of=14, keep_aspect_ratio=True,
        **IMAGENET)
    got = probe(tmp_path, folder, picture(480, 640))
    check(got["estimate"], depth_anything(model, got["prepared"]))
