"""Paths in graphs, which graph files hold relative to their own folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .link import Input
from .node import Node, Subgraph
from .schema import ParamSchema

if TYPE_CHECKING:
    from .graph import Graph


def data_for_folder(graph: Graph, data: dict[str, Any], folder: str) -> bool:
    """Changes the relative paths in `data`, the graph's, so that they mean the same files from a graph
    file in `folder`. False when nothing had to be changed.

    Paths of files that do not exist stay as they are.
    """
    base = os.path.dirname(graph.path or "")
    changed = False
    for id, node in graph.nodes.items():
        row = data["nodes"][id]
        if isinstance(node, Subgraph):
            moved = _moved(os.path.join(base, row["file"]), row["file"], folder)
            changed |= moved != row["file"]
            row["file"] = moved
        for name in _file_params(node):
            path = row["params"][name]
            if isinstance(path, str):
                row["params"][name] = _moved(_found(path, base), path, folder)
                changed |= row["params"][name] != path
    for name in _file_inputs(graph):
        path = data["inputs"][name].get("default")
        if isinstance(path, str):
            data["inputs"][name]["default"] = _moved(_found(path, base), path, folder)
            changed |= data["inputs"][name]["default"] != path
    return changed


def _found(path: str, base: str) -> str:
    """The current folder counts first: so does the engine look for files."""
    return path if os.path.exists(path) else os.path.join(base, path)


def _moved(found: str, path: str, folder: str) -> str:
    """`path` as a graph file in `folder` says it; absolute when only the root of the system is shared."""
    if not path or os.path.isabs(path) or not os.path.exists(found):
        return path
    target, start = os.path.abspath(found), os.path.abspath(folder)
    if os.path.normpath(os.path.join(start, path)) == target:
        return path
    if os.path.commonpath([target, start]) == os.path.sep:
        return target
    return os.path.relpath(target, start)


def _file_params(node: Node) -> list[str]:
    schema = node._schema
    return [name for name in node.params if schema is not None and _is_file(schema.params.get(name))]


def _is_file(param: ParamSchema | None) -> bool:
    return param is not None and param.file


def _file_inputs(graph: Graph) -> list[str]:
    """Inputs of the graph that nothing but file parameters read."""
    uses: dict[str, list[bool]] = {}
    for node in graph.nodes.values():
        files = _file_params(node)
        for name, source in node._sources():
            if isinstance(source, Input):
                uses.setdefault(source.name, []).append(name in files)
    return [name for name, are_files in uses.items() if all(are_files)]
