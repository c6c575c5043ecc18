"""Files of torch.save, read by Calotype's own reader: equal to their safetensors twins, and harmless."""

import collections
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
import torch
from malicious_pickles import STORAGE, TENSOR, legacy_file, payloads, text, zip_file
from safetensors.torch import load_file, save_file

BUILD = Path(os.environ.get("CALOTYPE_BUILD_DIR", Path(__file__).resolve().parents[2] / "build"))
PROBE = BUILD / "bin" / "calotype_torch_file"
BASE = torch.randn(6, 8, generator=torch.Generator().manual_seed(1))


class ModelCheckpoint:
    """Stands for pytorch_lightning's callback: a class as key, an object with state beside the weights."""

    def __init__(self):
        self.best, self.paths, self.nested = 0.5, ["a"], {"x": {1, 2}}


class Settings(dict):
    """A dictionary class of a training program."""


def weights(dtype=torch.float32):
    if dtype == torch.bool:
        return {"a.weight": BASE > 0, "a.bias": BASE[0] > 0}
    scale = 1 if dtype.is_floating_point else 40
    return {"a.weight": (BASE * scale).to(dtype), "a.bias": (BASE[0] * scale).to(dtype)}


def state_dict_of_a_module():
    torch.manual_seed(2)
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.Conv2d(1, 2, 3))
    return net.state_dict()


def lightning():
    return {
        "epoch": 3,
        "global_step": numpy.int64(470_000),
        "pytorch-lightning_version": "1.4.2",
        "state_dict": collections.OrderedDict(weights()),
        "callbacks": {ModelCheckpoint: {"best_model_score": torch.tensor(0.5), "monitor": None}},
        "optimizer_states": [{"state": {0: {"exp_avg": torch.ones(3)}}}],
        "lr_schedulers": [],
        "hyper_parameters": Settings(lr=1e-4, nested=Settings(size=numpy.float64(2.5))),
        "loop": ModelCheckpoint(),
    }


def shared():
    block = torch.arange(40.0)
    return {"all": block, "head": block[:10], "matrix": block[8:32].reshape(4, 6), "same": block}


def views():
    return {
        "transposed": BASE.t(),
        "column": BASE[:, 3],
        "rows": BASE[::2],
        "both": BASE[1::2, ::3].t(),
        "permuted": torch.arange(24.0).reshape(2, 3, 4).permute(2, 0, 1),
        "expanded": torch.tensor([7.0]).expand(3, 4),
        "channels_last": torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
    }


# name: (object saved, tensors expected, arguments of torch.save)
LAYOUTS = {}
DTYPES = ("float16", "bfloat16", "float32", "float64", "int8", "uint8", "int16", "int32", "int64", "bool", "complex64")
for name in (*DTYPES, "uint16", "uint32", "uint64", "float8_e4m3fn", "float8_e5m2"):
    values = weights(getattr(torch, name))
    LAYOUTS[name] = (values, values, {})
for protocol in (2, 3, 4, 5):
    LAYOUTS[f"protocol_{protocol}"] = (weights(), weights(), {"pickle_protocol": protocol})
    LAYOUTS[f"legacy_protocol_{protocol}"] = (
        lightning(),
        weights(),
        {"pickle_protocol": protocol, "_use_new_zipfile_serialization": False},
    )
    LAYOUTS[f"lightning_protocol_{protocol}"] = (lightning(), weights(), {"pickle_protocol": protocol})
for name, make in {"shared_storage": shared, "views": views}.items():
    LAYOUTS[name] = (make(), make(), {})
    LAYOUTS[f"legacy_{name}"] = (LAYOUTS[name][0], LAYOUTS[name][0], {"_use_new_zipfile_serialization": False})
    LAYOUTS[name] = (LAYOUTS[name][0], LAYOUTS[name][0], {})
LAYOUTS["parameters"] = ({k: torch.nn.Parameter(v) for k, v in weights().items()}, weights(), {})
LAYOUTS["module_state_dict"] = (state_dict_of_a_module(), state_dict_of_a_module(), {})
LAYOUTS["params_ema"] = ({"params": {"x": BASE}, "params_ema": weights()}, weights(), {})
LAYOUTS["params"] = ({"params": weights()}, weights(), {})
LAYOUTS["nested"] = (
    {"model": {"net": weights(), "step": 3}, "w": BASE},
    {**{f"model.net.{k}": v for k, v in weights().items()}, "w": BASE},
    {},
)
LAYOUTS["zero_size"] = ({"empty": torch.zeros(0, 3), "tail": BASE[6:]},) * 2 + ({},)
LAYOUTS["zero_dimensional"] = ({"scalar": torch.tensor(3.5), "item": BASE[2, 3]},) * 2 + ({},)
LAYOUTS["unicode_names"] = ({"gewicht.größe": BASE, "重み": BASE[0]},) * 2 + ({},)
LAYOUTS["many"] = ({f"t{i}": torch.full((i % 5, 3), float(i)) for i in range(1500)},) * 2 + ({},)
LAYOUTS["legacy_bf16"] = (weights(torch.bfloat16),) * 2 + ({"_use_new_zipfile_serialization": False},)


