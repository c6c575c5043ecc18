# SPDX-License-Identifier: Apache-2.0
"""Tunes the x4 upscaler's decoder on the latents that its UNet makes of small pictures.

    python train_decoder_on_guesses.py --data data --latents upscaler_latents --encoded encoded --vae upscaler_vae/vae.pt \\
                                    --unet upscaler/finished.pt --out upscaler_tuned --minutes 20

A decoder that was only shown true latents draws every error of the UNet sharply. The latents here come from 1, 2
or 4 DDIM steps and noise levels 0 to 40; a tenth of them are true. Writes the whole autoencoder to <out>/vae.
`--unet` is read again whenever the decoder is saved. Stops and resumes at any point; the learning rate follows
the share of `--minutes` that was used.
"""
import argparse
import copy
import math
import os
import time

import numpy as np
import torch

from cpu_speed import FloatAttention, mixed_precision, speed_up
from linear_code import CODE_PICTURES, loosen, tighten
from train_upscaler import Corpus
from train_upscaler_decoder import new_vae
from train_vae import detail_loss, load_images
from upscaler_networks import SCALE, build_upscaler_unet, noise_schedule


@torch.no_grad()
def sampled(unet, small, level, context, steps, alphas):
    """Latents after so many DDIM steps with trailing timesteps (Song et al., 2021), times 0.08333."""
    noise = lambda like: torch.randn_like(like)
    a = alphas[level].view(-1, 1, 1, 1)
    small = a.sqrt() * small + (1 - a).sqrt() * noise(small)
    x = torch.randn(len(small), 4, *small.shape[2:])
    for k in range(steps):
        t = 999 - 1000 * k // steps
        now, after = alphas[t], alphas[max(t - 1000 // steps, 0)]
        with mixed_precision():
            v = unet(torch.cat([x, small], 1).contiguous(memory_format=torch.channels_last), t, context, class_labels=level).sample.float()
        clean, rest = now.sqrt() * x - (1 - now).sqrt() * v, now.sqrt() * v + (1 - now).sqrt() * x
        x = after.sqrt() * clean + (1 - after).sqrt() * rest
    return clean


def crops(images, corpus, count, rng, side=16):
    """Pictures of 64x64, their small pictures (both -1..1) and their latents."""
    true, small, latents = [], [], []
    for _ in range(count):
        k, y, x = rng.integers(len(corpus.small)), rng.integers(33 - side), rng.integers(33 - side)
        true.append(images[k, 4 * y:4 * (y + side), 4 * x:4 * (x + side)])
        small.append(corpus.small[k, :, y:y + side, x:x + side])
        latents.append(corpus.latents[k, :, y:y + side, x:x + side])
    true = torch.from_numpy(np.stack(true)).permute(0, 3, 1, 2).float() / 127.5 - 1
    return true.contiguous(memory_format=torch.channels_last), torch.stack(small).float() / 127.5 - 1, torch.stack(latents).float()


def train(args):
    torch.set_num_threads(1)
    os.makedirs(args.out, exist_ok=True)
    checkpoint = os.path.join(args.out, "vae.pt")
    images = np.concatenate(list(load_images(args.data).values()))
    corpus, alphas = Corpus(args.latents, args.encoded), noise_schedule()
    vae = new_vae(images[:CODE_PICTURES])
    trained_decoder = {k: v for k, v in torch.load(args.vae)["average"].items() if k.startswith(("decoder.", "post_quant_conv."))}
    vae.load_state_dict({**vae.state_dict(), **trained_decoder})
    loosen(vae)
    average = copy.deepcopy(vae)
    speed_up(vae)
    unet = speed_up(build_upscaler_unet().eval())
    unet.set_attn_processor(FloatAttention())
    unet.load_state_dict(torch.load(args.unet)["average"])
    parts = lambda v: [p for m in (v.decoder, v.post_quant_conv) for p in m.parameters()]
    trained = parts(vae)
    optimizer = torch.optim.AdamW(trained, lr=args.rate, betas=(.9, .98), weight_decay=0)
    step, used = 0, 0.0
    if os.path.exists(checkpoint):
        state = torch.load(checkpoint)
        vae.load_state_dict(state["model"]); average.load_state_dict(state["average"]); optimizer.load_state_dict(state["optimizer"])
        step, used = state["step"], state["used"]
    torch.manual_seed(300 + step)
    rng = np.random.default_rng([step, 19])
    clock, saved, noted = time.time(), time.time(), []
    while used < args.minutes * 60:
        share = used / (args.minutes * 60)
        for group in optimizer.param_groups:
            group["lr"] = args.rate * min(1, (step + 1) / 20) * (.02 + .98 * .5 * (1 + math.cos(math.pi * share)))
        true, small, latents = crops(images, corpus, args.batch, rng)
        made_by_unet = sampled(unet, small, torch.randint(40, (len(small),)), corpus.empty.float().expand(len(small), -1, -1), (1, 2, 4)[step % 3], alphas)
        known = torch.rand(len(small)) < .1
        z = torch.where(known[:, None, None, None], latents, made_by_unet) / SCALE
        with mixed_precision():
            made = vae.decode(z.contiguous(memory_format=torch.channels_last)).sample.float()
        error = (made - true).pow(2)
        loss = .5 * detail_loss(made, true) + 8 * error.mean()
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(parts(average), trained, 1 - min(.98, (step + 1) / (step + 20)))
        step += 1
        noted.append(-10 * math.log10(float(error[~known].mean().detach()) / 4))
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
            unet.load_state_dict(torch.load(args.unet)["average"])
            saved = now


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "latents", "encoded", "vae", "unet", "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--batch", type=int, default=12, help="crops")
    return parser.parse_args()


if __name__ == "__main__":
    train(parse())
