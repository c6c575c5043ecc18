"""Small random networks in the design of SD 1.x, as modules and as a single-file checkpoint."""

import diffusers
import torch
import transformers
from safetensors.torch import save_file

import compvis_layout

RES_BLOCKS, ATTENTION = 1, (True, True, False)


def spread(module):
    """Norms away from the identity, biases away from zero, outputs of a natural size."""
    for name, parameter in module.named_parameters():
        if parameter.dim() == 1:
            centre = 1.0 if "norm" in name and name.endswith("weight") else 0.0
            parameter.data = centre + 0.2 * torch.randn_like(parameter)
    return module.eval()


class TinyPipeline:
    """`unet`, `vae` (8 times smaller sides) and `text` of diffusers and transformers."""

    def __init__(self, seed=0, in_channels=4):
        torch.manual_seed(seed)
        self.unet = spread(
            diffusers.UNet2DConditionModel(
                sample_size=8,
                in_channels=in_channels,
                block_out_channels=(32, 64, 64),
                layers_per_block=RES_BLOCKS,
                cross_attention_dim=64,
                attention_head_dim=8,
                down_block_types=["CrossAttnDownBlock2D"] * 2 + ["DownBlock2D"],
                up_block_types=["UpBlock2D"] + ["CrossAttnUpBlock2D"] * 2,
            )
        )
        self.vae = spread(
            diffusers.AutoencoderKL(
                block_out_channels=(32, 32, 32, 64),
                layers_per_block=1,
                latent_channels=4,
                down_block_types=["DownEncoderBlock2D"] * 4,
                up_block_types=["UpDecoderBlock2D"] * 4,
            )
        )
        self.text = spread(
            transformers.CLIPTextModel(
                transformers.CLIPTextConfig(
                    vocab_size=49408,
                    hidden_size=64,
                    intermediate_size=128,
                    num_hidden_layers=2,
                    num_attention_heads=1,
                    hidden_act="quick_gelu",
                )
            )
        )

    def save(self, file):
        state = compvis_layout.single_file(
            compvis_layout.unet(self.unet.state_dict(), RES_BLOCKS, ATTENTION),
            compvis_layout.vae(self.vae.state_dict()),
            compvis_layout.text(self.text.state_dict()),
        )
        save_file({name: tensor.contiguous().clone() for name, tensor in state.items()}, file)


def save_tiny_checkpoint(file):
    TinyPipeline().save(file)