def bits(t: torch.Tensor) -> bytes:
    return t.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_equal_their_twins(layout: str, tmp_path: Path):
    saved, expected, arguments = LAYOUTS[layout]
    torch.save(saved, tmp_path / "a.ckpt", **arguments)
    save_file({k: v.detach().clone().contiguous() for k, v in expected.items()}, tmp_path / "twin.safetensors")
    subprocess.run([PROBE, tmp_path / "a.ckpt", tmp_path / "ours.safetensors"], check=True)
    ours, twin = load_file(tmp_path / "ours.safetensors"), load_file(tmp_path / "twin.safetensors")
    assert ours.keys() == twin.keys()
    for name, value in twin.items():
        assert ours[name].dtype == value.dtype and ours[name].shape == value.shape, name
        assert bits(ours[name]) == bits(value), name


def verdicts(files: list[Path]) -> list[list]:
    done = subprocess.run([PROBE, *files], capture_output=True, check=True, timeout=300)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_scalars_of_the_root_are_metadata(tmp_path: Path):
    torch.save(lightning(), tmp_path / "a.ckpt")
    ((error, names, metadata),) = verdicts([tmp_path / "a.ckpt"])
    assert error is None and names == ["a.weight", "a.bias"]
    assert metadata["epoch"] == "3" and metadata["global_step"] == "470000"
    assert metadata["pytorch-lightning_version"] == "1.4.2"
    assert "ModelCheckpoint" in metadata["unread_objects"] and "Settings" in metadata["unread_objects"]


