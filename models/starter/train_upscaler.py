# SPDX-License-Identifier: Apache-2.0
"""Trains the x4 upscaler's UNet: latents of the large picture from the small picture and noise.

    python train_upscaler.py --latents upscaler_latents --encoded encoded --out upscaler --minutes 20

Input channels: noisy latent 4, small picture with noise 3. The noise level (0..349) of the small
picture is the class label; half of the levels are below 40. Predicts v (Salimans and Ho, 2022), starting from the best linear
guess (see linear_upscaler.py); half of the captions are empty. Trains on crops of 16x16 latents, which are 64x64 pixels, at the end on whole pictures. Stops and resumes
at any point; the learning rate follows the share of `--minutes` that was used.
"""
import argparse
import glob
import math
import os
import time

import numpy as np
import torch

from cpu_speed import FloatAttention, mixed_precision, speed_up
from linear_upscaler import loosen, start_linear, tightened
from upscaler_networks import MAX_NOISE_LEVEL, build_upscaler_unet, noise_schedule


class Corpus:
    """Latents, small pictures and contexts, held in memory."""

    def __init__(self, latents, encoded):
        paths = sorted(glob.glob(os.path.join(latents, "shard_????.npz")))
        read = lambda name: torch.from_numpy(np.concatenate([np.load(p)[name] for p in paths]))
        self.latents, self.small = read("latents"), read("small").permute(0, 3, 1, 2).contiguous()
        self.context = torch.from_numpy(np.concatenate([np.load(os.path.join(encoded, os.path.basename(p)))["context"] for p in paths]))
        self.empty = torch.from_numpy(np.load(os.path.join(encoded, "constant.npz"))["empty"])[0]

    def batch(self, count, side, generator):
        """Latents and small pictures (-1..1) of the same places, side x side, and contexts."""
        draw = lambda high: torch.randint(high, (count,), generator=generator)
        pick, caption, top, left = draw(len(self.latents)), draw(self.context.shape[1]), draw(33 - side), draw(33 - side)
        context = self.context[pick, caption]
        context[torch.rand(count, generator=generator) < .5] = self.empty
        crop = lambda images: torch.stack([images[k, :, y:y + side, x:x + side] for k, y, x in zip(pick.tolist(), top.tolist(), left.tolist())]).float()
        return crop(self.latents), crop(self.small) / 127.5 - 1, context.float()


def save(state, path):
    torch.save(state, path + ".part")
    os.replace(path + ".part", path)


def train(args):
    torch.set_num_threads(1)
    torch.manual_seed(23)
    unet = build_upscaler_unet()
    torch.nn.init.normal_(unet.class_embedding.weight, std=.02)
    corpus = Corpus(args.latents, args.encoded)
    start_linear(unet, corpus.latents[:300].float(), corpus.small[:300] / 127.5 - 1 + .05 * torch.randn(300, 3, 32, 32))
    loosen(unet)
    speed_up(unet)
    unet.set_attn_processor(FloatAttention())
    trained, names = list(unet.parameters()), [n for n, _ in unet.named_parameters()]
    average = [p.detach().clone() for p in trained]
    group = lambda chosen, decay: dict(params=chosen, weight_decay=decay)
    optimizer = torch.optim.AdamW([group([p for p in trained if p.dim() > 1], .01), group([p for p in trained if p.dim() < 2], 0)],
                                  lr=args.rate, betas=(.9, .98), fused=True)
    step, used = 0, 0.0
    os.makedirs(args.out, exist_ok=True)
    checkpoint = os.path.join(args.out, "unet.pt")
    if os.path.exists(checkpoint):
        state = torch.load(checkpoint)
        unet.load_state_dict(state["model"]); optimizer.load_state_dict(state["optimizer"])
        average, step, used = [state["average"][n] for n in names], state["step"], state["used"]
    print("weights", sum(p.numel() for p in trained), "pictures", len(corpus.latents), flush=True)
    alphas = noise_schedule()
    generator = torch.Generator().manual_seed(2000 + step)
    clock, saved, losses = time.time(), time.time(), []
    while used < args.minutes * 60:
        share = used / (args.minutes * 60)
        for group in optimizer.param_groups:
            group["lr"] = args.rate * min(1, (step + 1) / 50) * (.01 + .99 * .5 * (1 + math.cos(math.pi * share)))
        side, count = (16, args.batch) if share < args.crops else (32, args.batch // 4)
        latents, small, context = corpus.batch(count, side, generator)
        draw = lambda high: torch.randint(high, (count,), generator=generator)
        level = torch.where(torch.rand(count, generator=generator) < .5, draw(40), draw(MAX_NOISE_LEVEL))
        mix = lambda x, noise, t: alphas[t].sqrt().view(-1, 1, 1, 1) * x + (1 - alphas[t]).sqrt().view(-1, 1, 1, 1) * noise
        small = mix(small, torch.randn(small.shape, generator=generator), level)
        noise, t = torch.randn(latents.shape, generator=generator), draw(1000)
        late = torch.rand(count, generator=generator) < args.late
        t = torch.where(late, 700 + t * 3 // 10, t)
        a = alphas[t].view(-1, 1, 1, 1)
        velocity = a.sqrt() * noise - (1 - a).sqrt() * latents
        x = torch.cat([mix(latents, noise, t), small], 1).contiguous(memory_format=torch.channels_last)
        with mixed_precision():
            guess = unet(x, t, context, class_labels=level).sample
        loss = (guess.float() - velocity).pow(2).mean()
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, trained, 1 - min(args.average, (step + 1) / (step + 20)))
        step += 1
        losses.append(float(loss.detach()))
        now = time.time()
        used, clock = used + now - clock, now
        if step % 20 == 0:
            print(f"step {step} used {used / 60:.1f} min loss {np.mean(losses[-20:]):.4f} of late {np.mean(losses[-200:]):.4f}", flush=True)
        if now - saved > 120 or used >= args.minutes * 60:
            save(dict(model=unet.state_dict(), average=dict(zip(names, average)), optimizer=optimizer.state_dict(), step=step, used=used), checkpoint)
            save(dict(average=tightened(dict(zip(names, average))), step=step), os.path.join(args.out, "finished.pt"))
            saved = now


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("latents", "encoded", "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--rate", type=float, default=6e-4)
    parser.add_argument("--batch", type=int, default=32, help="crops; a whole picture counts as four")
    parser.add_argument("--crops", type=float, default=.85, help="share of the time spent on crops")
    parser.add_argument("--late", type=float, default=0.3, help="share of crops moved to the noisy steps 700 to 999")
    parser.add_argument("--average", type=float, default=0.99)
    return parser.parse_args()


if __name__ == "__main__":
    train(parse())
