"""graphs/image_variation.json with a small random unCLIP model against diffusers' pipeline."""

import diffusers
import pytest
import torch
import transformers
from diffusers.pipelines.stable_diffusion.stable_unclip_image_normalizer import StableUnCLIPImageNormalizer
from PIL import Image
from safetensors.torch import load_file

from clip_vocabulary import REPOSITORY
from image_encoder_test import preprocess
from text_encoders_test import randomise
from tiny_pipeline import TinyPipeline

SEED, STEPS, CFG_SCALE, NOISE_LEVEL = 7, 10, 5.0, 120
PROMPT = "a lighthouse at dusk, oil painting"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A diffusers folder and the pipeline that it holds."""
    folder = tmp_path_factory.mktemp("unclip") / "model"
    tiny = TinyPipeline("unclip")
    tiny.save_folder(folder, tiny.scheduler("v_prediction"))
    width = tiny.unet.config.projection_class_embeddings_input_dim // 2
    encoder = randomise(transformers.CLIPVisionModelWithProjection(transformers.CLIPVisionConfig(
        hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=2, image_size=224,
        patch_size=56, hidden_act="gelu", projection_dim=width)))
    encoder.save_pretrained(folder / "image_encoder")
    normalizer = StableUnCLIPImageNormalizer(width)
    with torch.no_grad():
        normalizer.mean.copy_(torch.randn(1, width))
        normalizer.std.copy_(torch.rand(1, width) + 0.5)
    normalizer.save_pretrained(folder / "image_normalizer")
    pipeline = diffusers.StableUnCLIPImg2ImgPipeline(
        feature_extractor=None, image_encoder=encoder, image_normalizer=normalizer,
        image_noising_scheduler=diffusers.DDPMScheduler(beta_schedule="squaredcos_cap_v2"),
        tokenizer=transformers.CLIPTokenizer.from_pretrained(
            folder / "tokenizer", model_max_length=77, pad_token="!"),
        text_encoder=tiny.text, unet=tiny.unet, vae=tiny.vae,
        scheduler=diffusers.DDIMScheduler(
            beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
            set_alpha_to_one=False, steps_offset=1, prediction_type="v_prediction"))
    pipeline.set_progress_bar_config(disable=True)
    return folder, pipeline


def test_image_variation_equals_diffusers(calotype, model):
    folder, pipeline = model
    torch.manual_seed(3)
    values = torch.nn.functional.interpolate(torch.rand(1, 3, 7, 9), (260, 340), mode="bicubic").clamp(0, 1)
    bytes_ = (values[0] * 255).byte()
    Image.fromarray(bytes_.permute(1, 2, 0).numpy()).save(calotype.folder / "picture.png")
    settings = {
        "ckpt.path": folder, "image_encoder.path": folder, "picture": calotype.folder / "picture.png",
        "prompt": PROMPT, "noise_level": NOISE_LEVEL, "seed": SEED, "steps": STEPS, "cfg_scale": CFG_SCALE,
        "noise.width": 64, "noise.height": 64, "sample.sampler": "ddim", "sample.scheduler": "ddim_uniform"}
    calotype("run", REPOSITORY / "graphs" / "image_variation.json", "-q",
             "--output", "sample.latent=x.safetensors", *(f"--set={k}={v}" for k, v in settings.items()))
    ours = load_file(calotype.folder / "x.safetensors")["latent"]
    theirs = pipeline(
        image=preprocess(bytes_[None] / 255), prompt=PROMPT, noise_level=NOISE_LEVEL,
        num_inference_steps=STEPS, guidance_scale=CFG_SCALE, output_type="latent",
        generator=torch.Generator().manual_seed(SEED),
        latents=torch.randn((1, 4, 8, 8), generator=torch.Generator().manual_seed(SEED))).images
    assert (torch.linalg.norm(ours - theirs) / torch.linalg.norm(theirs)).item() < 1e-3
