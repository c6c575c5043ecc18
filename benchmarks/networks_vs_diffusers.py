"""Times UNet and VAE of true Stable Diffusion 1.5 size beside diffusers, with random weights.

Both run in turns in processes of their own with the same number of threads, since the machine's
load changes: only the ratios within a turn mean something. Prints a Markdown table.
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "reference"))
BUILD = pathlib.Path(os.environ.get("CALOTYPE_BUILD_DIR", ROOT / "build"))
ATTENTION = (True, True, True, False)


def make_module(network):
    import diffusers

    if network == "unet":
        return diffusers.UNet2DConditionModel(
            sample_size=64,
            block_out_channels=(320, 640, 1280, 1280),
            cross_attention_dim=768,
            attention_head_dim=8,
        )
    return diffusers.AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        layers_per_block=2,
        latent_channels=4,
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
    )


def write_shapes(network, path):
    import compvis_layout
    import torch

    with torch.device("meta"):
        state = make_module(network).state_dict()
    state = compvis_layout.unet(state, 2, ATTENTION) if network == "unet" else compvis_layout.vae(state)
    lines = [" ".join([n, *map(str, t.shape)]) + "\n" for n, t in state.items()]
    path.write_text("".join(lines))


def reference(network, dtype, size, threads, repeats):
    """Times diffusers in this process."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    torch.set_default_dtype(getattr(torch, dtype))
    module = make_module(network).eval()
    if network == "vae-decode":
        del module.encoder
        latent = torch.randn(1, 4, size, size)
        step = lambda: module.decode(latent)
    else:
        x, context = torch.randn(2, 4, size, size), torch.randn(2, 77, 768)
        step = lambda: module(x, 500, context)
    times = []
    with torch.inference_mode():
        for _ in range(repeats + 1):
            start = time.perf_counter()
            step()
            times.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    warm_up, *times = times
    result = {
        "warm_up_s": warm_up,
        "median_s": statistics.median(times),
        "min_s": min(times),
        "peak_rss_mib": peak,
    }
    print(json.dumps(result))


def last_json(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def compare(network, dtype, args):
    with tempfile.TemporaryDirectory() as folder:
        shapes = pathlib.Path(folder) / "shapes.txt"
        write_shapes(network, shapes)
        options = ["--dtype", dtype, "--size", str(args.size), "--threads", str(args.threads)]
        options += ["--repeats", str(args.repeats)]
        ours, theirs = [], []
        for _ in range(args.turns):
            ours.append(last_json([BUILD / "bin" / "calotype_network_bench", network, shapes, *options]))
            theirs.append(last_json([sys.executable, __file__, "--reference", network, *options]))
    return ours, theirs


def row(network, dtype, ours, theirs):
    def both(key):
        a, b = (statistics.median(r[key] for r in runs) for runs in (ours, theirs))
        ratio = statistics.median(x[key] / y[key] for x, y in zip(ours, theirs))
        return f"{a:.2f} | {b:.2f} | {ratio:.2f}" if key != "peak_rss_mib" else f"{a:.0f} | {b:.0f} | {ratio:.2f}"

    return f"| {network} | {dtype} | {both('min_s')} | {both('peak_rss_mib')} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", help="time diffusers only; for this script itself")
    parser.add_argument("--networks", nargs="+", default=["unet", "vae-decode"])
    parser.add_argument("--dtype", nargs="+", default=["float32", "bfloat16"])
    parser.add_argument("--size", type=int, default=64, help="of the latent; 64 is 512 pixels")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--turns", type=int, default=3)
    args = parser.parse_args()
    if args.reference:
        reference(args.reference, args.dtype[0], args.size, args.threads, args.repeats)
        return

    import diffusers
    import torch

    print(f"torch {torch.__version__}, diffusers {diffusers.__version__}, {args.threads} threads,")
    print(f"{8 * args.size} pixels, {args.turns} turns of {args.repeats}; UNet with batch 2.")
    print(f"Load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.\n")
    print("| network | dtype | ours s | diffusers s | ratio | ours MiB | diffusers MiB | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for network in args.networks:
        for dtype in args.dtype:
            print(row(network, dtype, *compare(network, dtype, args)), flush=True)
    print(f"\nLoad after: {os.getloadavg()[0]:.1f}. Seconds are the best of a turn.")


if __name__ == "__main__":
    main()
