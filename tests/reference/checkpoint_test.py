"""Every layout of one checkpoint gives the same bits, and those of diffusers and transformers."""

import json
import pathlib
import subprocess

import diffusers
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

import compvis_layout
from clip_vocabulary import BUILD, vocabulary_file
from tiny_pipeline import FAMILIES, SD1_SCALING, WIDTH, TinyPipeline, make_text

PROBE = BUILD / "bin" / "calotype_checkpoint_probe"
PROMPT = "a photograph of an astronaut riding a horse, 35mm"
DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}
LIMIT = 2e-5


@pytest.fixture(scope="module", autouse=True)
def vocabulary():
    vocabulary_file()


def inputs_of(pipeline):
    """Of the UNet and of the VAE."""
    torch.manual_seed(1)
    unet = pipeline.unet.config
    inputs = {
        "x": torch.randn(2, unet.in_channels, 12, 8),
        "timesteps": torch.full((2,), 421.5),
        "latent": torch.randn(1, 4, 3, 5),
        "pixels": torch.rand(1, 3, 24, 40),
    }
    if unet.num_class_embeds:
        inputs["noise_levels"] = torch.tensor([20, 21])
    elif unet.projection_class_embeddings_input_dim:
        inputs["vector"] = torch.randn(2, unet.projection_class_embeddings_input_dim)
    return inputs


@pytest.fixture
def inputs():
    return inputs_of(TinyPipeline())


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


def ids_of(folder, text, pad=49407):
    ids = tokenizer(folder)(text).input_ids
    return torch.tensor([ids + [pad] * (77 - len(ids))])


def hidden_state(module, ids, back, norm):
    """The state before the last `back` layers."""
    with torch.no_grad():
        states = module(ids, output_hidden_states=True).hidden_states
        inner = getattr(module, "text_model", module)
        return inner.final_layer_norm(states[-1 - back]) if norm else states[-1 - back]


def expected_context(pipeline, folder, text, skip=0):
    """As each family uses its encoders; a folder of SD 2.x has lost its last layer already."""
    if pipeline.texts in ("clip", "open_clip"):
        pad = 49407 if pipeline.texts == "clip" else 0
        return hidden_state(pipeline.text, ids_of(folder, text, pad), skip, norm=True)
    parts = [] if pipeline.text is None else [hidden_state(pipeline.text, ids_of(folder, text), 1 + skip, norm=False)]
    parts.append(hidden_state(pipeline.text_2, ids_of(folder, text, 0), 1 + skip, norm=False))
    return torch.cat(parts, -1)


def expected_noise(pipeline, inputs, context):
    extra = {}
    if "noise_levels" in inputs:
        extra["class_labels"] = inputs["noise_levels"]
    elif pipeline.unet.config.class_embed_type:
        extra["class_labels"] = inputs["vector"]
    elif "vector" in inputs:
        # Its last part stands for sinusoids of sizes, which diffusers would compute from numbers.
        embedding = pipeline.unet.add_embedding
        pipeline.unet.get_aug_embed = lambda **_: embedding(inputs["vector"])
    with torch.no_grad():
        context = context.expand(inputs["x"].shape[0], -1, -1)
        return pipeline.unet(inputs["x"], inputs["timesteps"][0], context, **extra).sample


@pytest.mark.parametrize("family", FAMILIES)
def test_layouts_of_a_family_give_equal_bits(tmp_path, family):
    pipeline = TinyPipeline(family).to(torch.float16)
    inputs = inputs_of(pipeline)
    expected = checkpoint(pipeline.save_folder(tmp_path / "folder"), inputs)
    assert_equal(checkpoint(pipeline.save(tmp_path / "m.safetensors"), inputs), expected)
    assert_equal(checkpoint(pipeline.save_ckpt(tmp_path / "m.ckpt"), inputs), expected)
    denoiser = run("denoiser", tmp_path / "m.ckpt", inputs | {"context": expected["context"]})
    assert_equal(denoiser, {name: expected[name] for name in denoiser})


