# SPDX-License-Identifier: Apache-2.0
"""Draws the land, water and sky of a Scene as RGB with its true depth in metres.

Everything is painted back to front on a Canvas. Edges are anti-aliased by coverage:
a height line y = h(x) covers clip(y - h, 0, 1) of a pixel.
"""
import numpy as np
from PIL import Image

from subjects import draw_subject
from styles import apply_style

SKY_DEPTH = 10000.0


class Canvas:
    """RGB in 0..1 and depth in metres, painted from far to near."""

    def __init__(self, size):
        self.size = size
        self.rgb = np.zeros((size, size, 3), np.float32)
        self.depth = np.full((size, size), SKY_DEPTH, np.float32)
        self.y, self.x = np.mgrid[0:size, 0:size].astype(np.float32)
        self.v = (self.y + 0.5) / size      # 0 at the top, 1 at the bottom
        self.u = (self.x + 0.5) / size
        self.subject = np.zeros((size, size), np.float32)

    def over(self, mask, colour, depth=None):
        m = mask[..., None]
        self.rgb += m * (np.asarray(colour, np.float32) - self.rgb)
        if depth is not None:
            self.depth = np.where(mask > 0.5, np.broadcast_to(np.float32(depth), mask.shape), self.depth)

    def coverage_below(self, line):
        """How much of each pixel lies below the height line (fractions of the picture)."""
        return np.clip(self.y + 1 - line * self.size, 0, 1)


def noise(rng, shape, cells_y, cells_x, octaves=3, gain=0.5):
    """Smooth value noise in about -1..1."""
    total, amplitude, norm = np.zeros(shape, np.float32), 1.0, 0.0
    for _ in range(octaves):
        grid = rng.uniform(-1, 1, (max(2, int(cells_y)), max(2, int(cells_x)))).astype(np.float32)
        total += amplitude * np.asarray(Image.fromarray(grid).resize((shape[1], shape[0]), Image.BICUBIC))
        norm += amplitude
        amplitude *= gain
        cells_y, cells_x = cells_y * 2, cells_x * 2
    return total / norm * 1.6


def noise_line(rng, n, cells, octaves=4, gain=0.5):
    return noise(rng, (2, n), 2, cells, octaves, gain)[0]


def mix(a, b, t):
    a, b = np.asarray(a, np.float32), np.asarray(b, np.float32)
    return a + (b - a) * t


PALETTES = {   # sky top, sky middle, sky at the horizon, light on things, glow of sun or moon
    "day": ((.20, .46, .85), (.47, .70, .94), (.82, .91, .97), (1.0, 1.0, .97), (1.0, .97, .82)),
    "sunset": ((.27, .20, .46), (.86, .36, .36), (1.0, .72, .34), (1.0, .70, .55), (1.0, .82, .45)),
    "night": ((.03, .04, .15), (.07, .11, .29), (.17, .24, .46), (.36, .43, .66), (.85, .90, 1.0)),
}


def jitter(rng, colour, amount=0.04):
    return np.clip(np.asarray(colour, np.float32) + rng.normal(0, amount, 3).astype(np.float32), 0, 1)


class Weathered:
    """The light of a scene: palette after weather, and where the sun or moon stands."""

    def __init__(self, scene, rng):
        top, middle, low, light, glow = (np.array(c, np.float32) for c in PALETTES[scene.time])
        top, middle = jitter(rng, top, 0.03), jitter(rng, middle, 0.03)
        grey = {"clear": 0, "cloudy": .15, "rain": .55, "snow": .4, "fog": .45}[scene.weather]
        dim = {"day": .72, "sunset": .62, "night": .14}[scene.time]
        tint = np.array({"day": (1, 1, 1.03), "sunset": (1.2, .9, .85), "night": (.8, .95, 1.6)}[scene.time], np.float32)
        self.top, self.middle, self.low = (mix(c, dim * tint, grey * k) for c, k in ((top, 1), (middle, 1), (low, .7)))
        self.light = light * (1 - .25 * grey)
        self.glow, self.grey = glow, grey
        self.horizon = rng.uniform(.44, .58)
        self.sun_u = rng.uniform(.15, .85)
        self.sun_v = self.horizon - rng.uniform(.02, .10) if scene.time == "sunset" else rng.uniform(.09, .24)
        self.haze = mix(self.low, self.middle, .25)


