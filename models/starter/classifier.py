# SPDX-License-Identifier: Apache-2.0
"""A small network that names subject, setting, time of day, colour and style of a picture.

    python make_dataset.py --out judge_data --first 5000000 --count 10000
    python classifier.py --data judge_data --out classifier.safetensors

It sees renderings only (seeds from 5,000,000), never pictures of the model it judges. Blur,
noise and changes of brightness make it robust. The last shard measures it.
"""
import argparse
import glob
import json
import math
import os
import time

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import nn

from cpu_speed import mixed_precision
from scenes import COLOURS, SETTINGS, STYLES, SUBJECTS, TIMES

HEADS = {"subject": SUBJECTS, "setting": SETTINGS, "time": TIMES, "colour": COLOURS, "style": STYLES}
WIDTHS = (24, 48, 72, 104, 136)


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        layers, before = [], 3
        for k, width in enumerate(WIDTHS):
            layers += [nn.Conv2d(before, width, 5 if k == 0 else 3, 2, 2 if k == 0 else 1), nn.GroupNorm(8, width), nn.SiLU()]
            if k:
                layers += [nn.Conv2d(width, width, 3, 1, 1), nn.GroupNorm(8, width), nn.SiLU()]
            before = width
        self.body = nn.Sequential(*layers)
        self.heads = nn.ModuleDict({name: nn.Linear(2 * before, len(values)) for name, values in HEADS.items()})

    def forward(self, pictures):
        """pictures (count, 3, 128, 128) in -1..1 -> {head: logits}"""
        features = self.body(pictures)
        pooled = torch.cat((features.mean((2, 3)), features.amax((2, 3))), 1)
        return {name: head(pooled) for name, head in self.heads.items()}


def load_classifier(path):
    model = Classifier()
    model.load_state_dict({k: v.float() for k, v in load_file(path).items()})
    return model.eval()


def labels_of(attributes):
    """Class numbers; -1 where a picture does not show the attribute."""
    out = {name: values.index(attributes[name]) for name, values in HEADS.items()}
    if attributes["colour"] == "none" or attributes["style"] == "pencil drawing":
        out["colour"] = -1
    return out


def disturb(x):
    """Random blur, noise, brightness and flip."""
    if torch.rand(()) < .35:
        k = int(torch.randint(0, 3, ()))
        x = (F.avg_pool2d(x, 3, 1, 1), F.interpolate(F.avg_pool2d(x, 2), scale_factor=2, mode="bilinear"),
             F.avg_pool2d(F.avg_pool2d(x, 3, 1, 1), 3, 1, 1))[k]
    x = x * (1 + .1 * torch.randn(len(x), 1, 1, 1)) + .06 * torch.randn(len(x), 3, 1, 1) + .05 * torch.rand(()) * torch.randn_like(x)
    return x.flip(3) if torch.rand(()) < .5 else x


@torch.no_grad()
def accuracy(model, images, labels):
    right, total = {n: 0 for n in HEADS}, {n: 0 for n in HEADS}
    for k in range(0, len(images), 100):
        logits = model(images[k:k + 100].permute(0, 3, 1, 2).float() / 127.5 - 1)
        for name in HEADS:
            y = labels[name][k:k + 100]
            right[name] += int(((logits[name].argmax(1) == y) & (y >= 0)).sum())
            total[name] += int((y >= 0).sum())
    return {n: right[n] / max(1, total[n]) for n in HEADS}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--resume", help="start from these weights")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(3)
    shards = [np.load(p) for p in sorted(glob.glob(os.path.join(args.data, "shard_????.npz")))]
    images = torch.from_numpy(np.concatenate([s["images"] for s in shards]))
    rows = [labels_of(json.loads(a)) for s in shards for a in s["attributes"]]
    labels = {name: torch.tensor([r[name] for r in rows]) for name in HEADS}
    train = len(images) - len(shards[-1]["images"])
    model = (load_classifier(args.resume).train() if args.resume else Classifier()).to(memory_format=torch.channels_last)
    print(sum(p.numel() for p in model.parameters()), "weights,", train, "pictures", flush=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=.05)
    start, step = time.time(), 0
    while (share := (time.time() - start) / (60 * args.minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = args.rate * min(1, (step + 1) / 50) * .5 * (1 + math.cos(math.pi * share))
        pick = torch.randint(train, (args.batch,))
        x = disturb(images[pick].permute(0, 3, 1, 2).float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
        with mixed_precision():
            logits = {name: value.float() for name, value in model(x).items()}
        loss = sum(F.cross_entropy(logits[n], labels[n][pick], ignore_index=-1, label_smoothing=.02) for n in HEADS)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        step += 1
        if step % 100 == 0:
            print(step, round(float(loss.detach()), 3), {k: round(v, 3) for k, v in accuracy(model, images[train:train + 300], {n: l[train:train + 300] for n, l in labels.items()}).items()}, flush=True)
    print("unseen renderings:", accuracy(model.eval(), images[train:], {n: l[train:] for n, l in labels.items()}))
    save_file({k: v.half().contiguous() for k, v in model.state_dict().items()}, args.out, metadata={"modelspec.license": "Apache-2.0"})


if __name__ == "__main__":
    main()
