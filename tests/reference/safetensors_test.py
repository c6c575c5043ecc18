"""Verdicts and bytes of safetensors files compared with the safetensors package."""

import json
import os
import random
import re
import struct
import subprocess
from pathlib import Path

import numpy
import pytest
import safetensors
import safetensors.numpy

BUILD = Path(os.environ.get("CALOTYPE_BUILD_DIR", Path(__file__).resolve().parents[2] / "build"))
PROBE = BUILD / "bin" / "calotype_safetensors"
COUNT = 100_000

# What we refuse beyond the format, on purpose. Everything else must agree.
STRICTER = re.compile(
    "given twice|listed twice|control character|empty name|too many dimensions|out of range"
    "|nested deeper|byte [0-9]+ of a BOOL tensor|more than 64 fields|name is too long"
)
HEADERS = [
    '{"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}',
    '{"__metadata__":{"format":"pt","k":"v"},"a":{"dtype":"BOOL","shape":[3],"data_offsets":[4,7]},'
    '"b":{"dtype":"F16","shape":[],"data_offsets":[0,2]},"c":{"dtype":"BF16","shape":[1],"data_offsets":[2,4]}}',
    '{"e":{"dtype":"I64","shape":[0,7],"data_offsets":[0,0]},"u":{"dtype":"U8","shape":[5],"data_offsets":[0,5]}}',
    '{"p":{"dtype":"F4","shape":[4],"data_offsets":[0,2]},"q":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[2,4]}}',
    "{}",
]
PIECES = [*'{}[]",:0123456789-+.eE \n\t\\\x00\x01', "null", "true", "1.0", "1e0", "-0", "01", "\\u0000", "\\ud800",
          "\ufeff", "é", '"w":', '"dtype":"F32",', '"shape":[1],', '"x":[[1]],', '"__metadata__":{},', "F64", "U16",
          "4294967296", "18446744073709551615", "18446744073709551616", ",0", '"data_offsets"', "{}", '"a":"b"']


def mutated(r: random.Random) -> bytes:
    header = r.choice(HEADERS)
    sizes = [int(n) for n in re.findall(r",([0-9]+)\]\}", header)]
    data = max(sizes, default=0)
    for _ in range(r.choice([0, 1, 1, 1, 2, 3])):
        at = r.randrange(len(header) + 1)
        cut = r.choice([0, 0, 1, 1, 2, 8])
        header = header[:at] + r.choice([r.choice(PIECES), ""]) + header[at + cut :]
    text = header.encode() + b" " * r.choice([0, 0, 3])
    if r.random() < 0.03:
        text = text.replace(b"w", b"\xff", 1)
    length = len(text) + (r.choice([-1, 1, 2**40]) if r.random() < 0.03 else 0)
    data += r.choice([-1, 1, 8]) if r.random() < 0.05 else 0
    return struct.pack("<Q", max(length, 0)) + text + b"\x01" * max(data, 0)


def probe(files: list[bytes]) -> list[list]:
    stream = b"".join(struct.pack("<I", len(f)) + f for f in files)
    done = subprocess.run([PROBE], input=stream, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def reference(file: bytes) -> dict | None:
    try:
        rows = safetensors.deserialize(file)
    except safetensors.SafetensorError:
        return None
    return {name: [info["dtype"], info["shape"], sum(info["data"])] for name, info in rows}


def test_verdicts_on_mutated_files():
    r = random.Random(7)
    files = [mutated(r) for _ in range(COUNT)]
    accepted = stricter = 0
    for file, answer in zip(files, probe(files), strict=True):
        expected = reference(file)
        if answer[0] is None:
            accepted += 1
            assert expected == answer[1], file
        elif expected is not None:
            stricter += 1
            assert STRICTER.search(answer[0]), (file, answer)
    assert accepted > COUNT / 20 and stricter > 0


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int8", "uint8", "int16", "int32", "int64", "bool"])
def test_files_go_both_ways(dtype: str, tmp_path: Path):
    r = numpy.random.default_rng(3)
    tensors = {f"{dtype}.{i}": r.integers(0, 2, (i, 3)).astype(dtype) for i in range(4)}
    tensors["scalar"] = numpy.array(1, dtype)
    safetensors.numpy.save_file(tensors, tmp_path / "theirs", {"title": "naïve"})
    subprocess.run([PROBE, tmp_path / "theirs", tmp_path / "ours"], check=True)
    back = safetensors.numpy.load_file(tmp_path / "ours")
    assert back.keys() == tensors.keys()
    for name, value in tensors.items():
        assert back[name].dtype == value.dtype and numpy.array_equal(back[name], value)
    with safetensors.safe_open(tmp_path / "ours", "numpy") as file:
        assert file.metadata() == {"title": "naïve"}
