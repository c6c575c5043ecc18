"""Checkpoints from the command line: what a file is, and what beside it counts."""

import shutil


def test_inspect_names_the_family(calotype, tiny_checkpoint):
    assert "model: SD 1.x\n" in calotype("inspect", tiny_checkpoint).stdout


def test_changed_configuration_beside_a_checkpoint_makes_the_picture_anew(calotype, tiny_graph, tiny_checkpoint):
    shutil.copy(tiny_checkpoint, calotype.folder / "m.safetensors")

    def sample_ran():
        return calotype.report(tiny_graph, "--set", "ckpt.path=m.safetensors")["sample"][0] == "ran"

    assert sample_ran()
    assert not sample_ran()
    (calotype.folder / "m.yaml").write_text('model: {params: {parameterization: "v", unet_config: {}}}')
    assert sample_ran()
    assert not sample_ran()
