"""The same weights as a file of PyTorch and as safetensors."""

import torch
from PIL import Image
from safetensors.torch import load_file


def pixels(file):
    with Image.open(file) as picture:
        return picture.convert("RGB").tobytes()


def save_as_torch(checkpoint, folder):
    tensors = load_file(checkpoint)
    torch.save({"state_dict": tensors, "global_step": 5}, folder / "zip.ckpt")
    torch.save(tensors, folder / "old.pt", _use_new_zipfile_serialization=False)
    return tensors


def test_pictures_are_equal_to_the_last_bit(calotype, tiny_graph, tiny_checkpoint):
    save_as_torch(tiny_checkpoint, calotype.folder)
    calotype("run", tiny_graph, "--output", "image=a.png", "--no-cache")
    expected = pixels(calotype.folder / "a.png")
    for name in ("zip.ckpt", "old.pt"):
        calotype("run", tiny_graph, "--set", f"ckpt.path={name}", "--output", "image=b.png", "--no-cache")
        assert pixels(calotype.folder / "b.png") == expected, name


def test_inspect_lists_tensors_as_for_safetensors(calotype, tiny_checkpoint):
    tensors = save_as_torch(tiny_checkpoint, calotype.folder)
    expected = set(calotype("inspect", tiny_checkpoint, "--tensors").stdout.splitlines())
    for name in ("zip.ckpt", "old.pt"):
        lines = calotype("inspect", name, "--tensors").stdout.splitlines()
        listed = {line for line in lines if line.split()[0] in tensors}
        assert len(listed) == len(tensors) and listed <= expected
    assert "global_step: 5" in calotype("inspect", "zip.ckpt").stdout


def test_a_damaged_storage_is_named(calotype, tiny_graph, tiny_checkpoint):
    save_as_torch(tiny_checkpoint, calotype.folder)
    data = bytearray((calotype.folder / "zip.ckpt").read_bytes())
    data[len(data) // 2] ^= 1
    (calotype.folder / "bad.ckpt").write_bytes(data)
    errors = calotype("run", tiny_graph, "--set", "ckpt.path=bad.ckpt", "--no-cache", expect=1).stderr
    assert "bad.ckpt" in errors and "the checksum of the bytes is wrong" in errors
