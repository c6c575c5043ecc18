# SPDX-License-Identifier: Apache-2.0
"""The subjects of a scene: house, boat, castle, astronaut, horse, rider, cat, bicycle.

Each is drawn flat with polygons at four times the size, reduced, then shaded by the
slope of its blurred outline so that it looks round. Coordinates: x to the right,
y up, (0, 0) at the middle of the foot, one unit is the subject's height.
"""
import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter

OVERSAMPLE = 4
COLOURS = {"red": (.82, .12, .12), "blue": (.15, .35, .85), "yellow": (.95, .80, .15), "green": (.15, .60, .25),
           "white": (.95, .95, .93), "black": (.10, .10, .11), "brown": (.52, .30, .14), "orange": (.93, .52, .14),
           "grey": (.52, .53, .56)}


class Pen:
    """Polygon drawing in subject units."""

    def __init__(self, size, centre, foot, height, flip):
        self.image = Image.new("RGBA", (size * OVERSAMPLE,) * 2, (0, 0, 0, 0))
        self.draw = ImageDraw.Draw(self.image)
        self.k = height * size * OVERSAMPLE
        self.cx, self.fy = centre * size * OVERSAMPLE, foot * size * OVERSAMPLE
        self.flip = -1 if flip else 1

    def at(self, x, y):
        return self.cx + self.flip * x * self.k, self.fy - y * self.k

    @staticmethod
    def rgb(colour):
        return tuple(int(255 * min(1, max(0, c))) for c in colour) + (255,)

    def poly(self, points, colour):
        self.draw.polygon([self.at(x, y) for x, y in points], fill=self.rgb(colour))

    def rect(self, x0, y0, x1, y1, colour):
        self.poly(((x0, y0), (x1, y0), (x1, y1), (x0, y1)), colour)

    def oval(self, x, y, rx, ry, colour, tilt=0.0):
        a = np.linspace(0, 2 * np.pi, 28)
        c, s = np.cos(tilt), np.sin(tilt)
        px, py = rx * np.cos(a), ry * np.sin(a)
        self.poly(list(zip(x + px * c - py * s, y + px * s + py * c)), colour)

    def line(self, points, width, colour):
        pts = [self.at(x, y) for x, y in points]
        w = max(1, int(width * self.k))
        self.draw.line(pts, fill=self.rgb(colour), width=w, joint="curve")
        for x, y in pts:
            self.draw.ellipse((x - w / 2, y - w / 2, x + w / 2, y + w / 2), fill=self.rgb(colour))

    def ring(self, x, y, r, width, colour):
        cx, cy = self.at(x, y)
        r, w = r * self.k, max(1, int(width * self.k))
        self.draw.ellipse((cx - r, cy - r, cx + r, cy + r), outline=self.rgb(colour), width=w)


def tone(colour, k):
    return tuple(c * k for c in colour)


def house(p, colour, rng, night):
    roof = ((.55, .22, .15), (.35, .30, .30), (.45, .30, .20))[rng.integers(3)]
    pane = (1.0, .85, .40) if night else (.55, .75, .90)
    p.rect(.22, .60, .34, 1.0, (.50, .30, .25))
    p.rect(-.55, 0, .55, .56, colour)
    p.rect(.18, 0, .55, .56, tone(colour, .82))
    p.poly(((-.68, .53), (.68, .53), (.38, .95), (-.38, .95)), roof)
    p.rect(-.12, 0, .08, .34, (.35, .20, .12))
    for x in (-.42, .26):
        p.rect(x - .02, .18, x + .19, .42, (.95, .95, .92))
        p.rect(x, .20, x + .17, .40, pane)


