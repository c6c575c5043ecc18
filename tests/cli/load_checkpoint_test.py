"""Checkpoints from the command line: what a file is, and what beside it counts."""

import shutil

import numpy
from safetensors.numpy import load_file, save_file


def test_inspect_names_the_family(calotype, tiny_checkpoint):
    assert "model: SD 1.x\n" in calotype("inspect", tiny_checkpoint).stdout


def test_inspect_and_the_loader_say_what_is_no_checkpoint(calotype, tiny_graph):
    save_file({"lora_unet_x.lora_down.weight": numpy.zeros(1, "float32")}, calotype.folder / "l.safetensors")
    hint = "  hint: this version applies no LoRAs; give the checkpoint that it is made for\n"
    assert calotype("inspect", "l.safetensors").stdout.startswith("model: a LoRA\n" + hint)
    errors = calotype("run", tiny_graph, "--set", "ckpt.path=l.safetensors", expect=1).stderr
    assert "l.safetensors: expected a Stable Diffusion checkpoint, found a LoRA\n" in errors and hint in errors


def test_inspect_knows_a_controlnet_that_has_the_names_of_a_unet(calotype, tiny_checkpoint):
    prefix = "model.diffusion_model."
    weights = {name.removeprefix(prefix): w for name, w in load_file(tiny_checkpoint).items() if name.startswith(prefix)}
    save_file(weights, calotype.folder / "unet.safetensors")
    assert "model: SD 1.x\n" in calotype("inspect", "unet.safetensors").stdout
    save_file({**weights, "input_hint_block.0.weight": numpy.zeros(1, "float32")}, calotype.folder / "c.safetensors")
    assert "model: a ControlNet\n" in calotype("inspect", "c.safetensors").stdout


def test_a_whole_checkpoint_may_hold_other_tensors(calotype, tiny_graph, tiny_checkpoint):
    stray = {"lora_te_x.alpha": numpy.zeros(1, "float32")}
    save_file({**load_file(tiny_checkpoint), **stray}, calotype.folder / "m.safetensors")
    assert "model: SD 1.x\n" in calotype("inspect", "m.safetensors").stdout
    calotype("run", tiny_graph, "--set", "ckpt.path=m.safetensors")


def test_changed_configuration_beside_a_checkpoint_makes_the_picture_anew(calotype, tiny_graph, tiny_checkpoint):
    shutil.copy(tiny_checkpoint, calotype.folder / "m.safetensors")

    def sample_ran():
        return calotype.report(tiny_graph, "--set", "ckpt.path=m.safetensors")["sample"][0] == "ran"

    assert sample_ran()
    assert not sample_ran()
    (calotype.folder / "m.yaml").write_text('model: {params: {parameterization: "v", unet_config: {}}}')
    assert sample_ran()
    assert not sample_ran()
