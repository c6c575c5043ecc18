# SPDX-License-Identifier: Apache-2.0
"""The real CLIP tokenizer, made from OpenAI's merge list `bpe_simple_vocab_16e6.txt.gz`."""
import gzip
import json
import os
from importlib.util import find_spec

LENGTH = 77


def default_merges():
    """The copy of the merge list inside an installed open_clip package."""
    return os.path.join(os.path.dirname(find_spec("open_clip").origin), "bpe_simple_vocab_16e6.txt.gz")


def write_tokenizer(folder, merges=None):
    """Writes vocab.json and merges.txt as transformers' CLIPTokenizer reads them."""
    lines = gzip.open(merges or default_merges()).read().decode("utf-8").split("\n")[1:49152 - 256 - 2 + 1]
    codes = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    characters = [chr(c) for c in codes] + [chr(256 + k) for k in range(256 - len(codes))]
    words = characters + [c + "</w>" for c in characters] + ["".join(line.split()) for line in lines]
    words += ["<|startoftext|>", "<|endoftext|>"]
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "vocab.json"), "w", encoding="utf-8") as out:
        json.dump({w: k for k, w in enumerate(words)}, out, ensure_ascii=False)
    with open(os.path.join(folder, "merges.txt"), "w", encoding="utf-8") as out:
        out.write("#version: 0.2\n" + "\n".join(lines) + "\n")
    with open(os.path.join(folder, "tokenizer_config.json"), "w") as out:
        json.dump({"tokenizer_class": "CLIPTokenizer", "model_max_length": LENGTH, "bos_token": "<|startoftext|>",
                   "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>", "pad_token": "<|endoftext|>"}, out)


def load_tokenizer(folder):
    from transformers import CLIPTokenizer
    if not os.path.exists(os.path.join(folder, "vocab.json")):
        write_tokenizer(folder)
    return CLIPTokenizer.from_pretrained(folder)


def token_ids(tokenizer, texts):
    """(count, 77) ids, padded with the end token as SD 1.x does."""
    return tokenizer(texts, padding="max_length", max_length=LENGTH, truncation=True, return_tensors="pt").input_ids