@pytest.mark.parametrize("family", FAMILIES)
def test_networks_of_a_family_equal_diffusers(tmp_path, family):
    pipeline = TinyPipeline(family)
    inputs = inputs_of(pipeline)
    folder = pipeline.save_folder(tmp_path / "folder")
    ours = checkpoint(folder, inputs)
    context = expected_context(pipeline, folder, PROMPT)
    assert relative_error(ours["context"], context) <= LIMIT
    if pipeline.text_2 is not None:
        with torch.no_grad():
            pooled = pipeline.text_2(ids_of(folder, PROMPT, 0)).text_embeds
        assert relative_error(ours["pooled"], pooled) <= LIMIT
    assert relative_error(ours["predicted"], expected_noise(pipeline, inputs, context)) <= LIMIT
    with torch.no_grad():
        decoded = pipeline.vae.decode(inputs["latent"] / pipeline.scaling).sample
        encoded = pipeline.vae.encode(inputs["pixels"] * 2 - 1).latent_dist.mean * pipeline.scaling
    assert relative_error(ours["decoded"], (decoded / 2 + 0.5).clamp(0, 1)) <= LIMIT
    assert relative_error(ours["encoded"], encoded) <= LIMIT
    scheduler = diffusers.DDIMScheduler.from_config(pipeline.scheduler())
    assert relative_error(ours["alphas"], scheduler.alphas_cumprod.double()) <= LIMIT


@pytest.mark.parametrize("family", ["sd1", "sd2_depth", "x4", "sdxl", "sdxl_refiner"])
def test_diffusers_reads_the_single_files_of_these_tests(tmp_path, family):
    pipeline = TinyPipeline(family)
    file = pipeline.save(tmp_path / "m.safetensors")
    folder = pipeline.save_folder(tmp_path / "folder")
    for name, module in (("unet", pipeline.unet), ("vae", pipeline.vae)):
        theirs = type(module).from_single_file(str(file), config=str(folder), subfolder=name)
        assert_equal(theirs.state_dict(), module.state_dict())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("compute", ["auto", "bfloat16"])
def test_layouts_give_equal_bits(tmp_path, inputs, dtype, compute):
    pipeline = TinyPipeline().to(DTYPES[dtype])
    folder = pipeline.save_folder(tmp_path / "folder")
    expected = checkpoint(folder, inputs, "--dtype", compute)
    for name, as_conv in (("conv", True), ("linear", False)):
        file = write_file(tmp_path / f"{name}.safetensors", pipeline.single_file(as_conv))
        assert_equal(checkpoint(file, inputs, "--dtype", compute), expected)


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize(
    "text", ["", "a cat", "(a) [dog]: 1.5, über-häßlich \\(x\\)", "cat, " * 37, "cat " * 75]
)
def test_context_of_one_chunk_equals_transformers(tmp_path, inputs, text, skip):
    pipeline = TinyPipeline()
    folder = pipeline.save_folder(tmp_path / "folder")
    assert len(tokenizer(folder)(text).input_ids) <= 77
    ours = run("checkpoint", folder, inputs, "--text", text, "--clip_skip", str(skip))
    theirs = expected_context(pipeline, folder, text, skip)
    assert relative_error(ours["context"], theirs) <= LIMIT


def test_context_of_long_text_is_that_of_its_chunks(tmp_path, inputs):
    pipeline = TinyPipeline()
    folder = pipeline.save_folder(tmp_path / "folder")
    ours = run("checkpoint", folder, inputs, "--text", "cat " * 75 + "dog " * 75 + "bird")
    chunks = ["cat " * 75, "dog " * 75, "bird"]
    theirs = torch.cat([expected_context(pipeline, folder, t) for t in chunks], 1)
    assert relative_error(ours["context"], theirs) <= LIMIT


