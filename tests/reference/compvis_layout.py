"""Weights of diffusers and transformers modules under the names of the original single files.

Every function takes a state dict and returns one without the prefixes `model.diffusion_model.`,
`first_stage_model.` and `cond_stage_model.transformer.`; `single_file` joins the three with them.
"""

import re

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


def single_file(unet_state, vae_state, text_state):
    """One state dict from the results of the three functions above."""
    return (
        {f"model.diffusion_model.{n}": t for n, t in unet_state.items()}
        | {f"first_stage_model.{n}": t for n, t in vae_state.items()}
        | {f"cond_stage_model.transformer.{n}": t for n, t in text_state.items()}
    )
