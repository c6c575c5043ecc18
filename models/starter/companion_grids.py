# SPDX-License-Identifier: Apache-2.0
"""Draws one picture per companion for the documentation: what goes in above what comes out, made by diffusers.

    python make_dataset.py     --out held_out --first 9000000 --count 200
    python companion_grids.py  --data held_out --weights . --out ../../docs/pictures

Writes companion_depth_estimator.png, companion_inpainting.png, companion_depth.png and companion_upscaler.png.
"""
import argparse
import os
import tempfile

import numpy as np
import torch
from PIL import Image

from companions import depth_pipeline, inpainting_pipeline, upscale_pipeline
from depth_network import relative_inverse_depth
from encode_upscaler import reduced
from evaluate_conditioned import follow_depth, inpaint, masks_for
from evaluate_depth import estimate
from evaluate_upscaler import enlarge, enlarged_by_lanczos

GAP, COUNT = 4, 5


def grid(rows, path):
    """Rows of uint8 pictures of one size, with white gaps."""
    side = rows[0][0].shape[0]
    sheet = np.full((len(rows) * (side + GAP) - GAP, len(rows[0]) * (side + GAP) - GAP, 3), 255, np.uint8)
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            top, left = y * (side + GAP), x * (side + GAP)
            sheet[top:top + side, left:left + side] = picture if picture.ndim == 3 else picture[..., None]
    Image.fromarray(sheet).save(path, optimize=True)
    print(path, os.path.getsize(path), "bytes")


def grey(maps):
    """Relative inverse depth as brightness, near = white."""
    low, high = maps.min((1, 2), keepdims=True), maps.max((1, 2), keepdims=True)
    return np.uint8((maps - low) / np.maximum(high - low, 1e-6) * 255)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--weights", default=".", help="folder of starter.safetensors and the companions")
    parser.add_argument("--starter", default="starter.safetensors")
    parser.add_argument("--out", required=True)
    parser.add_argument("--only", choices=("depth_estimator", "inpainting", "depth", "upscaler"))
    parser.add_argument("--steps", type=int, default=1, help="of the upscaler")
    args = parser.parse_args()
    args.cfg, args.noise_level, args.batch = 1.0, 20, COUNT
    torch.set_num_threads(1)
    shard = np.load(os.path.join(args.data, "shard_0000.npz"))
    images, depths, captions = shard["images"][:COUNT], shard["depth"][:COUNT].astype(np.float32), shard["captions"][:COUNT, 0].tolist()
    weights = lambda name: os.path.join(args.weights, name)
    target = lambda name: os.path.join(args.out, f"companion_{name}.png")
    wanted = lambda name: args.only in (None, name)
    with tempfile.TemporaryDirectory() as configs:
        if wanted("depth_estimator"):
            grid([images, grey(estimate(weights("depth_estimator"), images)), grey(relative_inverse_depth(depths))], target("depth_estimator"))
        if wanted("inpainting"):
            masks = masks_for(COUNT)
            made = inpaint(inpainting_pipeline(args.starter, configs, weights("inpainting.safetensors")), images, masks, captions)
            grid([np.where(masks[..., None], np.uint8(128), images), made], target("inpainting"))
        if wanted("depth"):
            pipeline = depth_pipeline(args.starter, configs, weights("depth.safetensors"), weights("depth_estimator"))
            grid([grey(relative_inverse_depth(depths)), follow_depth(pipeline, depths, captions)], target("depth"))
        if wanted("upscaler"):
            small = reduced(images)
            pipeline = upscale_pipeline(args.starter, configs, weights("upscaler.safetensors"))
            grid([enlarged_by_lanczos(small), enlarge(pipeline, small, [""] * COUNT, args), images], target("upscaler"))


if __name__ == "__main__":
    main()
