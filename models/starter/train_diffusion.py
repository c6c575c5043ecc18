# SPDX-License-Identifier: Apache-2.0
"""Trains the UNet and the text encoder together on encoded pictures and their captions.

    python train_diffusion.py --data data --latents latents --tokenizer tokenizer --out diffusion --minutes 75

Predicts the noise; min-SNR weights; every tenth caption is dropped for guidance; an average
of the weights is kept. Only token rows that occur in captions are trained. Stops and resumes
at any point; the learning rate follows the share of `--minutes` that was used.
"""
import argparse
import glob
import json
import math
import os
import time

import numpy as np
import torch

from clip_tokenizer import load_tokenizer, token_ids
from cpu_speed import FloatAttention, agree, mixed_precision, run_workers, share_gradients, speed_up
from networks import BOS, EOS, build_text_encoder, build_unet, noise_schedule


class Corpus:
    """Latents and compact token ids of all shards; held in memory."""

    def __init__(self, data, latents, tokenizer):
        cache = os.path.join(latents, "captions.npz")
        paths = sorted(glob.glob(os.path.join(latents, "shard_????.npz")))
        self.latents = torch.from_numpy(np.concatenate([np.load(p)["latents"] for p in paths]))
        if not os.path.exists(cache):
            captions = np.concatenate([np.load(os.path.join(data, os.path.basename(p)))["captions"] for p in paths])
            ids = token_ids(load_tokenizer(tokenizer), captions.reshape(-1).tolist()).numpy()
            used = np.unique(np.concatenate([ids.ravel(), [BOS, EOS]]))       # the two specials are the last rows
            compact = np.searchsorted(used, ids).astype(np.int16).reshape(*captions.shape, -1)
            np.savez(cache + f".{os.getpid()}.npz", ids=compact, used=used)
            os.replace(cache + f".{os.getpid()}.npz", cache)
        stored = np.load(cache)
        self.ids, self.used = torch.from_numpy(stored["ids"]), stored["used"]
        self.empty = torch.full((77,), len(self.used) - 1)
        self.empty[0] = len(self.used) - 2

    def batch(self, count, generator, dropout):
        pick = torch.randint(len(self.latents), (count,), generator=generator)
        variant = torch.randint(self.ids.shape[1], (count,), generator=generator)
        ids = self.ids[pick, variant].long()
        ids[torch.rand(count, generator=generator) < dropout] = self.empty
        return self.latents[pick].float(), ids


def train(rank, workers, args):
    corpus = Corpus(args.data, args.latents, args.tokenizer)
    torch.manual_seed(7)
    unet, text = build_unet(), build_text_encoder(len(corpus.used))
    speed_up(unet)
    unet.set_attn_processor(FloatAttention())
    models = torch.nn.ModuleDict(dict(unet=unet, text=text))
    trained = [p for p in models.parameters()]
    average = [p.detach().clone() for p in trained]
    names = [n for n, _ in models.named_parameters()]
    group = lambda chosen, decay, gain: dict(params=chosen, weight_decay=decay, gain=gain)
    optimizer = torch.optim.AdamW([group([p for p in unet.parameters() if p.dim() > 1], args.weight_decay, 1),
                                   group([p for p in unet.parameters() if p.dim() < 2], 0, 1),
                                   group(list(text.parameters()), args.weight_decay, .5)], lr=args.rate, betas=(.9, .98), fused=True)
    step, used = 0, 0.0
    checkpoint = os.path.join(args.out, "diffusion.pt")
    os.makedirs(args.out, exist_ok=True)
    if os.path.exists(checkpoint):
        state = torch.load(checkpoint, weights_only=False)
        models.load_state_dict(state["model"]); optimizer.load_state_dict(state["optimizer"])
        average = [state["average"][n] for n in names]
        step, used = state["step"], state["used"]
    if rank == 0:
        print("UNet", sum(p.numel() for p in unet.parameters()), "text (compact)", sum(p.numel() for p in text.parameters()),
              "tokens", len(corpus.used), "pictures", len(corpus.latents), flush=True)
    alphas = noise_schedule()
    generator = torch.Generator().manual_seed(1_000_003 * rank + step)
    clock, saved, losses = time.time(), time.time(), []
    while used < args.minutes * 60:
        share = used / (args.minutes * 60)
        for group in optimizer.param_groups:
            group["lr"] = group["gain"] * args.rate * min(1, (step + 1) / 200) * (.01 + .99 * .5 * (1 + math.cos(math.pi * share)))
        latents, ids = corpus.batch(args.batch // workers, generator, args.dropout)
        noise = torch.randn(latents.shape, generator=generator)
        noise += args.offset_noise * torch.randn((*noise.shape[:2], 1, 1), generator=generator)       # hides the mean colour: text must tell it
        t = torch.randint(1000, (len(latents),), generator=generator)
        late = torch.rand(len(t), generator=generator) < args.late
        t = torch.where(late, 600 + t * 2 // 5, t)
        a = alphas[t].view(-1, 1, 1, 1)
        noisy = (a.sqrt() * latents + (1 - a).sqrt() * noise).contiguous(memory_format=torch.channels_last)
        with mixed_precision():
            context = text(ids).last_hidden_state
            guess = unet(noisy, t, context).sample
        snr = (a / (1 - a)).flatten()
        weight = torch.clamp(args.snr / snr, max=1)
        loss = (weight * (guess.float() - noise).pow(2).mean((1, 2, 3))).mean()
        optimizer.zero_grad(set_to_none=False)
        loss.backward()
        share_gradients(trained)
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        keep = min(args.average, (step + 1) / (step + 20))
        with torch.no_grad():
            torch._foreach_lerp_(average, trained, 1 - keep)
        step += 1
        losses.append(float(loss.detach()))
        now = time.time()
        used, clock = agree(used + now - clock), now
        if step % 100 == 0 and rank == 0:
            print(f"step {step} used {used / 60:.1f} min loss {np.mean(losses[-100:]):.4f} rate {optimizer.param_groups[0]['lr']:.2e}", flush=True)
        if rank == 0 and (now - saved > 120 or used >= args.minutes * 60):
            torch.save(dict(model=models.state_dict(), average=dict(zip(names, average)), optimizer=optimizer.state_dict(), step=step,
                            used=used, token_ids=corpus.used, settings=json.dumps(vars(args))), checkpoint + ".part")
            os.replace(checkpoint + ".part", checkpoint)
            saved = now


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("data", "latents", "tokenizer", "out"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--minutes", type=float, default=75)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--weight-decay", type=float, default=0.01)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--snr", type=float, default=5.0, help="gamma of the min-SNR weights")
    parser.add_argument("--dropout", type=float, default=0.1, help="share of captions dropped")
    parser.add_argument("--offset-noise", type=float, default=0.2, help="spread of a constant added to each channel's noise")
    parser.add_argument("--late", type=float, default=0.2, help="share of pictures moved to the noisy steps 600 to 999")
    parser.add_argument("--average", type=float, default=0.998)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--port", type=int, default=29613)
    return parser.parse_args()


if __name__ == "__main__":
    options = parse()
    run_workers(train, options, options.workers, options.port)