def boat(p, colour, rng, night):
    p.line(((0, .2), (0, 1.0)), .025, (.35, .22, .12))
    p.poly(((.03, .95), (.03, .28), (.46, .28)), (.97, .96, .92))
    p.poly(((-.03, .86), (-.03, .28), (-.34, .28)), (.90, .89, .85))
    p.poly(((-.55, .24), (.60, .24), (.42, 0), (-.40, 0)), colour)
    p.poly(((-.55, .24), (.60, .24), (.585, .19), (-.535, .19)), (.96, .96, .94))


def castle(p, colour, rng, night):
    stone = ((.66, .64, .62), (.74, .66, .54))[rng.integers(2)]
    roof = ((.70, .20, .18), (.22, .32, .62))[rng.integers(2)]
    pane = (1.0, .85, .40) if night else (.22, .20, .25)
    def crenel(x0, x1, y, n, c):
        step = (x1 - x0) / (2 * n - 1)
        for k in range(n):
            p.rect(x0 + 2 * k * step, y, x0 + (2 * k + 1) * step, y + .05, c)
    p.rect(-.20, .2, .20, .74, tone(stone, .88)); crenel(-.20, .20, .74, 4, tone(stone, .88))
    p.poly(((-.15, .76), (.15, .76), (0, 1.05)), roof)
    p.rect(-.06, .50, .06, .64, pane)
    p.rect(-.48, 0, .48, .42, stone); crenel(-.48, .48, .42, 8, stone)
    for x in (-.50, .50):
        p.rect(x - .12, 0, x + .12, .62, tone(stone, 1.06 if x < 0 else .84))
        p.poly(((x - .16, .60), (x + .16, .60), (x, .92)), roof)
        p.rect(x - .035, .38, x + .035, .50, pane)
    p.oval(0, .20, .10, .10, (.22, .15, .10)); p.rect(-.10, 0, .10, .20, (.22, .15, .10))


SUIT, VISOR = (.93, .94, .96), (.16, .15, .22)


def helmet(p, x, y, r):
    p.oval(x, y, r, r, SUIT)
    p.oval(x + .12 * r, y - .02 * r, r * .74, r * .60, VISOR)
    p.oval(x + .36 * r, y + .18 * r, r * .24, r * .15, (.95, .72, .30), .5)


def astronaut(p, colour, rng, night):
    p.rect(-.22, .36, .22, .74, (.60, .62, .68))
    wave = rng.random() < .5
    for x in (-.10, .10):
        p.line(((x, .40), (x * 1.15, .08)), .15, tone(SUIT, .94))
        p.oval(x * 1.25, .05, .105, .055, (.45, .47, .52))
    p.line(((-.17, .66), (-.29, .50), (-.30, .36)), .115, tone(SUIT, .92))
    p.line(((.17, .66), (.33, .68), (.37, .86)) if wave else ((.17, .66), (.29, .50), (.30, .36)), .115, tone(SUIT, .96))
    p.rect(-.19, .36, .19, .70, SUIT)
    p.oval(0, .70, .19, .06, SUIT)
    p.rect(-.10, .48, .10, .60, (.72, .74, .80)); p.rect(-.07, .54, -.01, .58, (.85, .2, .2)); p.rect(.01, .54, .07, .58, (.2, .4, .85))
    helmet(p, 0, .84, .17)


