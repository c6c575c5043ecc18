# SPDX-License-Identifier: Apache-2.0
"""The sizes of the starter model's UNet and text encoder, and how they are built."""
import torch
from diffusers import UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel

VOCABULARY, TEXT_WIDTH, TEXT_LAYERS = 49408, 128, 3
BOS, EOS = 49406, 49407
UNET = dict(sample_size=16, in_channels=4, out_channels=4, block_out_channels=(64, 128, 128), layers_per_block=1,
            cross_attention_dim=TEXT_WIDTH, attention_head_dim=8,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"))


def build_unet():
    return UNet2DConditionModel(**UNET)


def build_text_encoder(vocabulary=VOCABULARY):
    """CLIP's text encoder, made narrow. A smaller vocabulary is for training only."""
    return CLIPTextModel(CLIPTextConfig(
        vocab_size=vocabulary, hidden_size=TEXT_WIDTH, intermediate_size=4 * TEXT_WIDTH, projection_dim=TEXT_WIDTH,
        num_hidden_layers=TEXT_LAYERS, num_attention_heads=TEXT_WIDTH // 64, max_position_embeddings=77, hidden_act="quick_gelu",
        bos_token_id=vocabulary - 2, eos_token_id=vocabulary - 1, pad_token_id=vocabulary - 1))


def noise_schedule():
    """alphas_cumprod of SD 1.x: scaled_linear, 0.00085 to 0.012, 1000 steps."""
    betas = torch.linspace(0.00085 ** .5, 0.012 ** .5, 1000, dtype=torch.float64) ** 2
    return torch.cumprod(1 - betas, 0).float()


def full_vocabulary(text_state, used):
    """The text encoder's weights with all 49,408 rows, from those of the `used` token ids.

    Words that no caption held get the mean of the trained rows: they say nothing."""
    state = dict(text_state)
    key = next(k for k in state if k.endswith("token_embedding.weight"))
    rows = state[key]
    full = rows.mean(0, keepdim=True).repeat(VOCABULARY, 1)
    full[torch.as_tensor(used)] = rows
    state[key] = full
    return state
