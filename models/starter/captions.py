# SPDX-License-Identifier: Apache-2.0
"""Varied English captions for a Scene, short to long, and which attributes they name."""
import numpy as np

NOUNS = {"house": ("house", "cottage", "little house", "small house"), "boat": ("boat", "sailing boat", "sailboat"),
         "castle": ("castle", "old castle", "fairy-tale castle", "castle with towers"), "astronaut": ("astronaut", "astronaut in a space suit", "astronaut"),
         "horse": ("horse", "horse"), "cat": ("cat", "cat", "sitting cat"), "bicycle": ("bicycle", "bike", "bicycle")}
SYNONYMS = {"grey": ("grey", "gray"), "orange": ("orange", "ginger")}
PLACE = {
    "meadow": ("in a meadow", "on a green field", "on the grass", "in the countryside", "in a grassy meadow"),
    "lake": ("by a lake", "on the shore of a lake", "beside a calm lake", "in front of a lake"),
    "sea": ("by the sea", "on the beach", "at the seaside", "on a sandy beach by the ocean"),
    "river": ("by a river", "beside a winding river", "next to a stream", "near a river"),
}
AFLOAT = {"lake": ("on a lake", "on a calm lake", "floating on a lake", "sailing on the lake"),
          "sea": ("on the sea", "at sea", "sailing on the ocean", "on the open sea")}
VIEW = {
    "meadow": ("a meadow", "a green meadow", "a wide grassy field", "green hills", "a quiet meadow"),
    "lake": ("a lake", "a calm lake", "a mirror-like lake", "a peaceful lake"),
    "sea": ("the sea", "the ocean", "a calm sea", "the open sea"),
    "river": ("a river", "a winding river", "a river flowing through a valley", "a stream"),
    "waterfall": ("a waterfall", "a giant waterfall", "a dreamy waterfall", "a tall waterfall", "a waterfall falling from a cliff"),
}
CLAUSE = {
    "meadow": ("a green meadow stretches to the horizon", "the grass covers the hills"),
    "lake": ("a calm lake mirrors the sky", "a still lake reflects the light"),
    "sea": ("the sea reaches to the horizon", "the waves of the ocean shine"),
    "river": ("a river winds through the valley", "a river flows through the grass"),
    "waterfall": ("a giant dreamy waterfall creates a river", "a waterfall creates a river", "a great waterfall falls into a pool"),
}
TIME = {"day": ("in the daytime", "during the day", "in bright daylight", "at midday", "by day"),
        "sunset": ("at sunset", "at dusk", "in the light of the sunset", "in the evening", "under an orange sunset sky"),
        "night": ("at night", "under the moon", "in the moonlight", "by night", "under a night sky")}
TIME_CLAUSE = {"day": ("bright daylight", "the light of day"), "sunset": ("a ray of light of the sunset", "the sun is setting", "warm light of the sunset"),
               "night": ("the moon shines in the night", "a dark night sky", "moonlight")}
BLOOM = ("with blossoming trees", "with {}trees in bloom", "surrounded by {}blossom trees", "with {}blossoms on the trees", "among trees in {}blossom")
BLOOM_CLAUSE = ("the trees around are starting to bloom", "the trees are in {}bloom", "{}blossoms on the trees")
TREE = {"green": ("with green trees", "with trees", "among trees"), "pine": ("with pine trees", "among pines", "with fir trees")}
TREE_CLAUSE = {"green": ("green trees stand around", "there are trees"), "pine": ("dark pine trees stand around", "there are pine trees")}
PEAKS = ("with mountains in the background", "in front of mountains", "below snowy mountains", "with mountains behind")
PEAKS_CLAUSE = ("mountains rise in the distance", "snowy mountains in the background", "mountains on the horizon")
WEATHER = {"cloudy": ("under a cloudy sky", "with clouds"), "rain": ("in the rain", "on a rainy day"),
           "snow": ("in the snow", "in winter, with snow falling"), "fog": ("in the fog", "in the mist"), "clear": ("under a clear sky",)}
STYLE_BEFORE = {"photograph": ("a photograph of", "a photo of", "photo of", "photograph of"),
                "oil painting": ("an oil painting of", "oil painting of", "a painting in oil of"),
                "pencil drawing": ("a pencil drawing of", "pencil drawing of", "a pencil sketch of"),
                "pixel art": ("pixel art of", "a pixel art picture of", "pixel art showing")}