def horse(p, colour, rng, night, rider=False):
    dark = tone(colour, .66) if sum(colour) > .6 else (.05, .05, .06)
    mane = (.16, .10, .07) if sum(colour) < 2.4 else (.72, .70, .66)
    if sum(colour) < .5:
        mane = (.24, .24, .27)
    back, fore, gallop = (-.26, .24, rng.random() < .45)
    legs = (((back + .06, .42), (-.40, .24), (-.52, .06)), ((fore - .04, .42), (.42, .30), (.46, .08)),
            ((back, .42), (-.20, .22), (-.32, .02)), ((fore, .42), (.30, .22), (.20, .04))) if gallop else \
           (((back + .10, .40), (back + .08, .20), (back + .09, .02)), ((fore - .09, .40), (fore - .07, .2), (fore - .08, .02)),
            ((back - .03, .42), (back - .06, .22), (back - .04, .02)), ((fore + .02, .42), (fore + .04, .2), (fore + .02, .02)))
    for k, leg in enumerate(legs):
        c = dark if k < 2 else tone(colour, .88)
        p.line(leg[:2], .10, c); p.line(leg[1:], .065, c)
        p.oval(leg[2][0] + .015, leg[2][1], .045, .03, (.12, .10, .09))
    p.line(((-.36, .56), (-.47, .50), (-.50, .28)), .075, mane)
    p.oval(0, .50, .37, .165, colour)
    p.oval(-.23, .52, .17, .17, colour); p.oval(.22, .50, .16, .17, colour)
    p.poly(((.12, .60), (.34, .48), (.47, .80), (.33, .90)), colour)
    p.poly(((.10, .62), (.16, .60), (.38, .88), (.30, .93)), mane)
    p.poly(((.32, .92), (.44, .88), (.64, .70), (.60, .63), (.50, .66), (.36, .76)), colour)
    p.oval(.605, .675, .05, .045, tone(colour, .85) if sum(colour) > .5 else (.2, .2, .22))
    p.poly(((.34, .90), (.40, .88), (.38, 1.0)), colour)
    p.oval(.445, .82, .018, .018, (.03, .03, .03))
    if rider:
        p.line(((-.02, .68), (.10, .50), (.04, .30)), .125, tone(SUIT, .95))
        p.oval(.07, .27, .075, .04, (.45, .47, .52))
        p.rect(-.26, .74, -.10, 1.02, (.60, .62, .68))
        p.line(((-.04, .68), (-.03, .96)), .23, SUIT)
        p.line(((-.01, .98), (.14, .82), (.27, .84)), .085, tone(SUIT, .88))
        p.rect(-.01, .86, .07, .93, (.85, .2, .2))
        helmet(p, .0, 1.18, .165)


def rider(p, colour, rng, night):
    horse(p, colour, rng, night, rider=True)


def cat(p, colour, rng, night):
    shade = tone(colour, .80) if sum(colour) > .5 else (.22, .22, .25)
    eye = (.45, .85, .35) if sum(colour) < 2.4 else (.25, .55, .85)
    p.line(((.20, .08), (.42, .08), (.50, .22), (.44, .40)), .085, shade)
    p.poly(((-.15, .58), (.15, .58), (.30, .12), (.24, 0), (-.24, 0), (-.30, .12)), colour)
    p.oval(-.12, .16, .19, .17, colour); p.oval(.12, .16, .19, .17, colour)
    for x in (-.10, .10):
        p.line(((x, .36), (x, .04)), .10, shade); p.oval(x, .03, .075, .04, colour)
    for s in (-1, 1):
        p.poly(((s * .23, .76), (s * .05, .88), (s * .21, 1.04)), colour)
        p.poly(((s * .19, .82), (s * .10, .88), (s * .19, .97)), (.90, .60, .62))
    p.oval(0, .72, .25, .21, colour)
    if colour == COLOURS["orange"]:
        for x in (-.08, 0, .08):
            p.line(((x, .90), (x * .8, .82)), .028, tone(colour, .68))
    for s in (-1, 1):
        p.oval(s * .10, .745, .052, .055, eye); p.oval(s * .10, .745, .020, .048, (.03, .03, .03))
    p.oval(0, .645, .085, .06, tone(colour, 1.2) if sum(colour) > .5 else (.30, .30, .33))
    p.poly(((-.03, .675), (.03, .675), (0, .64)), (.92, .50, .52))


