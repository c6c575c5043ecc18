# SPDX-License-Identifier: Apache-2.0
"""Trains the decoder of the x4 upscaler's autoencoder (4x smaller sides, 4 latent channels) on crops of 64x64.

    python train_upscaler_decoder.py --data data --out upscaler_vae --minutes 20

The encoder is a fixed linear code (see linear_code.py), so that the UNet can be trained meanwhile. The loss is that
of train_vae.py and the squared error. Noise on the latents makes decoding forgive small errors. The two residual
blocks at full size, which cost more than all others, join late. Writes the
whole autoencoder to <out>/vae. Stops and resumes at any point; the learning rate follows the share of `--minutes` that was used.
"""
import argparse
import copy
import math
import os
import time

import numpy as np
import torch

from cpu_speed import mixed_precision, speed_up
from encode_latents import fold
from linear_code import CODE_PICTURES, loosen, start_linear, tighten
from train_vae import batch_of, detail_loss, load_images
from upscaler_networks import SCALE, build_vae


def new_vae(images):
    """The untrained autoencoder; latents times 0.08333 have mean 0 and spread 1 on `images`."""
    torch.manual_seed(11)
    vae = build_vae()
    start_linear(vae, images)
    fold(vae, images, SCALE)
    return vae


def train(args):
    torch.set_num_threads(1)
    os.makedirs(args.out, exist_ok=True)
    checkpoint = os.path.join(args.out, "vae.pt")
    shards = list(load_images(args.data).values())
    vae = new_vae(shards[0][:CODE_PICTURES])
    if not os.path.exists(os.path.join(args.out, "code", "config.json")):
        vae.save_pretrained(os.path.join(args.out, "code"))                      # for encode_upscaler.py
    encoder = copy.deepcopy(vae).eval().requires_grad_(False)
    loosen(vae)
    average = copy.deepcopy(vae)
    speed_up(vae)
    full_size = list(vae.decoder.up_blocks[2].resnets)
    joined = [block.forward for block in full_size]
    parts = lambda v: [p for m in (v.decoder, v.post_quant_conv) for p in m.parameters()]
    trained = parts(vae)
    optimizer = torch.optim.AdamW(trained, lr=args.rate, betas=(.9, .98), weight_decay=0)
    step, used = 0, 0.0
    if os.path.exists(checkpoint):
        state = torch.load(checkpoint)
        vae.load_state_dict(state["model"]); average.load_state_dict(state["average"]); optimizer.load_state_dict(state["optimizer"])
        step, used = state["step"], state["used"]
    torch.manual_seed(100 + step)
    rng = np.random.default_rng([step, 13])
    clock, saved, noted = time.time(), time.time(), []
    while used < args.minutes * 60:
        share = used / (args.minutes * 60)
        for group in optimizer.param_groups:
            group["lr"] = args.rate * min(1, (step + 1) / 50) * (.02 + .98 * .5 * (1 + math.cos(math.pi * share)))
        for block, forward in zip(full_size, joined):
            block.forward = forward if share > args.join else lambda x, temb=None: x
        true = batch_of(shards, args.batch if share <= args.join else args.batch // 2, 64, rng)
        with torch.no_grad():
            z = encoder.encode(true).latent_dist.mean
            z = z + args.noise / SCALE * torch.rand(len(z), 1, 1, 1) * torch.randn_like(z)
        with mixed_precision():
            made = vae.decode(z).sample.float()
        error = (made - true).pow(2).mean()
        loss = detail_loss(made, true) + 4 * error
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(parts(average), trained, 1 - min(.99, (step + 1) / (step + 20)))
        step += 1
        noted.append(-10 * math.log10(float(error.detach()) / 4))
        now = time.time()
        used, clock = used + now - clock, now
        if step % 20 == 0:
            print(f"step {step} used {used / 60:.1f} min loss {float(loss.detach()):.4f} psnr {np.mean(noted[-20:]):.2f}", flush=True)
        if now - saved > 90 or used >= args.minutes * 60:
            torch.save(dict(model=vae.state_dict(), average=average.state_dict(), optimizer=optimizer.state_dict(), step=step, used=used), checkpoint + ".part")
            os.replace(checkpoint + ".part", checkpoint)
            finished = copy.deepcopy(average)
            tighten(finished)
            finished.save_pretrained(os.path.join(args.out, "vae"))
            saved = now


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--rate", type=float, default=4e-4)
    parser.add_argument("--batch", type=int, default=16, help="crops")
    parser.add_argument("--join", type=float, default=.6, help="share of the time without the residual blocks at full size")
    parser.add_argument("--noise", type=float, default=.1, help="largest spread of the noise on latents of spread one")
    return parser.parse_args()


if __name__ == "__main__":
    train(parse())
