"""Marks for the arguments of functions that become nodes."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Protocol

import torch


@dataclasses.dataclass(frozen=True)
class Port:
    """Marks an argument or a result as a port: ``Annotated[Value, Port("Conditioning")]``."""

    type: str  #: name of the port type
    doc: str = ""
    name: str = ""  #: of an output; the default is the type's name in small letters


@dataclasses.dataclass(frozen=True)
class Param:
    """Describes a parameter: ``Annotated[int, Param("Number of shades.", min=2, max=256)]``."""

    doc: str = ""
    min: float | None = None
    max: float | None = None
    multiple_of: int = 0
    unit: str = ""
    file: bool = False  #: a path; the content of the file takes part in the cache key
    seed: bool = False  #: accepts "random"


Image = Annotated[torch.Tensor, Port("Image")]
Mask = Annotated[torch.Tensor, Port("Mask")]
Latent = Annotated[torch.Tensor, Port("Latent")]
DepthMap = Annotated[torch.Tensor, Port("DepthMap")]


class Context(Protocol):
    """What a node may ask of the run it is part of, through an argument ``context: Context``."""

    @property
    def cancelled(self) -> bool:
        """True when the run was asked to stop."""

    def check_cancelled(self) -> None:
        """Raises Cancelled when the run was asked to stop. Call it once per step of long work."""

    def progress(self, step: int, steps: int) -> None:
        """``step`` of ``steps`` are finished."""

    def warn(self, text: str) -> None:
        """One sentence for the user; the node goes on."""
