"""Times loading a Stable Diffusion 1.5 checkpoint of 2 GB beside diffusers with the safetensors package.

A diffusers folder of random weights in `--dtype` is written once. Each side then loads it from the page cache in
processes of their own, in turns, and runs every network once on the smallest input (64 x 64 pixels), so that no
weight is left on disk. Prints a Markdown table. Peak memory stands beside that of the process before loading.
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

from networks_vs_diffusers import BUILD, last_json, make_module, peak_mib


def write_folder(folder, dtype):
    import diffusers
    import torch
    import transformers
    from clip_vocabulary import write_tokenizer_folder

    torch.manual_seed(1)
    torch.set_default_dtype(dtype)
    text = transformers.CLIPTextModel(
        transformers.CLIPTextConfig(
            vocab_size=49408, hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12,
            projection_dim=768, eos_token_id=49407, pad_token_id=49407))
    (folder / "tokenizer").mkdir()
    write_tokenizer_folder(folder / "tokenizer")
    parts = {"text_encoder": text, "vae": make_module("vae-decode"), "unet": make_module("unet-sd1")}
    for name, part in parts.items():
        part.save_pretrained(folder / name)
    scheduler = diffusers.DDIMScheduler(
        beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, steps_offset=1, clip_sample=False)
    scheduler.save_pretrained(folder / "scheduler")
    classes = {
        "text_encoder": ["transformers", "CLIPTextModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "scheduler": ["diffusers", "DDIMScheduler"],
    }
    index = {"_class_name": "StableDiffusionPipeline", "_diffusers_version": diffusers.__version__, **classes}
    (folder / "model_index.json").write_text(json.dumps(index))


def reference(folder, dtype, threads):
    """Loads with diffusers and transformers in this process."""
    import diffusers
    import torch
    import transformers

    torch.set_num_threads(threads)
    kind = getattr(torch, dtype)
    before, start = peak_mib(), time.perf_counter()
    text = transformers.CLIPTextModel.from_pretrained(folder / "text_encoder", dtype=kind)
    vae = diffusers.AutoencoderKL.from_pretrained(folder / "vae", torch_dtype=kind)
    unet = diffusers.UNet2DConditionModel.from_pretrained(folder / "unet", torch_dtype=kind)
    with torch.inference_mode():
        text(torch.full((1, 77), 49407))
        vae.decode(torch.zeros(1, 4, 8, 8, dtype=kind))
        vae.encode(torch.zeros(1, 3, 64, 64, dtype=kind))
        unet(torch.zeros(1, 4, 8, 8, dtype=kind), 500, torch.zeros(1, 77, 768, dtype=kind))
    print(json.dumps({"load_s": time.perf_counter() - start, "before_mib": before, "peak_mib": peak_mib()}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", type=pathlib.Path, help="folder to load with diffusers only; for this script itself")
    parser.add_argument("--write", type=pathlib.Path, help="write the folder only; for this script itself")
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="bfloat16")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--turns", type=int, default=3)
    args = parser.parse_args()
    if args.write:
        import torch

        write_folder(args.write, getattr(torch, args.dtype))
        return
    if args.reference:
        reference(args.reference, args.dtype, args.threads)
        return

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        # In a process of its own, whose memory is gone afterwards.
        subprocess.run([sys.executable, __file__, "--write", folder, "--dtype", args.dtype], check=True)
        files = sum(f.stat().st_size for f in folder.glob("*/*.safetensors")) >> 20
        program = BUILD / "bin" / "calotype_load_bench"
        ours, theirs = [], []
        for turn in range(args.turns + 1):
            a = last_json([program, folder, args.dtype, str(args.threads)])
            b = last_json([sys.executable, __file__, "--reference", folder, "--dtype", args.dtype, "--threads",
                           str(args.threads)])
            if turn:  # the first fills the page cache
                ours.append(a)
                theirs.append(b)
    median = lambda runs, key: statistics.median(r[key] for r in runs)
    ratio = statistics.median(a["load_s"] / b["load_s"] for a, b in zip(ours, theirs))
    print(f"{files} MiB of {args.dtype}, {args.threads} threads, {args.turns} turns, load {os.getloadavg()[0]:.1f}.\n")
    print("| | opened s | loaded s | ratio | MiB before | peak MiB | of the weights |\n|---|---|---|---|---|---|---|")
    for label, runs in (("Calotype", ours), ("diffusers", theirs)):
        opened = f"{median(runs, 'open_s'):.3f}" if "open_s" in runs[0] else ""
        grown = (median(runs, "peak_mib") - median(runs, "before_mib")) / files
        cells = [label, opened, f"{median(runs, 'load_s'):.2f}", f"{ratio:.2f}" if runs is ours else "",
                 f"{median(runs, 'before_mib'):.0f}", f"{median(runs, 'peak_mib'):.0f}", f"{grown:.2f}"]
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
