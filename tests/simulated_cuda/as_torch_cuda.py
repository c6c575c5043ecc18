"""Lets Python's torch use the simulated CUDA devices (a pytest plugin: `-p as_torch_cuda`)."""

import types

import torch

torch.cuda._lazy_init = lambda: None
torch.cuda.is_available = lambda: True
torch.cuda.current_device = lambda: 0
torch.cuda._exchange_device = torch.cuda._maybe_exchange_device = lambda device: 0
torch.cuda.synchronize = lambda device=None: None
torch.cuda.current_stream = torch.cuda.default_stream = lambda device=None: types.SimpleNamespace(cuda_stream=0)
