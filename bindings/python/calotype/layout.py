"""A layered layout: boxes in columns from left to right, edges that keep clear of boxes.

Columns by longest path, order within a column by barycentres, then heights that straighten edges.
Cycles are fine: an edge that closes one is drawn backwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

LAYER_GAP = 64.0
BOX_GAP = 20.0
LANE_HEIGHT = 12.0  # what an edge needs where it passes a column
_ORDER_ROUNDS = 8
_HEIGHT_ROUNDS = 10
_MAX_LANES = 40  # edges over more columns than this are drawn straight


class Neighbour(NamedTuple):
    """The other end of an edge: how far below their tops it meets the other item and this one."""

    item: Item
    its_y: float
    own_y: float


@dataclass(eq=False)
class Item:
    """A box, or a lane: the place where an edge passes a column. `x`, `y` and `column_end` are
    results."""

    width: float
    height: float
    is_lane: bool = False
    layer: int = 0
    x: float = 0.0
    y: float = 0.0
    column_end: float = 0.0  # right end of the widest item in the column
    before: list[Neighbour] = field(default_factory=list)
    after: list[Neighbour] = field(default_factory=list)


@dataclass(eq=False)
class Edge:
    """From the right side of `source` to the left side of `target`, `source_y` and `target_y` below
    their tops. `lanes` is the result: what it passes on its way."""

    source: Item
    source_y: float
    target: Item
    target_y: float
    lanes: list[Item] = field(default_factory=list)


def lay_out(
    boxes: Sequence[Item], edges: Sequence[Edge], late: Iterable[Item]
) -> tuple[float, float]:
    """Places boxes, which come in their wanted order; `late` ones just before what reads them.

    Returns width and height of the whole.
    """
    _assign_layers(boxes, edges, set(late))
    layers: list[list[Item]] = [[] for _ in range(1 + max((box.layer for box in boxes), default=0))]
    for box in boxes:
        layers[box.layer].append(box)
    _add_lanes(edges, layers)
    for number in range(_ORDER_ROUNDS):
        _order(layers, forward=number % 2 == 0)
    _set_columns(layers)
    for number in range(_HEIGHT_ROUNDS):
        _straighten(layers, forward=number % 2 == 0)
    top = min((item.y for layer in layers for item in layer), default=0.0)
    for layer in layers:
        for item in layer:
            item.y -= top
    width = max((box.x + box.width for box in boxes), default=0.0)
    height = max((item.y + item.height for layer in layers for item in layer), default=0.0)
    return width, height


def _assign_layers(boxes: Sequence[Item], edges: Sequence[Edge], late: set[Item]) -> None:
    following: dict[Item, list[Item]] = {box: [] for box in boxes}
    waiting = dict.fromkeys(boxes, 0)
    for edge in edges:
        following[edge.source].append(edge.target)
        waiting[edge.target] += 1
    ready = [box for box in boxes if waiting[box] == 0]
    left = dict.fromkeys(boxes)
    while left:
        # Nothing ready and something left: a cycle, which is cut at its first box.
        box = ready.pop() if ready else next(iter(left))
        if box not in left:
            continue
        del left[box]
        for target in following[box]:
            if target in left:
                target.layer = max(target.layer, box.layer + 1)
                waiting[target] -= 1
                if waiting[target] == 0:
                    ready.append(target)
    for box in late:
        box.layer = max(0, min((target.layer for target in following[box]), default=1) - 1)


def _add_lanes(edges: Sequence[Edge], layers: list[list[Item]]) -> None:
    """Edges from one place share their lanes."""
    lanes: dict[tuple[Item, float, int], Item] = {}
    joined = set()
    for edge in edges:
        last, last_y = edge.source, edge.source_y
        if 1 < edge.target.layer - edge.source.layer <= _MAX_LANES:
            for layer in range(edge.source.layer + 1, edge.target.layer):
                key = (edge.source, edge.source_y, layer)
                if key not in lanes:
                    lanes[key] = Item(0.0, LANE_HEIGHT, is_lane=True, layer=layer)
                    layers[layer].append(lanes[key])
                lane = lanes[key]
                if key not in joined:
                    joined.add(key)
                    _connect(last, last_y, lane, LANE_HEIGHT / 2)
                edge.lanes.append(lane)
                last, last_y = lane, LANE_HEIGHT / 2
        if edge.target.layer > last.layer:
            _connect(last, last_y, edge.target, edge.target_y)


def _connect(left: Item, left_y: float, right: Item, right_y: float) -> None:
    left.after.append(Neighbour(right, right_y, left_y))
    right.before.append(Neighbour(left, left_y, right_y))


def _order(layers: list[list[Item]], forward: bool) -> None:
    """Sorts every column by where the neighbours on one side stand."""
    place: dict[Item, float] = {}
    for layer in layers:
        for index, item in enumerate(layer):
            place[item] = index / max(1, len(layer))
    for layer in layers if forward else reversed(layers):
        wanted = {}
        for item in layer:
            ends = item.before if forward else item.after
            # Ports of one box count too, but less than boxes.
            rows = [place[end.item] + end.its_y / 1e6 for end in ends]
            wanted[item] = sum(rows) / len(rows) if rows else place[item]
        layer.sort(key=lambda item: wanted[item])
        for index, item in enumerate(layer):
            place[item] = index / max(1, len(layer))


def _set_columns(layers: list[list[Item]]) -> None:
    x = 0.0
    for layer in layers:
        width = max((item.width for item in layer), default=0.0)
        y = 0.0
        for item in layer:
            if item.is_lane:
                item.width = width
            item.x, item.y, item.column_end = x, y, x + width
            y += item.height + BOX_GAP
        x += width + LAYER_GAP


def _straighten(layers: list[list[Item]], forward: bool) -> None:
    """Moves the items of each column towards where their edges would be level."""
    for layer in layers if forward else reversed(layers):
        wanted = []
        for item in layer:
            ends = item.before if forward else item.after
            heights = [end.item.y + end.its_y - end.own_y for end in ends]
            wanted.append(sum(heights) / len(heights) if heights else item.y)
        free = float("-inf")
        for item, y in zip(layer, wanted, strict=True):
            item.y = max(y, free)
            free = item.y + item.height + BOX_GAP
        if layer:  # pushing only moves downwards; the column as a whole goes back
            shift = sum(y - item.y for item, y in zip(layer, wanted, strict=True)) / len(layer)
            for item in layer:
                item.y += shift
