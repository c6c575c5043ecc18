# SPDX-License-Identifier: Apache-2.0
"""Writes the trained parts as one half-precision file in the SD 1.x (CompVis) key layout.

    python export.py --vae latents/vae --diffusion diffusion/diffusion.pt --out starter.safetensors
"""
import argparse
import os
import re

import torch
from diffusers import AutoencoderKL
from safetensors.torch import load_file, save_file

from networks import UNET, build_text_encoder, build_unet, full_vocabulary

RESNET = {"norm1": "in_layers.0", "conv1": "in_layers.2", "time_emb_proj": "emb_layers.1", "norm2": "out_layers.0",
          "conv2": "out_layers.3", "conv_shortcut": "skip_connection"}
OUTER = {"conv_in": "input_blocks.0.0", "time_embedding.linear_1": "time_embed.0", "time_embedding.linear_2": "time_embed.2", "class_embedding": "label_emb",
         "conv_norm_out": "out.0", "conv_out": "out.2", "mid_block.resnets.0": "middle_block.0",
         "mid_block.attentions.0": "middle_block.1", "mid_block.resnets.1": "middle_block.2"}


def unet_key(key, layers=UNET["layers_per_block"], up_types=UNET["up_block_types"]):
    """The CompVis name of a diffusers UNet weight."""
    match = re.match(r"(down|up)_blocks\.(\d+)\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)\.(.*)", key)
    if match:
        side, level, kind, index, rest = match[1], int(match[2]), match[3], int(match[4]), match[5]
        if kind == "downsamplers":
            return f"input_blocks.{(level + 1) * (layers + 1)}.0.op.{rest.removeprefix('conv.')}"
        if kind == "upsamplers":
            place = 2 if up_types[level].startswith("CrossAttn") else 1
            return f"output_blocks.{level * (layers + 1) + layers}.{place}.{rest}"
        block = f"input_blocks.{1 + level * (layers + 1) + index}" if side == "down" else f"output_blocks.{level * (layers + 1) + index}"
        return f"{block}.1.{rest}" if kind == "attentions" else f"{block}.0.{resnet_rest(rest)}"
    for ours, theirs in OUTER.items():
        if key.startswith(ours + "."):
            rest = key[len(ours) + 1:]
            return f"{theirs}.{resnet_rest(rest) if 'resnets' in ours else rest}"
    raise KeyError(key)


def resnet_rest(rest):
    name, kind = rest.rsplit(".", 1)
    return f"{RESNET[name]}.{kind}"


def vae_key(key, levels=4):
    """The CompVis name of a diffusers autoencoder weight."""
    key = re.sub(r"encoder\.down_blocks\.(\d)\.resnets\.(\d)", r"encoder.down.\1.block.\2", key)
    key = re.sub(r"encoder\.down_blocks\.(\d)\.downsamplers\.0", r"encoder.down.\1.downsample", key)
    key = re.sub(r"decoder\.up_blocks\.(\d)\.resnets\.(\d)", lambda m: f"decoder.up.{levels - 1 - int(m[1])}.block.{m[2]}", key)
    key = re.sub(r"decoder\.up_blocks\.(\d)\.upsamplers\.0", lambda m: f"decoder.up.{levels - 1 - int(m[1])}.upsample", key)
    for ours, theirs in (("mid_block.resnets.0", "mid.block_1"), ("mid_block.resnets.1", "mid.block_2"), ("mid_block.attentions.0", "mid.attn_1"),
                         ("group_norm", "norm"), ("to_out.0", "proj_out"), ("to_q", "q"), ("to_k", "k"), ("to_v", "v"),
                         ("conv_norm_out", "norm_out"), ("conv_shortcut", "nin_shortcut")):
        key = key.replace(ours, theirs)
    return key


def single_file(unet, vae, text):
    """All weights under their CompVis names. Arguments are diffusers state dicts."""
    out = {"model.diffusion_model." + unet_key(k): v for k, v in unet.items()}
    for key, value in vae.items():
        name = vae_key(key)
        if ".attn_1." in name and name.endswith("weight") and value.dim() == 2:
            value = value[:, :, None, None]
        out["first_stage_model." + name] = value
    for key, value in text.items():
        if not key.endswith("position_ids"):
            key = key if key.startswith("text_model.") else "text_model." + key
            out["cond_stage_model.transformer." + key] = value
    return {k: v.to(torch.float16).contiguous() for k, v in out.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vae", required=True, help="folder of the folded autoencoder")
    parser.add_argument("--diffusion", required=True, help="checkpoint of train_diffusion.py")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    state = torch.load(args.diffusion, weights_only=False)
    part = lambda name: {k[len(name) + 1:]: v for k, v in state["average"].items() if k.startswith(name + ".")}
    unet, text = build_unet(), build_text_encoder()
    unet.load_state_dict(part("unet"))
    text.load_state_dict(full_vocabulary(part("text"), state["token_ids"]))
    vae = AutoencoderKL.from_pretrained(args.vae)
    tensors = single_file(unet.state_dict(), vae.state_dict(), text.state_dict())
    save_file(tensors, args.out, metadata={"format": "pt", "modelspec.title": "Calotype starter model", "modelspec.license": "Apache-2.0",
                                           "modelspec.architecture": "stable-diffusion-v1", "modelspec.resolution": "128x128",
                                           "modelspec.prediction_type": "epsilon", "training_steps": str(state["step"])})
    back = load_file(args.out)
    print(args.out, len(back), "tensors,", sum(t.numel() for t in back.values()), "weights,", os.path.getsize(args.out), "bytes, step", state["step"],
          "largest", max(float(t.float().abs().max()) for t in back.values()))


if __name__ == "__main__":
    main()
