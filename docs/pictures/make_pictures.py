# SPDX-License-Identifier: Apache-2.0
"""Makes the pictures of the documentation anew: what the graphs of their names make with their defaults.

    python docs/pictures/make_pictures.py [NAME ...]

Needs a build in build/ and Pillow. Beside a graph's picture stands what goes into it. companion_*.png are made by
models/starter/companion_grids.py, starter_grid.png by sample_calotype.py there.
"""
import pathlib
import subprocess
import sys
import tempfile

from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
GAP = 4
INPUTS = {
    "image_to_image": ["lake.png"],
    "inpaint": ["cottage.png", "cottage_mask.png"],
    "outpaint": ["lake_part.png"],
    "hires_fix": [],
    "sampler_comparison": [],
    "seamless_tiling": [],
    "variations": [],
}


def run(name, folder):
    file = pathlib.Path(folder) / f"{name}.png"
    program = ROOT / "build" / "bin" / "calotype"
    subprocess.run([program, "run", ROOT / "graphs" / f"{name}.json", "-q", "--output", f"image={file}"], check=True)
    return Image.open(file).convert("RGB")


def in_a_row(pictures):
    row = Image.new("RGB", (sum(p.width + GAP for p in pictures) - GAP, max(p.height for p in pictures)), "white")
    left = 0
    for picture in pictures:
        row.paste(picture, (left, 0))
        left += picture.width + GAP
    return row


def main():
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or INPUTS:
            made = run(name, folder)
            inputs = [Image.open(ROOT / "graphs" / "pictures" / file).convert("RGB") for file in INPUTS[name]]
            in_a_row([*inputs, made]).save(HERE / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
