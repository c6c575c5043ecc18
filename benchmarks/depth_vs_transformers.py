"""Times depth estimation of true size beside transformers, with random weights.

Both run in turns in processes of their own with the same number of threads, as in
networks_vs_diffusers.py. Prints a Markdown table.
"""

import argparse
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

from networks_vs_diffusers import BUILD, last_json, peak_mib, row

SIZES = {"dpt-hybrid": 384, "depth-anything-v2-small": 518}


def make_module(network):
    import depth_layout

    return depth_layout.make_true_dpt() if network == "dpt-hybrid" else depth_layout.make_true_depth_anything()


def write_shapes(network, path):
    import depth_layout

    with tempfile.TemporaryDirectory() as folder:
        state = depth_layout.saved(make_module(network), pathlib.Path(folder))
    state = depth_layout.midas(state) if network == "dpt-hybrid" else depth_layout.depth_anything(state)
    path.write_text("".join(" ".join([n, *map(str, t.shape)]) + "\n" for n, t in state.items()))


def reference(network, dtype, threads, repeats):
    """Times transformers in this process."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    module = make_module(network).to(getattr(torch, dtype))
    x = torch.randn(1, 3, SIZES[network], SIZES[network], dtype=getattr(torch, dtype))
    times = []
    with torch.inference_mode():
        for _ in range(repeats + 1):
            start = time.perf_counter()
            module(x)
            times.append(time.perf_counter() - start)
    warm_up, *times = times
    print(json.dumps({
        "warm_up_s": warm_up, "median_s": statistics.median(times), "min_s": min(times),
        "peak_mib": peak_mib()}))


def compare(network, dtype, args):
    with tempfile.TemporaryDirectory() as folder:
        shapes = pathlib.Path(folder) / "shapes.txt"
        write_shapes(network, shapes)
        options = ["--dtype", dtype, "--threads", str(args.threads), "--repeats", str(args.repeats)]
        size = ["--size", str(SIZES[network])]
        ours, theirs = [], []
        for _ in range(args.turns):
            ours.append(last_json([BUILD / "bin" / "calotype_network_bench", "depth", shapes, *options, *size]))
            theirs.append(last_json([sys.executable, __file__, "--reference", network, *options]))
    return ours, theirs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", help="time transformers only; for this script itself")
    parser.add_argument("--networks", nargs="+", default=list(SIZES))
    parser.add_argument("--dtype", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--turns", type=int, default=3)
    args = parser.parse_args()
    if args.reference:
        reference(args.reference, args.dtype[0], args.threads, args.repeats)
        return

    import torch
    import transformers

    print(f"torch {torch.__version__}, transformers {transformers.__version__}, {args.threads} threads,")
    print(f"{args.turns} turns of {args.repeats}; one picture.")
    print(f"Load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.\n")
    print("| network | dtype | ours s | ours MiB | transformers s | ratio | transformers MiB | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for network in args.networks:
        for dtype in args.dtype:
            print(row(network, dtype, *compare(network, dtype, args)), flush=True)
    print(f"\nLoad after: {os.getloadavg()[0]:.1f}. Seconds are the best of a turn.")


if __name__ == "__main__":
    main()