def test_older_names_give_equal_bits(tmp_path, inputs):
    """No `text_model.`, buffers and training state in the file, old attention names in the folder."""
    pipeline = TinyPipeline()
    folder = pipeline.save_folder(tmp_path / "folder")
    expected = checkpoint(folder, inputs)
    state = {n.replace("text_model.", ""): t for n, t in pipeline.single_file().items()}
    state["cond_stage_model.transformer.embeddings.position_ids"] = torch.arange(77)[None]
    state["betas"] = state["alphas_cumprod_prev"] = torch.rand(1000)
    state["model_ema.decay"] = state["first_stage_model.loss.logvar"] = torch.rand(1)
    state["model_ema.diffusion_modelinput_blocks00weight"] = torch.rand(32, 4, 3, 3)
    assert_equal(checkpoint(write_file(tmp_path / "old.safetensors", state), inputs), expected)
    weights = folder / "vae/diffusion_pytorch_model.safetensors"
    old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    state = load_file(weights)
    for new_name, old_name in old.items():
        state = {n.replace(f".{new_name}.", f".{old_name}."): t for n, t in state.items()}
    assert any("proj_attn" in n for n in state)
    write_file(weights, state)
    assert_equal(checkpoint(folder, inputs), expected)


def test_files_of_sd2_without_the_unused_layer_give_equal_bits(tmp_path):
    """Files converted back from folders have 23 of OpenCLIP's 24 layers."""
    pipeline = TinyPipeline("sd2")
    inputs = inputs_of(pipeline)
    expected = checkpoint(pipeline.save(tmp_path / "m.safetensors"), inputs)
    state = pipeline.single_file()
    state["cond_stage_model.model.transformer.resblocks.3.ln_1.weight"] *= 2
    assert_equal(checkpoint(write_file(tmp_path / "n.safetensors", state), inputs), expected)


def bin_folder(folder):
    """Pickles in the place of the safetensors files."""
    for file in folder.rglob("*.safetensors"):
        stem = file.stem.replace("model", "pytorch_model", 1) if file.stem.startswith("model") else file.stem
        torch.save(load_file(file), file.with_name(stem + ".bin"))
        file.unlink()
    return folder


def test_other_files_of_folders_give_equal_bits(tmp_path):
    """The variant, shards, shards of the variant, pickles; without tokenizer."""
    pipeline = TinyPipeline("sdxl").to(torch.float16)
    inputs = inputs_of(pipeline)
    expected = checkpoint(pipeline.save_folder(tmp_path / "full"), inputs)
    variant = pipeline.save_folder(tmp_path / "variant", variant="fp16", tokenizer=False)
    assert (variant / "unet/diffusion_pytorch_model.fp16.safetensors").exists()
    shards = pipeline.save_folder(tmp_path / "shards", max_shard_size="4MB")
    assert (shards / "unet/diffusion_pytorch_model.safetensors.index.json").exists()
    both = pipeline.save_folder(tmp_path / "both", variant="fp16", max_shard_size="4MB")
    assert (both / "text_encoder_2/model.safetensors.index.fp16.json").exists()
    pickles = bin_folder(pipeline.save_folder(tmp_path / "bin"))
    assert (pickles / "text_encoder/pytorch_model.bin").exists()
    for folder in (variant, shards, both, pickles):
        assert_equal(checkpoint(folder, inputs), expected)


@pytest.mark.parametrize("prediction, expected", [("epsilon", 0), ("v_prediction", 1)])
def test_prediction_is_read_from_the_files(tmp_path, inputs, prediction, expected):
    pipeline = TinyPipeline()
    folder = pipeline.save_folder(tmp_path / "folder", pipeline.scheduler(prediction))
    assert checkpoint(folder, inputs)["prediction"].item() == expected
    metadata = {"modelspec.prediction_type": "v" if expected else "epsilon"}
    file = pipeline.save(tmp_path / "m.safetensors", metadata)
    assert checkpoint(file, inputs)["prediction"].item() == expected


def test_prediction_is_told_by_the_network_of_sd2(tmp_path):
    pipeline = TinyPipeline("sd2")
    inputs = inputs_of(pipeline)
    assert checkpoint(pipeline.save(tmp_path / "e.safetensors"), inputs)["prediction"].item() == 0
    pipeline.unet.conv_out.bias.data -= 5
    file = pipeline.save(tmp_path / "v.safetensors")
    assert checkpoint(file, inputs)["prediction"].item() == 1
    assert checkpoint(file, inputs, "--prediction", "epsilon")["prediction"].item() == 0


