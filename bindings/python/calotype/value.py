"""Values that travel between nodes, as tensors, arrays and pictures."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Mapping

import torch

from ._native import core
from .errors import not_written
from .shared_tensor import shared

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import PIL.Image

    from .engine import Result

CHANNELS_LAST = ("Image", "Mask")  #: port types whose arrays do not have the shape of their tensors
_PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


class Value:
    """An immutable value of a port type.

    Tensors and arrays share the memory of the engine's cache and cannot be written to; use ``.clone()``
    or ``.copy()`` for some of your own.
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
        return shared(self._value.tensor())

    def tensors(self) -> dict[str, torch.Tensor]:
        """All tensors of the value by name, in host memory. Raises RunError for models."""
        return {name: shared(tensor) for name, tensor in self._value.tensors().items()}

    def numpy(self) -> npt.NDArray[np.float32]:
        """A read-only view of ``tensor()``; copied only from a GPU.

        Pictures and masks have their channels last, [B, H, W, 3] and [B, H, W, 1], in the form in which
        the engine takes arrays; all others have the shape of the tensor.
        """
        tensor = self._value.tensor().cpu()
        if self.port_type in CHANNELS_LAST:
            tensor = tensor.permute(0, 2, 3, 1)
        array: npt.NDArray[np.float32] = tensor.numpy()
        array.flags.writeable = False
        return array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        array = self.numpy()
        if dtype is not None and array.dtype != dtype:
            return array.astype(dtype)
        return array.copy() if copy else array

    def __copy__(self) -> Value:
        return self  # nothing in it changes

    def __deepcopy__(self, memo: object) -> Value:
        return self

    def __dlpack__(self, **options: Any) -> Any:
        # Other libraries write where they like, so they get a view that torch calls writable; the
        # protocol has no way to say otherwise before version 1.
        tensor = self._value.tensor()
        if not tensor.is_cuda:
            return tensor.__dlpack__(**options)
        with torch.cuda.device(tensor.device):  # torch gives none of another device than the current one
            return tensor.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self._value.tensor().__dlpack_device__()

    def pils(self) -> list[PIL.Image.Image]:
        """The pictures of an Image, Mask or DepthMap; the preview for other types that have one.

        Raises ValueError when the picture contains NaN, TypeError when the type has no picture.
        """
        import PIL.Image

        if self.port_type in ("Image", "Mask", "DepthMap"):
            planes = self._value.tensor().detach()
            if planes.isnan().any():
                raise ValueError("the picture contains NaN: run the VAE in float32, or lower the guidance scale")
            # Not rounded: so do the reference systems and the command line.
            bytes_ = planes.clamp(0, 1).mul(255).to(torch.uint8).cpu()
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
        graph that made it, so that ``calotype run x.png`` makes it again, unless values were given to
        the graph or nodes are written in Python: those are not in the file. Returns the files.

        Raises FileError when a file cannot be written, ValueError for other endings and for NaN.
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
        except (TypeError, ValueError):  # no picture, or NaN in it
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
    import secrets

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
    temporary = file.with_name(f".calotype-{secrets.token_hex(8)}.tmp")
    try:
        out = temporary.open("xb")
    except OSError as error:
        raise not_written(str(file), "create", error) from error
    try:
        with out:
            picture.save(out, kind, **options)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(file)
    except OSError as error:
        raise not_written(str(file), "write", error) from error
    finally:
        temporary.unlink(missing_ok=True)