def paint_sky(canvas, scene, light, rng):
    t = np.clip(canvas.v / light.horizon, 0, 1)[..., None]
    sky = np.where(t < .6, mix(light.top, light.middle, t / .6), mix(light.middle, light.low, (t - .6) / .4))
    canvas.rgb[:] = sky
    if scene.time == "night" and scene.weather in ("clear", "cloudy") and scene.style != "pencil drawing":
        for _ in range(rng.integers(25, 50)):
            y, x = rng.integers(0, int(light.horizon * canvas.size)), rng.integers(0, canvas.size)
            canvas.rgb[y, x] = mix(canvas.rgb[y, x], (1, 1, .95), rng.uniform(.4, 1))
    r = np.hypot(canvas.u - light.sun_u, canvas.v - light.sun_v)
    radius = {"day": .045, "sunset": .07, "night": .05}[scene.time] * rng.uniform(.85, 1.25)
    clear = 1 - light.grey
    spread = {"day": .16, "sunset": .32, "night": .12}[scene.time]
    strength = {"day": .55, "sunset": .8, "night": .35}[scene.time]
    canvas.over(strength * clear * np.exp(-(r / spread) ** 1.2), light.glow)
    disc = np.clip((radius - r) * canvas.size + .5, 0, 1) * (1 - light.grey * 1.3 if light.grey < .3 else .25)
    if scene.time == "night" and rng.random() < .45:      # crescent
        bite = np.hypot(canvas.u - light.sun_u - .032, canvas.v - light.sun_v + .012)
        disc = disc * np.clip((bite - radius * .9) * canvas.size + .5, 0, 1)
    face = {"day": (1, 1, .88), "sunset": (1, .93, .62), "night": (.97, .97, .90)}[scene.time]
    canvas.over(disc, face)
    if scene.weather in ("clear", "cloudy"):
        amount = rng.uniform(-.35, .0) if scene.weather == "clear" else rng.uniform(.2, .5)
        field = noise(rng, canvas.v.shape, 5, 2.5, 4)
        cover = np.clip((field + amount - .12 + .2 * canvas.v) * 2.2, 0, 1) * np.clip((light.horizon - canvas.v) * 7, 0, 1)
        lit = np.clip(.55 + .5 * (field - np.roll(field, -4, 0)) * 3, 0, 1)[..., None]
        colours = {"day": ((.72, .78, .86), (1, 1, 1)), "sunset": ((.52, .28, .42), (1, .68, .50)),
                   "night": ((.05, .07, .16), (.22, .27, .42))}[scene.time]
        canvas.over(cover * .88, mix(colours[0], colours[1], lit))


def paint_mountains(canvas, scene, light, rng):
    n = canvas.size
    layers = rng.integers(2, 4) if scene.mountains else rng.integers(0, 2)
    rock = jitter(rng, (.36, .38, .47) if rng.random() < .6 else (.42, .35, .33))
    for k in range(layers):
        near = (k + 1) / (layers + 1)
        height = (rng.uniform(.20, .36) if scene.mountains else .05) * (1 - .55 * k / max(1, layers))
        ridge = noise_line(rng, 3 * n, rng.integers(7, 13), 5, .48)
        ridge = 1 - np.abs(ridge) * 1.3
        line = light.horizon - height * np.clip(ridge, -.1, 1) - .01
        middle = line[n:2 * n]
        mask = canvas.coverage_below(middle[None])
        below = canvas.v - middle[None]
        slope = np.gradient(line) * n
        towards = 1 if light.sun_u > .5 else -1
        where = np.clip(canvas.x + n + towards * below * n * .55, 0, 3 * n - 1).astype(int)
        lit = np.clip(.5 + towards * .55 * slope[where], .12, 1)
        colour = rock * (.45 + .85 * lit[..., None]) * light.light
        if scene.mountains and k < 2:
            cap = np.clip((height * .42 - below - .05 * np.abs(slope[where])) * 22, 0, 1) * (height > .12)
            colour = mix(colour, light.light * (.72 + .35 * lit[..., None]), cap[..., None])
        colour = mix(colour, light.haze, np.clip(.62 - .55 * near + below * .7, 0, .92)[..., None])
        canvas.over(mask, np.clip(colour, 0, 1), 6000 - 3500 * near)


