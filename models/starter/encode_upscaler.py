# SPDX-License-Identifier: Apache-2.0
"""Encodes what the x4 upscaler's UNet is trained on, once.

    python encode_upscaler.py --data data --vae upscaler_vae/code --out upscaler_latents

Writes per shard `latents` (count, 4, 32, 32), times 0.08333, and `small` (count, 32, 32, 3), the pictures reduced
by Pillow's bicubic filter. The code is linear, so one convolution does for the encoder.
"""
import argparse
import glob
import os

import numpy as np
import torch
from diffusers import AutoencoderKL
from PIL import Image

from encode_latents import means_of
from linear_code import CODE_PICTURES, encode_directly, principal_patches
from upscaler_networks import SCALE


def reduced(images, side=32):
    return np.stack([np.asarray(Image.fromarray(i).resize((side, side), Image.Resampling.BICUBIC)) for i in images])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "vae", "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--shards", type=int, default=0, help="only the first so many")
    args = parser.parse_args()
    torch.set_num_threads(1)
    os.makedirs(args.out, exist_ok=True)
    paths = sorted(glob.glob(os.path.join(args.data, "shard_????.npz")))
    vae = AutoencoderKL.from_pretrained(args.vae).eval()
    code = principal_patches(np.load(paths[0])["images"][:CODE_PICTURES])
    for path in paths[:args.shards or None]:
        images = np.load(path)["images"]
        latents = encode_directly(vae, images, *code) * SCALE
        if path == paths[0]:
            with torch.no_grad():
                error = (latents[:4] - means_of(vae, images[:4]) * SCALE).abs().max()
            print("largest difference of the direct code from the encoder's", float(error), flush=True)
        np.savez(os.path.join(args.out, os.path.basename(path)), latents=latents.half().numpy(), small=reduced(images))
        print(path, float(latents.std()), flush=True)


if __name__ == "__main__":
    main()
