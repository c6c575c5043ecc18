"""`calotype run`: what is computed, what comes from the cache, what is written."""

import json
import os
import shutil
import signal
import subprocess
import time

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from safetensors.numpy import load_file, save_file

from conftest import BUILD, ROOT


def statuses(nodes):
    return {name: status for name, (status, _) in nodes.items()}


def test_second_process_computes_nothing(calotype, tiny_graph):
    first = calotype.report(tiny_graph)
    assert set(statuses(first).values()) == {"ran"}
    second = calotype.report(tiny_graph)
    assert "ran" not in statuses(second).values()
    assert second["decode"] == ("disk", "unchanged")


def test_changed_cfg_scale_runs_sample_and_what_follows(calotype, tiny_graph):
    calotype.report(tiny_graph)
    changed = calotype.report(tiny_graph, "--set", "cfg_scale=3")
    assert changed["sample"] == ("ran", 'param "cfg_scale" 5 -> 3')
    assert changed["decode"] == ("ran", 'input "latent" changed')
    for node in ("positive", "negative", "noise"):
        assert changed[node][0] == "disk", node


def test_changed_output_file_runs_nothing(calotype, tiny_graph):
    calotype("run", tiny_graph, "--output", "image=a.png")
    calotype("run", tiny_graph, "--output", "image=b.png", "--report", "report.json")
    report = json.loads((calotype.folder / "report.json").read_text())
    assert "ran" not in {node["status"] for node in report["nodes"]}
    assert (calotype.folder / "a.png").read_bytes() == (calotype.folder / "b.png").read_bytes()


def test_explain_prints_a_line_for_each_node(calotype, tiny_graph):
    lines = calotype("run", tiny_graph, "--explain").stdout.splitlines()
    assert "sample: ran, first time" in lines
    lines = calotype("run", tiny_graph, "--explain", "--set", "steps=5").stdout.splitlines()
    assert 'sample: ran, param "steps" 4 -> 5' in lines
    assert 'decode: ran, input "latent" changed' in lines
    assert "positive: disk, unchanged" in lines


def test_picture_makes_itself_again(calotype, tiny_graph):
    calotype("run", tiny_graph, "--output", "image=a.png", "--set", "prompt=a lake", "--seed", "12")
    calotype("run", "a.png", "--output", "image=b.png", "--no-cache")
    assert (calotype.folder / "a.png").read_bytes() == (calotype.folder / "b.png").read_bytes()


@pytest.mark.parametrize("inside", [False, True])
def test_picture_of_a_named_port_makes_itself_again(calotype, inside):
    load = {"type": "LoadImage", "params": {"path": str(ROOT / "graphs" / "pictures" / "lake.png")}}
    nodes = {"load": load, "inv": {"type": "example.Invert", "in": {"image": "load.image"}}}
    part = {"calotype": 1, "nodes": nodes, "outputs": {"image": "inv.image"}}
    (calotype.folder / "part.json").write_text(json.dumps(part))
    whole = {"calotype": 1, "nodes": {"g": {"type": "Graph", "file": "part.json"}}, "outputs": {"image": "g.image"}}
    (calotype.folder / "whole.json").write_text(json.dumps(whole))
    graph, port = ("whole.json", "g/inv.image") if inside else ("part.json", "inv.image")
    calotype("run", graph, "-o", f"{port}=p.png")
    assert calotype("run", "p.png").stdout == "p-image.png\n"
    first, again = (Image.open(calotype.folder / name).tobytes() for name in ("p.png", "p-image.png"))
    assert first == again


def test_inspect_finds_the_parts_of_a_pictures_graph_beside_it(calotype):
    folder = calotype.folder / "sub"
    folder.mkdir()
    part = {"noise": {"type": "LatentNoise", "params": {"width": 64, "height": 64}}}
    (folder / "part.json").write_text(json.dumps({"calotype": 1, "nodes": part, "outputs": {"n": "noise.noise"}}))
    whole = {"calotype": 1, "nodes": {"p": {"type": "Graph", "file": "part.json"}}, "outputs": {"n": "p.n"}}
    text = PngInfo()
    text.add_text("calotype", json.dumps(whole))
    Image.new("RGB", (8, 8)).save(folder / "x.png", pnginfo=text)
    assert calotype("inspect", "sub/x.png").stdout.endswith("outputs:\n  n: Noise, from p.n\n")


def test_inspect_lists_what_a_graph_takes_and_gives(calotype, tiny_graph):
    shown = calotype("inspect", tiny_graph).stdout
    assert shown.startswith("6 nodes\n  A picture from a sentence.\n\ninputs:\n  prompt: string, ")
    assert shown.endswith("  cfg_scale: number, 5\n\noutputs:\n  image: Image, from decode.image\n")
    calotype("run", tiny_graph, "--output", "image=a.png")
    assert calotype("inspect", "a.png").stdout.endswith(
        "\n\n6 nodes\n\noutputs:\n  image: Image, from decode.image\n"
    )


def test_inspect_of_a_malformed_graph_is_an_error_and_of_a_picture_with_one_is_not(calotype):
    (calotype.folder / "g.json").write_text("{]")
    assert "g.json:1:2: not JSON" in calotype("inspect", "g.json", expect=2).stderr
    text = PngInfo()
    text.add_text("calotype", "{]")
    Image.new("RGB", (8, 8)).save(calotype.folder / "x.png", pnginfo=text)
    assert calotype("inspect", "x.png").stdout == "8 x 8 px, 3 channels\ncalotype: {]\n"


