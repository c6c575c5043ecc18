# SPDX-License-Identifier: Apache-2.0
"""Random masks that teach inpainting: boxes, strokes and both."""
import numpy as np
from PIL import Image, ImageDraw


def random_mask(rng, size=128):
    """(size, size) bool, true where the picture is to be made anew."""
    image = Image.new("L", (size, size))
    draw = ImageDraw.Draw(image)
    kind = rng.random()
    if kind < .65:
        for _ in range(rng.integers(1, 3)):
            width, height = (rng.uniform(.2, .75, 2) * size).astype(int)
            x, y = rng.integers(-width // 4, size - width * 3 // 4), rng.integers(-height // 4, size - height * 3 // 4)
            shape = draw.rectangle if rng.random() < .6 else draw.ellipse
            shape([int(x), int(y), int(x + width), int(y + height)], fill=255)
    if kind > .45:
        for _ in range(rng.integers(1, 4)):
            points = [tuple(map(float, p)) for p in rng.uniform(0, size, (rng.integers(2, 6), 2))]
            width = int(rng.integers(size // 10, size // 4))
            draw.line(points, fill=255, width=width, joint="curve")
            for x, y in points:
                draw.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=255)
    return np.asarray(image) > 0


def at_latent_size(mask, factor=8):
    """The mask as diffusers brings it to latent size: nearest, the upper left pixel of each cell."""
    return mask[..., ::factor, ::factor]
