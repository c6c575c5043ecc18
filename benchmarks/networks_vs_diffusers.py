"""Times UNets and the VAE of true sizes beside diffusers, with random weights.

Both run in turns in processes of their own with the same number of threads, since the machine's
load changes: only the ratios within a turn mean something. With --device cuda the reference is
diffusers as it is and compiled by torch.compile. Prints a Markdown table.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "reference"))
BUILD = pathlib.Path(os.environ.get("CALOTYPE_BUILD_DIR", ROOT / "build"))
UNETS = {"unet-sd1": "sd1", "unet-sd2": "sd2", "unet-sdxl": "sdxl", "unet-x4": "x4 upscaler"}


def family_of(network):
    from unet_families_test import TRUE_FAMILIES

    return TRUE_FAMILIES[UNETS[network]]


def make_module(network):
    import diffusers

    if network in UNETS:
        from unet_families_test import outline

        return outline(family_of(network))
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
    if network in UNETS:
        state = compvis_layout.unet(state, 2, family_of(network).attention)
    else:
        state = compvis_layout.vae(state)
    lines = [" ".join([n, *map(str, t.shape)]) + "\n" for n, t in state.items()]
    path.write_text("".join(lines))


def reference(network, args):
    """Times diffusers in this process."""
    import torch

    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    torch.set_default_dtype(getattr(torch, args.dtype[0]))
    torch.set_default_device(args.device)
    module = make_module(network).eval()
    if args.device == "cuda":
        # What its own guide to speed recommends; without it the ratios would flatter us.
        module = module.to(memory_format=torch.channels_last)
    if network == "vae-decode":
        del module.encoder
        latent = torch.randn(1, 4, args.size, args.size)
        call = torch.compile(module.decode) if args.compile else module.decode
        step = lambda: call(latent)
    else:
        from unet_families_test import inputs_of

        family = family_of(network)
        inputs = inputs_of(family, 2, (args.size, args.size))
        extra = {"class_labels": inputs["noise_levels"]} if "noise_levels" in inputs else {}
        if family.numbers:
            pooled = inputs["vector"][:, : family.vector - 256 * family.numbers]
            extra["added_cond_kwargs"] = {"text_embeds": pooled, "time_ids": 512 * torch.ones(2, family.numbers)}
        call = torch.compile(module) if args.compile else module
        step = lambda: call(inputs["x"], 500, inputs["context"], **extra)
    times = []
    with torch.inference_mode():
        for _ in range(args.repeats + 1):
            start = time.perf_counter()
            step()
            if args.device == "cuda":
                torch.cuda.synchronize()
            times.append(time.perf_counter() - start)
    warm_up, *times = times
    result = {
        "warm_up_s": warm_up,
        "median_s": statistics.median(times),
        "min_s": min(times),
        "peak_mib": peak_mib(args.device),
    }
    print(json.dumps(result))


def peak_mib(device="cpu"):
    """Of this process, in MiB."""
    if device == "cuda":
        import torch

        return torch.cuda.max_memory_allocated() // 2**20
    # Not from getrusage: there the peak of the process that started this one counts too.
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def last_json(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def json_or_none(command):
    """None, and why on stderr, where a peer fails: that costs its column, not the table."""
    try:
        return last_json(command)
    except SystemExit as failure:
        print(failure, file=sys.stderr)
        return None


def compare(network, dtype, args):
    """Results of our network, of diffusers' and, on a GPU, of diffusers' compiled: lists of a turn each."""
    with tempfile.TemporaryDirectory() as folder:
        shapes = pathlib.Path(folder) / "shapes.txt"
        write_shapes(network, shapes)
        options = ["--dtype", dtype, "--size", args.size, "--threads", args.threads]
        options = [*map(str, options), "--repeats", str(args.repeats), "--device", args.device]
        theirs = [sys.executable, __file__, "--reference", network, *options]
        kind = network.split("-")[0] if network in UNETS else network
        ours = [BUILD / "bin" / "calotype_network_bench", kind, shapes, *options]
        peers = [theirs] + [[*theirs, "--compile"]] * (args.device == "cuda")
        turns = [[last_json(ours), *map(json_or_none, peers)] for _ in range(args.turns)]
    return list(zip(*turns))


def row(network, dtype, ours, *others):
    median = lambda runs, key: statistics.median(r[key] for r in runs)
    cells = [network, dtype, f"{median(ours, 'min_s'):.4g}", f"{median(ours, 'peak_mib'):.0f}"]
    for theirs in others:
        if None in theirs:
            cells += ["-"] * 4
            continue
        for key in ("min_s", "peak_mib"):
            ratio = statistics.median(a[key] / b[key] for a, b in zip(ours, theirs))
            cells += [f"{median(theirs, key):.4g}", f"{ratio:.2f}"]
    return "| " + " | ".join(cells) + " |"


def header(device):
    cells = ["network", "dtype", "ours s", "ours MiB"]
    for name in ["diffusers"] + ["compiled"] * (device == "cuda"):
        cells += [f"{name} s", "ratio", f"{name} MiB", "ratio"]
    return "| " + " | ".join(cells) + " |\n" + "|---" * len(cells) + "|"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", help="time diffusers only; for this script itself")
    parser.add_argument("--compile", action="store_true", help="with --reference: torch.compile")
    parser.add_argument("--networks", nargs="+", choices=[*UNETS, "vae-decode"], default=["unet-sd1", "vae-decode"])
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--dtype", nargs="+", help="float32 and bfloat16, on a GPU float16 too")
    parser.add_argument("--size", type=int, default=64, help="of the latent; 64 is 512 pixels")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--turns", type=int, default=3)
    args = parser.parse_args()
    if args.reference:
        reference(args.reference, args)
        return

    import diffusers
    import torch

    dtypes = args.dtype or ["float32", "bfloat16"] + ["float16"] * (args.device == "cuda")
    print(f"torch {torch.__version__}, diffusers {diffusers.__version__}, {args.threads} threads,")
    if args.device == "cuda":
        print(f"{torch.cuda.get_device_name()},")
    print(f"{8 * args.size} pixels, {args.turns} turns of {args.repeats}; UNet with batch 2.")
    print(f"Load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.\n")
    print(header(args.device))
    for network in args.networks:
        for dtype in dtypes:
            print(row(network, dtype, *compare(network, dtype, args)), flush=True)
    print(f"\nLoad after: {os.getloadavg()[0]:.1f}. Seconds are the best of a turn.")


if __name__ == "__main__":
    main()
