# SPDX-License-Identifier: Apache-2.0
"""Compares the x4 upscaler with Lanczos enlargement, on scenes that it has never seen.

    python make_dataset.py       --out held_out --first 9000000 --count 200
    python evaluate_upscaler.py  --data held_out --starter starter.safetensors --upscaler upscaler.safetensors
    python evaluate_upscaler.py  --data held_out --pictures folder     # 0000.png ... made by any engine

Pictures of 128x128 are reduced to 32x32 by Pillow's bicubic filter and enlarged again. Tells the mean PSNR
and the mean variance of the Laplacian of luma (sharpness), which should be the true picture's.
`--reduced folder` writes the small pictures, so that another engine can enlarge them.
"""
import argparse
import os
import tempfile

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import laplace

from companions import upscale_pipeline
from cpu_speed import mixed_precision
from encode_upscaler import reduced


def psnr(made, true):
    return 10 * np.log10(255 ** 2 / ((made.astype(float) - true) ** 2).mean((1, 2, 3)))


def sharpness(pictures):
    """Variance of the Laplacian of luma (0..255) of each picture."""
    luma = pictures.astype(float) @ np.array([.299, .587, .114])
    return np.array([laplace(y).var() for y in luma])


def enlarged_by_lanczos(small, side=128):
    return np.stack([np.asarray(Image.fromarray(s).resize((side, side), Image.Resampling.LANCZOS)) for s in small])


def enlarge(pipeline, small, prompts, args):
    made = []
    for k in range(0, len(small), args.batch):
        some = [Image.fromarray(s) for s in small[k:k + args.batch]]
        generators = [torch.Generator().manual_seed(1 + k + i) for i in range(len(some))]
        latents = torch.cat([torch.randn((1, 4, 32, 32), generator=g) for g in generators])
        with mixed_precision():
            out = pipeline(prompts[k:k + args.batch], some, num_inference_steps=args.steps, guidance_scale=args.cfg, noise_level=args.noise_level,
                           generator=torch.Generator().manual_seed(k), latents=latents, output_type="np")
        made.append((out.images * 255).round().astype(np.uint8))
    return np.concatenate(made)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--starter", default="starter.safetensors", help="for the text encoder")
    parser.add_argument("--upscaler", default="upscaler.safetensors")
    parser.add_argument("--pictures", help="folder of enlarged pictures to judge instead")
    parser.add_argument("--reduced", help="folder to write the small pictures to")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--cfg", type=float, default=1.0)
    parser.add_argument("--noise-level", type=int, default=20)
    parser.add_argument("--captions", action="store_true", help="use the scenes' captions, not an empty prompt")
    parser.add_argument("--batch", type=int, default=10)
    args = parser.parse_args()
    torch.set_num_threads(1)
    shard = np.load(os.path.join(args.data, "shard_0000.npz"))
    true = shard["images"][:args.count]
    small = reduced(true)
    if args.reduced:
        os.makedirs(args.reduced, exist_ok=True)
        for k, picture in enumerate(small):
            Image.fromarray(picture).save(os.path.join(args.reduced, f"{k:04d}.png"))
    if args.pictures:
        made = np.stack([np.asarray(Image.open(os.path.join(args.pictures, f"{k:04d}.png")).convert("RGB")) for k in range(len(true))])
    else:
        prompts = shard["captions"][:args.count, 0].tolist() if args.captions else [""] * len(true)
        with tempfile.TemporaryDirectory() as configs:
            made = enlarge(upscale_pipeline(args.starter, configs, args.upscaler), small, prompts, args)
    for name, pictures in (("true picture", true), ("Lanczos", enlarged_by_lanczos(small)), ("upscaler", made)):
        quality = "" if name == "true picture" else f"PSNR {psnr(pictures, true).mean():.2f} dB, "
        closer = "" if name != "upscaler" else (f", better PSNR than Lanczos in {(psnr(made, true) > psnr(enlarged_by_lanczos(small), true)).sum()} of {len(true)}")
        print(f"{name}: {quality}sharpness {sharpness(pictures).mean():.1f}{closer}")


if __name__ == "__main__":
    main()
