"""The text encoders of all families against open_clip, transformers and diffusers, on random weights.

Each run goes from the prompt to the conditioning, so equal numbers mean equal tokens and padding too."""

import json
import os
import subprocess

import diffusers
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from clip_vocabulary import BUILD, vocabulary_file, write_tokenizer_folder
from open_clip_reference import open_clip

LIMIT = 2e-5
TRUE_SIZES = pytest.mark.skipif(
    os.environ.get("CALOTYPE_TRUE_SIZES") != "1", reason="set CALOTYPE_TRUE_SIZES=1 (minutes, 10 GB)"
)
PROMPTS = ["", "a lighthouse at dusk, oil painting", "two cats! 1234 (naive) café",
           " ".join(["many small words,"] * 18)]
LONG = " ".join(f"word{i}, a red house" for i in range(30))


def randomise(module):
    """Norms away from the identity, biases away from zero, projections of a natural size."""
    with torch.no_grad():
        for name, p in module.named_parameters():
            if p.dim() == 1:
                centre = 1.0 if ("norm" in name or "ln_" in name) and name.endswith("weight") else 0.0
                p.copy_(centre + 0.2 * torch.randn_like(p))
            elif "text_projection" in name:
                p.copy_(torch.randn_like(p) * p.shape[0] ** -0.5)
    return module.eval()


def open_clip_model(width=128, heads=2, layers=4, projection=96):
    """open_clip's whole CLIP with its picture half kept small."""
    from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg

    picture = CLIPVisionCfg(layers=1, width=64, patch_size=112, image_size=224)
    text = CLIPTextCfg(context_length=77, vocab_size=49408, width=width, heads=heads, layers=layers)
    return randomise(CLIP(projection, picture, text, quick_gelu=False))


def text_half(model):
    """As in single-file checkpoints, where the picture half was deleted and buffers were saved."""
    state = {n: t for n, t in model.state_dict().items() if not n.startswith("visual.")}
    return state | {"attn_mask": model.attn_mask.clone()}


def transformers_model(kind=transformers.CLIPTextModel, width=128, layers=3, act="quick_gelu", projection=96):
    return randomise(kind(transformers.CLIPTextConfig(
        hidden_size=width, intermediate_size=4 * width, num_hidden_layers=layers,
        num_attention_heads=width // 64, vocab_size=49408, hidden_act=act, projection_dim=projection,
        bos_token_id=49406, eos_token_id=49407)))


def saved(folder, module):
    """The tensors as transformers writes them."""
    module.save_pretrained(folder)
    return load_file(folder / "model.safetensors")