def test_schedule_is_read_from_the_folder(tmp_path, inputs):
    pipeline = TinyPipeline()
    settings = pipeline.scheduler() | dict(beta_start=0.001, beta_end=0.01, rescale_betas_zero_snr=True)
    ours = checkpoint(pipeline.save_folder(tmp_path / "folder", settings), inputs)["alphas"]
    theirs = diffusers.EulerDiscreteScheduler.from_config(settings).alphas_cumprod.double()
    assert relative_error(ours, theirs) <= LIMIT
    assert relative_error(ours[-1], theirs[-1]) <= LIMIT


def test_configuration_beside_a_file_is_honoured(tmp_path, inputs):
    pipeline = TinyPipeline()
    file = pipeline.save(tmp_path / "m.safetensors")
    plain = checkpoint(file, inputs)
    (tmp_path / "m.yaml").write_text(
        'model: {params: {parameterization: "v", linear_start: 0.001, linear_end: 0.01, scale_factor: 0.5, '
        "unet_config: {params: {in_channels: 4, context_dim: 64}}}}"
    )
    ours = checkpoint(file, inputs)
    assert (plain["prediction"].item(), ours["prediction"].item()) == (0, 1)
    assert relative_error(ours["encoded"] / 0.5, plain["encoded"] / SD1_SCALING) < 1e-6
    theirs = diffusers.DDIMScheduler.from_config(pipeline.scheduler() | dict(beta_start=0.001, beta_end=0.01))
    assert relative_error(ours["alphas"], theirs.alphas_cumprod.double()) <= LIMIT
    assert checkpoint(file, inputs, "--prediction", "epsilon")["prediction"].item() == 0
    assert run("denoiser", file, inputs | {"context": ours["context"]})["prediction"].item() == 1
    assert_equal(run("vae", file, inputs), {n: ours[n] for n in ("decoded", "encoded")})


@pytest.mark.parametrize("family", ["sd1", "x4", "sdxl"])
def test_unet_files_give_the_bits_of_the_checkpoint(tmp_path, family):
    pipeline = TinyPipeline(family)
    inputs = inputs_of(pipeline)
    folder = pipeline.save_folder(tmp_path / "folder")
    whole = checkpoint(folder, inputs)
    inputs["context"] = whole["context"]
    expected = {n: whole[n] for n in ("predicted", "prediction", "alphas")}
    bare = write_file(tmp_path / "bare.safetensors", pipeline.unet_state())
    prefixed = compvis_layout.prefixed("model.diffusion_model.", pipeline.unet_state())
    named = write_file(tmp_path / "named.safetensors", prefixed)
    theirs = folder / "unet/diffusion_pytorch_model.safetensors"
    for path in (bare, named, theirs, folder / "unet", folder):
        assert_equal(run("denoiser", path, inputs), expected)


@pytest.mark.parametrize("family", ["sd1", "x4", "sdxl"])
def test_vae_files_give_the_bits_of_the_checkpoint(tmp_path, family):
    pipeline = TinyPipeline(family)
    inputs = inputs_of(pipeline)
    folder = pipeline.save_folder(tmp_path / "folder")
    whole = checkpoint(folder, inputs)
    expected = {n: whole[n] for n in ("decoded", "encoded")}
    vae = compvis_layout.vae(pipeline.vae.state_dict())
    bare = write_file(tmp_path / "bare.safetensors", vae | {"loss.logvar": torch.rand(1)})
    full = pipeline.save(tmp_path / "full.safetensors")
    named = folder / "vae/diffusion_pytorch_model.safetensors"
    for path in (full, folder / "vae", folder):
        assert_equal(run("vae", path, inputs), expected)
    told = ["--scaling", "0.13025"] if family == "sdxl" else []  # nothing in the file tells it
    for path in (bare, named):
        assert_equal(run("vae", path, inputs, *told), expected)


