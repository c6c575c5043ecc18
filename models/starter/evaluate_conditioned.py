# SPDX-License-Identifier: Apache-2.0
"""Measures what the inpainting and the depth-conditioned UNet add to the starter model, on held-out scenes.

    python make_dataset.py          --out held_out --first 9000000 --count 200
    python evaluate_conditioned.py  --kind inpainting --data held_out --unet inpainting.safetensors
    python evaluate_conditioned.py  --kind depth      --data held_out --unet depth.safetensors --estimator depth_estimator

Inpainting: random masks that leave at least a third; mean absolute error (0..255) inside the mask and in its outer seam,
against the starter's own UNet in the same pipeline, and how many named attributes the classifier recognises when the
whole picture is masked. Depth: mean Spearman correlation of the picture's estimated depth and the true depth
that was asked for, against pictures of the starter model from the same captions. Euler, 20 steps, guidance 4.
"""
import argparse
import os
import tempfile

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import binary_dilation, binary_erosion

from companions import depth_pipeline, inpainting_pipeline, quiet
from cpu_speed import mixed_precision
from depth_network import relative_inverse_depth
from evaluate_depth import estimate, spearman
from inpainting_masks import random_mask
from sample_diffusers import load_pipeline

STEPS, CFG = 20, 4.0


def in_batches(count, make, batch=10):
    """Pictures (count, 128, 128, 3) uint8 of make(first, last), picture k with seed 1 + k."""
    made = []
    for k in range(0, count, batch):
        last = min(count, k + batch)
        with mixed_precision():
            made += make(k, last, [torch.Generator().manual_seed(1 + i) for i in range(k, last)]).images
    return np.stack([np.asarray(p) for p in made])


def masks_for(count):
    """Masks of other lots than in training, each at most two thirds of the picture."""
    masks = []
    while len(masks) < count:
        mask = random_mask(np.random.default_rng([9, len(masks), 43]))
        lot = 0
        while mask.mean() > 2 / 3 or mask.mean() < .05:
            lot += 1
            mask = random_mask(np.random.default_rng([9, len(masks), 43, lot]))
        masks.append(mask)
    return np.stack(masks)


def inpaint(pipeline, images, masks, captions):
    pictures = [Image.fromarray(i) for i in images]
    holes = [Image.fromarray(np.uint8(m) * 255) for m in masks]
    return in_batches(len(images), lambda a, b, seeds: pipeline(captions[a:b], pictures[a:b], holes[a:b], height=128, width=128, strength=1.0,
                                                                num_inference_steps=STEPS, guidance_scale=CFG, generator=seeds))


def follow_depth(pipeline, depths, captions):
    inverse = torch.from_numpy(relative_inverse_depth(depths))
    blank = [Image.new("RGB", (128, 128), (128, 128, 128))] * len(depths)
    return in_batches(len(depths), lambda a, b, seeds: pipeline(captions[a:b], blank[a:b], depth_map=inverse[a:b], strength=1.0,
                                                                num_inference_steps=STEPS, guidance_scale=CFG, generator=seeds))


def judge_inpainting(args, images, captions, configs):
    masks = masks_for(len(images))
    for name, path in (("inpainting UNet", args.unet), ("starter UNet, same pipeline", None)):
        made = inpaint(inpainting_pipeline(args.starter, configs, path), images, masks, captions)
        error = np.abs(made.astype(float) - images).mean(3)
        seam = np.stack([binary_dilation(m, iterations=4) & binary_erosion(m, iterations=1, border_value=1) & ~binary_erosion(m, iterations=6, border_value=1) for m in masks])
        print(f"{name}: mean absolute error {error[masks].mean():.1f} in the mask, {error[seam].mean():.1f} in its outer 5 pixels")


def judge_whole(args, configs, count):
    from judge import HERE, JUDGED, recognise
    import json
    records = json.load(open(os.path.join(HERE, "held_out.json")))[:count]
    grey = np.full((count, 128, 128, 3), 128, np.uint8)
    made = inpaint(inpainting_pipeline(args.starter, configs, args.unet), grey, np.ones((count, 128, 128), bool), [r["caption"] for r in records])
    found = recognise([Image.fromarray(p) for p in made])
    named = [(r["named"][k], f[k]) for r, f in zip(records, found) for k in JUDGED if k in r["named"]]
    right = sum(a == b for a, b in named)
    print(f"whole picture masked: {right} of {len(named)} attributes recognised, {100 * right / len(named):.1f} %")


def judge_depth(args, depths, captions, configs):
    base = quiet(load_pipeline(args.starter, configs))
    pictures = {"depth-conditioned UNet": follow_depth(depth_pipeline(args.starter, configs, args.unet, args.estimator), depths, captions),
                "starter model": in_batches(len(depths), lambda a, b, seeds: base(captions[a:b], height=128, width=128, num_inference_steps=STEPS,
                                                                                  guidance_scale=CFG, generator=seeds))}
    for name, made in pictures.items():
        found = np.array([spearman(m, -d) for m, d in zip(estimate(args.estimator, made), depths)])
        print(f"{name}: mean Spearman correlation of estimated and wanted depth {found.mean():.3f}, lowest tenth below {np.percentile(found, 10):.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=("inpainting", "depth"), required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--unet", required=True)
    parser.add_argument("--starter", default="starter.safetensors")
    parser.add_argument("--estimator", default="depth_estimator")
    parser.add_argument("--count", type=int, default=100)
    args = parser.parse_args()
    torch.set_num_threads(1)
    shard = np.load(os.path.join(args.data, "shard_0000.npz"))
    captions = shard["captions"][:args.count, 0].tolist()
    with tempfile.TemporaryDirectory() as configs:
        if args.kind == "inpainting":
            judge_inpainting(args, shard["images"][:args.count], captions, configs)
            judge_whole(args, configs, args.count)
        else:
            judge_depth(args, shard["depth"][:args.count].astype(np.float32), captions, configs)


if __name__ == "__main__":
    main()
