"""Dependencies of the package, for the build: tensors are C++ objects, so torch's minor is pinned."""

from __future__ import annotations

from importlib.metadata import version


def dynamic_metadata(field: str, settings: dict[str, object] | None = None) -> list[str]:
    """Called by scikit-build-core."""
    if field != "dependencies":
        raise ValueError(f"only dependencies are dynamic, not {field}")
    minor = ".".join(version("torch").split(".")[:2])
    return [f"torch=={minor}.*", "numpy", "pillow"]
