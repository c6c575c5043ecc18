# SPDX-License-Identifier: Apache-2.0
"""The x4 upscaler's UNet before training: the best linear guess of the latents from the small picture.

At noisy steps v is minus the clean latents, and these are nearly a linear function of the 3x3 small
pixels around them. That guess goes from the first convolution through the outermost skip to the last.
As in linear_code.py it goes as pairs (x, -x), and in training the last group norm has a large eps.
"""
import torch

from upscaler_networks import UNET

LOOSE, USUAL = 1.0, 1e-5
SMALL = .3
LAST = f"up_blocks.{len(UNET['up_block_types']) - 1}.resnets.{UNET['layers_per_block']}"       # writes what the last group norm reads


def best_guess(latents, small):
    """Weights (4, 3, 3, 3) and bias (4) of the 3x3 convolution that best gives `latents` from small pictures (-1..1)."""
    patches = torch.nn.functional.unfold(small, 3).transpose(1, 2).reshape(-1, 27)
    ones = torch.ones(len(patches), 1)
    inside = latents[:, :, 1:-1, 1:-1].flatten(2).transpose(1, 2).reshape(-1, 4)
    found = torch.linalg.lstsq(torch.cat([patches, ones], 1), inside).solution
    residual = (inside - torch.cat([patches, ones], 1) @ found).std(0)
    print("spread of latents that the linear guess leaves", residual.tolist(), flush=True)
    return found[:27].T.reshape(4, 3, 3, 3), found[27]


@torch.no_grad()
def start_linear(unet, latents, small):
    weight, bias = best_guess(latents, small)
    last = unet.get_submodule(LAST)
    width = unet.conv_in.out_channels
    gain = (LOOSE + SMALL ** 2) ** .5 / SMALL
    last.conv2.weight *= .1
    last.conv2.bias.zero_()
    unet.conv_out.weight *= .1
    unet.conv_out.bias.zero_()
    for k in range(4):
        for sign, channel in ((1, 2 * k), (-1, 2 * k + 1)):
            unet.conv_in.weight[channel], unet.conv_in.bias[channel] = 0, sign * SMALL * bias[k]
            unet.conv_in.weight[channel, 4:] = sign * SMALL * weight[k]
            last.conv_shortcut.weight[channel], last.conv_shortcut.bias[channel] = 0, 0
            last.conv_shortcut.weight[channel, width + channel] = 1
            unet.conv_out.weight[k, channel, 1, 1] = -sign * gain


def loosen(unet):
    unet.conv_norm_out.eps = LOOSE


@torch.no_grad()
def tightened(state):
    """The diffusers state dict of the same function with the usual eps."""
    ratio, writers = (USUAL / LOOSE) ** .5, (f"{LAST}.conv2.", f"{LAST}.conv_shortcut.")
    return {k: v * ratio if k.startswith(writers) else v for k, v in state.items()}
