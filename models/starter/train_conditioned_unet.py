# SPDX-License-Identifier: Apache-2.0
"""Fine-tunes the starter UNet: to take a masked picture or a depth map too, or just for longer.

    python train_conditioned_unet.py --kind inpainting --encoded encoded --model starter.safetensors --out inpainting --minutes 25
    python train_conditioned_unet.py --kind depth      --encoded encoded --model starter.safetensors --out depth_unet --minutes 25
    python train_conditioned_unet.py --kind text       --encoded encoded --model starter.safetensors --out text_unet --minutes 60

Input channels: latent 4, then for inpainting mask 1 (1 = make anew) and masked picture's latent 4, for depth 1, for text
none. The new ones start at zero, so that training starts from the starter model. A quarter of the masks are the
whole picture. Text encoder and autoencoder stay as they are. Every tenth caption is dropped. Stops
and resumes at any point; the learning rate follows the share of `--minutes` that was used. Writes <out>/<kind>.safetensors.
"""
import argparse
import glob
import math
import os
import time

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import load_file, save_file

from cpu_speed import FloatAttention, mixed_precision, speed_up
from export import unet_key
from networks import UNET, build_unet, noise_schedule

CHANNELS = {"inpainting": 9, "depth": 5, "text": 4}


def build_conditioned_unet(kind):
    return UNet2DConditionModel(**{**UNET, "in_channels": CHANNELS[kind]})


def from_single_file(path):
    """A diffusers state dict of the 4-channel UNet in the file."""
    weights = load_file(path)
    return {key: weights["model.diffusion_model." + unet_key(key)].float() for key in build_unet().state_dict()}


def widened(state, channels):
    """The same UNet with further input channels whose weights are zero."""
    first = state["conv_in.weight"]
    extra = torch.zeros(first.shape[0], channels - first.shape[1], *first.shape[2:])
    return {**state, "conv_in.weight": torch.cat([first, extra], 1)}


class Corpus:
    """All shards of encode_companions.py, held in memory."""

    def __init__(self, folder, kind):
        paths = sorted(glob.glob(os.path.join(folder, "shard_????.npz")))
        read = lambda name: torch.from_numpy(np.concatenate([np.load(p)[name] for p in paths]))
        constant = np.load(os.path.join(folder, "constant.npz"))
        self.kind, self.latents, self.context = kind, read("latents"), read("context")
        self.grey, self.empty = torch.from_numpy(constant["grey"])[0], torch.from_numpy(constant["empty"])[0]
        if kind == "inpainting":
            self.mask, self.masked = read("mask"), read("masked")
        elif kind == "depth":
            self.depth = read("depth")

    def batch(self, count, generator, dropout, whole):
        """Latents, further channels and contexts."""
        pick = torch.randint(len(self.latents), (count,), generator=generator)
        caption = torch.randint(self.context.shape[1], (count,), generator=generator)
        context = self.context[pick, caption]
        context[torch.rand(count, generator=generator) < dropout] = self.empty
        if self.kind == "depth":
            further = self.depth[pick][:, None].float()
        elif self.kind == "text":
            further = torch.empty(count, 0, *self.latents.shape[2:])
        else:
            mask, masked = self.mask[pick][:, None].float(), self.masked[pick].float()
            everything = torch.rand(count, generator=generator) < whole
            mask[everything], masked[everything] = 1, self.grey.float()
            further = torch.cat([mask, masked], 1)
        return self.latents[pick].float(), further, context.float()


def export_unet(unet_state, path, kind, step):
    tensors = {"model.diffusion_model." + unet_key(k): v.to(torch.float16).contiguous() for k, v in unet_state.items()}
    save_file(tensors, path + ".part", metadata={"format": "pt", "modelspec.title": f"Calotype starter model, {kind} UNet", "modelspec.license": "Apache-2.0",
                                                 "modelspec.resolution": "128x128", "modelspec.prediction_type": "epsilon", "training_steps": str(step)})
    os.replace(path + ".part", path)