def ours(folder, family, states, text, clip_skip=0, weighting="none", empty_text="auto"):
    files = []
    for i, state in enumerate(states):
        files.append(str(folder / f"weights{i}.safetensors"))
        save_file({n: t.contiguous() for n, t in state.items()}, files[-1])
    job = dict(family=family, weights=files, tokenizer=str(vocabulary_file()), text=text,
               clip_skip=clip_skip, weighting=weighting, empty_text=empty_text)
    (folder / "job.json").write_text(json.dumps(job))
    out = folder / "out.safetensors"
    done = subprocess.run([BUILD / "bin" / "calotype_encoder_probe", folder / "job.json", out],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return load_file(out)


def assert_equal(got, expected):
    assert got.shape == expected.shape and got.dtype == torch.float32
    assert expected.std() > 1e-3
    assert ((got - expected).abs().max() / expected.abs().max()).item() <= LIMIT


def open_clip_states(model, ids, blocks):
    """The state after `blocks` blocks, as Stability's encoders run open_clip's model."""
    x = model.token_embedding(ids) + model.positional_embedding
    for block in model.transformer.resblocks[:blocks]:
        x = block(x, attn_mask=model.attn_mask)
    return x


@torch.no_grad()
def check_sd2(folder, model, layers, text, clip_skip=0):
    got = ours(folder, "sd2", [text_half(model)], text, clip_skip)
    expected = model.ln_final(open_clip_states(model, open_clip.tokenize([text]), layers - 1 - clip_skip))
    assert_equal(got["context"], expected)
    assert "pooled" not in got


@torch.no_grad()
def check_refiner(folder, model, layers, text, clip_skip=0):
    got = ours(folder, "refiner", [text_half(model)], text, clip_skip)
    ids = open_clip.tokenize([text])
    assert_equal(got["context"], open_clip_states(model, ids, layers - 1 - clip_skip))
    assert_equal(got["pooled"], model.encode_text(ids))


@pytest.mark.parametrize("text", PROMPTS)
@pytest.mark.parametrize("check", [check_sd2, check_refiner])
def test_open_clip_layout_equals_open_clip(tmp_path, check, text):
    torch.manual_seed(1)
    check(tmp_path, open_clip_model(), 4, text)


@pytest.mark.parametrize("clip_skip", [1, 2])
@pytest.mark.parametrize("check", [check_sd2, check_refiner])
def test_clip_skip_counts_from_the_layer_before_the_last(tmp_path, check, clip_skip):
    torch.manual_seed(2)
    check(tmp_path, open_clip_model(), 4, PROMPTS[1], clip_skip)


@TRUE_SIZES
def test_vit_h_of_true_size_equals_open_clip(tmp_path):
    torch.manual_seed(3)
    check_sd2(tmp_path, open_clip_model(1024, 16, 24, 1024), 24, PROMPTS[1])


@TRUE_SIZES
def test_big_g_of_true_size_equals_open_clip(tmp_path):
    torch.manual_seed(4)
    check_refiner(tmp_path, open_clip_model(1280, 20, 32, 1280), 32, PROMPTS[1])


@pytest.mark.parametrize("text", PROMPTS)
@torch.no_grad()
def test_sd2_in_a_diffusers_folder_equals_transformers(tmp_path, text):
    torch.manual_seed(5)
    module = transformers_model(act="gelu")
    got = ours(tmp_path, "sd2", [saved(tmp_path, module)], text)
    assert_equal(got["context"], module(open_clip.tokenize([text])).last_hidden_state)


@pytest.mark.parametrize("text", PROMPTS)
@torch.no_grad()
def test_refiner_in_a_diffusers_folder_equals_transformers(tmp_path, text):
    torch.manual_seed(6)
    module = transformers_model(transformers.CLIPTextModelWithProjection, act="gelu")
    got = ours(tmp_path, "refiner", [saved(tmp_path, module)], text)
    expected = module(open_clip.tokenize([text]), output_hidden_states=True)
    assert_equal(got["context"], expected.hidden_states[-2])
    assert_equal(got["pooled"], expected.text_embeds)


@pytest.fixture(scope="module")
def sdxl(tmp_path_factory):
    """Diffusers' pipeline with small encoders, and the tensors of both as transformers saves them."""
    folder = tmp_path_factory.mktemp("sdxl")
    torch.manual_seed(7)
    first = transformers_model(width=64, layers=4)
    second = transformers_model(transformers.CLIPTextModelWithProjection, 128, 4, "gelu")
    write_tokenizer_folder(folder)
    pipeline = diffusers.StableDiffusionXLPipeline(
        vae=None, unet=None, scheduler=diffusers.EulerDiscreteScheduler(), text_encoder=first,
        text_encoder_2=second, tokenizer=transformers.CLIPTokenizer.from_pretrained(folder, model_max_length=77),
        tokenizer_2=transformers.CLIPTokenizer.from_pretrained(folder, model_max_length=77, pad_token="!"),
        add_watermarker=False)
    states = [saved(folder / str(i), module) for i, module in enumerate((first, second))]
    return pipeline, states


@pytest.mark.parametrize("clip_skip", [0, 2])
@pytest.mark.parametrize("text", PROMPTS)
@torch.no_grad()
def test_sdxl_equals_diffusers(tmp_path, sdxl, text, clip_skip):
    pipeline, states = sdxl
    text = text.replace("!", ".")  # transformers reads "!" as padding where that is the pad token
    got = ours(tmp_path, "sdxl", states, text, clip_skip, empty_text="encoded")
    context, _, pooled, _ = pipeline.encode_prompt(
        text, device="cpu", do_classifier_free_guidance=False, clip_skip=clip_skip or None)
    assert_equal(got["context"], context)
    assert_equal(got["pooled"], pooled)


@torch.no_grad()
def test_empty_negative_of_sdxl_is_that_of_diffusers(tmp_path, sdxl):
    pipeline, states = sdxl
    got = ours(tmp_path, "sdxl", states, "")
    _, context, _, pooled = pipeline.encode_prompt("a cat", device="cpu", do_classifier_free_guidance=True)
    assert torch.equal(got["context"], context) and torch.equal(got["pooled"], pooled)


def chunks_of(text, pad):
    """Every 75 tokens with start, end and padding."""
    words = open_clip.get_tokenizer("ViT-H-14").encode(text)
    rows = [words[i : i + 75] for i in range(0, len(words), 75)]
    return torch.tensor([[49406, *row, 49407] + [pad] * (75 - len(row)) for row in rows])


@torch.no_grad()
def test_long_prompt_of_sdxl_is_chunk_after_chunk_and_pooled_by_the_first(tmp_path, sdxl):
    pipeline, states = sdxl
    got = ours(tmp_path, "sdxl", states, LONG)
    first = pipeline.text_encoder(chunks_of(LONG, 49407), output_hidden_states=True)
    second = pipeline.text_encoder_2(chunks_of(LONG, 0), output_hidden_states=True)
    both = torch.cat([first.hidden_states[-2], second.hidden_states[-2]], -1)
    assert both.shape[0] > 2
    assert_equal(got["context"], both.reshape(1, -1, both.shape[-1]))
    assert_equal(got["pooled"], second.text_embeds[:1])


WEIGHTED, WEIGHTS = "a red (house:1.4) by the sea", {2: 1.4}


@pytest.mark.parametrize("weighting", ["a1111", "comfyui"])
@torch.no_grad()
def test_sdxl_weighs_each_encoder_by_itself(tmp_path, sdxl, weighting):
    pipeline, states = sdxl
    got = ours(tmp_path, "sdxl", states, WEIGHTED, weighting=weighting)
    factors = torch.ones(1, 77, 1)
    for place, weight in WEIGHTS.items():
        factors[0, place + 1] = weight
    parts = []
    for module, pad in ((pipeline.text_encoder, 49407), (pipeline.text_encoder_2, 0)):
        z = module(chunks_of("a red house by the sea", pad), output_hidden_states=True).hidden_states[-2]
        empty = torch.tensor([[49406, 49407] + [pad] * 75])
        z0 = module(empty, output_hidden_states=True).hidden_states[-2]
        if weighting == "a1111":
            parts.append(z * factors * (z.mean() / (z * factors).mean()))
        else:
            parts.append((z - z0) * factors + z0)
    assert_equal(got["context"], torch.cat(parts, -1))
