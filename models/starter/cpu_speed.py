# SPDX-License-Identifier: Apache-2.0
"""What makes torch train quickly on a CPU: a channels-last group norm, channels-last
gradients, and one single-threaded process per core that share their gradients."""
import os

import torch
import torch.distributed as dist
import torch.multiprocessing as mp


class ChannelsLastGradient(torch.autograd.Function):
    """Identity; its gradient is made channels-last, without which conv backward is slow."""

    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, gradient):
        return gradient.contiguous(memory_format=torch.channels_last)


def norm_forward(x, weight, bias, groups: int, eps: float, silu: bool):
    """Group norm (and SiLU) of x, (batch, places, channels). Also mean and 1/spread per group."""
    batch, places, channels = x.shape
    per = channels // groups
    count = places * per
    x32 = x.float()
    total, squares = x32.sum(1), (x32 * x32).sum(1)
    mean = total.view(batch, groups, per).sum(2) / count
    variance = squares.view(batch, groups, per).sum(2) / count - mean * mean
    inverse = torch.rsqrt(variance.clamp(min=0) + eps)
    gain = (inverse[:, :, None] * weight.float().view(1, groups, per))
    shift = bias.float().view(1, groups, per) - mean[:, :, None] * gain
    y = x32 * gain.reshape(batch, 1, channels) + shift.reshape(batch, 1, channels)
    if silu:
        y = y * torch.sigmoid(y)
    return y.to(x.dtype), mean, inverse


def norm_gradient(x, gradient, mean, inverse, weight, bias, groups: int, silu: bool):
    """Gradients of norm_forward."""
    batch, places, channels = x.shape
    per = channels // groups
    x32, g32 = x.float(), gradient.float()
    mean, inverse = mean.view(batch, groups, 1), inverse.view(batch, groups, 1)
    w = weight.float().view(1, groups, per)
    spread = lambda t: t.expand(batch, groups, per).reshape(batch, 1, channels)
    if silu:
        z = x32 * spread(w * inverse) + spread(bias.float().view(1, groups, per) - mean * inverse * w)
        s = torch.sigmoid(z)
        g32 = g32 * (s * (1 + z * (1 - s)))
    sum_g = g32.sum(1).view(batch, groups, per)
    sum_gx = (g32 * x32).sum(1).view(batch, groups, per)
    d_weight, d_bias = ((sum_gx - sum_g * mean) * inverse).sum(0).flatten(), sum_g.sum(0).flatten()
    count = places * per
    s1, s2 = (sum_g * w).sum(2, keepdim=True), (sum_gx * w).sum(2, keepdim=True)
    k = (s2 - mean * s1) * inverse ** 3 / count
    d_x = g32 * spread(w * inverse) - x32 * spread(k) + spread(k * mean - inverse * s1 / count)
    return d_x.to(gradient.dtype), d_weight, d_bias


KERNELS = {"forward": norm_forward, "gradient": norm_gradient}


class GroupNormFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias, groups, eps, silu):
        batch, channels, height, width = x.shape
        x = x.contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1).view(batch, height * width, channels)
        y, mean, inverse = KERNELS["forward"](x, weight.detach(), bias.detach(), groups, eps, silu)
        ctx.save_for_backward(x, mean, inverse, weight, bias)
        ctx.shape, ctx.groups, ctx.silu = (batch, height, width, channels), groups, silu
        return y.view(ctx.shape).permute(0, 3, 1, 2)

    @staticmethod
    def backward(ctx, gradient):
        x, mean, inverse, weight, bias = ctx.saved_tensors
        gradient = gradient.contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1).view(x.shape)
        d_x, d_weight, d_bias = KERNELS["gradient"](x, gradient, mean, inverse, weight.detach(), bias.detach(), ctx.groups, ctx.silu)
        return d_x.view(ctx.shape).permute(0, 3, 1, 2), d_weight, d_bias, None, None, None


class FastGroupNorm(torch.nn.GroupNorm):
    silu = False

    def forward(self, x):
        if x.dim() != 4:
            return super().forward(x)
        return GroupNormFunction.apply(x, self.weight, self.bias, self.num_groups, self.eps, self.silu)


class SiLUOfVectors(torch.nn.Module):
    """SiLU for the time embedding; pictures had theirs inside the group norm."""

    def forward(self, x):
        return x if x.dim() == 4 else torch.nn.functional.silu(x)


class FloatAttention:
    """Attention in float32: with small heads its gradient is several times quicker than in bfloat16."""

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, temb=None):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        split = lambda t: t.float().unflatten(-1, (attn.heads, -1)).transpose(1, 2)
        q, k, v = split(attn.to_q(hidden_states)), split(attn.to_k(context)), split(attn.to_v(context))
        with torch.autocast("cpu", enabled=False):
            out = torch.nn.functional.scaled_dot_product_attention(q, k, v)
        return attn.to_out[0](out.transpose(1, 2).flatten(2))


def mixed_precision():
    """bfloat16 where the processor computes in it; elsewhere torch emulates it, many times slower than float32."""
    return torch.autocast("cpu", torch.bfloat16, enabled=torch.cpu._is_avx512_bf16_supported())


def speed_up(model, compiled=True):
    """Changes `model` in place; its parameters and results stay the same."""
    if compiled:
        torch._dynamo.config.cache_size_limit = 64
        KERNELS.update(forward=torch.compile(norm_forward, dynamic=False), gradient=torch.compile(norm_gradient, dynamic=False))
    model.to(memory_format=torch.channels_last)
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(lambda m, i, o: ChannelsLastGradient.apply(o))
        elif isinstance(module, torch.nn.GroupNorm):
            module.__class__ = FastGroupNorm
    for module in model.modules():
        if type(module).__name__ == "ResnetBlock2D":
            module.norm1.silu = module.norm2.silu = True
            module.nonlinearity = SiLUOfVectors()
        elif hasattr(module, "conv_norm_out") and hasattr(module, "conv_act"):
            module.conv_norm_out.silu = True
            module.conv_act = torch.nn.Identity()
    return model


def share_gradients(parameters):
    """Averages gradients over the processes."""
    if not dist.is_initialized():
        return
    flat = torch.cat([p.grad.flatten() for p in parameters])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    start = 0
    for p in parameters:
        p.grad.copy_(flat[start:start + p.numel()].view_as(p.grad))
        start += p.numel()


def agree(value):
    """The first process's number, in all processes (so that all stop at the same step)."""
    if not dist.is_initialized():
        return value
    t = torch.tensor([value], dtype=torch.float64)
    dist.broadcast(t, 0)
    return float(t)


def _worker(rank, count, port, function, args):
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port), GLOO_SOCKET_IFNAME="lo")
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=count)
    function(rank, count, args)
    dist.destroy_process_group()


def run_workers(function, args, count, port):
    """Runs function(rank, count, args) in `count` processes of one thread each."""
    mp.spawn(_worker, (count, port, function, args), nprocs=count)
