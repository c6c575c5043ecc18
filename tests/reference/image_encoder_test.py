"""CLIP's image half and unCLIP's conditioning against open_clip, transformers, kornia and diffusers."""

import json
import subprocess

import diffusers
import kornia
import pytest
import torch
import transformers
from diffusers.models.embeddings import get_timestep_embedding
from diffusers.pipelines.stable_diffusion.stable_unclip_image_normalizer import StableUnCLIPImageNormalizer
from safetensors.torch import load_file, save_file

from clip_vocabulary import BUILD
from open_clip_reference import open_clip  # noqa: F401: makes open_clip.model importable
from text_encoders_test import TRUE_SIZES, assert_equal, randomise

MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
SIZES = [(224, 224), (300, 500), (700, 230), (100, 60), (230, 100), (1, 500), (226, 225)]


def probe(folder, encoder, pixels, noise_level=0, seed=0):
    save_file({"pixels": pixels.contiguous()}, folder / "in.safetensors")
    job = dict(image=str(folder / "in.safetensors"), encoder=str(encoder), noise_level=noise_level, seed=seed)
    (folder / "job.json").write_text(json.dumps(job))
    out = folder / "out.safetensors"
    done = subprocess.run([BUILD / "bin" / "calotype_encoder_probe", folder / "job.json", out],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return load_file(out)


def preprocess(pixels):
    """As Stability's image embedders do, on values of -1..1."""
    x = kornia.geometry.resize(
        pixels * 2 - 1, (224, 224), interpolation="bicubic", align_corners=True, antialias=True)
    return kornia.enhance.normalize((x + 1) / 2, torch.tensor(MEAN), torch.tensor(STD))


def open_clip_model(width=128, head_width=64, layers=2, patch=56, projection=96, quick_gelu=False):
    from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg

    picture = CLIPVisionCfg(
        layers=layers, width=width, head_width=head_width, patch_size=patch, image_size=224)
    text = CLIPTextCfg(context_length=77, vocab_size=8, width=64, heads=1, layers=1)
    return randomise(CLIP(projection, picture, text, quick_gelu=quick_gelu))


def save_unclip(folder, model):
    """The image embedder of a single-file unCLIP checkpoint, among tensors of other parts."""
    state = {f"embedder.model.{n}": t for n, t in model.state_dict().items() if not n.startswith("transformer.")}
    state["model.diffusion_model.out.0.weight"] = torch.zeros(1)
    state["noise_augmentor.betas"] = torch.zeros(1000)
    file = folder / "unclip.safetensors"
    save_file({n: t.contiguous() for n, t in state.items()}, file)
    return file


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    torch.manual_seed(1)
    model = open_clip_model()
    return model, save_unclip(tmp_path_factory.mktemp("unclip"), model)


@pytest.mark.parametrize("size", SIZES)
def test_preprocessing_equals_kornia(tmp_path, small, size):
    torch.manual_seed(2)
    pixels = torch.rand(2, 3, *size)
    assert_equal(probe(tmp_path, small[1], pixels)["pixels"], preprocess(pixels))


@torch.no_grad()
def test_unclip_checkpoint_equals_open_clip(tmp_path, small):
    torch.manual_seed(3)
    model, file = small
    pixels = torch.rand(2, 3, 250, 310)
    assert_equal(probe(tmp_path, file, pixels)["embedding"], model.encode_image(preprocess(pixels)))


@torch.no_grad()
def test_unclip_checkpoint_with_the_encoder_of_openai_equals_open_clip(tmp_path):
    torch.manual_seed(4)
    model = open_clip_model(projection=768, quick_gelu=True)
    pixels = torch.rand(1, 3, 224, 224)
    got = probe(tmp_path, save_unclip(tmp_path, model), pixels)["embedding"]
    assert_equal(got, model.encode_image(preprocess(pixels)))


@TRUE_SIZES
@torch.no_grad()
def test_vit_h_of_true_size_equals_open_clip(tmp_path):
    torch.manual_seed(5)
    model = open_clip_model(1280, 80, 32, 14, 1024)
    pixels = torch.rand(1, 3, 224, 224)
    got = probe(tmp_path, save_unclip(tmp_path, model), pixels)["embedding"]
    assert_equal(got, model.encode_image(preprocess(pixels)))


def vision_config(act):
    return transformers.CLIPVisionConfig(
        hidden_size=128, intermediate_size=320, num_hidden_layers=3, num_attention_heads=4, image_size=224,
        patch_size=32, hidden_act=act, projection_dim=80)


@pytest.mark.parametrize("act", ["gelu", "quick_gelu"])
@torch.no_grad()
def test_transformers_folder_equals_transformers(tmp_path, act):
    torch.manual_seed(6)
    model = randomise(transformers.CLIPVisionModelWithProjection(vision_config(act)))
    model.save_pretrained(tmp_path / "model")
    pixels = torch.rand(2, 3, 90, 130)
    got = probe(tmp_path, tmp_path / "model", pixels)["embedding"]
    assert_equal(got, model(preprocess(pixels)).image_embeds)


@torch.no_grad()
def test_folder_with_both_halves_of_clip_equals_transformers(tmp_path):
    torch.manual_seed(7)
    text = dict(hidden_size=64, num_hidden_layers=1, num_attention_heads=1, vocab_size=8)
    config = transformers.CLIPConfig(
        text_config=text, vision_config=vision_config("gelu").to_dict(), projection_dim=80)
    model = randomise(transformers.CLIPModel(config))
    model.save_pretrained(tmp_path / "model")
    pixels = torch.rand(1, 3, 224, 224)
    got = probe(tmp_path, tmp_path / "model", pixels)["embedding"]
    features = model.get_image_features(preprocess(pixels))
    assert_equal(got, getattr(features, "pooler_output", features))


@pytest.mark.parametrize("noise_level", [0, 1, 350, 999])
@torch.no_grad()
def test_image_condition_equals_diffusers(tmp_path, noise_level):
    """StableUnCLIPImg2ImgPipeline's noise_image_embeddings on a folder with statistics."""
    torch.manual_seed(8)
    model = randomise(transformers.CLIPVisionModelWithProjection(vision_config("gelu")))
    normalizer = StableUnCLIPImageNormalizer(80)
    normalizer.mean.copy_(torch.randn(1, 80))
    normalizer.std.copy_(torch.rand(1, 80) + 0.5)
    model.save_pretrained(tmp_path / "model" / "image_encoder")
    normalizer.save_pretrained(tmp_path / "model" / "image_normalizer")
    (tmp_path / "model" / "model_index.json").write_text("{}")
    schedule = diffusers.DDPMScheduler(num_train_timesteps=1000, beta_schedule="squaredcos_cap_v2")
    pipeline = diffusers.StableUnCLIPImg2ImgPipeline(
        feature_extractor=None, image_encoder=model, image_normalizer=normalizer,
        image_noising_scheduler=schedule, tokenizer=None, text_encoder=None, unet=None,
        scheduler=diffusers.DDIMScheduler(), vae=None)
    pixels = torch.rand(1, 3, 200, 300)
    expected = pipeline.noise_image_embeddings(
        model(preprocess(pixels)).image_embeds, noise_level,
        generator=torch.Generator().manual_seed(21))
    assert_equal(probe(tmp_path, tmp_path / "model", pixels, noise_level, 21)["vector"], expected)


@torch.no_grad()
def test_image_condition_of_a_batch_equals_single_pictures(tmp_path, small):
    torch.manual_seed(9)
    pixels = torch.rand(2, 3, 224, 224)
    both = probe(tmp_path, small[1], pixels, 500, 5)["vector"]
    for i in range(2):
        one = probe(tmp_path, small[1], pixels[i : i + 1], 500, 5 + i)["vector"]
        assert_equal(both[i : i + 1], one)
    level = get_timestep_embedding(torch.tensor([500]), 96, True, 0)
    assert_equal(both[:1, 96:], level)