STYLE_AFTER = {"photograph": ("photograph", "photo", "a photograph"), "oil painting": ("oil painting", "painted in oil", "an oil painting"),
               "pencil drawing": ("pencil drawing", "drawn with a pencil", "pencil sketch"), "pixel art": ("pixel art", "in pixel art style", "as pixel art")}
PRAISE = ("beautiful", "peaceful", "wonderful", "lovely", "dreamy")
LEAD = ("the most beautiful panoramic landscape", "a beautiful landscape", "a wide landscape", "a landscape", "panoramic landscape")


def article(phrase):
    return ("an " if phrase[0] in "aeiou" else "a ") + phrase


def caption_for(scene, rng, minimum=0):
    """One caption and {attribute: value} of what it names. `minimum` attributes at least."""
    pick = lambda options: options[rng.integers(len(options))]
    often = lambda p: rng.random() < p
    pencil = scene.style == "pencil drawing"
    named = {"subject": scene.subject if scene.subject != "none" else scene.setting}
    name_style = often(.55 if scene.style == "photograph" else .9)
    name_time = often(.5 if scene.time == "day" else .88)
    name_colour = scene.colour != "none" and not pencil and often(.85)
    if minimum and 1 + name_style + name_time + name_colour < minimum:
        name_style = name_time = True
    details = []
    colour = pick(SYNONYMS.get(scene.colour, (scene.colour,))) + " " if name_colour else ""
    clauses = scene.subject == "none" and often(.3)

    if scene.subject == "none":
        main = pick(VIEW[scene.setting])
        if clauses:
            main = pick(CLAUSE[scene.setting])
    elif scene.subject == "rider":
        main = pick(("an astronaut riding {}horse", "an astronaut on {}horse", "an astronaut in a space suit riding {}horse")).format(article(colour) if colour else "a ")
    else:
        noun = pick(NOUNS[scene.subject])
        main = article(colour + noun)
    if often(.12) and main.startswith("a "):
        main = "a " + pick(PRAISE) + main[1:]

    if scene.subject != "none" and often(.65):
        places = AFLOAT if scene.subject == "boat" else PLACE
        details.append(pick(places[scene.setting])); named["setting"] = scene.setting
    if scene.trees == "blossom" and scene.setting != "sea" and (name_colour and scene.subject == "none" or often(.65)):
        tint = colour if scene.subject == "none" else ""
        options = BLOOM_CLAUSE if clauses else BLOOM
        if tint:
            options = [o for o in options if "{}" in o]
        details.append(pick(options).format(tint)); named["trees"] = "blossom"
    elif scene.trees in TREE and often(.5):
        details.append(pick((TREE_CLAUSE if clauses else TREE)[scene.trees])); named["trees"] = scene.trees
    if scene.mountains and often(.5):
        details.append(pick(PEAKS_CLAUSE if clauses else PEAKS)); named["mountains"] = True
    if often(.15 if scene.weather == "clear" else .75):
        details.append(pick(WEATHER[scene.weather])); named["weather"] = scene.weather
    if name_time:
        details.append(pick((TIME_CLAUSE if clauses else TIME)[scene.time])); named["time"] = scene.time
    rng.shuffle(details)
    if name_colour:
        named["colour"] = scene.colour
    if name_style:
        named["style"] = scene.style

    if clauses:
        parts = [main] + details
        lead = pick(LEAD)
        text = f"{lead}, {pick(STYLE_AFTER[scene.style])}, where " + ", ".join(parts) if name_style else f"{lead}, where " + ", ".join(parts)
    else:
        joiner = ", " if often(.3) else " "
        text = main + "".join(joiner + d for d in details)
        if name_style:
            text = f"{pick(STYLE_BEFORE[scene.style])} {text}" if often(.55) else f"{text}, {pick(STYLE_AFTER[scene.style])}"
    if often(.06):
        text += pick((", highly detailed", ", beautiful light", ", masterpiece"))
    if often(.2):
        text = text[0].upper() + text[1:] + ("." if often(.5) else "")
    return text, named


if __name__ == "__main__":
    from scenes import sample_scene
    for seed in range(30):
        print(*caption_for(sample_scene(seed), np.random.default_rng([seed, 37])))