def ground_depth(canvas, horizon):
    """Distance on flat ground below the horizon, for an eye 1.6 m up."""
    return np.clip(1.6 / np.maximum(canvas.v - horizon, 1.6 / 3000), 0, 3000)


def paint_ground(canvas, scene, light, rng, top=None):
    """Meadow (or snow) from the horizon down; `top` may lower its upper edge."""
    line = light.horizon + .015 * noise_line(rng, canvas.size, 3, 2) if top is None else top
    mask = canvas.coverage_below(np.broadcast_to(line, (canvas.size,))[None])
    t = np.clip((canvas.v - light.horizon) / (1 - light.horizon), 0, 1)[..., None]
    snowy = scene.weather == "snow"
    far = (.80, .85, .92) if snowy else jitter(rng, (.50, .62, .30), .05)
    near = (.93, .95, .99) if snowy else jitter(rng, (.20, .44, .13), .05)
    tuft = noise(rng, canvas.v.shape, 26, 7, 2)[..., None] * (.03 if snowy else .06 + .07 * t)
    colour = (mix(far, near, t) + tuft) * light.light
    colour = mix(colour, light.haze, .45 * (1 - t) ** 4)
    canvas.over(mask, np.clip(colour, 0, 1), ground_depth(canvas, light.horizon))
    if not snowy and rng.random() < .55:
        petal = ((.95, .85, .25), (.95, .95, .95), (.85, .35, .55), (.65, .5, .9))[rng.integers(4)]
        for _ in range(rng.integers(20, 60)):
            v = light.horizon + (1 - light.horizon) * np.sqrt(rng.uniform(.05, 1))
            y, x = int(v * canvas.size), rng.integers(0, canvas.size - 1)
            if y + 1 < canvas.size and mask[y, x] > .9:
                size = 2 if v > light.horizon + .25 else 1
                canvas.rgb[y:y + size, x:x + size] = np.array(petal) * light.light
    return mask


def water_colour(canvas, scene, light, rng, surface_v, calm=.5):
    """Mirror of what is above `surface_v`, rippled and tinted, with a path of light."""
    n = canvas.size
    distance = np.clip(canvas.v - surface_v, 0, 1)
    ripple = noise(rng, canvas.v.shape, 40, 5, 2) * distance * (1 - calm)
    source = 2 * surface_v - canvas.v - ripple * .5
    rows = np.clip(source * n, 0, n - 1).astype(int)
    columns = np.clip(canvas.x + ripple * n * .12, 0, n - 1).astype(int)
    mirror = canvas.rgb[rows, columns]
    tint = np.array({"day": (.10, .38, .55), "sunset": (.36, .22, .36), "night": (.03, .06, .18)}[scene.time], np.float32)
    colour = mix(mirror, jitter(rng, tint, .02), np.clip(.18 + .55 * distance, 0, .75)[..., None])
    wave = noise(rng, canvas.v.shape, 44, 6, 2)
    colour += .06 * np.clip(wave, -1, 1)[..., None] * light.light
    width = .03 + .20 * distance
    path = np.exp(-((canvas.u - light.sun_u) / width) ** 2) * np.clip(.5 + wave * 1.2, 0, 1) * (1 - light.grey)
    strength = {"day": .35, "sunset": .85, "night": .6}[scene.time]
    return np.clip(mix(colour, light.glow, (strength * path)[..., None]), 0, 1)