def bicycle(p, colour, rng, night):
    tyre = (.09, .09, .10)
    hub_a, hub_b, seat, crank, head = (-.48, .32), (.50, .32), (-.20, .78), (-.06, .30), (.34, .76)
    for x, y in (hub_a, hub_b):
        p.ring(x, y, .33, .065, tyre)
        for a in np.arange(0, np.pi, np.pi / 4):
            p.line(((x - .28 * np.cos(a), y - .28 * np.sin(a)), (x + .28 * np.cos(a), y + .28 * np.sin(a))), .012, (.72, .72, .74))
    for a, b in ((hub_a, crank), (hub_a, seat), (seat, crank), (crank, head), ((-.18, .70), head), (head, hub_b)):
        p.line((a, b), .072, colour)
    p.line((seat, (-.22, .90)), .045, (.3, .3, .32)); p.line(((-.34, .92), (-.10, .92)), .07, (.14, .10, .08))
    p.line((head, (.30, .96), (.44, .98)), .05, (.25, .25, .27))
    p.ring(*crank, .09, .03, (.3, .3, .32))


DRAW = {"house": (house, .36), "boat": (boat, .44), "castle": (castle, .50), "astronaut": (astronaut, .60), "horse": (horse, .54),
        "rider": (rider, .50), "cat": (cat, .56), "bicycle": (bicycle, .46)}


def place(scene, light, rng):
    """Foot row, height and middle of the subject, in fractions of the picture."""
    low = {"sea": .80, "lake": .82}.get(scene.setting, .74)
    if scene.subject == "boat":
        foot = rng.uniform(light.horizon + .16, .84)
    else:
        foot = rng.uniform(max(low, light.horizon + .22), .93)
    height = DRAW[scene.subject][1] * rng.uniform(.92, 1.14)
    reach = height * .62
    u = rng.uniform(min(.5, reach + .02), max(.5, 1 - reach - .02))
    if scene.setting == "river":
        u = .5 + (u - .5) * .5
    return foot, height, u


def draw_subject(canvas, scene, light, rng):
    foot, height, u = place(scene, light, rng)
    pen = Pen(canvas.size, u, foot, height, rng.random() < .5)
    painter, _ = DRAW[scene.subject]
    painter(pen, COLOURS.get(scene.colour, (.8, .8, .8)), rng, scene.time == "night")
    n = canvas.size
    layer = np.asarray(pen.image, np.float32) / 255
    layer = layer.reshape(n, OVERSAMPLE, n, OVERSAMPLE, 4)
    alpha = layer[..., 3].mean((1, 3))
    colour = (layer[..., :3] * layer[..., 3:]).mean((1, 3)) / np.maximum(alpha, 1e-3)[..., None]
    gy, gx = np.gradient(gaussian_filter(alpha, 2.2))
    side = 1 if light.sun_u > u else -1
    round_ = np.clip(1 + 1.5 * (-side * gx * .8 + gy), .6, 1.35)
    tint = {"day": (1, 1, 1), "sunset": (1.0, .88, .80), "night": (.62, .67, .82)}[scene.time]
    lit = colour * round_[..., None] * np.array(tint, np.float32) * (1 - .12 * light.grey)
    if scene.time == "night":        # lamps and windows glow
        warm = (colour[..., 0] > .9) & (colour[..., 2] < .6) & (colour[..., 1] > .7)
        if scene.subject in ("house", "castle"):
            lit = np.where(warm[..., None], colour, lit)
    if scene.subject == "boat":       # mirror in the water
        rows = np.clip(2 * foot * n - canvas.y, 0, n - 1).astype(int)
        mirror = alpha[rows, canvas.x.astype(int)] * (canvas.v > foot) * np.clip(1.1 - (canvas.v - foot) / (height * .8), 0, 1)
        canvas.over(.45 * mirror, lit[rows, canvas.x.astype(int)])
    else:
        shadow = np.exp(-((canvas.u - u + side * .06) / (height * .55)) ** 2 - ((canvas.v - foot) / .025) ** 2)
        canvas.over(.42 * shadow, canvas.rgb * .3)
    canvas.over(alpha, np.clip(lit, 0, 1), 1.6 / max(foot - light.horizon, .05))
    canvas.subject = alpha
