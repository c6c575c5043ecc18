# SPDX-License-Identifier: Apache-2.0
"""Standardises the trained autoencoder's latents and encodes the whole data set once.

    python encode_latents.py --data data --vae vae/average --out latents

SD 1.x multiplies latents by 0.18215 and expects a spread of about one. A mean and a scale per
channel are folded into quant_conv's output and post_quant_conv's input, so that this holds.
Writes the folded autoencoder to <out>/vae and one latents file per shard.
"""
import argparse
import glob
import os

import numpy as np
import torch
from diffusers import AutoencoderKL

from cpu_speed import mixed_precision, run_workers, speed_up

SCALE = 0.18215


def to_tensor(images):
    return torch.from_numpy(images).permute(0, 3, 1, 2).float().div(127.5).sub(1).contiguous(memory_format=torch.channels_last)


@torch.no_grad()
def means_of(vae, images, batch=50):
    parts = []
    for k in range(0, len(images), batch):
        with mixed_precision():
            parts.append(vae.encode(to_tensor(images[k:k + batch])).latent_dist.mean.float())
    return torch.cat(parts)


@torch.no_grad()
def fold(vae, images, scale=SCALE):
    """Rewrites the two 1x1 convolutions so that latents * scale have mean 0, spread 1."""
    z = means_of(vae, images)
    mean, spread = z.mean((0, 2, 3)), z.std((0, 2, 3))
    gain = 1 / (scale * spread)
    quant, post = vae.quant_conv, vae.post_quant_conv
    quant.weight[:4] *= gain[:, None, None, None]
    quant.bias[:4] = (quant.bias[:4] - mean) * gain
    quant.bias[4:] += 2 * gain.log()
    post.bias += post.weight[:, :, 0, 0] @ mean
    post.weight /= gain[None, :, None, None]
    print("latent means", mean.tolist(), "spreads", spread.tolist(), flush=True)


def work(rank, workers, args):
    vae = speed_up(AutoencoderKL.from_pretrained(os.path.join(args.out, "vae")).eval())
    for path in sorted(glob.glob(os.path.join(args.data, "shard_????.npz")))[:args.shards or None][rank::workers]:
        target = os.path.join(args.out, os.path.basename(path))
        if not os.path.exists(target):
            latents = means_of(vae, np.load(path)["images"]) * SCALE
            np.savez(target + ".part.npz", latents=latents.half().numpy())
            os.replace(target + ".part.npz", target)
            print(target, float(latents.std()), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--vae", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--shards", type=int, default=0, help="only the first so many")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--port", type=int, default=29612)
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    if not os.path.exists(os.path.join(args.out, "vae", "config.json")):
        vae = AutoencoderKL.from_pretrained(args.vae).to(memory_format=torch.channels_last).eval()
        fold(vae, np.load(sorted(glob.glob(os.path.join(args.data, "shard_????.npz")))[0])["images"][:300])
        vae.save_pretrained(os.path.join(args.out, "vae"))
    run_workers(work, args, args.workers, args.port)


if __name__ == "__main__":
    main()
