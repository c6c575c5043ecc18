# SPDX-License-Identifier: Apache-2.0
"""Renders training pictures: shards of images, true depth, captions and attributes.

    python make_dataset.py --out data --count 30000 --workers 2

Shard k holds scenes k*1000 .. k*1000+999 and depends only on `--first` and k. Shards that
exist are kept. The classifier uses seeds from 5,000,000, held-out captions from 9,000,000.
"""
import argparse
import json
import os
from multiprocessing import Pool

os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np

from captions import caption_for
from draw import draw_scene
from scenes import sample_scene

SHARD = 1000
CAPTIONS_PER_SCENE = 4


def render_shard(job):
    path, first, count, size = job
    if os.path.exists(path):
        return path
    images, depths = np.zeros((count, size, size, 3), np.uint8), np.zeros((count, size, size), np.float16)
    captions, attributes = [], []
    for k in range(count):
        scene = sample_scene(first + k)
        images[k], depths[k] = draw_scene(scene, size)
        attributes.append(json.dumps(scene.attributes()))
        captions.append([caption_for(scene, np.random.default_rng([scene.seed, 37, v]))[0] for v in range(CAPTIONS_PER_SCENE)])
    np.savez(path + ".part.npz", images=images, depth=depths, captions=np.array(captions), attributes=np.array(attributes))
    os.replace(path + ".part.npz", path)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", required=True)
    parser.add_argument("--count", type=int, default=30000)
    parser.add_argument("--first", type=int, default=0, help="seed of the first scene")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    os.makedirs(args.out, exist_ok=True)
    jobs = [(os.path.join(args.out, f"shard_{k:04d}.npz"), args.first + k * SHARD, min(SHARD, args.count - k * SHARD), args.size)
            for k in range((args.count + SHARD - 1) // SHARD)]
    with Pool(args.workers) as pool:
        for path in pool.imap(render_shard, jobs):
            print(path, flush=True)


if __name__ == "__main__":
    main()
