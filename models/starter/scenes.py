# SPDX-License-Identifier: Apache-2.0
"""What a training picture shows: the Scene record, and how one is drawn by lot."""
from dataclasses import asdict, dataclass

import numpy as np

STYLES = ("photograph", "oil painting", "pencil drawing", "pixel art")
TIMES = ("day", "sunset", "night")
SETTINGS = ("meadow", "lake", "sea", "river", "waterfall")
SUBJECTS = ("none", "house", "boat", "castle", "astronaut", "horse", "rider", "cat", "bicycle")
TREES = ("none", "green", "pine", "blossom")
WEATHERS = ("clear", "cloudy", "rain", "snow", "fog")
COLOURS = ("none", "red", "blue", "yellow", "green", "white", "black", "brown", "orange", "grey", "pink")

SUBJECT_COLOURS = {
    "house": ("red", "blue", "yellow", "white"),
    "boat": ("red", "blue", "yellow", "green"),
    "horse": ("brown", "white", "black"),
    "rider": ("brown", "white", "black"),
    "cat": ("black", "orange", "white", "grey"),
    "bicycle": ("red", "red", "red", "blue", "yellow"),
}
SETTING_WEIGHTS = {
    "none": (0.18, 0.2, 0.16, 0.2, 0.26), "house": (0.4, 0.25, 0.1, 0.25, 0.0),
    "boat": (0.0, 0.45, 0.55, 0.0, 0.0), "castle": (0.3, 0.3, 0.1, 0.3, 0.0),
}
SUBJECT_WEIGHTS = (0.30, 0.09, 0.09, 0.09, 0.08, 0.09, 0.10, 0.09, 0.07)


@dataclass
class Scene:
    """All that decides a picture; `seed` decides the small accidents of drawing."""
    seed: int
    style: str
    time: str
    setting: str
    subject: str
    colour: str        # colour of the subject, or of the blossom when there is no subject
    trees: str
    mountains: bool
    weather: str

    def attributes(self):
        return {k: v for k, v in asdict(self).items() if k != "seed"}


def sample_scene(seed):
    """The scene of this seed. Attributes are independent except where nature forbids."""
    rng = np.random.default_rng([seed, 11])
    pick = lambda names, weights: names[rng.choice(len(names), p=np.array(weights) / np.sum(weights))]
    style = pick(STYLES, (0.31, 0.27, 0.19, 0.23))
    time = pick(TIMES, (0.42, 0.0 if style == "pencil drawing" else 0.33, 0.25))
    subject = pick(SUBJECTS, SUBJECT_WEIGHTS)
    setting = pick(SETTINGS, SETTING_WEIGHTS.get(subject, (0.55, 0.15, 0.15, 0.15, 0.0)))
    trees = pick(TREES, (0.35, 0.22, 0.15, 0.28) if setting != "sea" else (1, 0, 0, 0))
    weather = pick(WEATHERS, (0.5, 0.2, 0.1, 0.12, 0.08))
    if weather == "snow" and trees == "blossom":
        trees = "pine"
    mountains = bool(rng.random() < (0.35 if setting in ("sea", "waterfall") else 0.6))
    colour = "none"
    if subject in SUBJECT_COLOURS:
        colours = SUBJECT_COLOURS[subject]
        colour = colours[rng.integers(len(colours))]
    elif subject == "none" and trees == "blossom":
        colour = "pink" if rng.random() < 0.7 else "white"
    return Scene(seed, style, time, setting, subject, colour, trees, mountains, weather)
