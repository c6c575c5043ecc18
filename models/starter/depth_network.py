# SPDX-License-Identifier: Apache-2.0
"""The depth estimator's sizes, and what it is taught: relative inverse depth."""
import json
import os

import numpy as np
import torch
from transformers import BitConfig, DPTConfig, DPTForDepthEstimation

from draw import SKY_DEPTH

SIZE = 128
BACKBONE = dict(global_padding="same", layer_type="bottleneck", embedding_dynamic_padding=True, embedding_size=32,
                hidden_sizes=[128, 256, 512], depths=[1, 2, 2], num_groups=32, out_features=["stage1", "stage2", "stage3"])
SIZES = dict(is_hybrid=True, image_size=SIZE, patch_size=16, hidden_size=192, num_hidden_layers=4, num_attention_heads=3, intermediate_size=768,
             backbone_out_indices=[0, 1, 2, 3], neck_hidden_sizes=[128, 256, 192, 192], neck_ignore_stages=[0, 1], reassemble_factors=[1, 1, 1, 0.5],
             fusion_hidden_size=64, backbone_featmap_shape=[1, 512, 8, 8], readout_type="project", use_auxiliary_head=False)
PREPROCESSOR = {"image_processor_type": "DPTImageProcessor", "do_resize": True, "size": {"height": SIZE, "width": SIZE}, "resample": 3,
                "keep_aspect_ratio": True, "ensure_multiple_of": 32, "do_rescale": True, "rescale_factor": 1 / 255,
                "do_normalize": True, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "do_pad": False}


def build_depth_estimator():
    """DPT-Hybrid (Ranftl et al., Vision Transformers for Dense Prediction, 2021), made small."""
    return DPTForDepthEstimation(DPTConfig(backbone_config=BitConfig(**BACKBONE).to_dict(), **SIZES))


def relative_inverse_depth(depth):
    """(count, height, width) float32, 0 in the sky and 1 at the nearest point of each picture, of a depth in metres.

    The cube root of inverse depth: plain inverse depth would leave mountains at 4 km one
    thousandth above the sky. The order of places is that of inverse depth."""
    depth = np.asarray(depth, np.float32)
    inverse = np.where(depth < SKY_DEPTH / 2, 1 / np.cbrt(depth), 0)
    return (inverse / inverse.max((1, 2), keepdims=True)).astype(np.float32)


def save_estimator(model, folder):
    """Writes config.json, preprocessor_config.json and model.safetensors (float16)."""
    half = build_depth_estimator()
    half.load_state_dict(model.state_dict())
    half.to(torch.float16).save_pretrained(folder)
    with open(os.path.join(folder, "preprocessor_config.json"), "w") as out:
        json.dump(PREPROCESSOR, out, indent=2)
        out.write("\n")
