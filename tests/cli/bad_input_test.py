"""Bad graphs, files and parameters: one clear message, the right exit code, nothing lost."""

import json
import os
import struct
import subprocess
import time

import numpy
import pytest
from safetensors.numpy import save_file

from conftest import BUILD


def refused(calotype, *arguments, code=2):
    """The message of a command that must fail, checked to be for people."""
    errors = calotype(*arguments, expect=code).stderr
    assert errors.strip()
    for internal in ("terminate", "backtrace", "c10::", "Exception raised from", "std::", "internal error"):
        assert internal not in errors, errors
    return errors


def edited(tiny_graph, change):
    graph = json.loads(tiny_graph.read_text())
    change(graph)
    tiny_graph.write_text(json.dumps(graph, indent=2))
    return tiny_graph


GRAPH_TEXTS = {
    "empty": "",
    "not_json": "{]",
    "array": "[]",
    "duplicate_key": '{"calotype": 1, "calotype": 1, "nodes": {}, "outputs": {}}',
    "newer_version": '{"calotype": 2, "nodes": {}, "outputs": {}}',
    "ten_thousand_levels": '{"calotype": 1, "nodes": ' + "[" * 10000 + "]" * 10000 + "}",
    "binary": "\x00\xff\x00",
}


@pytest.mark.parametrize("name", GRAPH_TEXTS)
def test_malformed_graph(calotype, name):
    file = calotype.folder / "bad.json"
    file.write_bytes(GRAPH_TEXTS[name].encode("latin-1"))
    assert "bad.json" in refused(calotype, "check", file)


def test_missing_graph_and_folder_as_graph(calotype):
    assert "nowhere.json" in refused(calotype, "run", "nowhere.json")
    assert refused(calotype, "run", calotype.folder)


def test_pipes_and_devices_are_refused_where_a_graph_names_them(calotype):
    os.mkfifo(calotype.folder / "pipe.json")
    nodes = {
        "load": {"type": "LoadImage", "params": {"path": "/dev/zero"}},
        "part": {"type": "Graph", "file": "pipe.json"},
    }
    for id, text in {
        "load": 'node "load", param "path": "/dev/zero" is neither a file nor a folder\n',
        "part": 'node "part": cannot read "pipe.json": it is neither a file nor a folder\n',
    }.items():
        graph = {"calotype": 1, "nodes": {id: nodes[id]}, "outputs": {"image": f"{id}.image"}}
        (calotype.folder / "g.json").write_text(json.dumps(graph))
        for command in ("check", "run"):
            assert text in refused(calotype, command, "g.json")


