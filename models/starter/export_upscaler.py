# SPDX-License-Identifier: Apache-2.0
"""Writes the x4 upscaler's UNet and autoencoder as one half-precision file in the CompVis key layout.

    python export_upscaler.py --vae upscaler_vae/vae --unet upscaler/finished.pt --out upscaler.safetensors
"""
import argparse
import os

import torch
from diffusers import AutoencoderKL
from safetensors.torch import load_file, save_file

from export import unet_key, vae_key
from upscaler_networks import UNET, VAE, build_upscaler_unet, build_vae


def unet_name(key):
    return "model.diffusion_model." + unet_key(key, UNET["layers_per_block"], UNET["up_block_types"])


def vae_name(key):
    return "first_stage_model." + vae_key(key, len(VAE["block_out_channels"]))


def single_file(unet, vae):
    """All weights under their CompVis names. Arguments are diffusers state dicts."""
    tensors = {unet_name(key): value for key, value in unet.items()}
    for key, value in vae.items():
        name = vae_name(key)
        square = ".attn_1." in name and name.endswith("weight") and value.dim() == 2
        tensors[name] = value[:, :, None, None] if square else value
    return {name: value.to(torch.float16).contiguous() for name, value in tensors.items()}


def load_networks(path):
    """UNet and autoencoder of such a file, in float32."""
    weights, networks = load_file(path), []
    for network, name in ((build_upscaler_unet(), unet_name), (build_vae(), vae_name)):
        network.load_state_dict({k: weights[name(k)].float().reshape(v.shape) for k, v in network.state_dict().items()})
        networks.append(network.eval())
    return networks


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vae", required=True, help="folder of the standardised autoencoder")
    parser.add_argument("--unet", required=True, help="finished.pt of train_upscaler.py")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    state = torch.load(args.unet)
    tensors = single_file(state["average"], AutoencoderKL.from_pretrained(args.vae).state_dict())
    save_file(tensors, args.out, metadata={"format": "pt", "modelspec.title": "Calotype starter model, x4 upscaler", "modelspec.license": "Apache-2.0",
                                           "modelspec.resolution": "128x128", "modelspec.prediction_type": "v", "training_steps": str(state["step"])})
    print(args.out, len(tensors), "tensors,", sum(t.numel() for t in tensors.values()), "weights,", os.path.getsize(args.out), "bytes, step", state["step"])


if __name__ == "__main__":
    main()
