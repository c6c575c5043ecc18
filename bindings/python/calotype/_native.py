"""The one door to the C++ module: torch is checked before it is loaded."""

from __future__ import annotations

from . import _torch

_torch.check()

from . import _core as core  # noqa: E402

StopSource = core.StopSource

__all__ = ["StopSource", "core"]
