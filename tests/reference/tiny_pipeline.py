"""Small random networks in the designs of the model families, and the layouts in which checkpoints hold them."""

import json
import pathlib

import diffusers
import torch
import transformers
from safetensors.torch import save_file

import compvis_layout
from clip_vocabulary import write_tokenizer_folder

RES_BLOCKS = 1
WIDTH = 64  # of each text encoder
SD1_SCALING, SDXL_SCALING, X4_SCALING = 0.18215, 0.13025, 0.08333

SD1 = dict(levels=(1, 1, 0), channels=(32, 64, 64), attention_head_dim=8)
SD2 = dict(levels=(1, 1, 0), channels=(64, 64, 128), attention_head_dim=(1, 1, 2), use_linear_projection=True)
SDXL = dict(
    levels=(0, 1, 2),
    channels=(32, 64, 128),
    attention_head_dim=(1, 1, 2),
    transformer_layers_per_block=(1, 1, 2),
    use_linear_projection=True,
    addition_embed_type="text_time",
    addition_time_embed_dim=256,
)
REFINER = SDXL | dict(
    levels=(0, 2, 0), channels=(32, 64, 64), attention_head_dim=(1, 1, 1), transformer_layers_per_block=(1, 2, 2)
)
X4 = dict(
    levels=(0, 1, 1),
    channels=(32, 96, 128),  # not the text's width, or attention to it looks like self-attention
    attention_head_dim=8,
    use_linear_projection=True,
    only_cross_attention=(True, True, False),
    num_class_embeds=1000,
)
UNCLIP = SD2 | dict(class_embed_type="projection", projection_class_embeddings_input_dim=96)

# Options of the UNet, text encoders, pipeline class.
FAMILIES = {
    "sd1": (SD1, "clip", "StableDiffusionPipeline"),
    "sd1_inpainting": (SD1 | dict(in_channels=9), "clip", "StableDiffusionInpaintPipeline"),
    "sd1_edit": (SD1 | dict(in_channels=8), "clip", "StableDiffusionInstructPix2PixPipeline"),
    "sd2": (SD2, "open_clip", "StableDiffusionPipeline"),
    "sd2_inpainting": (SD2 | dict(in_channels=9), "open_clip", "StableDiffusionInpaintPipeline"),
    "sd2_depth": (SD2 | dict(in_channels=5), "open_clip", "StableDiffusionDepth2ImgPipeline"),
    "unclip": (UNCLIP, "open_clip", "StableUnCLIPImg2ImgPipeline"),
    "x4": (X4 | dict(in_channels=7), "open_clip", "StableDiffusionUpscalePipeline"),
    "sdxl": (SDXL, "both", "StableDiffusionXLPipeline"),
    "sdxl_inpainting": (SDXL | dict(in_channels=9), "both", "StableDiffusionXLInpaintPipeline"),
    "sdxl_refiner": (REFINER, "big_g", "StableDiffusionXLImg2ImgPipeline"),
}


def spread(module):
    """Norms away from the identity, biases away from zero, outputs of a natural size."""
    for name, parameter in module.named_parameters():
        if parameter.dim() == 1:
            centre = 1.0 if "norm" in name and name.endswith("weight") else 0.0
            parameter.data = centre + 0.2 * torch.randn_like(parameter)
    return module.eval()


def make_unet(levels, channels, context, **options):
    """`levels`: transformer blocks of each resolution, 0 where there are none."""
    blocks = ["CrossAttn{}Block2D" if depth else "{}Block2D" for depth in levels]
    return spread(
        diffusers.UNet2DConditionModel(
            sample_size=8,
            out_channels=4,
            block_out_channels=channels,
            layers_per_block=RES_BLOCKS,
            cross_attention_dim=context,
            down_block_types=[name.format("Down") for name in blocks],
            up_block_types=[name.format("Up") for name in reversed(blocks)],
            **options,
        )
    )


def make_vae(channels, scaling):
    return spread(
        diffusers.AutoencoderKL(
            block_out_channels=channels,
            layers_per_block=1,
            latent_channels=4,
            down_block_types=["DownEncoderBlock2D"] * len(channels),
            up_block_types=["UpDecoderBlock2D"] * len(channels),
            scaling_factor=scaling,
        )
    )


def make_text(activation, projected=False):
    config = transformers.CLIPTextConfig(
        vocab_size=49408,
        hidden_size=WIDTH,
        intermediate_size=128,
        num_hidden_layers=3,
        num_attention_heads=1,
        hidden_act=activation,
        projection_dim=WIDTH,
        eos_token_id=49407,
        pad_token_id=49407,
        bos_token_id=49406,
    )
    kind = transformers.CLIPTextModelWithProjection if projected else transformers.CLIPTextModel
    return spread(kind(config))


