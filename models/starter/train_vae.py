# SPDX-License-Identifier: Apache-2.0
"""Trains the autoencoder (SD 1.x design, 8x smaller sides, 4 latent channels).

    python train_vae.py --data data --out vae --minutes 25

The loss is L1 on pixels, on colour differences, on neighbour differences and on half and quarter
size, and a linear look at the mean colours; the posterior is kept tight. A little noise on the latents
makes decoding forgive small errors. Most of the time uses crops, the end whole pictures. Stops and resumes at any point;
the learning rate follows the share of `--minutes` that was used.
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

CONFIG = dict(in_channels=3, out_channels=3, latent_channels=4, layers_per_block=1, norm_num_groups=32, sample_size=128,
              block_out_channels=(32, 32, 64, 128), down_block_types=("DownEncoderBlock2D",) * 4,
              up_block_types=("UpDecoderBlock2D",) * 4, scaling_factor=0.18215)


@torch.no_grad()
def start_plain(vae):
    """Starts near a plain chain of smoothing filters, which learns colours at once."""
    box = torch.full((3, 3), 1 / 9)
    tent = torch.tensor([1., 2., 1.])[:, None] * torch.tensor([1., 2., 1.]) / 16
    for name, module in vae.named_modules():
        if isinstance(module, torch.nn.Conv2d):
            if name.endswith("conv2"):
                module.weight *= .1
            elif "samplers.0.conv" in name:
                identity = torch.eye(module.out_channels, module.in_channels)[:, :, None, None]
                module.weight.mul_(.3).add_(identity * (box if "down" in name else tent))


def load_images(folder, known=()):
    """All shards now present, as one list of uint8 arrays (shards not yet in `known`)."""
    return {p: np.load(p)["images"] for p in sorted(glob.glob(os.path.join(folder, "shard_????.npz"))) if p not in known}


def batch_of(shards, count, crop, rng):
    out = np.empty((count, crop, crop, 3), np.uint8)
    for k in range(count):
        images = shards[rng.integers(len(shards))]
        image = images[rng.integers(len(images))]
        y, x = (8 * rng.integers(0, (s - crop) // 8 + 1) for s in image.shape[:2])
        patch = image[y:y + crop, x:x + crop]
        out[k] = patch[:, ::-1] if rng.random() < .5 else patch
    return torch.from_numpy(out).permute(0, 3, 1, 2).float().div(127.5).sub(1).contiguous(memory_format=torch.channels_last)


def chroma(x):
    """Two colour differences, which plain L1 would learn last."""
    return torch.stack((x[:, 0] - x[:, 1], x[:, 2] - x[:, 1]), 1)


def mean_colour_loss(guess, true):
    return (guess - true).abs().mean() + 2 * (chroma(guess) - chroma(true)).abs().mean()


def detail_loss(made, true):
    loss = (made - true).abs().mean() + 1.2 * (chroma(made) - chroma(true)).abs().mean()
    for d in (2, 3):
        loss = loss + (made.diff(dim=d) - true.diff(dim=d)).abs().mean()
    for k in (2, 4):
        loss = loss + .5 * (F.avg_pool2d(made, k) - F.avg_pool2d(true, k)).abs().mean()
    return loss


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--batch", type=float, default=1.5, help="pictures of 128x128 (four crops count as one)")
    parser.add_argument("--crops", type=float, default=.8, help="share of the time spent on crops")
    parser.add_argument("--workers", type=int, default=2, help="processes of one thread each")
    parser.add_argument("--port", type=int, default=29611)
    parser.add_argument("--decoder-only", action="store_true", help="leave the encoder as it is (latents stay valid)")
    return parser.parse_args()


def train(rank, workers, args):
    os.makedirs(args.out, exist_ok=True)
    checkpoint = os.path.join(args.out, "vae.pt")
    torch.manual_seed(1)
    vae = AutoencoderKL(**CONFIG)
    start_plain(vae)
    average = copy.deepcopy(vae)
    speed_up(vae)
    torch.manual_seed(1000 + rank)
    step, used, spread = 0, 0.0, 1.0
    frozen = [vae.encoder, vae.quant_conv] if args.decoder_only else []
    for module in frozen:
        module.requires_grad_(False)
    trained = [p for p in vae.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=args.rate, betas=(.9, .98), weight_decay=1e-3)
    if os.path.exists(checkpoint):
        state = torch.load(checkpoint)
        vae.load_state_dict(state["model"]); average.load_state_dict(state["average"])
        if not args.decoder_only or state.get("decoder_only"):
            optimizer.load_state_dict(state["optimizer"])
            step, used = state["step"], state["used"]
        else:
            vae.load_state_dict(state["average"])
        spread = state["spread"]
    to_colour = torch.nn.Conv2d(4, 3, 1)          # latents should tell the mean colour of their 8x8 pixels
    colour_optimizer = torch.optim.AdamW(to_colour.parameters(), lr=1e-2)
    rng = np.random.default_rng([step, rank])
    loaded = load_images(args.data)
    shards, clock, saved = list(loaded.values()), time.time(), time.time()
    while used < args.minutes * 60:
        share = used / (args.minutes * 60)
        for group in optimizer.param_groups:
            group["lr"] = args.rate * min(1, (step + 1) / 100) * (.02 + .98 * .5 * (1 + math.cos(math.pi * share)))
        crop, count = (64, int(4 * args.batch // workers)) if share < args.crops and not args.decoder_only else (128, max(2, int(args.batch // workers)))
        true = batch_of(shards, count, crop, rng)
        with mixed_precision():
            posterior = vae.encode(true).latent_dist
            mean, logvar = posterior.mean.float(), posterior.logvar.float().clamp(-20, 10)
            spread = .99 * spread + .01 * float(mean.detach().std())
            z = mean + .03 * spread * torch.randn_like(mean)
            made = vae.decode(z).sample.float()
        calm = 1e-5 * mean.pow(2).mean() + 1e-4 * (logvar + 10).pow(2).mean()      # a tight posterior
        loss = detail_loss(made, true) + calm
        if not args.decoder_only:
            loss = loss + .6 * mean_colour_loss(to_colour(mean / spread), F.avg_pool2d(true, 8))
            colour_optimizer.zero_grad(set_to_none=True)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        share_gradients(trained)
        if not args.decoder_only:
            share_gradients(list(to_colour.parameters()))
            colour_optimizer.step()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        keep = min(.998, (step + 1) / (step + 20))
        with torch.no_grad():
            for a, b in zip(average.parameters(), vae.parameters()):
                a.lerp_(b, 1 - keep)
        step += 1
        now = time.time()
        used, clock = agree(used + now - clock), now
        if step % 20 == 0 and rank == 0:
            psnr = -10 * math.log10(float(((made - true) / 2).pow(2).mean()))
            print(f"step {step} used {used / 60:.1f} min loss {float(loss.detach()):.4f} psnr {psnr:.2f} spread {spread:.2f}", flush=True)
        if now - saved > 60 or used >= args.minutes * 60:
            if rank == 0:
                torch.save(dict(model=vae.state_dict(), average=average.state_dict(), optimizer=optimizer.state_dict(), step=step,
                                used=used, spread=spread, decoder_only=args.decoder_only), checkpoint + ".part")
                os.replace(checkpoint + ".part", checkpoint)
            saved = now
            new = load_images(args.data, loaded)
            loaded.update(new)
            shards.extend(new.values())
    if rank == 0:
        average.save_pretrained(os.path.join(args.out, "average"))


if __name__ == "__main__":
    options = parse()
    run_workers(train, options, options.workers, options.port)
