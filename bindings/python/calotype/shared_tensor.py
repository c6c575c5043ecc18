"""Tensors whose memory belongs to the engine's values too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch

_OPERATORS = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split()
_WRITERS = frozenset({"__setitem__", *(f"__i{name}__" for name in _OPERATORS)})
_HARMLESS = frozenset({"detach_", "requires_grad_"})
_AS_PLAIN = frozenset({"__repr__", "__deepcopy__", "__reduce_ex__", "__format__"})


class SharedTensor(torch.Tensor):  # type: ignore[misc,unused-ignore]
    """A tensor that refuses to be written to; so do its views, and its arrays.

    Torch itself finds out that an inference tensor was written to, but only afterwards: then the
    caches hold wrong values. What is computed from it is an ordinary tensor.
    """

    @classmethod
    def __torch_function__(
        cls,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = dict(kwargs or {})
        name = getattr(func, "__name__", "")
        if _writes(name, args, given):
            raise RuntimeError(
                f"{name}: the tensor shares its memory with values of the engine and cannot be written "
                "to; use .clone() for one of your own"
            )
        with torch._C.DisableTorchFunctionSubclass():
            if name in _AS_PLAIN:
                return func(args[0].as_subclass(torch.Tensor), *args[1:], **given)
            result = func(*args, **given)
            if type(result) in (tuple, list):
                return type(result)(_marked(one, args) for one in result)
            if name in ("numpy", "__array__"):
                return _read_only(result, args[0])
            return _marked(result, args)


def shared(tensor: torch.Tensor) -> torch.Tensor:
    """The same tensor, which can only be read."""
    return tensor.as_subclass(SharedTensor)  # type: ignore[no-any-return,unused-ignore]


def _writes(name: str, args: tuple[Any, ...], given: Mapping[str, Any]) -> bool:
    if _holds(given.get("out")):
        return True
    in_place = name in _WRITERS or given.get("inplace") is True
    in_place |= name.endswith("_") and not name.endswith("__") and name not in _HARMLESS
    return in_place and _holds(args[0] if args else given.get("input"))


def _holds(target: Any) -> bool:
    if isinstance(target, (tuple, list)):
        return any(isinstance(one, SharedTensor) for one in target)
    return isinstance(target, SharedTensor)


def _marked(result: Any, args: tuple[Any, ...]) -> Any:
    """A result that lies in the memory of a shared argument is shared as well."""
    if not isinstance(result, torch.Tensor):
        return result
    address = _address(result)
    found = any(isinstance(one, SharedTensor) and _address(one) == address for one in args)
    return shared(result) if found and address else result.as_subclass(torch.Tensor)


def _address(tensor: torch.Tensor) -> int:
    if tensor.layout is not torch.strided or tensor.device.type == "meta":
        return 0
    return int(tensor.untyped_storage().data_ptr())


def _read_only(array: Any, tensor: torch.Tensor) -> Any:
    if array.size and array.__array_interface__["data"][0] == tensor.data_ptr():
        array.flags.writeable = False
    return array
