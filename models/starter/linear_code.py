# SPDX-License-Identifier: Apache-2.0
"""The x4 upscaler's autoencoder before training: a linear code and smooth interpolation.

The encoder stays so: three latents are the colours of the picture reduced four times, one is the strongest
pattern of 4x4 pixels besides, a slope of brightness. What a person would call detail is the
decoder's and the UNet's to invent. The decoder starts as smooth interpolation of the colours.

Group norms of two channels (32 groups of 64) would lose each picture's contrast. So signals go as pairs
(x, -x), one group each, whose mean is zero and of which silu(x) - silu(-x) = x; and they are small
against the root of the norms' eps, so that the norms scale them by a constant.
"""
import torch

LOOSE, USUAL = 1.0, 1e-6       # eps of the decoder's group norms in training, and in every engine
TINY = .05 * USUAL ** .5       # spread of the encoder's signals at its last group norm
CODE_PICTURES = 200            # of the first shard, which the code is made from
SMALL = .3                     # spread of colours at the decoder's last group norm, at the start


def principal_patches(images, count=4):
    """The `count` strongest patterns of 4x4 patches, (count, 4, 4, 3), and the spread of each."""
    patches = torch.from_numpy(images).float().div(127.5).sub(1).unfold(1, 4, 4).unfold(2, 4, 4)       # count, y, x, colour, row, column
    flat = patches.permute(0, 1, 2, 4, 5, 3).reshape(-1, 48)
    values, vectors = torch.linalg.eigh(flat.T @ flat / len(flat))
    order = values.argsort(descending=True)[:count]
    return vectors.T[order].reshape(count, 4, 4, 3), values[order].sqrt()


def reducing_filter():
    """(3, 4): the weights that Pillow's bicubic filter, reducing four times, gives to the 4 pixels of the block before, the own
    and the next. The tips of the filter, in the blocks beyond, go to the blocks' nearest pixels."""
    x = (torch.arange(16) - 7.5).abs() / 4
    inner, outer = 1.5 * x ** 3 - 2.5 * x ** 2 + 1, -.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2
    weights = torch.where(x < 1, inner, outer)
    weights = weights / weights.sum()
    weights[2] += weights[:2].sum()
    weights[13] += weights[14:].sum()
    return weights[2:14].reshape(3, 4)


def code_kernels(basis, spread):
    """(4, 3, 3, 4, 4, 3): what each latent takes of the 4x4 pixels of the 3x3 blocks around its own.

    The first three are the reduced picture's colours in the basis of the patches' first three components, so that the small
    picture tells them; the fourth is the fourth component of the own block."""
    weights = reducing_filter()
    kernels = torch.zeros(4, 3, 3, 4, 4, 3)
    kernels[:3] = 16 * torch.einsum("kc,vy,hx->kvhyxc", basis[:3].mean((1, 2)), weights, weights)
    kernels[3, 1, 1] = basis[3]
    return kernels / spread.view(4, 1, 1, 1, 1, 1)


@torch.no_grad()
def write_encoder(vae, basis, spread):
    """Latents: code_kernels, each of spread about one. The blocks' parts are made apart and summed by the last convolution."""
    encoder, kernels = vae.encoder, code_kernels(basis, spread)
    for module in encoder.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            module.weight.zero_(), module.bias.zero_()
    half, quarter = (encoder.down_blocks[k].downsamplers[0].conv for k in (0, 1))
    for colour in range(3):
        encoder.conv_in.weight[colour, colour, 1, 1] = .1
        for row in range(2):
            for column in range(2):
                half.weight[6 * row + 3 * column + colour, colour, row, column] = .1
    gain, pair = USUAL ** .5 / TINY, 0
    for k, v, h in [(k, v, h) for k in range(3) for v in range(3) for h in range(3)] + [(3, 1, 1)]:
        for y in range(4):
            for x in range(4):
                channels = slice(6 * (y % 2) + 3 * (x % 2), 6 * (y % 2) + 3 * (x % 2) + 3)
                value = 100 * TINY * kernels[k, v, h, y, x]
                quarter.weight[2 * pair, channels, y // 2, x // 2] = value
                quarter.weight[2 * pair + 1, channels, y // 2, x // 2] = -value
        encoder.conv_out.weight[k, 2 * pair, v, h], encoder.conv_out.weight[k, 2 * pair + 1, v, h] = gain, -gain
        pair += 1
    encoder.conv_out.bias[4:] = -10
    for convolution in (vae.quant_conv, vae.post_quant_conv):
        convolution.weight[:, :, 0, 0] = torch.eye(len(convolution.weight))
        convolution.bias.zero_()


@torch.no_grad()
def write_decoder(vae, basis, spread):
    """Mean colours by the skips, interpolated smoothly; residual branches begin at zero."""
    decoder = vae.decoder
    for name, module in decoder.named_modules():
        if name.endswith(("conv2", "to_out.0")):
            module.weight.zero_(), module.bias.zero_()
    decoder.conv_in.weight[:3], decoder.conv_in.bias[:3] = 0, 0
    decoder.conv_in.weight[:3, :, 1, 1] = (basis.mean((1, 2)) * spread[:, None]).T
    tent = torch.tensor([1., 2., 1.])[:, None] * torch.tensor([1., 2., 1.]) / 16
    first, second = (decoder.up_blocks[k].upsamplers[0].conv for k in (0, 1))
    for channel in range(3):
        first.weight[channel], first.bias[channel] = 0, 0
        first.weight[channel, channel] = tent
    for channel in range(6):
        second.weight[channel], second.bias[channel] = 0, 0
        second.weight[channel, channel // 2] = (1 - 2 * (channel % 2)) * SMALL * tent
    decoder.conv_out.weight *= .05
    decoder.conv_out.bias.zero_()
    gain = (LOOSE + SMALL ** 2) ** .5 / SMALL
    for colour in range(3):
        decoder.conv_out.weight[colour, 2 * colour, 1, 1], decoder.conv_out.weight[colour, 2 * colour + 1, 1, 1] = gain, -gain


@torch.no_grad()
def encode_directly(vae, images, basis, spread):
    """What `vae`'s encoder gives for uint8 pictures (mean of the posterior), as one convolution."""
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float().div(127.5).sub(1)
    kernels = code_kernels(basis, spread).permute(0, 5, 1, 3, 2, 4).reshape(4, 3, 12, 12)
    components = torch.nn.functional.conv2d(x, kernels, stride=4, padding=4)
    return vae.quant_conv(torch.cat([components, torch.zeros_like(components)], 1))[:, :4]


def start_linear(vae, images):
    basis, spread = principal_patches(images)
    write_encoder(vae, basis, spread)
    write_decoder(vae, basis, spread)


def loosen(vae):
    """Large eps in the decoder's group norms, so that they hardly change the size of what they read."""
    for module in vae.decoder.modules():
        if isinstance(module, torch.nn.GroupNorm):
            module.eps = LOOSE


@torch.no_grad()
def tighten(vae):
    """The same function with the usual eps: all that a group norm reads is made smaller by the root of their ratio."""
    ratio, decoder = (USUAL / LOOSE) ** .5, vae.decoder
    for name, module in decoder.named_modules():
        if name == "conv_in" or name.endswith((".conv1", ".conv2", "to_out.0")):
            module.weight *= ratio
            module.bias *= ratio
        elif name.endswith("upsamplers.0.conv"):           # reads what is smaller already
            module.bias *= ratio
        elif isinstance(module, torch.nn.GroupNorm):
            module.eps = USUAL
