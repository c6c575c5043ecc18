"""Times the upscaling networks of true size beside plain PyTorch, with random weights.

Both run in turns in processes of their own with the same number of threads, since the machine's
load changes: only the ratios within a turn mean something. Prints a Markdown table.
"""

import argparse
import json
import os
import pathlib
import statistics
import sys
import tempfile
import time

from networks_vs_diffusers import BUILD, last_json, peak_mib

NETWORKS = {"rrdb": dict(features=64, growth=32, blocks=23), "compact": dict(features=64, convs=32)}


def make_module(network):
    from esrgan_networks import Compact, RRDBNet

    return {"rrdb": RRDBNet, "compact": Compact}[network](**NETWORKS[network]).eval()


def write_shapes(network, path):
    import torch

    with torch.device("meta"):
        state = make_module(network).state_dict()
    path.write_text("".join(" ".join([n, *map(str, t.shape)]) + "\n" for n, t in state.items()))


def reference(network, dtype, size, threads, repeats):
    """Times PyTorch in this process."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    torch.set_default_dtype(getattr(torch, dtype))
    module, pixels, times = make_module(network), torch.rand(1, 3, size, size), []
    with torch.inference_mode():
        for _ in range(repeats + 1):
            start = time.perf_counter()
            module(pixels)
            times.append(time.perf_counter() - start)
    warm_up, *times = times
    print(json.dumps({"warm_up_s": warm_up, "median_s": statistics.median(times), "min_s": min(times),
                      "peak_mib": peak_mib()}))


def compare(network, dtype, args):
    options = ["--dtype", dtype, "--size", str(args.size), "--threads", str(args.threads)]
    options += ["--repeats", str(args.repeats)]
    with tempfile.TemporaryDirectory() as folder:
        shapes = pathlib.Path(folder) / "shapes.txt"
        write_shapes(network, shapes)
        ours, theirs = [], []
        for _ in range(args.turns):
            ours.append(last_json([BUILD / "bin" / "calotype_network_bench", network, shapes, *options]))
            theirs.append(last_json([sys.executable, __file__, "--reference", network, *options]))
    return ours, theirs


def row(network, dtype, ours, theirs):
    cells = [network, dtype]
    for key, digits in (("min_s", 2), ("peak_mib", 0)):
        cells += [f"{statistics.median(r[key] for r in runs):.{digits}f}" for runs in (ours, theirs)]
        cells.append(f"{statistics.median(a[key] / b[key] for a, b in zip(ours, theirs)):.2f}")
    return f"| {' | '.join(cells)} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", help="time PyTorch only; for this script itself")
    parser.add_argument("--networks", nargs="+", default=list(NETWORKS))
    parser.add_argument("--dtype", nargs="+", default=["float32"])
    parser.add_argument("--size", type=int, default=128, help="of the picture that is enlarged, in pixels")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--turns", type=int, default=3)
    args = parser.parse_args()
    if args.reference:
        reference(args.reference, args.dtype[0], args.size, args.threads, args.repeats)
        return
    import torch

    print(f"torch {torch.__version__}, {args.threads} threads, {args.size} pixels to {4 * args.size}, {args.turns} turns.")
    print(f"Load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.\n")
    print("| network | dtype | Calotype s | PyTorch s | ratio | Calotype MiB | PyTorch MiB | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for network in args.networks:
        for dtype in args.dtype:
            print(row(network, dtype, *compare(network, dtype, args)), flush=True)


if __name__ == "__main__":
    main()