def paint_setting(canvas, scene, light, rng):
    """The land or water of the scene. Returns the row where a subject stands."""
    n, hz = canvas.size, light.horizon
    if scene.setting == "sea":
        colour = water_colour(canvas, scene, light, rng, hz, .25)
        canvas.over(canvas.coverage_below(np.full(n, hz)[None]), colour, ground_depth(canvas, hz))
        if scene.subject not in ("boat", "none") or rng.random() < .5:
            reach = .70 if scene.subject not in ("boat", "none") else rng.uniform(.82, .92)
            shore = reach + .03 * noise_line(rng, n, 3, 2) + rng.uniform(-.05, .05) * (canvas.u[0] - .5)
            sand = jitter(rng, (.86, .76, .55), .03) if scene.weather != "snow" else np.array((.9, .93, .97))
            foam = np.clip(1 - np.abs(canvas.v - shore[None]) / .014, 0, 1)
            grain = .03 * noise(rng, canvas.v.shape, 20, 8, 2)[..., None]
            canvas.over(canvas.coverage_below(shore[None]), np.clip((sand + grain) * light.light, 0, 1), ground_depth(canvas, hz))
            canvas.over(foam * .8, light.light)
    elif scene.setting == "lake":
        mask_far = paint_ground(canvas, scene, light, rng)
        top = hz + rng.uniform(.03, .06)
        paint_trees(canvas, scene, light, rng, top - .005, .07, .14, rng.integers(3, 7))
        near = .74 if scene.subject not in ("none", "boat") else rng.uniform(.86, 1.0)
        shore = near + .04 * noise_line(rng, n, 3, 2)
        colour = water_colour(canvas, scene, light, rng, top, .75)
        lake = canvas.coverage_below((top + .006 * noise_line(rng, n, 5, 2))[None]) * (1 - canvas.coverage_below(shore[None]))
        canvas.over(lake, colour, ground_depth(canvas, hz))
        paint_ground(canvas, scene, light, rng, shore)
    elif scene.setting == "river":
        paint_ground(canvas, scene, light, rng)
        paint_trees(canvas, scene, light, rng, hz + .02, .06, .12, rng.integers(2, 6))
        t = np.clip((canvas.v - hz) / (1 - hz), 0, 1)
        swing, phase = rng.uniform(.12, .3), rng.uniform(0, 6.28)
        side = rng.choice((-1, 1)) * (.25 if scene.subject != "none" else .05)
        centre = .5 + side * t + swing * (1 - .6 * t) * np.sin(phase + 5.0 * np.sqrt(t + .02) ** 1.3 * 1.6) * np.minimum(1, t * 4)
        half = .008 + .22 * t ** 1.4
        mask = np.clip((half - np.abs(canvas.u - centre)) * n + .5, 0, 1) * np.clip((canvas.v - hz - .015) * n, 0, 1)
        bank = np.clip((half + .018 * t + .004 - np.abs(canvas.u - centre)) * n + .5, 0, 1) * np.clip((canvas.v - hz - .015) * n, 0, 1)
        colour = mix(water_colour(canvas, scene, light, rng, hz, .6), light.low * .9 + np.array((0, .04, .1)), .35)
        canvas.over(bank * .7, np.array((.42, .34, .22)) * light.light)
        canvas.over(mask, np.clip(colour, 0, 1), ground_depth(canvas, hz))
    elif scene.setting == "waterfall":
        paint_waterfall(canvas, scene, light, rng)
    else:
        paint_ground(canvas, scene, light, rng)
        if rng.random() < .5:       # rolling hill
            hill = hz + rng.uniform(.06, .16) + .07 * noise_line(rng, n, 2, 1)
            paint_trees(canvas, scene, light, rng, hz + .03, .06, .12, rng.integers(2, 6))
            paint_ground(canvas, scene, light, rng, hill)
    return hz


