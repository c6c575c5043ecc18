"""Calotype: graphs of picture nodes, computed natively.

``Graph`` and ``nodes`` make graphs, ``Engine`` runs them. Nothing heavy is loaded until the first of
these names is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from . import _torch
from ._build import VERSION as __version__

_torch.refuse_second_interpreter()

if TYPE_CHECKING:
    from . import nodes as nodes
    from ._core import StopSource as StopSource
    from .engine import Engine as Engine
    from .errors import Cancelled as Cancelled
    from .errors import Diagnostic as Diagnostic
    from .errors import Error as Error
    from .errors import FileError as FileError
    from .errors import GraphError as GraphError
    from .errors import InternalError as InternalError
    from .errors import PluginError as PluginError
    from .errors import RunError as RunError
    from .graph import Graph as Graph
    from .ports import Context as Context
    from .ports import DepthMap as DepthMap
    from .ports import Image as Image
    from .ports import Latent as Latent
    from .ports import Mask as Mask
    from .ports import Param as Param
    from .ports import Port as Port
    from .progress import Event as Event
    from .python_node import node_type as node_type
    from .registry import default_registry as default_registry
    from .report import NodeReport as NodeReport
    from .result import Result as Result
    from .value import Value as Value

_HOMES = {
    "nodes": ("nodes", None),
    "Engine": ("engine", "Engine"),
    "Result": ("result", "Result"),
    "Cancelled": ("errors", "Cancelled"),
    "Diagnostic": ("errors", "Diagnostic"),
    "Error": ("errors", "Error"),
    "FileError": ("errors", "FileError"),
    "GraphError": ("errors", "GraphError"),
    "InternalError": ("errors", "InternalError"),
    "PluginError": ("errors", "PluginError"),
    "RunError": ("errors", "RunError"),
    "Graph": ("graph", "Graph"),
    "Event": ("progress", "Event"),
    "Context": ("ports", "Context"),
    "DepthMap": ("ports", "DepthMap"),
    "Image": ("ports", "Image"),
    "Latent": ("ports", "Latent"),
    "Mask": ("ports", "Mask"),
    "Param": ("ports", "Param"),
    "Port": ("ports", "Port"),
    "node_type": ("python_node", "node_type"),
    "default_registry": ("registry", "default_registry"),
    "NodeReport": ("report", "NodeReport"),
    "StopSource": ("_native", "StopSource"),
    "Value": ("value", "Value"),
}

__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> Any:
    if name == "_core":  # through the check of torch
        return importlib.import_module("._native", __name__).core
    if name not in _HOMES:
        raise AttributeError(f"module 'calotype' has no attribute {name!r}")
    module_name, attribute = _HOMES[name]
    module = importlib.import_module(f".{module_name}", __name__)
    value = module if attribute is None else getattr(module, attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
