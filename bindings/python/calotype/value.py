"""Values that travel between nodes, as tensors, arrays and pictures."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Mapping, Sequence

import torch

from ._native import core

if TYPE_CHECKING:
    from .engine import Result
    import numpy as np
    import numpy.typing as npt
    import PIL.Image

_PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


class Value:
    """An immutable value of a port type.

    Tensors share the memory of the engine's cache. Torch refuses to write into them; use
    ``.clone()`` for a tensor of your own.
    """

    __slots__ = ("_result", "_value")

    def __init__(self, value: core.Value, result: Result | None = None) -> None:
        self._value = value
        self._result = result

    @property
    def port_type(self) -> str:
        """Name of the port type, such as ``"Image"``."""
        return self._value.port_type

    def tensor(self) -> torch.Tensor:
        """The tensor of an Image, Mask, Latent or DepthMap: float32 [B, C, H, W], not copied.

        Raises TypeError for other port types.
        """
        return self._value.tensor()

    def tensors(self) -> dict[str, torch.Tensor]:
        """All tensors of the value by name, in host memory. Raises RunError for models."""
        return self._value.tensors()

    def numpy(self) -> npt.NDArray[np.float32]:
        """A read-only view of ``tensor()``; copied only from a GPU. Shape [B, C, H, W]."""
        array: npt.NDArray[np.float32] = self.tensor().cpu().numpy()
        array.flags.writeable = False
        return array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        array = self.numpy()
        if dtype is not None and array.dtype != dtype:
            return array.astype(dtype)
        return array.copy() if copy else array

    def __dlpack__(self, **options: Any) -> Any:
        # Other libraries write where they like, so they get a view that torch calls writable; the
        # protocol has no way to say otherwise before version 1.
        return self.tensor().__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.tensor().__dlpack_device__()

    def pils(self) -> list[PIL.Image.Image]:
        """The pictures of an Image, Mask or DepthMap; the preview for other types that have one."""
        import PIL.Image

        if self.port_type in ("Image", "Mask", "DepthMap"):
            bytes_ = self.tensor().detach().mul(255).round().clamp(0, 255).to(torch.uint8).cpu()
            if bytes_.shape[1] == 1:
                return [PIL.Image.fromarray(one[0].numpy()) for one in bytes_]
            return [PIL.Image.fromarray(one.permute(1, 2, 0).contiguous().numpy()) for one in bytes_]
        preview = self._value.preview()
        if preview is None:
            raise TypeError(f"a value of type {self.port_type} has no picture")
        width, height, pixels = preview
        return [PIL.Image.frombytes("RGB", (width, height), pixels)]

    def pil(self) -> PIL.Image.Image:
        """The first picture of ``pils()``."""
        return self.pils()[0]

    def save(self, path: str | os.PathLike[str]) -> list[Path]:
        """Writes .png, .jpg or .webp (pictures) or .safetensors (any value but models).

        Each picture of a batch gets a file of its own (``x-1.png``, ``x-2.png``, ...). A .png holds the
        graph that made it, so that ``calotype run x.png`` makes it again. Returns the files.
        """
        target = Path(path)
        if target.suffix == ".safetensors":
            core.write_tensors(str(target), self._value, self._metadata())
            return [target]
        if target.suffix.lower() not in _PICTURES:
            raise ValueError(
                f"{target}: unknown ending; use .png, .jpg or .webp for pictures, .safetensors for tensors"
            )
        pictures = self.pils()
        files = [target] if len(pictures) == 1 else [
            target.with_name(f"{target.stem}-{i + 1}{target.suffix}") for i in range(len(pictures))
        ]
        for picture, file in zip(pictures, files):
            _write_picture(picture, file, self._metadata())
        return files

    def _metadata(self) -> dict[str, str]:
        return self._result.provenance() if self._result is not None else {}

    def _repr_png_(self) -> bytes | None:
        try:
            picture = self.pil()
        except TypeError:
            return None
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        return buffer.getvalue()

    def __repr__(self) -> str:
        if self.port_type in core.tensor_types:
            return f"<Value {self.port_type} {list(self.tensor().shape)}>"
        return f"<Value {self.port_type}>"


def _write_picture(picture: PIL.Image.Image, file: Path, metadata: Mapping[str, str]) -> None:
    """Under a temporary name first, so that readers never see half a file."""
    import tempfile

    from PIL.PngImagePlugin import PngInfo

    options: dict[str, Any] = {}
    kind = _PICTURES[file.suffix.lower()]
    if kind == "PNG":
        info = PngInfo()
        for key, text in metadata.items():
            info.add_itxt(key, text, zip=len(text) > 2000)
        options["pnginfo"] = info
    else:
        options["quality"] = 95
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as out:
            picture.save(out, kind, **options)
            out.flush()
            os.fsync(out.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, file)
    except BaseException:
        os.unlink(temporary)
        raise


def to_value(registry: core.Registry, port_type: str, given: object, what: str) -> core.Value:
    """The engine's value for something that a user gave; ``what`` names it in messages.

    Accepts a Value, a tensor, a NumPy array or anything with ``__dlpack__``, PIL pictures (one or a
    list, for Image and Mask), and a dict of tensors for port types of several tensors.
    """
    try:
        return _convert(registry, port_type, given)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{what}: {error}") from None


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
        return core.value_from_tensor(registry, port_type, torch.from_dlpack(given))
    raise TypeError(
        f"expected a {port_type} (a Value, a tensor, a NumPy array or a PIL picture), "
        f"got {type(given).__name__}"
    )


def _from_pictures(port_type: str, pictures: Sequence[Any]) -> torch.Tensor:
    import numpy as np

    if port_type not in ("Image", "Mask"):
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
    if port_type not in ("Image", "Mask"):
        return torch.from_numpy(np.ascontiguousarray(array))
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
    return torch.from_numpy(np.ascontiguousarray(array.transpose(0, 3, 1, 2)))