def refusal(path, inputs, *options, kind="checkpoint"):
    with pytest.raises(RuntimeError) as caught:
        run(kind, path, inputs, *options)
    return str(caught.value).strip().replace(f"{path}", "PATH")


def test_files_that_lack_tensors_are_refused_when_opened(tmp_path, inputs):
    state = TinyPipeline().single_file()
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
    state = TinyPipeline().single_file()
    state["model.diffusion_model.out.2.weight"][1, 2, 0, 0] = float("nan")
    file = write_file(tmp_path / "m.safetensors", state)
    assert refusal(file, inputs) == (
        'PATH: UNet: 1 tensor with values that are not finite in Float: "out.2.weight"\n'
        "  hint: the file is damaged; use another copy"
    )


def test_files_without_some_parts_are_refused_with_the_node_for_them(tmp_path, inputs):
    pipeline = TinyPipeline()
    state = {n: t for n, t in pipeline.single_file().items() if n.startswith("model.diffusion_model.")}
    assert refusal(write_file(tmp_path / "unet.safetensors", state), inputs) == (
        "PATH: the checkpoint has no text encoder and VAE\n"
        "  hint: use a complete checkpoint; to read the UNet alone, use LoadDenoiser"
    )
    state = {n: t for n, t in TinyPipeline("sdxl").single_file().items() if ".embedders.1." not in n}
    assert refusal(write_file(tmp_path / "half.safetensors", state), inputs) == (
        "PATH: the checkpoint is SDXL base and has no second text encoder (OpenCLIP)\n"
        "  hint: use a complete checkpoint"
    )


def test_parts_of_different_models_are_refused(tmp_path, inputs):
    pipeline = TinyPipeline()
    config = pipeline.text.config
    config.hidden_size, config.num_attention_heads = 128, 2
    pipeline.text = transformers.CLIPTextModel(config)
    assert refusal(pipeline.save(tmp_path / "m.safetensors"), inputs) == (
        "PATH: the text encoder gives vectors of 128 numbers, the UNet takes 64\n"
        "  hint: the parts are of different models"
    )
    pipeline = TinyPipeline("sdxl")
    config = make_text("gelu", projected=True).config
    config.projection_dim = 32
    pipeline.text_2 = transformers.CLIPTextModelWithProjection(config)
    assert refusal(pipeline.save(tmp_path / "xl.safetensors"), inputs) == (
        f"PATH: the text encoder's pooled vector has 32 numbers, the UNet takes {WIDTH}\n"
        "  hint: the parts are of different models"
    )


def test_families_that_the_network_cannot_be_are_refused(tmp_path, inputs):
    file = TinyPipeline().save(tmp_path / "m.safetensors")
    assert refusal(file, inputs, "--family", "sdxl") == (
        "PATH: UNet: found SD 1.x, the family asked for is SDXL base, whose networks take an extra vector\n"
        '  hint: set family to "auto"'
    )


def test_settings_of_other_models_are_refused(tmp_path, inputs):
    pipeline = TinyPipeline()
    folder = pipeline.save_folder(tmp_path / "folder", pipeline.scheduler() | dict(beta_schedule="linear"))
    assert refusal(folder, inputs) == (
        'PATH/scheduler/scheduler_config.json: "beta_schedule" is "linear": this version computes "scaled_linear"'
    )
    (folder / "scheduler/scheduler_config.json").unlink()
    config = folder / "unet/config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | dict(attention_head_dim=4)))
    assert refusal(folder, inputs) == (
        'PATH/unet/config.json: "attention_head_dim" is 4: this version computes [8,8,8]'
    )
    (tmp_path / "m.yaml").write_text("model: {params: {unet_config: {params: {in_channels: 9}}}}")
    file = pipeline.save(tmp_path / "m.safetensors")
    assert refusal(file, inputs).startswith(
        f'{tmp_path}/m.yaml: "in_channels" is 9, in the weights it is 4\n  hint: the configuration is of'
    )
