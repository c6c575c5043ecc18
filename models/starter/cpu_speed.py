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


def norm_gradient(x, gradient, mean, inverse, weight, groups):
    """Gradients of a group norm; x and gradient are (batch, places, channels)."""
    batch, places, channels = x.shape
    per = channels // groups
    x32, g32 = x.float(), gradient.float()
    sum_g = g32.sum(1).view(batch, groups, per)
    sum_gx = (g32 * x32).sum(1).view(batch, groups, per)
    mean, inverse = mean.float().view(batch, groups, 1), inverse.float().view(batch, groups, 1)
    w = weight.float().view(1, groups, per)
    d_weight, d_bias = ((sum_gx - sum_g * mean) * inverse).sum(0).flatten(), sum_g.sum(0).flatten()
    count = places * per
    s1, s2 = (sum_g * w).sum(2, keepdim=True), (sum_gx * w).sum(2, keepdim=True)
    k = (s2 - mean * s1) * inverse ** 3 / count
    spread = lambda t: t.expand(batch, groups, per).reshape(batch, 1, channels)
    d_x = g32 * spread(w * inverse) - x32 * spread(k) + spread(k * mean - inverse * s1 / count)
    return d_x.to(gradient.dtype), d_weight, d_bias


compiled_norm_gradient = norm_gradient


class GroupNormFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias, groups, eps):
        batch, channels, height, width = x.shape
        x = x.contiguous(memory_format=torch.channels_last)
        y, mean, inverse = torch.ops.aten.native_group_norm(x, weight.to(x.dtype), bias.to(x.dtype), batch, channels, height * width, groups, eps)
        ctx.save_for_backward(x, mean, inverse, weight)
        ctx.groups = groups
        return y

    @staticmethod
    def backward(ctx, gradient):
        x, mean, inverse, weight = ctx.saved_tensors
        batch, channels, height, width = x.shape
        flat = lambda t: t.contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1).view(batch, height * width, channels)
        d_x, d_weight, d_bias = compiled_norm_gradient(flat(x), flat(gradient), mean, inverse, weight, ctx.groups)
        return d_x.view(batch, height, width, channels).permute(0, 3, 1, 2), d_weight, d_bias, None, None


class FastGroupNorm(torch.nn.GroupNorm):
    def forward(self, x):
        if x.dim() != 4:
            return super().forward(x)
        return GroupNormFunction.apply(x, self.weight, self.bias, self.num_groups, self.eps)


class FloatAttention:
    """Attention in float32: with small heads its gradient is several times quicker than in bfloat16."""

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, temb=None):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        split = lambda t: t.float().unflatten(-1, (attn.heads, -1)).transpose(1, 2)
        q, k, v = split(attn.to_q(hidden_states)), split(attn.to_k(context)), split(attn.to_v(context))
        with torch.autocast("cpu", enabled=False):
            out = torch.nn.functional.scaled_dot_product_attention(q, k, v)
        return attn.to_out[0](out.transpose(1, 2).flatten(2))


def speed_up(model, compiled=True):
    """Changes `model` in place; its parameters and results stay the same."""
    global compiled_norm_gradient
    if compiled:
        compiled_norm_gradient = torch.compile(norm_gradient, dynamic=False)
        torch._dynamo.config.cache_size_limit = 64
    model.to(memory_format=torch.channels_last)
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(lambda m, i, o: ChannelsLastGradient.apply(o))
        elif isinstance(module, torch.nn.GroupNorm):
            module.__class__ = FastGroupNorm
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