def test_a_graph_may_come_through_a_pipe(calotype, tiny_graph):
    program = BUILD / "bin" / "calotype"
    for command in ([program, "check", "/dev/stdin"], ["bash", "-c", 'exec "$0" check <(cat)', program]):
        done = subprocess.run(
            command, cwd=calotype.folder, env=calotype.environment, input=tiny_graph.read_text(),
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "ok, 6 nodes, 1 outputs" in done.stdout


def test_hundred_thousand_nodes_are_checked_in_seconds(calotype):
    calotype("plugins")
    nodes = {f"n{i}": {"type": "LatentNoise", "params": {"seed": i}} for i in range(100_000)}
    file = calotype.folder / "large.json"
    file.write_text(json.dumps({"calotype": 1, "nodes": nodes, "outputs": {"x": "n99999.noise"}}))
    start = time.time()
    calotype("check", file)
    assert time.time() - start < 20


@pytest.mark.parametrize(
    "setting, words",
    [
        ("noise.width=513", "multiple of 8"),
        ("noise.width=0", "noise"),
        ("sample.steps=0", "steps"),
        ("sample.sampler=eular", 'did you mean "euler"'),
        ("sample.stepz=3", 'did you mean "steps"'),
        ("promt=x", 'did you mean "prompt"'),
        ("noise.seed=-1", "seed"),
        ("sample.cfg_scale=nan", "cfg_scale"),
        ("nonsense", "NAME=VALUE"),
    ],
)
def test_bad_setting(calotype, tiny_graph, setting, words):
    assert words in refused(calotype, "run", tiny_graph, "--set", setting)


@pytest.mark.parametrize(
    "setting, name, byte",
    [(b"prompt=caf\xe9", "prompt", "0xe9"), (b"pr\xffompt=x", "pr", "0xff"), (b"ckpt.path=\xc0\xaf", "ckpt.path", "0xc0")],
)
def test_setting_that_is_not_utf8(calotype, tiny_graph, setting, name, byte):
    command = [BUILD / "bin" / "calotype", "run", tiny_graph, "--set", setting]
    done = subprocess.run(command, cwd=calotype.folder, env=calotype.environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == (
        f"--set {name}: expected UTF-8, got the byte {byte}\n"
        "  hint: set the character encoding of the terminal or script to UTF-8\n"
    )


def test_setting_for_an_input_that_carries_a_picture(calotype):
    graph = {
        "calotype": 1,
        "inputs": {"x": {"type": "Image"}},
        "nodes": {"a": {"type": "example.Invert", "in": {"image": {"$input": "x"}}}},
        "outputs": {"image": "a.image"},
    }
    (calotype.folder / "g.json").write_text(json.dumps(graph))
    errors = refused(calotype, "run", "g.json", "--set", "x=foo.png")
    assert 'input "x" carries a value of type Image' in errors and errors.count("hint:") == 1
    assert "has no input" not in errors


def test_inspect_says_what_is_no_file(calotype):
    (calotype.folder / "folder.png").mkdir()
    (calotype.folder / "empty").touch()
    for name, why in {
        "nope": "No such file or directory",
        "folder.png": "it is a folder",
        "empty": "it is empty",
    }.items():
        assert refused(calotype, "inspect", name, code=1) == f'cannot read "{name}": {why}\n'


def test_huge_picture_is_refused_with_its_memory(calotype, tiny_graph):
    errors = refused(calotype, "run", tiny_graph, "--set", "noise.width=100000", "--set", "noise.height=100000")
    assert "100000 x 100000 px, batch 1 would take about 5.8 TiB, this machine has " in errors


def test_check_tells_the_memory_that_a_picture_needs(calotype, tiny_graph):
    checked = calotype("check", tiny_graph, "--set", "noise.width=1024", "--set", "noise.height=2048").stdout
    assert checked.endswith('memory besides the weights: at least about 1.2 GiB (node "noise")\n')


def test_cycle_names_its_nodes(calotype, tiny_graph):
    def close_cycle(graph):
        graph["nodes"]["sample"]["in"]["latent"] = "again.latent"
        graph["nodes"]["again"] = {"type": "VAEEncode", "in": {"vae": "ckpt.vae", "image": "decode.image"}}

    errors = refused(calotype, "check", edited(tiny_graph, close_cycle))
    assert "cycle" in errors and "decode" in errors and "again" in errors


def checkpoint_files(folder, tiny_checkpoint):
    data = tiny_checkpoint.read_bytes()
    (folder / "empty.safetensors").write_bytes(b"")
    (folder / "truncated.safetensors").write_bytes(data[: len(data) // 2])
    (folder / "picture.safetensors").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    (folder / "pickle.safetensors").write_bytes(b"PK\x03\x04" + b"\0" * 100)
    (folder / "pickle.ckpt").write_bytes(b"PK\x03\x04" + b"\0" * 100)
    (folder / "header.safetensors").write_bytes(struct.pack("<Q", 2**63) + data[8:])
    (folder / "text.safetensors").write_text("hello, this is not a model at all")
    (folder / "folder.safetensors").mkdir()
    os.mkfifo(folder / "pipe.safetensors")
    return sorted(p.name for p in folder.iterdir() if p.suffix in (".safetensors", ".ckpt"))


def test_bad_checkpoints(calotype, tiny_graph, tiny_checkpoint):
    for name in checkpoint_files(calotype.folder, tiny_checkpoint):
        # What cannot be read at all is found before the run, what is malformed when the loader runs.
        code = 2 if name.startswith("pipe") else 1
        assert name in refused(calotype, "run", tiny_graph, "--set", f"ckpt.path={name}", code=code)


def test_missing_checkpoint(calotype, tiny_graph):
    errors = refused(calotype, "run", tiny_graph, "--set", "ckpt.path=nowhere.safetensors")
    assert "nowhere.safetensors" in errors and 'node "ckpt"' in errors


def test_nan_weights_are_named(calotype, tiny_graph, tiny_checkpoint):
    from safetensors.torch import load_file, save_file

    tensors = load_file(tiny_checkpoint)
    name = "model.diffusion_model.out.2.bias"
    tensors[name] = tensors[name] * float("nan")
    save_file(tensors, calotype.folder / "nan.safetensors")
    errors = refused(calotype, "run", tiny_graph, "--set", "ckpt.path=nan.safetensors", code=1)
    assert "out.2.bias" in errors


def test_unknown_ending_and_unsaveable_output(calotype, tiny_graph):
    assert "unknown ending" in refused(calotype, "run", tiny_graph, "--output", "image=x.gif")
    assert "picture" in refused(calotype, "run", tiny_graph, "--output", "sample.latent=x.png")


def test_bad_command_line(calotype):
    assert refused(calotype, "run")
    assert refused(calotype, "no-such-command")


def test_read_only_cache_folder_does_not_stop_a_run(calotype, tiny_graph):
    blocked = calotype.folder / "file"
    blocked.write_text("not a folder")
    done = calotype("run", tiny_graph, "--output", "image=a.png", CALOTYPE_CACHE_DIR=str(blocked / "cache"))
    assert (calotype.folder / "a.png").exists()
    assert "warning" in done.stderr


def test_flipped_bits_in_the_cache_are_recomputed(calotype, tiny_graph):
    calotype("run", tiny_graph, "--output", "image=a.png")
    for entry in calotype.cache.glob("??/*.safetensors"):
        data = bytearray(entry.read_bytes())
        data[len(data) // 2] ^= 1
        entry.write_bytes(data)
    again = calotype.report(tiny_graph, "--output", "image=b.png")
    assert again["decode"][0] == "ran"
    assert (calotype.folder / "a.png").read_bytes() == (calotype.folder / "b.png").read_bytes()


def test_cut_starter_model_says_what_is_missing(calotype, tiny_graph, tiny_checkpoint):
    from safetensors.torch import load_file, save_file

    tensors = {k: v for k, v in load_file(tiny_checkpoint).items() if "first_stage_model" not in k}
    save_file(tensors, calotype.folder / "no_vae.safetensors")
    errors = refused(calotype, "run", tiny_graph, "--set", "ckpt.path=no_vae.safetensors", code=1)
    assert "VAE" in errors


def test_inspect_sends_no_control_characters_to_the_terminal(calotype):
    text = {"note": "a\x1b]0;title\x07b \x9b31m\nline"}
    save_file({"x": numpy.zeros(1, "float32")}, calotype.folder / "x.safetensors", text)
    shown = calotype("inspect", "x.safetensors").stdout
    assert "note: a\\x1b]0;title\\x07b \\x9b31m\nline" in shown