def train(args):
    torch.set_num_threads(1)
    torch.manual_seed(17)
    unet = build_conditioned_unet(args.kind)
    unet.load_state_dict(widened(from_single_file(args.model), CHANNELS[args.kind]))
    speed_up(unet)
    unet.set_attn_processor(FloatAttention())
    corpus = Corpus(args.encoded, args.kind)
    trained, names = list(unet.parameters()), [n for n, _ in unet.named_parameters()]
    average = [p.detach().clone() for p in trained]
    group = lambda chosen, decay, gain: dict(params=chosen, weight_decay=decay, gain=gain)
    first = [unet.conv_in.weight]
    optimizer = torch.optim.AdamW([group(first, 0, 3), group([p for p in trained if p.dim() > 1 and p is not first[0]], .01, 1),
                                   group([p for p in trained if p.dim() < 2], 0, 1)], lr=args.rate, betas=(.9, .98), fused=True)
    step, used = 0, 0.0
    os.makedirs(args.out, exist_ok=True)
    checkpoint = os.path.join(args.out, "unet.pt")
    if os.path.exists(checkpoint):
        state = torch.load(checkpoint)
        unet.load_state_dict(state["model"]); optimizer.load_state_dict(state["optimizer"])
        average, step, used = [state["average"][n] for n in names], state["step"], state["used"]
    print(args.kind, "weights", sum(p.numel() for p in trained), "pictures", len(corpus.latents), flush=True)
    alphas = noise_schedule()
    generator = torch.Generator().manual_seed(1000 + step)
    clock, saved, losses = time.time(), time.time(), []
    while used < args.minutes * 60:
        share = used / (args.minutes * 60)
        for group in optimizer.param_groups:
            group["lr"] = group["gain"] * args.rate * min(1, (step + 1) / 50) * (.01 + .99 * .5 * (1 + math.cos(math.pi * share)))
        latents, further, context = corpus.batch(args.batch, generator, args.dropout, args.whole)
        noise = torch.randn(latents.shape, generator=generator)
        noise += args.offset_noise * torch.randn((*noise.shape[:2], 1, 1), generator=generator)
        t = torch.randint(1000, (len(latents),), generator=generator)
        late = torch.rand(len(t), generator=generator) < args.late
        t = torch.where(late, 600 + t * 2 // 5, t)
        a = alphas[t].view(-1, 1, 1, 1)
        noisy = a.sqrt() * latents + (1 - a).sqrt() * noise
        with mixed_precision():
            guess = unet(torch.cat([noisy, further], 1).contiguous(memory_format=torch.channels_last), t, context).sample
        weight = torch.clamp(args.snr / (a / (1 - a)).flatten(), max=1)
        loss = (weight * (guess.float() - noise).pow(2).mean((1, 2, 3))).mean()
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
            torch.save(dict(model=unet.state_dict(), average=dict(zip(names, average)), optimizer=optimizer.state_dict(), step=step, used=used), checkpoint + ".part")
            os.replace(checkpoint + ".part", checkpoint)
            export_unet(dict(zip(names, average)), os.path.join(args.out, args.kind + ".safetensors"), args.kind, step)
            saved = now


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=sorted(CHANNELS), required=True)
    for name in ("encoded", "model", "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--rate", type=float, default=6e-4)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--snr", type=float, default=5.0, help="gamma of the min-SNR weights")
    parser.add_argument("--dropout", type=float, default=0.1, help="share of captions dropped")
    parser.add_argument("--whole", type=float, default=0.25, help="share of masks that are the whole picture")
    parser.add_argument("--offset-noise", type=float, default=0.1, help="spread of a constant added to each channel's noise")
    parser.add_argument("--late", type=float, default=0.2, help="share of pictures moved to the noisy steps 600 to 999")
    parser.add_argument("--average", type=float, default=0.99)
    return parser.parse_args()


if __name__ == "__main__":
    train(parse())
