# SPDX-License-Identifier: Apache-2.0
"""How well the depth estimator orders places by depth, on scenes that it has never seen.

    python make_dataset.py   --out held_out --first 9000000 --count 200
    python evaluate_depth.py --data held_out --estimator depth_estimator
    python evaluate_depth.py --data held_out --maps folder        # 0000.npy ... made by any engine

Spearman's rank correlation of estimated relative inverse depth and minus the true depth, over
all pixels of a picture, averaged over pictures. Equal depths share their mean rank; the sky is one
depth, the farthest. Maps may be (height, width) arrays of any scale.
"""
import argparse
import os

import numpy as np
import torch
from scipy.stats import rankdata
from transformers import DPTForDepthEstimation, DPTImageProcessorPil


def spearman(a, b):
    return float(np.corrcoef(rankdata(a.ravel()), rankdata(b.ravel()))[0, 1])


@torch.no_grad()
def estimate(folder, images, batch=20):
    """(count, height, width) relative inverse depth of uint8 pictures, through transformers."""
    processor, model = DPTImageProcessorPil.from_pretrained(folder), DPTForDepthEstimation.from_pretrained(folder, dtype=torch.float32).eval()
    maps = []
    for k in range(0, len(images), batch):
        some = list(images[k:k + batch])
        outputs = model(**processor(images=some, return_tensors="pt"))
        maps += [d["predicted_depth"].numpy() for d in processor.post_process_depth_estimation(outputs, [i.shape[:2] for i in some])]
    return np.stack(maps)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="folder of make_dataset.py")
    parser.add_argument("--estimator", help="folder with config.json, preprocessor_config.json and model.safetensors")
    parser.add_argument("--maps", help="folder of .npy maps to judge instead")
    args = parser.parse_args()
    torch.set_num_threads(1)
    shard = np.load(os.path.join(args.data, "shard_0000.npz"))
    true = shard["depth"].astype(np.float32)
    if args.maps:
        maps = np.stack([np.load(os.path.join(args.maps, f"{k:04d}.npy")).squeeze() for k in range(len(true))])
    else:
        maps = estimate(args.estimator, shard["images"])
    found = np.array([spearman(m, -d) for m, d in zip(maps, true)])
    print(f"{len(found)} scenes: mean Spearman correlation {found.mean():.4f}, lowest tenth below {np.percentile(found, 10):.4f}, "
          f"lowest {found.min():.4f}, at least 0.9 in {(found >= .9).sum()}")


if __name__ == "__main__":
    main()
