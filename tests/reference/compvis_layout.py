"""Weights of diffusers and transformers modules under the names of the original single files.

Every function takes a state dict and returns one without the prefixes of the parts; `single_file` joins
them with those of SD 1.x, `prefixed` with others.
"""

import re

import torch

RES_BLOCK = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}

UNET_TOP = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "class_embedding.linear_1": "label_emb.0.0",
    "class_embedding.linear_2": "label_emb.0.2",
    "class_embedding": "label_emb",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}

VAE_ATTENTION = {
    "group_norm": "norm",
    "to_q": "q",
    "to_k": "k",
    "to_v": "v",
    "to_out.0": "proj_out",
}


def _res_block_rest(rest):
    head, _, tail = rest.partition(".")
    return f"{RES_BLOCK[head]}.{tail}"


def unet(state, res_blocks, attention_levels):
    """`attention_levels`: one truth value per level, from full resolution down."""
    levels = len(attention_levels)
    out = {}
    for name, tensor in state.items():
        out[_unet_name(name, res_blocks, attention_levels, levels)] = tensor
    return out


def _unet_name(name, res_blocks, attention_levels, levels):
    for theirs, ours in UNET_TOP.items():
        if name.startswith(theirs + "."):
            return ours + name[len(theirs) :]
    match = re.fullmatch(r"mid_block\.(resnets|attentions)\.(\d+)\.(.+)", name)
    if match:
        kind, index, rest = match.groups()
        if kind == "attentions":
            return f"middle_block.1.{rest}"
        return f"middle_block.{2 * int(index)}.{_res_block_rest(rest)}"
    side, level, kind, index, rest = re.fullmatch(
        r"(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.(.+)", name
    ).groups()
    level, index = int(level), int(index)
    if side == "down":
        block = f"input_blocks.{(res_blocks + 1) * level + index + 1}"
        if kind == "downsamplers":
            block = f"input_blocks.{(res_blocks + 1) * (level + 1)}"
            return f"{block}.0.op.{rest.removeprefix('conv.')}"
    else:
        block = f"output_blocks.{(res_blocks + 1) * level + index}"
        if kind == "upsamplers":
            block = f"output_blocks.{(res_blocks + 1) * (level + 1) - 1}"
            place = 2 if attention_levels[levels - 1 - level] else 1
            return f"{block}.{place}.{rest}"
    return f"{block}.1.{rest}" if kind == "attentions" else f"{block}.0.{_res_block_rest(rest)}"


def vae(state, attention_as_conv=True):
    """`attention_as_conv`: store the attention's linear layers as 1x1 convolutions."""
    levels = 1 + max(int(n.split(".")[2]) for n in state if n.startswith("decoder.up_blocks."))
    out = {}
    for name, tensor in state.items():
        ours = _vae_name(name, levels)
        if attention_as_conv and ".attn_1." in ours and tensor.dim() == 2:
            tensor = tensor[:, :, None, None]
        out[ours] = tensor
    return out


def _vae_name(name, levels):
    if name.startswith(("quant_conv.", "post_quant_conv.")):
        return name
    half, rest = name.split(".", 1)
    match = re.fullmatch(r"(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.(.+)", rest)
    if match:
        side, level, kind, index, tail = match.groups()
        level = int(level) if side == "down" else levels - 1 - int(level)
        if kind == "resnets":
            tail = tail.replace("conv_shortcut", "nin_shortcut")
            return f"{half}.{side}.{level}.block.{index}.{tail}"
        return f"{half}.{side}.{level}.{kind.removesuffix('rs')}.{tail}"
    match = re.fullmatch(r"mid_block\.resnets\.(\d+)\.(.+)", rest)
    if match:
        return f"{half}.mid.block_{int(match.group(1)) + 1}.{match.group(2)}"
    match = re.fullmatch(r"mid_block\.attentions\.0\.(.+)\.(weight|bias)", rest)
    if match:
        return f"{half}.mid.attn_1.{VAE_ATTENTION[match.group(1)]}.{match.group(2)}"
    return f"{half}.{rest.replace('conv_norm_out', 'norm_out')}"


def text(state):
    """Newer transformers leave the segment `text_model.` out."""
    out = {}
    for name, tensor in state.items():
        if name.endswith("position_ids"):
            continue
        out[name if name.startswith("text_model.") else f"text_model.{name}"] = tensor
    return out


OPEN_CLIP_BLOCK = {
    "layer_norm1": "ln_1",
    "layer_norm2": "ln_2",
    "self_attn.out_proj": "attn.out_proj",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
}


def open_clip_text(state, last_layer=False):
    """The layout of OpenCLIP. `last_layer`: with a last layer that the family does not use, which transformers'
    files of SD 2.x have not."""
    state = {name.removeprefix("text_model."): tensor for name, tensor in state.items()}
    layers = 1 + max(int(n.split(".")[2]) for n in state if n.startswith("encoder.layers."))
    out = {
        "token_embedding.weight": state["embeddings.token_embedding.weight"],
        "positional_embedding": state["embeddings.position_embedding.weight"],
        "ln_final.weight": state["final_layer_norm.weight"],
        "ln_final.bias": state["final_layer_norm.bias"],
        "logit_scale": torch.tensor(4.6),
        "attn_mask": torch.full((77, 77), float("-inf")).triu_(1),
    }
    width = out["ln_final.weight"].numel()
    projection = state.get("text_projection.weight", torch.eye(width))
    out["text_projection"] = projection.T
    for layer in range(layers):
        theirs, ours = f"encoder.layers.{layer}", f"transformer.resblocks.{layer}"
        for end in ("weight", "bias"):
            parts = [state[f"{theirs}.self_attn.{p}_proj.{end}"] for p in "qkv"]
            out[f"{ours}.attn.in_proj_{end}"] = torch.cat(parts)
            for name, other in OPEN_CLIP_BLOCK.items():
                out[f"{ours}.{other}.{end}"] = state[f"{theirs}.{name}.{end}"]
    if last_layer:
        last = f"transformer.resblocks.{layers - 1}."
        for name in [n for n in out if n.startswith(last)]:
            out[name.replace(last, f"transformer.resblocks.{layers}.")] = torch.rand_like(out[name])
    return out


def prefixed(prefix, state):
    return {prefix + name: tensor for name, tensor in state.items()}


def single_file(unet_state, vae_state, text_state):
    """One state dict of SD 1.x."""
    return (
        prefixed("model.diffusion_model.", unet_state)
        | prefixed("first_stage_model.", vae_state)
        | prefixed("cond_stage_model.transformer.", text_state)
    )
