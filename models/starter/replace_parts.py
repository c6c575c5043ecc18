# SPDX-License-Identifier: Apache-2.0
"""Puts parts that were trained further into the starter model; all else stays as it is.

    python replace_parts.py --model starter.safetensors --vae decoder/vae --unet text_unet/text.safetensors --out new.safetensors

`--vae`: folder that tune_decoder.py wrote. `--unet`: file that train_conditioned_unet.py --kind text wrote.
"""
import argparse
import os

import torch
from diffusers import AutoencoderKL
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from export import single_file


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--vae")
    parser.add_argument("--unet")
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    tensors = load_file(args.model)
    with safe_open(args.model, "pt") as file:
        metadata = file.metadata()
    parts = {}
    if args.vae:
        parts.update(single_file({}, AutoencoderKL.from_pretrained(args.vae).state_dict(), {}))
    if args.unet:
        parts.update(load_file(args.unet))
        with safe_open(args.unet, "pt") as file:
            metadata["further_training_steps"] = file.metadata()["training_steps"]
    for name, tensor in parts.items():
        if tensors[name].shape != tensor.shape:
            raise SystemExit(f"{name} has the shape {list(tensor.shape)}, in {args.model} {list(tensors[name].shape)}")
    changed = sum(not torch.equal(tensors[name], tensor) for name, tensor in parts.items())
    save_file({**tensors, **parts}, args.out + ".part", metadata=metadata)
    os.replace(args.out + ".part", args.out)
    print(args.out, len(tensors), "tensors,", changed, "changed,", os.path.getsize(args.out), "bytes")


if __name__ == "__main__":
    main()
