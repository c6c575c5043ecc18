"""Draws the input pictures of the graphs with the scenes of the starter model. Needs numpy and Pillow.

python graphs/pictures/make_pictures.py
"""

import pathlib
import sys

from PIL import Image, ImageDraw

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "models" / "starter"))

from draw import draw_scene  # noqa: E402
from scenes import Scene, sample_scene  # noqa: E402

COTTAGE = Scene(12, "photograph", "day", "meadow", "house", "red", "green", True, "clear")
RIDER = sample_scene(9000013)  # of the held-out set
LAKE = Scene(5, "photograph", "sunset", "lake", "boat", "blue", "none", True, "clear")


def picture(scene):
    return Image.fromarray(draw_scene(scene)[0])


def mask(left, top, right, bottom):
    image = Image.new("L", (128, 128))
    ImageDraw.Draw(image).rounded_rectangle((left, top, right, bottom), radius=8, fill=255)
    return image


if __name__ == "__main__":
    for name, image in {
        "cottage": picture(COTTAGE),
        "cottage_mask": mask(60, 60, 127, 118),  # the house
        "lake": picture(LAKE),
        "lake_mask": mask(46, 14, 127, 90),  # the boat
        "small": picture(RIDER).resize((32, 32), Image.BOX),
        "lake_part": picture(LAKE).crop((0, 0, 96, 128)),
    }.items():
        image.save(HERE / f"{name}.png", optimize=True)
