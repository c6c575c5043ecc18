"""The palette plugin against Pillow's quantiser and against the same definitions in NumPy."""

import json

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from conftest import ROOT


def photo(size=96):
    return Image.open(ROOT / "graphs" / "pictures" / "lake.png").convert("RGB").crop((0, 0, size, size))


def run(calotype, picture, extract=None, palette_file=None, quantize=None, arguments=()):
    """Palette colours, their pixels, and the painted picture [H, W, 3]."""
    picture.save(calotype.folder / "in.png")
    source = ({"type": "example.LoadPalette", "params": {"path": "colours.hex"}} if palette_file is not None else
              {"type": "example.ExtractPalette", "in": {"image": "load.image"}, "params": extract or {}})
    if palette_file is not None:
        (calotype.folder / "colours.hex").write_text("\n".join("%02x%02x%02x" % tuple(c) for c in palette_file))
    graph = {
        "calotype": 1,
        "nodes": {
            "load": {"type": "LoadImage", "params": {"path": "in.png"}},
            "palette": source,
            "paint": {
                "type": "example.QuantizeImage",
                "in": {"image": "load.image", "palette": "palette.palette"},
                "params": quantize or {},
            },
        },
        "outputs": {"image": "paint.image"},
    }
    (calotype.folder / "graph.json").write_text(json.dumps(graph))
    calotype("run", "graph.json", "-q", "-o", "paint.image=out.safetensors", "-o", "palette.palette=palette.safetensors",
             *arguments)
    palette = load_file(calotype.folder / "palette.safetensors")
    painted = load_file(calotype.folder / "out.safetensors")["image"]
    return palette["colours"], palette["pixels"], painted[0].transpose(1, 2, 0)


def pixels_of(picture):
    return np.asarray(picture, np.float32) / np.float32(255)


def oklab(rgb):
    """B. Ottosson's conversion by way of the matrices of CSS Color 4 (sRGB to XYZ, XYZ to LMS)."""
    rgb = np.asarray(rgb, np.float64)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = linear @ np.array([
        [0.41239079926595934, 0.357584339383878, 0.1804807884018343],
        [0.21263900587151027, 0.715168678767756, 0.07219231536073371],
        [0.01933081871559182, 0.11919477979462598, 0.9505321522496607]]).T
    lms = xyz @ np.array([
        [0.8190224379967030, 0.3619062600528904, -0.1288737815209879],
        [0.0329836539323885, 0.9292868615863434, 0.0361446663506424],
        [0.0481771893596242, 0.2642395317527308, 0.6335478284694309]]).T
    return np.cbrt(lms) @ np.array([
        [0.2104542683093140, 0.7936177747023054, -0.0040720430116193],
        [1.9779985324311684, -2.4285922420485799, 0.4505937096174110],
        [0.0259040424655478, 0.7827717124575296, -0.8086757549230774]]).T


def nearest(points, colours):
    return ((points[..., None, :] - colours) ** 2).sum(-1).argmin(-1)


def floyd_steinberg(pixels, colours, serpentine):
    """The textbook loop, in double precision."""
    height, width, _ = pixels.shape
    error = np.zeros((height + 1, width + 2, 3))
    result = np.zeros((height, width), int)
    for y in range(height):
        d = -1 if serpentine and y % 2 else 1
        for x in range(width)[::d]:
            wanted = np.clip(pixels[y, x] + error[y, x + 1], 0, 1)
            result[y, x] = nearest(wanted, colours)
            rest = wanted - colours[result[y, x]]
            error[y, x + 1 + d] += rest * 7 / 16
            error[y + 1, x + 1 - d] += rest * 3 / 16
            error[y + 1, x + 1] += rest * 5 / 16
            error[y + 1, x + 1 + d] += rest / 16
    return result


def mean_error(picture, colours):
    points = pixels_of(picture).reshape(-1, 3).astype(np.float64)
    return ((points[:, None] - colours) ** 2).sum(-1).min(-1).mean()


def test_without_dithering_equals_pillow(calotype):
    # Pillow looks colours up on a grid of 4 levels, so the picture has multiples of 4.
    picture = Image.fromarray(np.asarray(photo()) & 0xFC)
    colours = np.random.default_rng(1).integers(0, 256, (37, 3))
    *_, painted = run(calotype, picture, palette_file=colours, quantize={"dither": "none"})
    paper = Image.new("P", (1, 1))
    paper.putpalette(colours.astype(np.uint8).tobytes())
    expected = picture.quantize(palette=paper, dither=Image.Dither.NONE).convert("RGB")
    assert np.array_equal(np.rint(painted * 255), np.asarray(expected))