def paint_waterfall(canvas, scene, light, rng):
    """Cliff, falling water, mist and the river that leaves the pool."""
    n = canvas.size
    centre, half = rng.uniform(.36, .64), rng.uniform(.07, .14)
    top, foot = rng.uniform(.20, .32), rng.uniform(.62, .70)
    light.horizon = foot - .06
    paint_ground(canvas, scene, light, rng)
    rock = jitter(rng, (.40, .36, .33), .03)
    away = np.abs(canvas.u[0] - centre)
    rim = top - .02 + .05 * noise_line(rng, n, 6, 3) + np.clip(away - half - .14, 0, 1) ** 1.3 * rng.uniform(.3, 1.0)
    cliff = canvas.coverage_below(rim[None]) * (1 - canvas.coverage_below((foot - .02 + .02 * noise_line(rng, n, 5, 2))[None]))
    crack = noise(rng, canvas.v.shape, 5, 16, 3)
    towards = .12 * (canvas.u - centre) * (1 if light.sun_u > .5 else -1)
    shade = np.clip(.78 + .38 * crack + towards, .25, 1.25)[..., None]
    stone = rock * shade * light.light
    moss = np.clip(.09 - (canvas.v - rim[None]), 0, 1) * 9 if scene.weather != "snow" else np.zeros_like(canvas.v)
    stone = mix(stone, np.array((.22, .42, .15)) * light.light, np.clip(moss, 0, .85)[..., None])
    canvas.over(cliff, np.clip(mix(stone, light.haze, .12), 0, 1), 60.)
    paint_trees(canvas, scene, light, rng, top + .10, .10, .17, rng.integers(0, 3), clear=(centre - half - .1, centre + half + .1))
    widen = half * (1 + .25 * np.clip((canvas.v - top) / (foot - top), 0, 1)) + .012 * noise(rng, canvas.v.shape, 4, 2, 2)
    fall = np.clip((widen - np.abs(canvas.u - centre)) * n + .5, 0, 1) * np.clip((canvas.v - top) * n, 0, 1) * np.clip((foot - canvas.v) * n, 0, 1)
    streak = noise(rng, canvas.v.shape, 2, 30, 2)
    white = mix((.62, .76, .88), (1, 1, 1), np.clip(.6 + .55 * streak, 0, 1)[..., None])
    glow = np.clip(light.light * 1.05 + .12, 0, 1)
    canvas.over(fall, np.clip(white * glow, 0, 1), 58.)
    t = np.clip((canvas.v - foot + .01) / (1.01 - foot), 0, 1)
    bend = rng.uniform(-.25, .25)
    river = half * 1.5 + .26 * np.sqrt(t)
    mid = centre + bend * t ** 1.5
    pool = np.clip((river - np.abs(canvas.u - mid)) * n + .5, 0, 1) * np.clip((canvas.v - foot + .02) * n, 0, 1)
    colour = mix(water_colour(canvas, scene, light, rng, foot - .02, .6), np.array((.30, .60, .70)) * light.light, .4)
    canvas.over(pool, np.clip(colour, 0, 1), ground_depth(canvas, light.horizon))
    mist = np.exp(-((canvas.u - centre) / (half * 1.9)) ** 2 - ((canvas.v - foot) / .055) ** 2)
    canvas.over(.85 * mist * np.clip(.8 + .3 * streak, .4, 1), np.clip(glow + .08, 0, 1))


FOLIAGE = {"green": ((.14, .36, .10), (.42, .62, .20)), "pine": ((.07, .22, .15), (.20, .42, .26)),
           "pink": ((.80, .38, .55), (1.0, .76, .85)), "white": ((.78, .76, .80), (1.0, .98, .97))}


def paint_tree(canvas, scene, light, rng, u, foot, height, distance):
    """One tree, anti-aliased, painted inside a window of the canvas."""
    n = canvas.size
    kind = scene.trees if scene.trees != "none" else "green"
    if kind == "blossom":
        kind = scene.colour if scene.subject == "none" else "pink"
    dark, bright = FOLIAGE[kind]
    half = height * (.24 if kind == "pine" else .46)
    x0, x1 = int(max(0, (u - half * 1.2) * n)), int(min(n, (u + half * 1.2) * n + 1))
    y0, y1 = int(max(0, (foot - height * 1.12) * n)), int(min(n, foot * n + 2))
    if x1 - x0 < 2 or y1 - y0 < 2:
        return
    window = (slice(y0, y1), slice(x0, x1))
    U, V = canvas.u[window] - u, (foot - canvas.v[window]) / height
    rough = noise(rng, U.shape, max(3, (y1 - y0) / 5), max(3, (x1 - x0) / 5), 2)
    trunk = np.clip((height * .035 * (1.4 - V) - np.abs(U)) * n + .5, 0, 1) * (V > 0) * (V < .6)
    if kind == "pine":
        tier = .55 + .45 * ((V * 4.5) % 1.0)
        width = half * np.clip(1.02 - V, 0, 1) * (1.25 - tier * .55)
        leaf = np.clip((width - np.abs(U) + .006 * rough) * n + .5, 0, 1) * (V > .12)
    else:
        ball = 1 - (U / half) ** 2 - ((V - .66) / .36) ** 2 + .38 * rough
        leaf = np.clip(ball * height * n * .3, 0, 1)
    side = 1 if light.sun_u > u else -1
    lit = np.clip(.45 + .35 * side * U / half + .5 * (V - .6) + .45 * rough, 0, 1)[..., None]
    colour = mix(dark, bright, lit) * np.clip(light.light + .05, 0, 1)
    if scene.weather == "snow":
        colour = mix(colour, light.light, np.clip(rough * 1.5 + .2, 0, .8)[..., None])
    colour = mix(colour, light.haze, min(.5, distance / 900))
    for mask, paint in ((trunk, np.array((.30, .20, .13)) * light.light), (leaf, colour)):
        canvas.rgb[window] += mask[..., None] * (paint - canvas.rgb[window])
        canvas.depth[window] = np.where(mask > .5, distance, canvas.depth[window])


