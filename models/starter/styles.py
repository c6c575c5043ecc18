# SPDX-License-Identifier: Apache-2.0
"""Turns a clean picture into one of the four styles."""
import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter, uniform_filter

LUMA = np.array((.299, .587, .114), np.float32)


def mix(a, b, t):
    return a + (b - a) * t


def saturate(rgb, amount):
    grey = (rgb @ LUMA)[..., None]
    return np.clip(grey + (rgb - grey) * amount, 0, 1)


def photograph(rgb, subject, rng):
    n = rgb.shape[0]
    y, x = np.mgrid[0:n, 0:n].astype(np.float32) / n - .5
    rgb = rgb + .18 * (rgb - .5) * rgb * (1 - rgb) * 4                        # gentle contrast
    rgb = rgb * (1 - .55 * (x * x + y * y))[..., None]                       # vignette
    return rgb + rng.normal(0, .006, rgb.shape[:2])[..., None]               # grain


def kuwahara(rgb, radius):
    """Edge-keeping smoothing: each pixel takes the calmest of four neighbour squares."""
    size = 2 * radius + 1
    mean = uniform_filter(rgb, (size, size, 0), mode="nearest")
    luma = rgb @ LUMA
    m = uniform_filter(luma, size, mode="nearest")
    var = uniform_filter(luma * luma, size, mode="nearest") - m * m
    best, out = None, None
    for dy in (-radius, radius):
        for dx in (-radius, radius):
            v, c = np.roll(var, (dy, dx), (0, 1)), np.roll(mean, (dy, dx), (0, 1))
            if best is None:
                best, out = v, c
            else:
                better = v < best
                best, out = np.where(better, v, best), np.where(better[..., None], c, out)
    return out


def oil_painting(rgb, subject, rng):
    n = rgb.shape[0]
    padded = np.pad(rgb, ((6, 6), (6, 6), (0, 0)), mode="edge")
    keep = gaussian_filter(subject, .7)[..., None]
    flat = saturate(mix(kuwahara(padded, 2), kuwahara(padded, 1), np.pad(keep, ((6, 6), (6, 6), (0, 0))))[6:-6, 6:-6], 1.35)
    scale = 2
    base = Image.fromarray((np.clip(flat, 0, 1) * 255).astype(np.uint8)).resize((n * scale, n * scale), Image.BICUBIC)
    pen = ImageDraw.Draw(base)
    smooth = gaussian_filter(flat @ LUMA, 2.5)
    gy, gx = np.gradient(smooth)
    count = 420
    ys, xs = rng.integers(0, n, count), rng.integers(0, n, count)
    lengths, bends = rng.uniform(3, 7, count), rng.normal(0, .35, count)
    tones, widths = rng.normal(0, .055, count), rng.integers(2, 5, count)
    for y, x, length, bend, tone, width in zip(ys, xs, lengths, bends, tones, widths):
        if subject[y, x] > .02:
            continue
        angle = (np.arctan2(gx[y, x], -gy[y, x]) if abs(gx[y, x]) + abs(gy[y, x]) > .004 else .35) + bend
        dx, dy = np.cos(angle) * length, np.sin(angle) * length
        colour = tuple(int(c) for c in np.clip((flat[y, x] + tone) * 255, 0, 255))
        pen.line(((x - dx) * scale, (y - dy) * scale, (x + dx) * scale, (y + dy) * scale), fill=colour, width=width * scale)
    stroked = np.asarray(base.resize((n, n), Image.BOX), np.float32) / 255
    return stroked * (1 - keep) + flat * keep


def pencil_drawing(rgb, subject, rng):
    n = rgb.shape[0]
    luma = rgb @ LUMA
    if scene_is_dark(luma):
        luma = np.clip(luma, 0, 1) ** .62
    fine, broad = gaussian_filter(luma, .6), gaussian_filter(luma, 2.2)
    slope = np.hypot(*np.gradient(gaussian_filter(luma, .8)))
    lines = np.clip((broad - fine) * 5, 0, .6) + np.clip(slope * 4.5 - .12, 0, .7)
    y, x = np.mgrid[0:n, 0:n]
    tone = 1 - np.clip(luma * 1.15, 0, 1)
    hatch = .5 + .5 * np.cos((x + y) * (2 * np.pi / 4))
    cross = .5 + .5 * np.cos((x - y) * (2 * np.pi / 4))
    shade = np.clip(tone - .18, 0, 1) * (.62 + .45 * hatch) + np.clip(tone - .62, 0, 1) * cross * .6
    paper = np.array((.97, .96, .93), np.float32)
    graphite = np.array((.16, .16, .18), np.float32)
    ink = np.clip(shade * .9 + lines, 0, 1)[..., None]
    return paper + (graphite - paper) * ink


def scene_is_dark(luma):
    return float(luma.mean()) < .3


def pixel_art(rgb, subject, rng, block=4):
    n = rgb.shape[0] // block
    small = rgb.reshape(n, block, n, block, 3).mean((1, 3))
    mask = subject.reshape(n, block, n, block).mean((1, 3))
    small = saturate(small, 1.35)
    small = np.clip((small - .5) * 1.1 + .5, 0, 1)
    levels = 7
    small = np.round(small * levels) / levels
    return np.repeat(np.repeat(small, block, 0), block, 1)


APPLY = {"photograph": photograph, "oil painting": oil_painting,
         "pencil drawing": pencil_drawing, "pixel art": pixel_art}


def apply_style(rgb, scene, subject, rng):
    return APPLY[scene.style](rgb.astype(np.float32), subject, rng)