class TinyPipeline:
    """`unet`, `vae` (8 times smaller sides, 4 times for x4), `text` and `text_2`, None where the family has none."""

    def __init__(self, family="sd1", seed=0):
        torch.manual_seed(seed)
        self.family = family
        options, self.texts, self.pipeline_class = FAMILIES[family]
        both = self.texts == "both"
        if "addition_embed_type" in options:
            numbers = 6 if both else 5
            options = options | dict(projection_class_embeddings_input_dim=WIDTH + 256 * numbers)
        self.levels = options["levels"]
        self.unet = make_unet(context=WIDTH * (2 if both else 1), **options)
        self.scaling = X4_SCALING if family == "x4" else SDXL_SCALING if "sdxl" in family else SD1_SCALING
        self.vae = make_vae((32, 32, 64) if family == "x4" else (32, 32, 32, 64), self.scaling)
        self.text = {
            "clip": lambda: make_text("quick_gelu"),
            "both": lambda: make_text("quick_gelu"),
            "open_clip": lambda: make_text("gelu"),
            "big_g": lambda: None,
        }[self.texts]()
        self.text_2 = make_text("gelu", projected=True) if self.texts in ("both", "big_g") else None

    def modules(self):
        return [m for m in (self.unet, self.vae, self.text, self.text_2) if m is not None]

    def to(self, dtype):
        for module in self.modules():
            module.to(dtype)
        return self

    def unet_state(self):
        return compvis_layout.unet(self.unet.state_dict(), RES_BLOCKS, [depth > 0 for depth in self.levels])

    def single_file(self, attention_as_conv=True):
        """All tensors under the names of the original checkpoints."""
        state = compvis_layout.prefixed("model.diffusion_model.", self.unet_state())
        vae = compvis_layout.vae(self.vae.state_dict(), attention_as_conv)
        state |= compvis_layout.prefixed("first_stage_model.", vae)
        clip, open_clip = compvis_layout.text, compvis_layout.open_clip_text
        parts = {
            "clip": lambda: {"cond_stage_model.transformer.": clip(self.text.state_dict())},
            "open_clip": lambda: {"cond_stage_model.model.": open_clip(self.text.state_dict(), last_layer=True)},
            "both": lambda: {
                "conditioner.embedders.0.transformer.": clip(self.text.state_dict()),
                "conditioner.embedders.1.model.": open_clip(self.text_2.state_dict()),
            },
            "big_g": lambda: {"conditioner.embedders.0.model.": open_clip(self.text_2.state_dict())},
        }[self.texts]()
        for prefix, text in parts.items():
            state |= compvis_layout.prefixed(prefix, text)
        return state

    def save(self, file, metadata=None):
        state = self.single_file()
        save_file({name: tensor.contiguous().clone() for name, tensor in state.items()}, file, metadata)
        return file

    def save_ckpt(self, file):
        torch.save({"state_dict": self.single_file(), "global_step": 470000, "epoch": 5}, file)
        return file

    def save_folder(self, folder, scheduler=None, variant=None, tokenizer=True, **options):
        """As diffusers saves pipelines. `options` go to each `save_pretrained`."""
        folder = pathlib.Path(folder)
        self.unet.save_pretrained(folder / "unet", variant=variant, **options)
        self.vae.save_pretrained(folder / "vae", variant=variant, **options)
        for name, module in (("text_encoder", self.text), ("text_encoder_2", self.text_2)):
            if module is not None:
                module.save_pretrained(folder / name, variant=variant, **options)
        (folder / "scheduler").mkdir()
        (folder / "scheduler/scheduler_config.json").write_text(json.dumps(scheduler or self.scheduler()))
        (folder / "model_index.json").write_text(json.dumps({"_class_name": self.pipeline_class}))
        if tokenizer:
            (folder / "tokenizer").mkdir()
            write_tokenizer_folder(folder / "tokenizer")
        return folder

    def scheduler(self, prediction=None):
        usual = "v_prediction" if self.family in ("x4", "unclip") else "epsilon"
        start, end = (0.0001, 0.02) if self.family == "x4" else (0.00085, 0.012)
        return dict(
            _class_name="DDIMScheduler",
            beta_schedule="scaled_linear",
            beta_start=start,
            beta_end=end,
            num_train_timesteps=1000,
            prediction_type=prediction or usual,
        )


def save_tiny_checkpoint(file):
    TinyPipeline().save(file)
