# SPDX-License-Identifier: Apache-2.0
"""Makes pictures with diffusers from the single file, to compare an engine against.

    python sample_diffusers.py --model starter.safetensors --captions held_out.json --out pictures
    python sample_diffusers.py --model starter.safetensors --prompt "a red boat at sunset" --out pictures --grid grid.png

`--captions` is a JSON list of texts or of records with a "caption". Pictures are named 0000.png ...
"""
import argparse
import json
import os

import torch
from diffusers import (AutoencoderKL, DPMSolverMultistepScheduler, EulerDiscreteScheduler, StableDiffusionPipeline, UNet2DConditionModel)
from PIL import Image
from safetensors.torch import load_file

from clip_tokenizer import load_tokenizer
from cpu_speed import mixed_precision
from networks import UNET, build_text_encoder, build_unet
from train_vae import CONFIG

SCHEDULE = dict(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, num_train_timesteps=1000, prediction_type="epsilon", timestep_spacing="linspace", steps_offset=1)


def load_pipeline(path, configs):
    """A diffusers pipeline from the single file; configuration files are written to `configs`."""
    build_unet().save_config(os.path.join(configs, "unet"))
    AutoencoderKL(**CONFIG).save_config(os.path.join(configs, "vae"))
    unet = UNet2DConditionModel.from_single_file(path, config=configs, subfolder="unet", torch_dtype=torch.float32)
    vae = AutoencoderKL.from_single_file(path, config=configs, subfolder="vae", torch_dtype=torch.float32)
    text = build_text_encoder()
    weights = {k.removeprefix("cond_stage_model.transformer."): v.float() for k, v in load_file(path).items() if k.startswith("cond_stage_model.")}
    if not any(k.startswith("text_model.") for k in text.state_dict()):
        weights = {k.removeprefix("text_model."): v for k, v in weights.items()}
    text.load_state_dict(weights, strict=True)
    return StableDiffusionPipeline(vae=vae.eval(), text_encoder=text.eval(), tokenizer=load_tokenizer(os.path.join(configs, "tokenizer")), unet=unet.eval(),
                                   scheduler=EulerDiscreteScheduler(**SCHEDULE), safety_checker=None, feature_extractor=None, requires_safety_checker=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--captions", help="JSON list")
    parser.add_argument("--prompt", action="append", default=[])
    parser.add_argument("--count", type=int, default=0, help="only the first so many captions")
    parser.add_argument("--sampler", choices=("euler", "dpmpp_2m"), default="euler")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--cfg", type=float, default=5.0)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--seed", type=int, default=1, help="picture k uses seed + k")
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--grid", help="also write one picture of all")
    parser.add_argument("--columns", type=int, default=6)
    parser.add_argument("--configs", help="folder for configuration files (default: <out>/configs)")
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    texts = [c if isinstance(c, str) else c["caption"] for c in json.load(open(args.captions))] if args.captions else []
    texts = (texts + args.prompt)[:args.count or None]
    pipe = load_pipeline(args.model, args.configs or os.path.join(args.out, "configs"))
    pipe.set_progress_bar_config(disable=True)
    if args.sampler == "dpmpp_2m":
        pipe.scheduler = DPMSolverMultistepScheduler(**SCHEDULE)
    made = []
    for start in range(0, len(texts), args.batch):
        some = texts[start:start + args.batch]
        seeds = [torch.Generator().manual_seed(args.seed + start + k) for k in range(len(some))]
        with mixed_precision():
            pictures = pipe(some, height=args.size, width=args.size, num_inference_steps=args.steps, guidance_scale=args.cfg, generator=seeds).images
        for k, picture in enumerate(pictures):
            picture.save(os.path.join(args.out, f"{start + k:04d}.png"))
        made += pictures
    if args.grid:
        rows, gap = (len(made) + args.columns - 1) // args.columns, 4
        grid = Image.new("RGB", (args.columns * (args.size + gap) - gap, rows * (args.size + gap) - gap), "white")
        for k, picture in enumerate(made):
            grid.paste(picture, (k % args.columns * (args.size + gap), k // args.columns * (args.size + gap)))
        grid.save(args.grid)


if __name__ == "__main__":
    main()
