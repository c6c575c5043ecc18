"""Writes the seeds of torch_file_fuzz into its corpus: tests/fuzz/torch_file_seeds.py"""

import collections
import io
import pathlib
import zipfile

import numpy
import torch

FOLDER = pathlib.Path(__file__).parent / "corpus" / "torch_file"
BASE = torch.arange(12.0).reshape(3, 4)
OBJECTS = {
    "plain": {"w": BASE, "b": BASE[0].clone()},
    "views": {"t": BASE.t(), "c": BASE[:, 1], "e": torch.ones(1).expand(2, 3), "z": torch.zeros(0, 2)},
    "types": {str(d): BASE[0].to(d) for d in (torch.float16, torch.bfloat16, torch.int64, torch.bool, torch.uint16)},
    "training": {
        "state_dict": collections.OrderedDict(w=torch.nn.Parameter(BASE)),
        "global_step": numpy.int64(5),
        "loss": numpy.float32(0.5),
        "callbacks": {collections.Counter: {"best": 1, "set": {1, "a"}}},
        "big": 2**70,
        "list": [1, -70000, 0.5, None, True, b"bytes"],
    },
}


def saved(value, **arguments) -> bytes:
    out = io.BytesIO()
    torch.save(value, out, **arguments)
    return out.getvalue()


FOLDER.mkdir(parents=True, exist_ok=True)
for name, value in OBJECTS.items():
    for protocol in (2, 4):
        data = saved(value, pickle_protocol=protocol)
        pickle = zipfile.ZipFile(io.BytesIO(data)).read("archive/data.pkl")
        (FOLDER / f"{name}_{protocol}_pickle").write_bytes(b"\1" + pickle)
        old = saved(value, pickle_protocol=protocol, _use_new_zipfile_serialization=False)
        # The fuzz target writes the first three pickles itself.
        start = old.index(b".\x80", old.index(b"type_sizes")) + 1
        (FOLDER / f"{name}_{protocol}_old").write_bytes(b"\2" + old[start:])
(FOLDER / "whole_zip").write_bytes(b"\0" + saved(OBJECTS["plain"]))
(FOLDER / "whole_old").write_bytes(b"\0" + saved(OBJECTS["plain"], _use_new_zipfile_serialization=False))
with zipfile.ZipFile(FOLDER / "deflated", "w", zipfile.ZIP_DEFLATED) as file:
    file.writestr("m/data.pkl", b"\x80\x02}(" + b"X\1\0\0\0aN" * 20 + b"u.")
(FOLDER / "deflated").write_bytes(b"\0" + (FOLDER / "deflated").read_bytes())
