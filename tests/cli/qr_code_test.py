"""The codes of the QR code plugin are read by ZXing, which shares no code with the generator."""

import json

import pytest
import zxingcpp
from PIL import Image

from conftest import ROOT


def draw(calotype, name="code", **params):
    graph = {
        "calotype": 1,
        "nodes": {"code": {"type": "example.QRCode", "params": params}},
        "outputs": {"image": "code.image"},
    }
    (calotype.folder / "graph.json").write_text(json.dumps(graph))
    calotype("run", "graph.json", "-q", "-o", f"image={name}.png")
    return Image.open(calotype.folder / f"{name}.png")


def read(picture):
    (code,) = zxingcpp.read_barcodes(picture)
    return code


@pytest.mark.parametrize("level, letter", [("low", "L"), ("medium", "M"), ("quartile", "Q"), ("high", "H")])
@pytest.mark.parametrize("text", ["31415926535897932384", "HTTPS://EXAMPLE.ORG/A-B", "https://example.org/ä?q=漢字", "z" * 900])
def test_another_reader_reads_the_text(calotype, level, letter, text):
    code = read(draw(calotype, text=text, error_correction=level))
    assert code.text == text
    assert code.ec_level == letter


def test_every_mask_can_be_read(calotype):
    pictures = [draw(calotype, f"mask{mask}", text="calotype", mask=mask) for mask in range(8)]
    assert [read(picture).text for picture in pictures] == ["calotype"] * 8
    assert len({picture.tobytes() for picture in pictures}) == 8


def test_the_largest_code_can_be_read(calotype):
    text = "calotype " * 328  # 2952 bytes
    assert read(draw(calotype, text=text, error_correction="low", width=1024)).text == text


def test_coloured_codes_and_small_ones_can_be_read(calotype):
    picture = draw(calotype, text="calotype", dark="#203060", light="#f0e0c0", width=128)
    assert picture.size == (128, 128)
    assert picture.getpixel((0, 0)) == (0xF0, 0xE0, 0xC0)
    assert read(picture).text == "calotype"


def test_the_repainted_code_of_the_graph_can_be_read(calotype):
    calotype("run", ROOT / "graphs" / "qr_code.json", "-q", "-o", "image=flowers.png", "-o", "code.image=code.png")
    plain, painted = (Image.open(calotype.folder / name).convert("RGB") for name in ("code.png", "flowers.png"))
    assert read(plain).text == "HTTPS://EXAMPLE.ORG"
    assert read(painted).text == "HTTPS://EXAMPLE.ORG"
    assert len(painted.getcolors(painted.width * painted.height)) > 1000  # it was painted
