"""The reference tokenizer, built from the table that the engine reads."""

import gzip
import importlib.util
import json
import os
import shutil
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("CALOTYPE_BUILD_DIR", REPOSITORY / "build")).resolve()
NAME = "bpe_simple_vocab_16e6.txt.gz"
MERGES = 48_894


def vocabulary_file() -> Path:
    """The table beside the build, copied from the installed open_clip when missing."""
    target = BUILD / "share" / "calotype" / NAME
    if not target.exists():
        package = importlib.util.find_spec("open_clip")
        assert package and package.origin, f"{target} is missing and open_clip is not installed"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(Path(package.origin).parent / NAME, target)
    return target


def write_tokenizer_folder(folder: Path) -> Path:
    """Writes vocab.json and merges.txt as model folders hold them."""
    lines = gzip.decompress(vocabulary_file().read_bytes()).decode().split("\n")
    merges = lines[1 : 1 + MERGES]
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in printable]
    symbols = [chr(b) for b in printable] + [chr(256 + i) for i in range(len(others))]
    tokens = symbols + [s + "</w>" for s in symbols] + [m.replace(" ", "") for m in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: i for i, token in enumerate(tokens)}
    assert len(vocabulary) == 49_408
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", "utf-8")
    return folder
