"""The depth graphs, driven through the program with a small random model."""

import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

import depth_layout
from conftest import ROOT

GRAPH = ROOT / "graphs" / "depth_map.json"
PICTURE = ROOT / "docs" / "pictures" / "depth_scene.png"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("depth_model")
    return depth_layout.save_folder(
        depth_layout.make_dpt(), folder, size=64, image_mean=[0.5] * 3, image_std=[0.5] * 3)


def test_depth_map_is_a_grey_picture_of_the_whole_range(calotype, model):
    calotype("run", GRAPH, "-q", f"--set=model.path={model}", "--output", "show.image=d.png",
             "--output", "estimate.depth=d.safetensors")
    picture = np.asarray(Image.open(calotype.folder / "d.png"))
    assert picture.shape == (128, 128, 3)
    assert (picture == picture[..., :1]).all() and picture.min() == 0 and picture.max() == 255
    saved = load_file(calotype.folder / "d.safetensors")
    assert saved["depth"].shape == (1, 1, 128, 128) and saved["estimate"].shape == (1, 1, 64, 64)
    assert ((saved["depth"][0, 0] * 255).byte().numpy() == picture[..., 0]).all()


def test_depth_is_kept_in_the_disk_cache(calotype, model):
    assert calotype.report(GRAPH, f"--set=model.path={model}")["estimate"][0] == "ran"
    assert calotype.report(GRAPH, f"--set=model.path={model}")["estimate"][0] == "skipped"
    settings = json.loads((model / "preprocessor_config.json").read_text())
    try:
        (model / "preprocessor_config.json").write_text(json.dumps({**settings, "size": 96}))
        assert calotype.report(GRAPH, f"--set=model.path={model}")["estimate"][0] == "ran"
    finally:
        (model / "preprocessor_config.json").write_text(json.dumps(settings))


def test_save_depth_writes_16_bits(calotype, model):
    graph = json.loads(GRAPH.read_text())
    graph["nodes"]["picture"]["params"]["path"] = str(PICTURE)
    graph["nodes"]["model"]["params"]["path"] = str(model)
    graph["nodes"]["save"] = {
        "type": "SaveDepth", "in": {"depth": "estimate.depth"}, "params": {"path": "deep.png"}}
    graph.pop("inputs")
    (calotype.folder / "g.json").write_text(json.dumps(graph))
    calotype("run", "g.json", "-q", "--output", "estimate.depth=d.safetensors")
    with Image.open(calotype.folder / "deep.png") as picture:
        assert picture.mode == "I;16"
        values = np.asarray(picture)
    depth = load_file(calotype.folder / "d.safetensors")["depth"][0, 0].numpy()
    assert (values == (depth * np.float32(65535)).astype(np.uint16)).all()
    assert values.min() == 0 and values.max() == 65535


def test_another_kind_of_model_is_refused(calotype, tiny_checkpoint):
    done = calotype("run", GRAPH, "-q", f"--set=model.path={tiny_checkpoint}", expect=1)
    assert "there is no depth model of a known layout among the names of the file" in done.stderr


def test_missing_and_foreign_tensors_are_named(calotype, model):
    broken = calotype.folder / "broken"
    shutil.copytree(model, broken)
    state = load_file(model / "model.safetensors")
    del state["head.head.4.bias"]
    state["neck.something.weight"] = torch.zeros(3)
    save_file(state, broken / "model.safetensors")
    done = calotype("run", GRAPH, "-q", "--set=model.path=broken", expect=1)
    assert 'depth model: 1 tensor is missing: "head.4.bias"' in done.stderr
    assert 'depth model: 1 tensor that no part of this model uses: "neck.something.weight"' in done.stderr


def test_a_folder_that_says_metric_is_refused(calotype, tmp_path):
    torch.manual_seed(2)
    folder = depth_layout.save_folder(depth_layout.make_depth_anything(), tmp_path / "metric")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "depth_estimation_type": "metric"}))
    done = calotype("run", GRAPH, "-q", f"--set=model.path={folder}", expect=1)
    assert '"depth_estimation_type" is "metric": this version computes "relative"' in done.stderr
