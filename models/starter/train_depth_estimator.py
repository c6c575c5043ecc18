# SPDX-License-Identifier: Apache-2.0
"""Trains the depth estimator on drawn scenes and their true depth.

    python train_depth_estimator.py --data data --out depth --minutes 20

The loss is MiDaS's (Ranftl et al., 2020) in spirit: after the best scale and shift of each picture, L1 on
the relative inverse depth and on its differences at four sizes. A weak plain L1 keeps the scale, so
that the last ReLU cuts the sky off at zero. Pictures are mirrored by lot. Stops and resumes at any
point; the learning rate follows the share of `--minutes` that was used.
"""
import argparse
import glob
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F

from cpu_speed import mixed_precision
from depth_network import build_depth_estimator, relative_inverse_depth, save_estimator


def aligned(guess, true):
    """`guess` after the scale and shift per picture that bring it nearest to `true` (least squares)."""
    g, t = guess.flatten(1), true.flatten(1)
    centred = g - g.mean(1, keepdim=True)
    scale = (centred * t).sum(1) / centred.pow(2).sum(1).clamp(min=1e-3)
    scale = scale.clamp(min=1e-2)
    shift = t.mean(1) - scale * g.mean(1)
    return scale[:, None, None] * guess + shift[:, None, None]


def depth_loss(guess, true):
    fitted = aligned(guess, true)
    loss = (fitted - true).abs().mean() + .2 * (guess - true).abs().mean()
    for k in (1, 2, 4, 8):
        error = F.avg_pool2d((fitted - true)[:, None], k)
        loss = loss + .25 * (error.diff(dim=2).abs().mean() + error.diff(dim=3).abs().mean())
    return loss


def load(data):
    paths = sorted(glob.glob(os.path.join(data, "shard_????.npz")))
    images, depths = [], []
    for path in paths:
        shard = np.load(path)
        images.append(shard["images"])
        depths.append(relative_inverse_depth(shard["depth"]).astype(np.float16))
    return np.concatenate(images), np.concatenate(depths)


def batch_of(images, depths, count, rng):
    pick = rng.integers(len(images), size=count)
    mirrored = rng.random(count) < .5
    picture, depth = images[pick], depths[pick].astype(np.float32)
    picture[mirrored], depth[mirrored] = picture[mirrored, :, ::-1], depth[mirrored, :, ::-1]
    x = torch.from_numpy(picture).permute(0, 3, 1, 2).float().div(127.5).sub(1)
    return x.contiguous(memory_format=torch.channels_last), torch.from_numpy(depth)


def train(args):
    torch.set_num_threads(1)
    torch.manual_seed(3)
    model = build_depth_estimator().to(memory_format=torch.channels_last).train()
    with torch.no_grad():
        model.head.head[4].bias.fill_(.5)              # the last ReLU starts open
    trained = list(model.parameters())
    optimizer = torch.optim.AdamW(trained, lr=args.rate, betas=(.9, .98), weight_decay=1e-2, fused=True)
    average = [p.detach().clone() for p in trained]
    names = [n for n, _ in model.named_parameters()]
    step, used = 0, 0.0
    os.makedirs(args.out, exist_ok=True)
    checkpoint = os.path.join(args.out, "depth.pt")
    if os.path.exists(checkpoint):
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"]); optimizer.load_state_dict(state["optimizer"])
        average, step, used = [state["average"][n] for n in names], state["step"], state["used"]
    images, depths = load(args.data)
    print("weights", sum(p.numel() for p in trained), "pictures", len(images), flush=True)
    rng = np.random.default_rng([step, 5])
    clock, saved, losses = time.time(), time.time(), []
    while used < args.minutes * 60:
        share = used / (args.minutes * 60)
        for group in optimizer.param_groups:
            group["lr"] = args.rate * min(1, (step + 1) / 100) * (.01 + .99 * .5 * (1 + math.cos(math.pi * share)))
        x, true = batch_of(images, depths, args.batch, rng)
        with mixed_precision():
            guess = model(x).predicted_depth
        loss = depth_loss(guess.float(), true)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, trained, 1 - min(.995, (step + 1) / (step + 20)))
        step += 1
        losses.append(float(loss.detach()))
        now = time.time()
        used, clock = used + now - clock, now
        if step % 20 == 0:
            print(f"step {step} used {used / 60:.1f} min loss {np.mean(losses[-20:]):.4f}", flush=True)
        if now - saved > 90 or used >= args.minutes * 60:
            torch.save(dict(model=model.state_dict(), average=dict(zip(names, average)), optimizer=optimizer.state_dict(), step=step, used=used), checkpoint + ".part")
            os.replace(checkpoint + ".part", checkpoint)
            best = build_depth_estimator()
            best.load_state_dict({**model.state_dict(), **dict(zip(names, average))})
            save_estimator(best, os.path.join(args.out, "depth_estimator"))
            saved = now


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--batch", type=int, default=16)
    return parser.parse_args()


if __name__ == "__main__":
    train(parse())
