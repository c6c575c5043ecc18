# SPDX-License-Identifier: Apache-2.0
"""The sizes of the x4 upscaler's autoencoder and UNet, its noise schedule and its keys in a file."""
import torch
from diffusers import AutoencoderKL, DDIMScheduler, DDPMScheduler, UNet2DConditionModel

SCALE = 0.08333              # what the family multiplies latents by
MAX_NOISE_LEVEL = 350
VAE = dict(in_channels=3, out_channels=3, latent_channels=4, layers_per_block=1, norm_num_groups=32, sample_size=128,
           block_out_channels=(64, 64, 64), down_block_types=("DownEncoderBlock2D",) * 3, up_block_types=("UpDecoderBlock2D",) * 3,
           scaling_factor=SCALE)
UNET = dict(sample_size=32, in_channels=7, out_channels=4, block_out_channels=(64, 96), layers_per_block=1, cross_attention_dim=128,
            attention_head_dim=8, use_linear_projection=True, num_class_embeds=1000, only_cross_attention=(True, True),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"))
BETAS = dict(beta_schedule="scaled_linear", beta_start=0.0001, beta_end=0.02, num_train_timesteps=1000)


def build_vae():
    return AutoencoderKL(**VAE)


def build_upscaler_unet():
    return UNet2DConditionModel(**UNET)


def schedulers():
    """The sampler, and the scheduler that puts noise on the small picture."""
    sampler = DDIMScheduler(**BETAS, prediction_type="v_prediction", steps_offset=1, timestep_spacing="trailing", clip_sample=False, set_alpha_to_one=False)
    return sampler, DDPMScheduler(**BETAS)


def noise_schedule():
    """alphas_cumprod of the x4 upscaler: scaled_linear, 0.0001 to 0.02, 1000 steps; also the small picture's."""
    betas = torch.linspace(BETAS["beta_start"] ** .5, BETAS["beta_end"] ** .5, 1000, dtype=torch.float64) ** 2
    return torch.cumprod(1 - betas, 0).float()
