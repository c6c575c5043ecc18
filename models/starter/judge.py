# SPDX-License-Identifier: Apache-2.0
"""Counts how many named attributes the classifier recognises in made pictures.

    python judge.py --pictures folder            # 0000.png ... made by any engine for held_out.json
    python judge.py --write-held-out held_out.json

Every caption names the subject and may name time of day, colour and style. A picture of another
size is reduced to 128x128 first.
"""
import argparse
import json
import os
from collections import defaultdict

import numpy as np

from captions import caption_for
from scenes import COLOURS, SETTINGS, STYLES, SUBJECTS, TIMES, sample_scene

HERE = os.path.dirname(os.path.abspath(__file__))
JUDGED = ("subject", "time", "colour", "style")
FIRST_HELD_OUT = 9_000_000


def held_out(count=500):
    """Captions of scenes that are in no data set, each with at least two judged attributes."""
    records, seed = [], FIRST_HELD_OUT
    while len(records) < count:
        scene = sample_scene(seed)
        caption, named = caption_for(scene, np.random.default_rng([seed, 37, 0]), minimum=2)
        judged = {k: v for k, v in named.items() if k in JUDGED}
        if len(judged) >= 2:
            records.append({"index": len(records), "seed": seed, "caption": caption, "named": judged})
        seed += 1
    return records


def recognise(pictures):
    """[{head: value}] for a list of PIL pictures."""
    import torch
    from classifier import HEADS, load_classifier
    model, found = load_classifier(os.path.join(HERE, "classifier.safetensors")), []
    for start in range(0, len(pictures), 50):
        block = np.stack([np.asarray(p.convert("RGB").resize((128, 128), 1)) for p in pictures[start:start + 50]])
        with torch.no_grad():
            logits = model(torch.from_numpy(block).permute(0, 3, 1, 2).float() / 127.5 - 1)
        for k in range(len(block)):
            found.append({name: values[int(logits[name][k].argmax())] for name, values in HEADS.items()})
    return found


def matches(attribute, value, seen):
    """Whether what was seen agrees with a named attribute."""
    if attribute == "subject":
        return seen["setting"] == value and seen["subject"] == "none" if value in SETTINGS else seen["subject"] == value
    return seen[attribute] == value


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", help="folder of 0000.png, 0001.png ...")
    parser.add_argument("--captions", default=os.path.join(HERE, "held_out.json"))
    parser.add_argument("--write-held-out", metavar="FILE")
    parser.add_argument("--misses", action="store_true", help="list what was not recognised")
    args = parser.parse_args()
    if args.write_held_out:
        with open(args.write_held_out, "w") as out:
            out.write("[\n" + ",\n".join(json.dumps(r) for r in held_out()) + "\n]\n")
        return
    from PIL import Image
    records = json.load(open(args.captions))
    present = [r for r in records if os.path.exists(os.path.join(args.pictures, f"{r['index']:04d}.png"))]
    seen = recognise([Image.open(os.path.join(args.pictures, f"{r['index']:04d}.png")) for r in present])
    right, total, classes = defaultdict(int), defaultdict(int), defaultdict(lambda: [0, 0])
    for record, what in zip(present, seen):
        for attribute, value in record["named"].items():
            hit = matches(attribute, value, what)
            total[attribute] += 1
            right[attribute] += hit
            classes[attribute, value][0] += hit
            classes[attribute, value][1] += 1
            if args.misses and not hit:
                print(f"{record['index']:04d} {attribute} {value}: saw {what} | {record['caption']}")
    print(f"{len(present)} of {len(records)} pictures")
    for attribute in JUDGED:
        if total[attribute]:
            rows = ", ".join(f"{v} {h}/{n}" for (a, v), (h, n) in sorted(classes.items()) if a == attribute)
            print(f"{attribute}: {right[attribute]}/{total[attribute]} = {right[attribute] / total[attribute]:.1%}  ({rows})")
    print(f"all named attributes: {sum(right.values())}/{sum(total.values())} = {sum(right.values()) / max(1, sum(total.values())):.1%}")


if __name__ == "__main__":
    main()
