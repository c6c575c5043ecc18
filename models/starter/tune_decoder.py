# SPDX-License-Identifier: Apache-2.0
"""Sharpens the decoder of a finished autoencoder. Its encoder, and so all latents, stay as they are.

    python tune_decoder.py --data data --latents latents --out decoder --minutes 10

Besides the loss of train_vae.py, the energy of fine detail in every 8x8 cell has to be right, so
that brush strokes, hatching and hard pixels are there even where their exact place is not known.
Writes the whole autoencoder to <out>/vae. Stops and resumes at any point.
"""
import argparse
import copy
import glob
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKL

from cpu_speed import agree, mixed_precision, run_workers, share_gradients, speed_up
from encode_latents import SCALE, to_tensor
from train_vae import detail_loss


def fine_energy(x):
    """Mean size of neighbour differences in every 8x8 cell."""
    return torch.cat([F.avg_pool2d(F.pad(d.abs(), p), 8) for d, p in ((x.diff(dim=2), (0, 0, 0, 1)), (x.diff(dim=3), (0, 1, 0, 0)))], 1)


def train(rank, workers, args):
    os.makedirs(args.out, exist_ok=True)
    checkpoint = os.path.join(args.out, "decoder.pt")
    vae = AutoencoderKL.from_pretrained(os.path.join(args.latents, "vae"))
    average = copy.deepcopy(vae)
    parts = [m for m in (vae.post_quant_conv, vae.decoder)]
    speed_up(vae)
    trained = [p for m in parts for p in m.parameters()]
    averaged = [p for m in (average.post_quant_conv, average.decoder) for p in m.parameters()]
    optimizer = torch.optim.AdamW(trained, lr=args.rate, betas=(.9, .98), weight_decay=1e-3)
    step, used = 0, 0.0
    if os.path.exists(checkpoint):
        state = torch.load(checkpoint)
        vae.load_state_dict(state["model"]); average.load_state_dict(state["average"]); optimizer.load_state_dict(state["optimizer"])
        step, used = state["step"], state["used"]
    names = [os.path.basename(p) for p in sorted(glob.glob(os.path.join(args.latents, "shard_????.npz")))]
    images = np.concatenate([np.load(os.path.join(args.data, n))["images"] for n in names])
    latents = torch.from_numpy(np.concatenate([np.load(os.path.join(args.latents, n))["latents"] for n in names]))
    rng = np.random.default_rng([step, rank])
    torch.manual_seed(2000 + 10 * step + rank)
    clock, saved = time.time(), time.time()
    while used < args.minutes * 60:
        share = used / (args.minutes * 60)
        for group in optimizer.param_groups:
            group["lr"] = args.rate * min(1, (step + 1) / 50) * (.02 + .98 * .5 * (1 + math.cos(math.pi * share)))
        cells = 8 if share < args.crops else latents.shape[-1]
        count = args.batch // workers * (4 if cells == 8 else 1)
        pick = rng.integers(len(images), size=count)
        corners = rng.integers(0, latents.shape[-1] - cells + 1, (count, 2))
        true = to_tensor(np.stack([images[k, 8 * y:8 * (y + cells), 8 * x:8 * (x + cells)] for k, (y, x) in zip(pick, corners)]))
        z = torch.stack([latents[k, :, y:y + cells, x:x + cells] for k, (y, x) in zip(pick.tolist(), corners.tolist())]).float()
        z = ((z + args.noise * torch.randn_like(z)) / SCALE).contiguous(memory_format=torch.channels_last)
        with mixed_precision():
            made = vae.decode(z).sample.float()
        loss = detail_loss(made, true) + args.energy * (fine_energy(made) - fine_energy(true)).abs().mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        share_gradients(trained)
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(averaged, trained, 1 - min(.995, (step + 1) / (step + 20)))
        step += 1
        now = time.time()
        used, clock = agree(used + now - clock), now
        if step % 20 == 0 and rank == 0:
            psnr = -10 * math.log10(float(((made.detach() - true) / 2).pow(2).mean()))
            print(f"step {step} used {used / 60:.1f} min loss {float(loss.detach()):.4f} psnr {psnr:.2f}", flush=True)
        if rank == 0 and (now - saved > 60 or used >= args.minutes * 60):
            torch.save(dict(model=vae.state_dict(), average=average.state_dict(), optimizer=optimizer.state_dict(), step=step, used=used), checkpoint + ".part")
            os.replace(checkpoint + ".part", checkpoint)
            average.save_pretrained(os.path.join(args.out, "vae"))
            saved = now


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "latents", "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=float, default=1.2e-3)
    parser.add_argument("--batch", type=int, default=4, help="pictures of 128x128 (four crops count as one)")
    parser.add_argument("--crops", type=float, default=.6, help="share of the time spent on crops")
    parser.add_argument("--noise", type=float, default=.04, help="spread of noise put on latents of spread one")
    parser.add_argument("--energy", type=float, default=1.0, help="weight of the fine detail term")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--port", type=int, default=29614)
    return parser.parse_args()


if __name__ == "__main__":
    options = parse()
    run_workers(train, options, options.workers, options.port)
