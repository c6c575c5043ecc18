"""Every layout of one checkpoint gives the same bits, and those of diffusers and transformers."""

import json
import pathlib
import shutil
import subprocess

import diffusers
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

import compvis_layout
from clip_vocabulary import BUILD, vocabulary_file, write_tokenizer_folder

PROBE = BUILD / "bin" / "calotype_checkpoint_probe"
PROMPT = "a photograph of an astronaut riding a horse, 35mm"
DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
RES_BLOCKS, ATTENTION = 1, (True, True, False)
LIMIT = 2e-5


def randomise(module):
    """Norms away from the identity, biases away from zero."""
    for name, parameter in module.named_parameters():
        if parameter.dim() == 1:
            centre = 1.0 if "norm" in name and name.endswith("weight") else 0.0
            parameter.data = centre + 0.2 * torch.randn_like(parameter)
    return module.eval()


class Pipeline:
    """Small random networks in the design of SD 1.x."""

    def __init__(self):
        torch.manual_seed(0)
        self.unet = randomise(
            diffusers.UNet2DConditionModel(
                sample_size=16,
                block_out_channels=(32, 64, 64),
                layers_per_block=RES_BLOCKS,
                cross_attention_dim=64,
                attention_head_dim=8,
                down_block_types=["CrossAttnDownBlock2D"] * 2 + ["DownBlock2D"],
                up_block_types=["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 2,
            )
        )
        self.vae = randomise(
            diffusers.AutoencoderKL(
                block_out_channels=(32, 64),
                layers_per_block=1,
                latent_channels=4,
                down_block_types=["DownEncoderBlock2D"] * 2,
                up_block_types=["UpDecoderBlock2D"] * 2,
            )
        )
        self.text = randomise(
            transformers.CLIPTextModel(
                transformers.CLIPTextConfig(
                    vocab_size=49408,
                    hidden_size=64,
                    intermediate_size=128,
                    num_hidden_layers=3,
                    num_attention_heads=1,
                    hidden_act="quick_gelu",
                )
            )
        )

    def to(self, dtype):
        for module in (self.unet, self.vae, self.text):
            module.to(dtype)
        return self

    def save_folder(self, folder, prediction="epsilon", variant=None, tokenizer=True):
        self.unet.save_pretrained(folder / "unet", variant=variant)
        self.vae.save_pretrained(folder / "vae", variant=variant)
        self.text.save_pretrained(folder / "text_encoder")
        if variant:
            shutil.move(
                folder / "text_encoder/model.safetensors",
                folder / f"text_encoder/model.{variant}.safetensors",
            )
        (folder / "scheduler").mkdir()
        settings = json.dumps({"prediction_type": prediction})
        (folder / "scheduler/scheduler_config.json").write_text(settings)
        (folder / "model_index.json").write_text('{"_class_name": "StableDiffusionPipeline"}')
        if tokenizer:
            (folder / "tokenizer").mkdir()
            write_tokenizer_folder(folder / "tokenizer")
        return folder

    def single_file(self, attention_as_conv=True):
        return compvis_layout.single_file(
            compvis_layout.unet(self.unet.state_dict(), RES_BLOCKS, ATTENTION),
            compvis_layout.vae(self.vae.state_dict(), attention_as_conv),
            compvis_layout.text(self.text.state_dict()),
        )


@pytest.fixture(scope="module", autouse=True)
def vocabulary():
    vocabulary_file()


@pytest.fixture
def inputs():
    torch.manual_seed(1)
    return {
        "x": torch.randn(2, 4, 12, 8),
        "timesteps": torch.full((2,), 421.5),
        "latent": torch.randn(1, 4, 6, 10),
        "pixels": torch.rand(1, 3, 12, 20),
    }


def run(kind, path, inputs, *options):
    folder = pathlib.Path(path).parent
    save_file(inputs, folder / "in.safetensors")
    command = [PROBE, kind, path, folder / "in.safetensors", folder / "out.safetensors"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return load_file(folder / "out.safetensors")


def checkpoint(path, inputs, *options):
    return run("checkpoint", path, inputs, "--text", PROMPT, *options)


def write_file(path, state, metadata=None):
    save_file({n: t.contiguous().clone() for n, t in state.items()}, path, metadata)
    return path


def assert_equal(ours, theirs):
    assert ours.keys() == theirs.keys() and len(ours) > 0
    for name, tensor in ours.items():
        assert torch.equal(tensor, theirs[name]), name


def relative_error(ours, theirs):
    assert ours.shape == theirs.shape
    return ((ours - theirs).abs().max() / theirs.abs().max()).item()


def tokenizer(folder):
    return transformers.CLIPTokenizer.from_pretrained(folder / "tokenizer")


def expected_context(pipeline, folder, text, skip=0):
    ids = tokenizer(folder)(text, padding="max_length", max_length=77).input_ids
    with torch.no_grad():
        states = pipeline.text(torch.tensor([ids]), output_hidden_states=True).hidden_states
        inner = getattr(pipeline.text, "text_model", pipeline.text)
        return inner.final_layer_norm(states[len(states) - 1 - skip])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("compute", ["auto", "bfloat16"])
def test_layouts_give_equal_bits(tmp_path, inputs, dtype, compute):
    pipeline = Pipeline().to(DTYPES[dtype])
    folder = pipeline.save_folder(tmp_path / "folder")
    expected = checkpoint(folder, inputs, "--dtype", compute)
    for name, as_conv in (("conv", True), ("linear", False)):
        file = write_file(tmp_path / f"{name}.safetensors", pipeline.single_file(as_conv))
        assert_equal(checkpoint(file, inputs, "--dtype", compute), expected)


def test_networks_equal_diffusers(tmp_path, inputs):
    pipeline = Pipeline()
    folder = pipeline.save_folder(tmp_path / "folder")
    ours = checkpoint(folder, inputs)
    context = expected_context(pipeline, folder, PROMPT)
    assert relative_error(ours["context"], context) <= LIMIT
    with torch.no_grad():
        predicted = pipeline.unet(inputs["x"], 421.5, context.expand(2, -1, -1)).sample
        decoded = pipeline.vae.decode(inputs["latent"] / 0.18215).sample
        encoded = pipeline.vae.encode(inputs["pixels"] * 2 - 1).latent_dist.mean * 0.18215
    assert relative_error(ours["predicted"], predicted) <= LIMIT
    assert relative_error(ours["decoded"], (decoded / 2 + 0.5).clamp(0, 1)) <= LIMIT
    assert relative_error(ours["encoded"], encoded) <= LIMIT


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize(
    "text", ["", "a cat", "(a) [dog]: 1.5, über-häßlich \\(x\\)", "cat, " * 37, "cat " * 75]
)
def test_context_of_one_chunk_equals_transformers(tmp_path, inputs, text, skip):
    pipeline = Pipeline()
    folder = pipeline.save_folder(tmp_path / "folder")
    assert len(tokenizer(folder)(text).input_ids) <= 77
    ours = run("checkpoint", folder, inputs, "--text", text, "--clip_skip", str(skip))
    theirs = expected_context(pipeline, folder, text, skip)
    assert relative_error(ours["context"], theirs) <= LIMIT


def test_context_of_long_text_is_that_of_its_chunks(tmp_path, inputs):
    pipeline = Pipeline()
    folder = pipeline.save_folder(tmp_path / "folder")
    ours = run("checkpoint", folder, inputs, "--text", "cat " * 75 + "dog " * 75 + "bird")
    chunks = ["cat " * 75, "dog " * 75, "bird"]
    theirs = torch.cat([expected_context(pipeline, folder, t) for t in chunks], 1)
    assert relative_error(ours["context"], theirs) <= LIMIT


def test_older_names_give_equal_bits(tmp_path, inputs):
    """No `text_model.`, buffers and training state in the file, old attention names in the folder."""
    pipeline = Pipeline()
    folder = pipeline.save_folder(tmp_path / "folder")
    expected = checkpoint(folder, inputs)
    state = {n.replace("text_model.", ""): t for n, t in pipeline.single_file().items()}
    state["cond_stage_model.transformer.embeddings.position_ids"] = torch.arange(77)[None]
    state["betas"] = state["alphas_cumprod_prev"] = torch.rand(1000)
    state["model_ema.decay"] = state["first_stage_model.loss.logvar"] = torch.rand(1)
    assert_equal(checkpoint(write_file(tmp_path / "old.safetensors", state), inputs), expected)
    weights = folder / "vae/diffusion_pytorch_model.safetensors"
    old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    state = load_file(weights)
    for new_name, old_name in old.items():
        state = {n.replace(f".{new_name}.", f".{old_name}."): t for n, t in state.items()}
    assert any("proj_attn" in n for n in state)
    write_file(weights, state)
    assert_equal(checkpoint(folder, inputs), expected)


def test_variant_files_and_missing_tokenizer_give_equal_bits(tmp_path, inputs):
    pipeline = Pipeline().to(torch.float16)
    expected = checkpoint(pipeline.save_folder(tmp_path / "full"), inputs)
    variant = pipeline.save_folder(tmp_path / "variant", variant="fp16", tokenizer=False)
    assert (variant / "unet/diffusion_pytorch_model.fp16.safetensors").exists()
    assert_equal(checkpoint(variant, inputs), expected)


@pytest.mark.parametrize("prediction, expected", [("epsilon", 0), ("v_prediction", 1)])
def test_prediction_is_read_from_the_files(tmp_path, inputs, prediction, expected):
    pipeline = Pipeline()
    folder = pipeline.save_folder(tmp_path / "folder", prediction)
    assert checkpoint(folder, inputs)["prediction"].item() == expected
    metadata = {"modelspec.prediction_type": "v" if expected else "epsilon"}
    file = write_file(tmp_path / "m.safetensors", pipeline.single_file(), metadata)
    assert checkpoint(file, inputs)["prediction"].item() == expected


def test_vae_files_give_the_bits_of_the_checkpoint(tmp_path, inputs):
    pipeline = Pipeline()
    folder = pipeline.save_folder(tmp_path / "folder")
    whole = checkpoint(folder, inputs)
    expected = {n: whole[n] for n in ("decoded", "encoded")}
    vae = compvis_layout.vae(pipeline.vae.state_dict())
    bare = write_file(tmp_path / "bare.safetensors", vae | {"loss.logvar": torch.rand(1)})
    full = write_file(tmp_path / "full.safetensors", pipeline.single_file())
    named = folder / "vae/diffusion_pytorch_model.safetensors"
    for path in (bare, full, named, folder / "vae", folder):
        assert_equal(run("vae", path, inputs), expected)


def refusal(path, inputs, *options):
    with pytest.raises(RuntimeError) as caught:
        checkpoint(path, inputs, *options)
    return str(caught.value).strip().replace(f"{path}", "PATH")


def test_files_that_lack_tensors_are_refused_when_opened(tmp_path, inputs):
    state = Pipeline().single_file()
    del state["model.diffusion_model.out.0.bias"]
    state["first_stage_model.decoder.more"] = torch.rand(1)
    file = write_file(tmp_path / "m.safetensors", state)
    assert refusal(file, inputs) == 'PATH: UNet: 1 tensor is missing: "out.0.bias"'
    state["model.diffusion_model.out.0.bias"] = torch.rand(32)
    assert refusal(write_file(file, state), inputs) == (
        'PATH: VAE: 1 tensor that no part of this model uses: "decoder.more"\n'
        "  hint: the file is of another kind of model"
    )


def test_files_with_nan_are_refused_when_used(tmp_path, inputs):
    state = Pipeline().single_file()
    state["model.diffusion_model.out.2.weight"][1, 2, 0, 0] = float("nan")
    file = write_file(tmp_path / "m.safetensors", state)
    assert refusal(file, inputs) == (
        'PATH: UNet: 1 tensor with values that are not finite in Float: "out.2.weight"\n'
        "  hint: the file is damaged; use another copy"
    )


def test_parts_of_different_models_are_refused(tmp_path, inputs):
    pipeline = Pipeline()
    torch.manual_seed(2)
    config = pipeline.text.config
    config.hidden_size, config.num_attention_heads = 128, 2
    pipeline.text = transformers.CLIPTextModel(config)
    file = write_file(tmp_path / "m.safetensors", pipeline.single_file())
    assert refusal(file, inputs) == (
        "PATH: the text encoder gives vectors of 128 numbers, the UNet takes 64\n"
        "  hint: the parts are of different models"
    )