def test_random_seed_is_written_into_the_picture(calotype, tiny_graph):
    calotype("run", tiny_graph, "--output", "image=a.png", "--set", "noise.seed=random")
    graph = json.loads(
        calotype("inspect", "a.png").stdout.split("calotype: ", 1)[1].split("\ncalotype_models", 1)[0]
    )
    seed = graph["nodes"]["noise"]["params"]["seed"]
    assert 0 <= seed < 2**53
    calotype("run", "a.png", "--output", "image=b.png", "--no-cache")
    assert (calotype.folder / "a.png").read_bytes() == (calotype.folder / "b.png").read_bytes()


def test_any_port_can_be_saved(calotype, tiny_graph):
    from safetensors.numpy import load_file

    done = calotype("run", tiny_graph, "--output", "sample.latent=x.safetensors")
    assert done.stdout == "x.safetensors\n"
    assert load_file(calotype.folder / "x.safetensors")["latent"].shape == (1, 4, 8, 8)


def test_pictures_of_a_batch_equal_single_runs(calotype, tiny_graph):
    calotype("run", tiny_graph, "--set", "noise.batch=2", "--set", "noise.seed=5", "-o", "image=b.png")
    calotype("run", tiny_graph, "--set", "noise.seed=6", "-o", "sample.latent=one.safetensors")
    calotype("run", tiny_graph, "--set", "noise.batch=2", "--set", "noise.seed=5", "-o", "sample.latent=two.safetensors")
    from safetensors.numpy import load_file
    import numpy

    one = load_file(calotype.folder / "one.safetensors")["latent"][0]
    two = load_file(calotype.folder / "two.safetensors")["latent"][1]
    assert (calotype.folder / "b-1.png").exists() and (calotype.folder / "b-2.png").exists()
    assert numpy.abs(one - two).max() <= 1e-4 * numpy.abs(one).max()


def test_existing_pictures_are_not_overwritten(calotype, tiny_graph):
    assert calotype("run", tiny_graph).stdout == "tiny-image.png\n"
    assert calotype("run", tiny_graph).stdout == "tiny-image-2.png\n"


def test_no_cache_leaves_no_entries(calotype, tiny_graph):
    calotype("run", tiny_graph, "--no-cache")
    assert not list(calotype.cache.glob("??/*.safetensors"))


def test_dry_run_lists_nodes_and_writes_nothing(calotype, tiny_graph):
    done = calotype("run", tiny_graph, "--dry-run")
    assert "sample: Sample" in done.stdout.splitlines()
    assert not list(calotype.folder.glob("*.png"))


def test_changed_checkpoint_under_the_same_name_is_noticed(calotype, tiny_graph, tiny_checkpoint):
    copy = calotype.folder / "copy.safetensors"
    copy.write_bytes(tiny_checkpoint.read_bytes())
    calotype.report(tiny_graph, "--set", f"ckpt.path={copy}")
    data = bytearray(copy.read_bytes())
    data[-2:] = b"\x00\x30"
    copy.write_bytes(data)
    changed = calotype.report(tiny_graph, "--set", f"ckpt.path={copy}")
    assert changed["ckpt"][0] == "ran"
    assert 'file "path" changed' in changed["ckpt"][1]


def test_ctrl_c_ends_with_130_and_keeps_what_was_finished(calotype, tiny_graph):
    calotype("plugins")
    command = [BUILD / "bin" / "calotype", "run", tiny_graph, "--set", "steps=5000"]
    process = subprocess.Popen(command, cwd=calotype.folder, env=calotype.environment, stderr=subprocess.PIPE, text=True)
    deadline = time.time() + 120
    while not list(calotype.cache.glob("??/*.safetensors")) and time.time() < deadline:
        time.sleep(0.1)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert not list(calotype.folder.glob("*.png"))
    after = calotype.report(tiny_graph)
    assert after["positive"][0] == "disk"


def test_ctrl_c_ends_the_reading_of_a_large_file(calotype):
    calotype("plugins")
    large = calotype.folder / "large.png"
    with open(large, "wb") as file:
        file.truncate(1 << 38)  # a hole: minutes to read
    graph = {
        "calotype": 1,
        "nodes": {"load": {"type": "LoadImage", "params": {"path": "large.png"}}},
        "outputs": {"image": "load.image"},
    }
    (calotype.folder / "g.json").write_text(json.dumps(graph))
    command = [BUILD / "bin" / "calotype", "run", "g.json", "-o", "image=x.png"]
    process = subprocess.Popen(command, cwd=calotype.folder, env=calotype.environment, stderr=subprocess.PIPE, text=True)
    opened = f"/proc/{process.pid}/fd"
    while str(large.resolve()) not in [os.path.realpath(f"{opened}/{number}") for number in os.listdir(opened)]:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130, errors
    assert errors.endswith("\ncancelled\n")


@pytest.mark.parametrize("command", ["version", "plugins", "nodes", "schema", "stubs"])
def test_listing_commands_print_something(calotype, command):
    assert calotype(command).stdout.strip()


def test_a_picture_warns_when_its_model_is_another_one_now(calotype, tiny_graph, tiny_checkpoint):
    checkpoint = calotype.folder / "model.safetensors"
    shutil.copy(tiny_checkpoint, checkpoint)
    arguments = ["--set", f"ckpt.path={checkpoint}", "-o", "image=x.png"]
    assert "warning" not in calotype("run", tiny_graph, *arguments).stderr
    assert "warning" not in calotype("run", "x.png", "-o", "image=y.png").stderr
    weights = load_file(checkpoint)
    name = "model.diffusion_model.out.2.bias"
    save_file({**weights, name: weights[name] + 1}, checkpoint)
    warning = "x.png: warning: ckpt.path: the file is not the one that the picture was made from\n"
    assert warning in calotype("run", "x.png", "-o", "image=z.png").stderr
