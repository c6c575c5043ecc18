"""RRDBNet and SRVGGNetCompact in plain PyTorch, and their weights under the names that files have."""

import torch
import torch.nn.functional as F
from torch import nn


class DenseBlock(nn.Module):
    def __init__(self, features, growth):
        super().__init__()
        for i in range(5):
            width = features if i == 4 else growth
            setattr(self, f"conv{i + 1}", nn.Conv2d(features + i * growth, width, 3, padding=1))

    def forward(self, x):
        seen = [x]
        for i in range(4):
            seen.append(F.leaky_relu(getattr(self, f"conv{i + 1}")(torch.cat(seen, 1)), 0.2))
        return x + 0.2 * self.conv5(torch.cat(seen, 1))


class Block(nn.Module):
    def __init__(self, features, growth):
        super().__init__()
        for i in (1, 2, 3):
            setattr(self, f"rdb{i}", DenseBlock(features, growth))

    def forward(self, x):
        return x + 0.2 * self.rdb3(self.rdb2(self.rdb1(x)))


class RRDBNet(nn.Module):
    """Named as in BasicSR."""

    def __init__(self, features=16, growth=8, blocks=2, doublings=2, unshuffle=1):
        super().__init__()
        self.unshuffle, self.doublings = unshuffle, doublings
        self.conv_first = nn.Conv2d(3 * unshuffle**2, features, 3, padding=1)
        self.body = nn.Sequential(*(Block(features, growth) for _ in range(blocks)))
        for name in ["conv_body", *(f"conv_up{i + 1}" for i in range(doublings)), "conv_hr"]:
            setattr(self, name, nn.Conv2d(features, features, 3, padding=1))
        self.conv_last = nn.Conv2d(features, 3, 3, padding=1)

    def forward(self, x):
        first = self.conv_first(F.pixel_unshuffle(x, self.unshuffle))
        x = first + self.conv_body(self.body(first))
        for i in range(self.doublings):
            x = F.leaky_relu(getattr(self, f"conv_up{i + 1}")(F.interpolate(x, scale_factor=2)), 0.2)
        return self.conv_last(F.leaky_relu(self.conv_hr(x), 0.2))


class Compact(nn.Module):
    def __init__(self, features=16, convs=3, scale=4):
        super().__init__()
        self.scale = scale
        self.body = nn.ModuleList()
        for i in range(convs + 1):
            self.body.append(nn.Conv2d(features if i else 3, features, 3, padding=1))
            self.body.append(nn.PReLU(features))
        self.body.append(nn.Conv2d(features, 3 * scale**2, 3, padding=1))

    def forward(self, x):
        out = x
        for layer in self.body:
            out = layer(out)
        return F.pixel_shuffle(out, self.scale) + F.interpolate(x, scale_factor=self.scale)


def randomise(network):
    """Biases and slopes away from their first values, blocks that change what goes through."""
    for name, parameter in network.named_parameters():
        if parameter.dim() == 1:
            parameter.data = 0.2 * torch.randn_like(parameter)
        elif ".rdb" in name:
            parameter.data *= 2
    return network.eval()


def bsrgan_names(state):
    words = {"conv_body": "trunk_conv", "conv_hr": "HRconv", "body": "RRDB_trunk"}
    words |= {f"conv_up{i}": f"upconv{i}" for i in (1, 2, 3)} | {f"rdb{i}": f"RDB{i}" for i in (1, 2, 3)}
    return {".".join(words.get(w, w) for w in name.split(".")): t for name, t in state.items()}


def first_names(state):
    """Layers numbered through, as the first ESRGAN was saved: an upsampling, a convolution and an activation
    for each doubling, then a convolution, an activation and the last convolution."""
    doublings = sum(f"conv_up{i}.weight" in state for i in (1, 2, 3))
    blocks = sum(name.endswith("rdb1.conv1.weight") for name in state)
    layers = {"conv_first": "0", "conv_body": f"1.sub.{blocks}"}
    layers |= {f"conv_up{i + 1}": str(3 * i + 3) for i in range(doublings)}
    layers |= {"conv_hr": str(3 * doublings + 2), "conv_last": str(3 * doublings + 4)}

    def rename(name):
        words = name.split(".")
        if words[0] == "body":
            return f"model.1.sub.{words[1]}.{words[2].upper()}.{words[3]}.0.{words[4]}"
        return f"model.{layers[words[0]]}.{words[1]}"

    return {rename(name): t for name, t in state.items()}
