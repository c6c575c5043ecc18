# SPDX-License-Identifier: Apache-2.0
"""Encodes what further training of the UNet, plain, inpainting or depth-conditioned, and of the decoder reads, once.

    python encode_companions.py --data data --model starter.safetensors --out encoded

Per shard: `latents` of the pictures and `masked` of the masked pictures (count, 4, 16, 16), times
0.18215; `mask` (count, 16, 16); `depth` (count, 16, 16) in -1..1, near = 1; `context`
(count, captions, 77, 128) of the text encoder. `<out>/constant.npz` holds the `grey` latent of a wholly masked
picture and the `empty` caption's context. Shards that exist are kept.
"""
import argparse
import glob
import os

import numpy as np
import torch

from clip_tokenizer import token_ids
from cpu_speed import mixed_precision, speed_up
from depth_network import relative_inverse_depth
from encode_latents import SCALE, means_of
from inpainting_masks import at_latent_size, random_mask
from sample_diffusers import load_pipeline

CAPTIONS = 2


def depth_condition(inverse):
    """(count, 1, 16, 16) in -1..1 of (count, height, width): bicubic to latent size, then stretched per picture."""
    small = torch.nn.functional.interpolate(torch.as_tensor(inverse)[:, None].float(), size=(16, 16), mode="bicubic", align_corners=False)
    low, high = small.amin((1, 2, 3), keepdim=True), small.amax((1, 2, 3), keepdim=True)
    return 2 * (small - low) / (high - low).clamp(min=1e-6) - 1


@torch.no_grad()
def contexts(text, tokenizer, captions, batch=100):
    ids, parts = token_ids(tokenizer, captions), []
    for k in range(0, len(ids), batch):
        with mixed_precision():
            parts.append(text(ids[k:k + batch]).last_hidden_state.half())
    return torch.cat(parts).numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    os.makedirs(args.out, exist_ok=True)
    pipe = load_pipeline(args.model, os.path.join(args.out, "configs"))
    pipe.vae.save_pretrained(os.path.join(args.out, "vae"))     # for tune_decoder.py
    vae = speed_up(pipe.vae)
    encode = lambda images: (means_of(vae, images) * SCALE).half().numpy()
    grey = (vae.encode(torch.zeros(1, 3, 128, 128)).latent_dist.mean * SCALE).detach().half().numpy()
    np.savez(os.path.join(args.out, "constant.npz"), grey=grey, empty=contexts(pipe.text_encoder, pipe.tokenizer, [""]))
    for path in sorted(glob.glob(os.path.join(args.data, "shard_????.npz"))):
        target = os.path.join(args.out, os.path.basename(path))
        if os.path.exists(target):
            continue
        shard = np.load(path)
        images, number = shard["images"], int(os.path.basename(path)[6:10])
        masks = np.stack([random_mask(np.random.default_rng([number, k, 41])) for k in range(len(images))])
        masked = np.where(masks[..., None], np.uint8(128), images)
        captions = shard["captions"][:, :CAPTIONS]
        context = contexts(pipe.text_encoder, pipe.tokenizer, captions.reshape(-1).tolist()).reshape(*captions.shape, 77, -1)
        np.savez(target + ".part.npz", latents=encode(images), masked=encode(masked), mask=at_latent_size(masks), context=context,
                 depth=depth_condition(relative_inverse_depth(shard["depth"]))[:, 0].half().numpy())
        os.replace(target + ".part.npz", target)
        print(target, float(masks.mean()), flush=True)


if __name__ == "__main__":
    main()