@pytest.mark.parametrize("serpentine", [False, True])
def test_error_diffusion_equals_the_textbook(calotype, serpentine):
    picture = photo(48)
    colours, _, painted = run(calotype, picture, {"colours": 7}, quantize={"serpentine": serpentine})
    index = floyd_steinberg(pixels_of(picture).astype(np.float64), colours.astype(np.float64), serpentine)
    assert np.array_equal(painted, colours[index])


def test_error_diffusion_keeps_local_colours_as_well_as_pillow(calotype):
    picture = photo()
    colours = np.array([[0, 0, 0], [255, 255, 255], [200, 40, 40], [40, 160, 60], [40, 60, 200], [230, 200, 60]])
    *_, painted = run(calotype, picture, palette_file=colours)
    paper = Image.new("P", (1, 1))
    paper.putpalette(colours.astype(np.uint8).tobytes())
    pillow = pixels_of(picture.quantize(palette=paper, dither=Image.Dither.FLOYDSTEINBERG).convert("RGB"))

    def local_error(result):
        difference = (result - pixels_of(picture)).reshape(12, 8, 12, 8, 3).mean((1, 3))
        return np.sqrt((difference**2).mean())

    assert local_error(painted) <= local_error(pillow)


def test_the_reference_for_oklab_has_the_published_red():
    assert np.allclose(oklab([1, 0, 0]), [0.62796, 0.22486, 0.12585], atol=2e-5)


def test_nearest_colours_in_oklab_equal_those_of_numpy(calotype):
    picture = photo()
    colours = np.random.default_rng(2).integers(0, 256, (64, 3))
    *_, painted = run(calotype, picture, palette_file=colours, quantize={"dither": "none", "space": "oklab"})
    index = nearest(oklab(pixels_of(picture)), oklab(colours / 255))
    found = (np.rint(painted[..., None, :] * 255) == colours).all(-1).argmax(-1)
    assert np.array_equal(found, index)


@pytest.mark.parametrize("method", ["median_cut", "k_means"])
@pytest.mark.parametrize("count", [4, 16, 64])
def test_palettes_are_as_good_as_pillows(calotype, method, count):
    picture = photo()
    colours, pixels, _ = run(calotype, picture, {"colours": count, "method": method})
    assert len(colours) == count
    assert pixels.sum() == picture.width * picture.height
    other = picture.quantize(count, method=Image.Quantize.MEDIANCUT, kmeans=100 if method == "k_means" else 0)
    theirs = np.array(other.getpalette()[: 3 * count]).reshape(-1, 3) / 255
    assert mean_error(picture, colours) <= mean_error(picture, theirs)


def test_a_second_process_takes_the_palette_from_disk(calotype):
    first = run(calotype, photo(), {"colours": 9, "space": "oklab"})
    assert calotype.report("graph.json")["palette"][0] == "skipped"  # the picture itself is on disk
    report = calotype.report("graph.json", "-o", "palette.palette=again.safetensors")
    assert report["palette"][0] == "disk"
    again = load_file(calotype.folder / "again.safetensors")
    assert np.array_equal(again["colours"], first[0])
    assert np.array_equal(again["pixels"], first[1])
    # With other dithering the palette is read from disk and used, not made again.
    report = calotype.report("graph.json", "--set", "paint.dither=ordered")
    assert (report["palette"][0], report["paint"][0]) == ("disk", "ran")


def test_results_do_not_depend_on_the_run(calotype):
    first = run(calotype, photo(), {"colours": 24}, arguments=["--no-cache"])
    second = run(calotype, photo(), {"colours": 24}, arguments=["--no-cache"])
    assert all(np.array_equal(a, b) for a, b in zip(first, second))


def test_a_bad_palette_file_is_named_with_its_line(calotype):
    (calotype.folder / "bad.hex").write_text("ff8000\nred\n")
    (calotype.folder / "graph.json").write_text(json.dumps({
        "calotype": 1,
        "nodes": {"palette": {"type": "example.LoadPalette", "params": {"path": "bad.hex"}}},
        "outputs": {"palette": "palette.palette"},
    }))
    message = calotype("run", "graph.json", expect=1).stderr
    assert "bad.hex:2:1: expected six hexadecimal digits, such as \"ff8000\", got \"red\"" in message
    assert "node \"palette\"" in message
