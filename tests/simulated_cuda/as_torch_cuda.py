"""Lets Python's torch use the simulated CUDA devices (a pytest plugin: `-p as_torch_cuda`)."""

import types

import torch

_current = 0  # what `with torch.cuda.device(...)` changes


def _exchange(device):
    global _current
    before, _current = _current, device
    return before


torch.cuda._lazy_init = lambda: None
torch.cuda.is_available = lambda: True
torch.cuda.device_count = lambda: 2
torch.cuda.current_device = lambda: _current
torch.cuda._exchange_device = torch.cuda._maybe_exchange_device = _exchange
torch.cuda.synchronize = lambda device=None: None
torch.cuda.current_stream = torch.cuda.default_stream = lambda device=None: types.SimpleNamespace(cuda_stream=0)
