"""What happened to one node of a run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NodeReport:
    """``status`` is ``ran``, ``memory``, ``disk`` (served by that cache) or ``skipped`` (not needed)."""

    id: str
    type: str
    plugin: str
    status: str
    reason: str  #: why it ran or did not; filled when asked for
    seconds: float
    bytes: int  #: of its outputs
    warnings: list[str]  #: what it said while it ran
