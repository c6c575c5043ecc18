"""Small random depth models, and their weights in the layouts of MiDaS's and Depth Anything's own files."""

import json

import torch
import transformers

from networks_test import randomise


def make_dpt(size=64, width=64, layers=4, heads=2, stages=(32, 64, 128), depths=(1, 2, 2), groups=8,
             features=32, taps=(0, 1, 2, 3), epsilon=1e-6):
    """DPT-Hybrid in transformers; the defaults keep the true design at a small size."""
    resnet = transformers.BitConfig(
        global_padding="same", layer_type="bottleneck", embedding_dynamic_padding=True, depths=list(depths),
        hidden_sizes=list(stages), embedding_size=stages[0], num_groups=groups,
        out_features=["stage1", "stage2", "stage3"])
    config = transformers.DPTConfig(
        is_hybrid=True, hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads,
        intermediate_size=4 * width, image_size=size, backbone_config=resnet, layer_norm_eps=epsilon,
        backbone_featmap_shape=[1, stages[2], size // 16, size // 16], reassemble_factors=[1, 1, 1, 0.5],
        neck_hidden_sizes=[stages[0], stages[1], width, width], fusion_hidden_size=features,
        backbone_out_indices=list(taps))
    return lively(transformers.DPTForDepthEstimation(config))


def make_true_dpt():
    return make_dpt(384, 768, 12, 12, (256, 512, 1024), (3, 4, 9), 32, 256, (2, 5, 8, 11))


def make_depth_anything(side=5, width=64, layers=4, heads=1, channels=(16, 32, 64, 64), features=32,
                        taps=(1, 2, 3, 4)):
    dino = transformers.Dinov2Config(
        image_size=14 * side, patch_size=14, hidden_size=width, num_hidden_layers=layers,
        num_attention_heads=heads, out_indices=list(taps), reshape_hidden_states=False)
    config = transformers.DepthAnythingConfig(
        backbone_config=dino, reassemble_hidden_size=width, neck_hidden_sizes=list(channels),
        fusion_hidden_size=features)
    return lively(transformers.DepthAnythingForDepthEstimation(config))


def make_true_depth_anything():
    return make_depth_anything(37, 384, 12, 6, (48, 96, 192, 384), 64, (3, 6, 9, 12))


def lively(model):
    """Random weights whose depth differs all over the picture."""
    randomise(model)
    for name, parameter in model.named_parameters():
        if name.endswith("position_embeddings") or name.endswith("cls_token"):
            parameter.data = 0.3 * torch.randn_like(parameter)
        elif "lambda1" in name:
            parameter.data = 0.5 + 0.3 * torch.randn_like(parameter)
        elif parameter.dim() > 1 and "backbone.bit" not in name:
            fan_in = parameter[0].numel()
            parameter.data = torch.randn_like(parameter) * (1.5 / fan_in) ** 0.5
    # The inputs of the last convolution are not negative: so its result is not cut off.
    last = model.head.head[4] if hasattr(model.head, "head") else model.head.conv3
    last.weight.data.abs_()
    last.bias.data.fill_(0.1)
    return model


def save_folder(model, folder, **preprocessor):
    model.save_pretrained(folder)
    if preprocessor:
        (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    return folder


def saved(model, folder):
    from safetensors.torch import load_file

    model.save_pretrained(folder)
    return load_file(folder / "model.safetensors")


FUSION = {"projection": "out_conv", "residual_layer1.convolution1": "resConfUnit1.conv1",
          "residual_layer1.convolution2": "resConfUnit1.conv2",
          "residual_layer2.convolution1": "resConfUnit2.conv1",
          "residual_layer2.convolution2": "resConfUnit2.conv2"}


def scratch(state, prefix, out):
    """The neck's convolutions and fusion blocks, which both authors name alike."""
    for i in range(4):
        out[f"{prefix}scratch.layer{i + 1}_rn.weight"] = state[f"neck.convs.{i}.weight"]
        for theirs, ours in FUSION.items():
            for kind in ("weight", "bias"):
                tensor = state[f"neck.fusion_stage.layers.{3 - i}.{theirs}.{kind}"]
                out[f"{prefix}scratch.refinenet{i + 1}.{ours}.{kind}"] = tensor


def transformer(state, block, names, prefix, out):
    """`names`: theirs -> ours for what is not the merged projection."""
    layers = 1 + max(int(n.split(block)[1].split(".")[0]) for n in state if n.startswith(block))
    for i in range(layers):
        source, target = f"{block}{i}.", f"{prefix}blocks.{i}."
        for kind in ("weight", "bias"):
            parts = [state[f"{source}attention.attention.{p}.{kind}"] for p in ("query", "key", "value")]
            out[f"{target}attn.qkv.{kind}"] = torch.cat(parts)
        for theirs, ours in names.items():
            for kind in ("weight", "bias"):
                out[f"{target}{ours}.{kind}"] = state[f"{source}{theirs}.{kind}"]


def midas(state):
    """Names as in dpt_hybrid-midas-501f0c75.pt, with what that file has and no computation uses."""
    out = {"pretrained.model.cls_token": state["dpt.embeddings.cls_token"],
           "pretrained.model.pos_embed": state["dpt.embeddings.position_embeddings"]}
    width = state["dpt.layernorm.weight"].shape[0]
    for kind in ("weight", "bias"):
        out[f"pretrained.model.norm.{kind}"] = state[f"dpt.layernorm.{kind}"]
        out[f"pretrained.model.patch_embed.proj.{kind}"] = state[f"dpt.embeddings.projection.{kind}"]
        out[f"pretrained.model.head.{kind}"] = torch.randn(1000, width)[:, 0] if kind == "bias" else torch.randn(1000, width)
        for i in (2, 3):
            layer = f"pretrained.act_postprocess{i + 1}."
            out[f"{layer}0.project.0.{kind}"] = state[f"neck.reassemble_stage.readout_projects.{i}.0.{kind}"]
            out[f"{layer}3.{kind}"] = state[f"neck.reassemble_stage.layers.{i}.projection.{kind}"]
        out[f"pretrained.act_postprocess4.4.{kind}"] = state[f"neck.reassemble_stage.layers.3.resize.{kind}"]
        for i in (0, 2, 4):
            out[f"scratch.output_conv.{i}.{kind}"] = state[f"head.head.{i}.{kind}"]
    stem = "dpt.embeddings.backbone.bit."
    for name, tensor in state.items():
        if name.startswith(stem + "embedder."):
            out["pretrained.model.patch_embed.backbone.stem." + name[len(stem + "embedder."):].replace(
                "convolution", "conv")] = tensor
        elif name.startswith(stem + "encoder."):
            out["pretrained.model.patch_embed.backbone." + name[len(stem + "encoder."):].replace(
                "layers", "blocks")] = tensor
    names = {"attention.output.dense": "attn.proj", "intermediate.dense": "mlp.fc1", "output.dense": "mlp.fc2",
             "layernorm_before": "norm1", "layernorm_after": "norm2"}
    transformer(state, "dpt.encoder.layer.", names, "pretrained.model.", out)
    scratch(state, "", out)
    return out


def depth_checkpoint(state):
    """The same inside a Stable Diffusion 2 depth file, beside other models."""
    out = {"depth_model.model." + name: tensor for name, tensor in midas(state).items()}
    out["model.diffusion_model.input_blocks.0.0.weight"] = torch.randn(4, 5, 3, 3)
    out["first_stage_model.decoder.conv_in.bias"] = torch.randn(4)
    return out


def depth_anything(state):
    """Names as in depth_anything_v2_vits.pth."""
    out = {}
    for theirs, ours in {"cls_token": "cls_token", "mask_token": "mask_token",
                         "position_embeddings": "pos_embed"}.items():
        out[f"pretrained.{ours}"] = state[f"backbone.embeddings.{theirs}"]
    for kind in ("weight", "bias"):
        out[f"pretrained.norm.{kind}"] = state[f"backbone.layernorm.{kind}"]
        out[f"pretrained.patch_embed.proj.{kind}"] = state[f"backbone.embeddings.patch_embeddings.projection.{kind}"]
        for i in range(4):
            layer = f"neck.reassemble_stage.layers.{i}."
            out[f"depth_head.projects.{i}.{kind}"] = state[f"{layer}projection.{kind}"]
            if i != 2:
                out[f"depth_head.resize_layers.{i}.{kind}"] = state[f"{layer}resize.{kind}"]
        out[f"depth_head.scratch.output_conv1.{kind}"] = state[f"head.conv1.{kind}"]
        out[f"depth_head.scratch.output_conv2.0.{kind}"] = state[f"head.conv2.{kind}"]
        out[f"depth_head.scratch.output_conv2.2.{kind}"] = state[f"head.conv3.{kind}"]
    names = {"attention.output.dense": "attn.proj", "norm1": "norm1", "norm2": "norm2", "mlp.fc1": "mlp.fc1",
             "mlp.fc2": "mlp.fc2"}
    transformer(state, "backbone.encoder.layer.", names, "pretrained.", out)
    for i in range(1 + max(int(n.split(".")[3]) for n in state if n.startswith("backbone.encoder.layer."))):
        for j in (1, 2):
            out[f"pretrained.blocks.{i}.ls{j}.gamma"] = state[f"backbone.encoder.layer.{i}.layer_scale{j}.lambda1"]
    scratch(state, "depth_head.", out)
    return out
