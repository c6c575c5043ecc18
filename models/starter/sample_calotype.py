# SPDX-License-Identifier: Apache-2.0
"""Makes pictures with Calotype, all in one run of one graph: a branch per caption, one model.

    python sample_calotype.py --captions held_out.json --out pictures
    python sample_calotype.py --captions grid_prompts.json --out pictures --grid grid.png

`--captions` is a JSON list of texts or of records with a "caption". Pictures are named 0000.png ...
"""
import argparse
import json
import os
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = HERE.parent.parent / "build" / "bin" / "calotype"


def graph_of(texts, args):
    """One graph that makes a picture of each text; picture k uses seed + k."""
    nodes = {
        "ckpt": {"type": "LoadCheckpoint", "params": {"path": os.path.abspath(args.model)}},
        "negative": {"type": "TextEncode", "in": {"text_encoder": "ckpt.text_encoder"}, "params": {"text": ""}},
    }
    outputs = {}
    for k, text in enumerate(texts):
        nodes[f"text{k}"] = {"type": "TextEncode", "in": {"text_encoder": "ckpt.text_encoder"}, "params": {"text": text}}
        nodes[f"noise{k}"] = {"type": "LatentNoise", "params": {"width": args.size, "height": args.size, "seed": args.seed + k}}
        nodes[f"sample{k}"] = {
            "type": "Sample",
            "in": {"model": "ckpt.model", "positive": f"text{k}.conditioning", "negative": "negative.conditioning", "noise": f"noise{k}.noise"},
            "params": {"sampler": args.sampler, "scheduler": args.scheduler, "steps": args.steps, "cfg_scale": args.cfg},
        }
        nodes[f"decode{k}"] = {"type": "VAEDecode", "in": {"vae": "ckpt.vae", "latent": f"sample{k}.latent"}}
        outputs[f"picture{k}"] = f"decode{k}.image"
    return {"calotype": 1, "about": "A picture of each caption.", "nodes": nodes, "outputs": outputs}


def write_grid(files, columns, path):
    from PIL import Image

    pictures = [Image.open(file) for file in files]
    size, gap = pictures[0].width, 4
    rows = (len(pictures) + columns - 1) // columns
    grid = Image.new("RGB", (columns * (size + gap) - gap, rows * (size + gap) - gap), "white")
    for k, picture in enumerate(pictures):
        grid.paste(picture, (k % columns * (size + gap), k // columns * (size + gap)))
    grid.save(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captions", required=True)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--model", default=HERE / "starter.safetensors")
    parser.add_argument("--program", default=PROGRAM)
    parser.add_argument("--count", type=int, default=0, help="only the first so many captions")
    parser.add_argument("--sampler", default="euler")
    parser.add_argument("--scheduler", default="normal")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--cfg", type=float, default=4.0)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--grid", help="also write one picture of all")
    parser.add_argument("--columns", type=int, default=6)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    texts = [c if isinstance(c, str) else c["caption"] for c in json.loads(pathlib.Path(args.captions).read_text())][: args.count or None]
    graph = args.out / "pictures.json"
    graph.write_text(json.dumps(graph_of(texts, args)))
    files = [args.out / f"{k:04d}.png" for k in range(len(texts))]
    wanted = [f"--output=picture{k}={file}" for k, file in enumerate(files)]
    subprocess.run([args.program, "run", graph, "-q", *wanted], check=True)
    if args.grid:
        write_grid(files, args.columns, args.grid)


if __name__ == "__main__":
    main()
