"""Nodes of pictures, masks and latents with tensors of a GPU, also where others lie on the CPU."""

import pytest
import torch

from built_package import engine  # noqa: F401

import calotype

n = calotype.nodes
GIVEN = {"image": "Image", "other": "Image", "mask": "Mask", "latent": "Latent", "depth": "DepthMap"}
CASES = {
    "crop": lambda g: n.ResizeImage(image=g["image"], mask=g["mask"], width=40, height=24, mode="crop").image,
    "fill": lambda g: n.ResizeImage(image=g["image"], mask=g["mask"], width=40, height=24, mode="fill").mask,
    "stretch": lambda g: n.ResizeImage(image=g["image"], width=40, height=24, mode="stretch").image,
    "edge": lambda g: n.PadImage(image=g["image"], mask=g["mask"], left=5, top=3, fill="edge").image,
    "mirror": lambda g: n.PadImage(image=g["image"], mask=g["mask"], right=5, fill="mirror").mask,
    "inpaint crop": lambda g: n.InpaintCrop(image=g["image"], mask=g["mask"], width=64, height=64).image,
    "inpaint paste": lambda g: n.InpaintPaste(original=g["image"], image=g["other"], mask=g["mask"]).image,
    "inpaint fill": lambda g: n.InpaintFill(image=g["image"], mask=g["mask"]).image,
    "mask blur": lambda g: n.MaskBlur(mask=g["mask"]).mask,
    "mask grow": lambda g: n.MaskGrow(mask=g["mask"]).mask,
    "mask invert": lambda g: n.MaskInvert(mask=g["mask"]).mask,
    "mask to image": lambda g: n.MaskToImage(mask=g["mask"]).image,
    "mask from image": lambda g: n.MaskFromImage(image=g["image"]).mask,
    "grid": lambda g: n.PictureGrid(images=[g["image"], g["other"]], labels="one\ntwo").image,
    "upscale": lambda g: n.Upscale(image=g["image"], scale=1.5).image,
    "same size": lambda g: n.Upscale(image=g["image"], scale=1).image,
    "latent resize": lambda g: n.LatentResize(latent=g["latent"], method="bicubic_antialiased").latent,
    "latent fill": lambda g: n.LatentFill(latent=g["latent"], mask=g["mask"], mode="nothing").latent,
    "depth": lambda g: n.DepthToImage(depth=g["depth"]).image,
    "invert": lambda g: n.example_Invert(image=g["image"], mask=g["mask"]).image,
    "quantize": lambda g: n.example_QuantizeImage(
        image=g["image"], palette=n.example_ExtractPalette(image=g["image"], colours=4).palette).image,
}


def result(engine, case, given):
    graph = calotype.Graph()
    inputs = {name: graph.input(name, type=getattr(n, port_type)) for name, port_type in GIVEN.items()}
    graph.output("made", CASES[case](inputs))
    used = set(graph.inputs) & {name for name in GIVEN if name in str(graph.to_json())}
    return engine.run(graph, {name: given[name] for name in used}).made.tensor().cpu()


@pytest.fixture(scope="module")
def given():
    generator = torch.Generator().manual_seed(1)
    random = lambda *shape: torch.rand(shape, generator=generator)
    mask = torch.zeros(1, 1, 32, 48)
    mask[..., 8:20, 10:30] = 1
    return {"image": random(1, 3, 32, 48), "other": random(1, 3, 32, 48), "mask": mask,
            "latent": random(1, 4, 4, 6), "depth": random(1, 1, 32, 48)}


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
@pytest.mark.parametrize("on_gpu", [set(GIVEN), {"image", "latent"}, {"mask"}], ids=["all", "pictures", "mask"])
@pytest.mark.parametrize("case", CASES)
def test_nodes_give_on_a_gpu_what_they_give_on_the_cpu(engine, given, case, on_gpu):
    expected = result(engine, case, given)
    with calotype.Engine(cache=False) as fresh:  # the same content would be found in the cache
        made = result(fresh, case, {k: t.cuda() if k in on_gpu else t for k, t in given.items()})
    assert (made - expected).abs().max() <= 1e-5