def paint_trees(canvas, scene, light, rng, foot, low, high, count, clear=None):
    if scene.trees == "none":
        return
    for _ in range(count):
        u, height = rng.uniform(0, 1), rng.uniform(low, high)
        if clear and clear[0] < u < clear[1]:
            continue
        jig = rng.uniform(-.008, .008)
        paint_tree(canvas, scene, light, rng, u, foot + jig, height, 1.6 / max(foot + jig - light.horizon, .012))


def paint_near_trees(canvas, scene, light, rng):
    """Large trees at the edges, framing the picture."""
    if scene.trees == "none" or scene.setting == "sea":
        return
    sides = [-1, 1] if rng.random() < .6 else [rng.choice((-1, 1))]
    small = .62 if scene.subject != "none" else 1.0
    for side in sides:
        for _ in range(rng.integers(1, 3)):
            foot = rng.uniform(light.horizon + .12, .95)
            height = (.28 + .45 * (foot - light.horizon)) * rng.uniform(.85, 1.2) * (small + .15)
            u = .5 + side * rng.uniform(.34, .5)
            paint_tree(canvas, scene, light, rng, u, foot, height, 1.6 / (foot - light.horizon))


def paint_rays(canvas, scene, light, rng):
    """Rays of light from a low sun."""
    if scene.time == "sunset" and scene.weather == "clear" and rng.random() < .4:
        angle = np.arctan2(canvas.v - light.sun_v, canvas.u - light.sun_u)
        rays = np.clip(np.sin(angle * rng.integers(8, 14) + rng.uniform(0, 6)), 0, 1) ** 2
        reach = np.exp(-np.hypot(canvas.u - light.sun_u, canvas.v - light.sun_v) / .35)
        canvas.over(.35 * rays * reach, light.glow)


def paint_weather(canvas, scene, light, rng):
    n = canvas.size
    if scene.weather == "fog":
        veil = np.clip(1 - 18 / np.maximum(canvas.depth, 1), 0, 1) * np.exp(-((canvas.v - light.horizon) / .22) ** 2)
        canvas.over(.8 * veil * np.clip(.85 + .25 * noise(rng, canvas.v.shape, 6, 2, 2), 0, 1), mix(light.haze, (1, 1, 1), .15 * (scene.time != "night")))
    elif scene.weather in ("rain", "snow"):
        for _ in range(70 if scene.weather == "rain" else 55):
            x, y = rng.integers(0, n), rng.integers(0, n)
            if scene.weather == "rain":
                length = rng.integers(5, 10)
                for k in range(length):
                    yy, xx = y + k, x - k // 3
                    if yy < n and xx >= 0:
                        canvas.rgb[yy, xx] = mix(canvas.rgb[yy, xx], (.85, .9, 1), .38)
            else:
                size = 1 + (rng.random() < .55)
                canvas.rgb[y:y + size, x:x + size] = mix(canvas.rgb[y:y + size, x:x + size], (1, 1, 1), .85)

def draw_scene(scene, size=128):
    """RGB uint8 (size, size, 3) and depth float32 metres (size, size)."""
    rng = np.random.default_rng([scene.seed, 23])
    canvas = Canvas(size)
    light = Weathered(scene, rng)
    paint_sky(canvas, scene, light, rng)
    paint_mountains(canvas, scene, light, rng)
    paint_setting(canvas, scene, light, rng)
    paint_near_trees(canvas, scene, light, rng)
    paint_rays(canvas, scene, light, rng)
    if scene.subject != "none":
        draw_subject(canvas, scene, light, rng)
    paint_weather(canvas, scene, light, rng)
    rgb = apply_style(np.clip(canvas.rgb, 0, 1), scene, canvas.subject, rng)
    return (np.clip(rgb, 0, 1) * 255 + .5).astype(np.uint8), canvas.depth
