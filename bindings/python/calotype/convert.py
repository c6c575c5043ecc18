"""What users give for a port, as the engine's values."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch.utils.dlpack import from_dlpack

from ._native import core
from .caller import caller_level
from .value import CHANNELS_LAST, Value

_BRIGHTEST_MEAN = 2.0


def to_value(registry: core.Registry, port_type: str, given: object, what: str) -> core.Value:
    """The engine's value for something that a user gave; ``what`` names it in messages.

    Accepts a Value, a tensor, a NumPy array or anything with ``__dlpack__``, PIL pictures (one or a
    list, for Image and Mask), and a dict of tensors for port types of several tensors.
    """
    try:
        return _convert(registry, port_type, given)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{what}: {error}") from None


def given_value(registry: core.Registry, port_type: str, given: object, what: str) -> core.Value:
    """`to_value` for what a caller gives to a graph; warns of pictures in 0..255."""
    value = to_value(registry, port_type, given, what)
    if port_type in CHANNELS_LAST and not isinstance(given, (Value, core.Value)):
        _warn_of_bytes(value.tensor(), f"{what}: {port_type}")
    return value


def _warn_of_bytes(tensor: torch.Tensor, what: str) -> None:
    """Single values above 1 are fine, as in HDR pictures; as a mean they are a mistake. Not looked
    for on a GPU, where one would have to wait for it."""
    if tensor.device.type != "cpu":
        return
    mean = float(tensor.mean())
    if mean > _BRIGHTEST_MEAN:
        warnings.warn(
            f"{what}: expected values from 0 to 1, got a mean of {mean:.4g}; divide values from 0 to 255 "
            "by 255",
            RuntimeWarning,
            stacklevel=caller_level(),
        )


def _convert(registry: core.Registry, port_type: str, given: object) -> core.Value:
    if isinstance(given, Value):
        given = given._value
    if isinstance(given, core.Value):
        if given.port_type != port_type:
            raise TypeError(f"expected a {port_type}, got a {given.port_type}")
        return given
    if isinstance(given, torch.Tensor):
        return core.value_from_tensor(registry, port_type, given)
    if isinstance(given, Mapping):
        for name, tensor in given.items():
            if not isinstance(tensor, torch.Tensor):
                raise TypeError(f"tensor {name!r}: expected a torch.Tensor, got {type(tensor).__name__}")
        return core.value_from_tensors(registry, port_type, dict(given), {})
    pictures = given if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    if pictures and all(hasattr(p, "convert") and hasattr(p, "getbands") for p in pictures):
        return core.value_from_tensor(registry, port_type, _from_pictures(port_type, pictures))
    if hasattr(given, "__array_interface__"):
        return core.value_from_tensor(registry, port_type, _from_array(port_type, given))
    if hasattr(given, "__dlpack__"):
        return core.value_from_tensor(registry, port_type, from_dlpack(given))
    raise TypeError(
        f"expected a {port_type} (a Value, a tensor, a NumPy array or a PIL picture), "
        f"got {type(given).__name__}"
    )


def _from_pictures(port_type: str, pictures: Sequence[Any]) -> torch.Tensor:
    import numpy as np

    if port_type not in CHANNELS_LAST:
        raise TypeError(f"expected a {port_type}, got a PIL picture")
    sizes = {picture.size for picture in pictures}
    if len(sizes) > 1:
        raise ValueError(f"the pictures of a batch must have one size, got {sorted(sizes)}")
    mode = "RGB" if port_type == "Image" else "L"
    planes = [np.asarray(picture.convert(mode)) for picture in pictures]
    return _from_array(port_type, np.stack(planes))


def _from_array(port_type: str, given: Any) -> torch.Tensor:
    """Arrays of pictures have the channels last, as everywhere in NumPy: [B, H, W, 3] or [H, W, 3]."""
    import numpy as np

    array = np.asarray(given)
    if array.dtype == np.uint8 or array.dtype == np.bool_:
        scale = 255.0 if array.dtype == np.uint8 else 1.0
        array = array.astype(np.float32) / np.float32(scale)
    if port_type not in CHANNELS_LAST:
        return _as_tensor(array)
    if port_type == "Image" and array.ndim == 3:
        array = array[None]
    if port_type == "Mask":
        array = array[None] if array.ndim == 2 else array
        array = array[..., None] if array.ndim == 3 else array
    channels = 3 if port_type == "Image" else 1
    if array.ndim != 4 or array.shape[-1] != channels:
        raise ValueError(
            f"{port_type}: expected an array [B, H, W, {channels}] or without the batch, "
            f"got {list(np.shape(given))}"
        )
    return _as_tensor(array.transpose(0, 3, 1, 2))


class _SameMemory:
    """An array that NumPy takes for one that may be written, which torch insists on. Nobody writes."""

    def __init__(self, array: Any) -> None:
        address, _ = array.__array_interface__["data"]
        self.__array_interface__ = {**array.__array_interface__, "data": (address, False)}
        self._array = array


def _as_tensor(array: Any) -> torch.Tensor:
    import numpy as np

    packed = np.ascontiguousarray(array)
    return torch.from_numpy(packed if packed.flags.writeable else np.asarray(_SameMemory(packed)))
