# SPDX-License-Identifier: Apache-2.0
"""The starter model's companions as diffusers pipelines."""
import os

import torch
from diffusers import StableDiffusionDepth2ImgPipeline, StableDiffusionInpaintPipeline, StableDiffusionUpscalePipeline
from safetensors.torch import load_file
from transformers import DPTForDepthEstimation, DPTImageProcessorPil

from export import unet_key
from export_upscaler import load_networks
from sample_diffusers import load_pipeline
from train_conditioned_unet import build_conditioned_unet
from upscaler_networks import MAX_NOISE_LEVEL, schedulers


def load_unet(path, kind):
    """The UNet of inpainting.safetensors or depth.safetensors, in float32."""
    unet, weights = build_conditioned_unet(kind), load_file(path)
    unet.load_state_dict({k: weights["model.diffusion_model." + unet_key(k)].float() for k in unet.state_dict()})
    return unet.eval()


def quiet(pipeline):
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def inpainting_pipeline(starter, configs, path=None):
    """Inpainting with the 9-channel UNet, or without `path` with the starter model's own."""
    base = load_pipeline(starter, configs)
    return quiet(StableDiffusionInpaintPipeline(vae=base.vae, text_encoder=base.text_encoder, tokenizer=base.tokenizer, scheduler=base.scheduler,
                                                unet=load_unet(path, "inpainting") if path else base.unet, safety_checker=None,
                                                feature_extractor=None, requires_safety_checker=False))


def depth_pipeline(starter, configs, path, estimator):
    base = load_pipeline(starter, configs)
    return quiet(StableDiffusionDepth2ImgPipeline(vae=base.vae, text_encoder=base.text_encoder, tokenizer=base.tokenizer, scheduler=base.scheduler,
                                                  unet=load_unet(path, "depth"), feature_extractor=DPTImageProcessorPil.from_pretrained(estimator),
                                                  depth_estimator=DPTForDepthEstimation.from_pretrained(estimator, dtype=torch.float32).eval()))


def upscale_pipeline(starter, configs, path):
    base = load_pipeline(starter, configs)
    unet, vae = load_networks(path)
    sampler, low_res = schedulers()
    return quiet(StableDiffusionUpscalePipeline(vae=vae, text_encoder=base.text_encoder, tokenizer=base.tokenizer, unet=unet, low_res_scheduler=low_res,
                                                scheduler=sampler, max_noise_level=MAX_NOISE_LEVEL, watermarker=None))