def test_unreadable_objects_are_named(tmp_path: Path):
    cases = {
        "module": (torch.nn.Linear(2, 2), "torch.nn.modules.linear.Linear"),
        "module_below": ({"model": torch.nn.Linear(2, 2)}, "torch.nn.modules.linear.Linear"),
        "sparse": ({"w": torch.eye(3).to_sparse()}, "torch._utils._rebuild_sparse_tensor"),
        "conjugate": ({"w": torch.ones(2, dtype=torch.complex64).conj()}, "conjugate"),
        "complex": ({"w": torch.ones(2, dtype=torch.complex128)}, "torch.ComplexDoubleStorage"),
        "bare": (BASE, "a tensor"),
    }
    for name, (value, _) in cases.items():
        torch.save(value, tmp_path / f"{name}.pt")
    answers = verdicts([tmp_path / f"{name}.pt" for name in cases])
    for (name, (_, expected)), answer in zip(cases.items(), answers, strict=True):
        assert len(answer) == 1, (name, answer)
        command = [PROBE, tmp_path / f"{name}.pt", tmp_path / "x.safetensors"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 1 and expected in done.stderr, (name, done.stderr)


def test_every_truncation_and_every_changed_byte_is_survived(tmp_path: Path):
    files = []
    for kind, arguments in (("zip", {}), ("old", {"_use_new_zipfile_serialization": False})):
        torch.save(lightning(), tmp_path / kind, **arguments)
        data = (tmp_path / kind).read_bytes()
        for at in range(0, len(data), 7):
            changed = bytearray(data)
            changed[at] ^= 0xFF
            for cut, content in (("cut", data[:at]), ("flip", bytes(changed))):
                files.append(tmp_path / f"{kind}-{cut}-{at}.pt")
                files[-1].write_bytes(content)
    answers = [v for i in range(0, len(files), 500) for v in verdicts(files[i : i + 500])]
    assert len(answers) == len(files)
    cut = [a for f, a in zip(files, answers, strict=True) if "-cut-" in f.name]
    assert all(len(answer) == 1 for answer in cut)


def python_runs(data: bytes, canary: Path) -> bool:
    """Whether Python's own reader runs the pickle's payload."""
    code = "import pickle, sys; u = pickle.Unpickler(open(sys.argv[1], 'rb')); u.load()"
    file = canary.with_suffix(".pkl")
    file.write_bytes(data)
    subprocess.run([sys.executable, "-c", code, file], capture_output=True, timeout=60)
    ran = canary.exists()
    canary.unlink(missing_ok=True)
    return ran


def test_payloads_are_real(tmp_path: Path):
    canary = tmp_path / "canary"
    chosen = {k: v for k, v in payloads(str(canary)).items() if k.startswith("os.system-")}
    ran = [k for k, v in chosen.items() if python_runs(v, canary)]
    assert len(ran) >= 10, ran


ALLOWED = re.compile(r"(/etc/ld\.so\.(cache|preload)|(/usr)?/lib(64)?/.*\.so[.0-9]*|/proc/self/.*|/usr/share/locale.*)")


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_malicious_pickles_run_nothing(tmp_path: Path):
    if subprocess.run(["strace", "-f", "true"], capture_output=True).returncode != 0:
        pytest.skip("strace may not trace here")
    canary, folder = tmp_path / "canary", tmp_path / "files"
    folder.mkdir()
    files = []
    for name, data in payloads(str(canary)).items():
        for layout, make in (("zip", zip_file), ("old", legacy_file)):
            files.append(folder / f"{len(files)}.{layout}.ckpt")
            files[-1].write_bytes(make(data))
    assert len(files) >= 100
    calls = "execve,execveat,fork,vfork,clone,clone3,socket,connect,open,openat,openat2,creat,unlink,unlinkat,rename"
    log = tmp_path / "log"
    command = ["strace", "-f", "-o", log, "-e", f"trace={calls}", PROBE, *files]
    # The loader would look in every folder of this variable, the current one among them.
    environment = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"}
    done = subprocess.run(command, capture_output=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(files)
    lines = [line.split(maxsplit=1)[1] for line in log.read_text().splitlines()]
    made = [line for line in lines if not line.startswith(("+++", "---"))]
    assert sum(line.startswith("execve(") for line in made) == 1, "the program itself"
    opened = []
    for line in made[1:]:
        match = re.fullmatch(r'open(?:at)?\((?:AT_FDCWD, )?"([^"]*)", O_RDONLY[^,)]*\)\s+= .*', line)
        assert match, line
        opened.append(match[1])
    foreign = [p for p in opened if not ALLOWED.fullmatch(p) and not Path(p).is_relative_to(BUILD)]
    assert sorted(foreign) == sorted(map(str, files))
    assert not canary.exists()


def test_harmless_values_beside_weights_stay_readable(tmp_path: Path):
    canary = str(tmp_path / "canary")
    files, names = [], []
    for name, data in payloads(canary).items():
        if name.endswith(("-beside_a_tensor", "-in_the_state_dict")):
            names.append(name.split("-")[0])
            files.append(tmp_path / f"{len(files)}.ckpt")
            files[-1].write_bytes(zip_file(data))
    for name, answer in zip(names, verdicts(files), strict=True):
        assert answer[:2] == [None, ["w"]] and answer[2]["unread_objects"] == name


def test_pickle_of_something_else_is_refused(tmp_path: Path):
    (tmp_path / "a.pt").write_bytes(pickle.dumps({"a": 1}))
    assert verdicts([tmp_path / "a.pt"]) == [["this is a pickle, but not one that torch.save wrote"]]


BIG = 1 << 20
MEMO_TENSOR = TENSOR + b"q\x00"
PREFIX = b"X" + (1000).to_bytes(4, "little") + b"n" * 1000
HOSTILE = {
    "lists": b"]" * BIG,
    "dictionaries": b"}" * BIG,
    "tuples": b")" * BIG,
    "sets": b"\x8f" * BIG,
    "numbers": b"K\x01" * (BIG // 2),
    "one_list_many_times": b"](]q\x00" + b"h\x00" * (BIG // 2) + b"e.",
    "unknown_calls": b"cos\nsystem\nq\x00" + b"h\x00)R" * (BIG // 4),
    "storages_again": STORAGE[:-1] + b"q\x00" + b"h\x00Q" * (BIG // 3),
    "scalars_of_a_long_tuple": b"(" + b"N" * (BIG // 2) + b"tq\x00"
    + b"cnumpy.core.multiarray\nscalar\nq\x01"
    + b"h\x01h\x00R" * (BIG // 10),
    "long_memo": b"N" + b"r\x3f\x42\x0f\x00" * (BIG // 5),
    "doubling": b")" + b"q\x00h\x00\x86" * 60 + b".",
    "names_of_python": b"".join(b"cm\n%050d\n" % i for i in range(BIG // 53)),
    "long_names": b"}" + PREFIX + b"}" + b"(" + text("w") + MEMO_TENSOR
    + b"".join(text(f"{i:x}") + b"h\x00" for i in range(BIG // 12)) + b"us.",
    "many_tensors": b"}(" + text("w") + MEMO_TENSOR
    + b"".join(text(f"{i:x}") + b"h\x00" for i in range(BIG // 12)) + b"u.",
    "expanded": b"}(" + b"".join(
        text(f"{i}") + TENSOR.replace(b"K\x01\x85K\x01\x85", b"J\x00\x00\x40\x00\x85K\x00\x85") for i in range(9)
    ) + b"u.",
}  # fmt: skip


# A process of its own: the largest size of a child counts the memory of the process that started it.
MEASURE = """
import json, os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(json.dumps([status, usage.ru_maxrss, usage.ru_utime + usage.ru_stime]))
"""


@pytest.mark.parametrize("family", HOSTILE)
def test_hostile_pickles_take_little_memory_and_time(family: str, tmp_path: Path):
    data = zip_file(b"\x80\x02" + HOSTILE[family])
    (tmp_path / "a.ckpt").write_bytes(data)
    answer = subprocess.run([sys.executable, "-S", "-c", MEASURE, PROBE, tmp_path / "a.ckpt"], capture_output=True)
    status, kilobytes, seconds = json.loads(answer.stdout.splitlines()[-1])
    assert status == 0
    assert kilobytes * 1024 <= (64 << 20) + 3 * len(data)
    assert seconds <= 1 + len(data) / BIG
