"""Graphs as drawings: SVG for notebooks and pages, Mermaid for Markdown."""

from __future__ import annotations

import html
import re
import unicodedata
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Union

from .layout import Edge, Item, lay_out
from .link import Input, Link, Source
from .node import Node

if TYPE_CHECKING:
    from .graph import Graph

_ROW = 18.0
_HEAD = 40.0
_MARGIN = 16.0
_LETTER = 7.2  # mean width at 12 px, of wide fonts
_MAX_TEXT = 34
_GREY = "#8a8f98"


@dataclass(eq=False)
class _Box:
    """A node, an input or an output of the graph, as text."""

    title: str
    subtitle: str
    about: str
    fill: str
    left: list[str] = field(default_factory=list)
    right: list[str] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    item: Item = field(default_factory=lambda: Item(0.0, 0.0))

    def measure(self) -> None:
        rows = 0 if self.is_end else max(len(self.left), len(self.right))
        sides = max(map(_width, self.left), default=0.0) + max(map(_width, self.right), default=0.0)
        texts = [self.title, self.subtitle, *self.settings]
        self.item.width = max(96.0, 24.0 + max(map(_width, texts)), 40.0 + sides)
        self.item.height = _HEAD + (rows + len(self.settings)) * _ROW + (8.0 if rows else 0.0)

    @property
    def is_end(self) -> bool:
        """An input or output of the graph: one port without a name."""
        return self.left == [""] or self.right == [""]

    def row_y(self, row: int) -> float:
        return _HEAD / 2 if self.is_end else _HEAD + row * _ROW + _ROW / 2


def to_svg(graph: Graph) -> str:
    """The graph from left to right: boxes with their ports and settings, links by port type."""
    boxes, links = _boxes(graph)
    for box in boxes:
        box.measure()
    edges = [
        (Edge(a.item, a.row_y(out), b.item, b.row_y(into)), type)
        for a, out, b, into, type in links
    ]
    late = [box.item for box in boxes if not box.left]
    width, height = lay_out([box.item for box in boxes], [edge for edge, _ in edges], late)
    full = (width + 2 * _MARGIN, height + 2 * _MARGIN)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{full[0]:.0f}" height="{full[1]:.0f}" '
        f'viewBox="0 0 {full[0]:.0f} {full[1]:.0f}" font-family="system-ui, sans-serif" '
        'font-size="12">',
        f"<title>{_xml(graph.about or 'graph')}</title>",
        '<rect width="100%" height="100%" rx="8" fill="#fff"/>',
        f'<g transform="translate({_MARGIN:.0f} {_MARGIN:.0f})">',
        *(_draw_edge(edge, type) for edge, type in edges),
        *(_draw_box(box) for box in boxes),
        "</g></svg>",
    ]
    return "\n".join(parts)


def to_mermaid(graph: Graph) -> str:
    """A flow chart that Mermaid draws, for Markdown pages."""
    names: dict[object, str] = {}
    lines = ["flowchart LR"]
    for number, (name, given) in enumerate(graph.inputs.items()):
        names[given] = f"in{number}"
        lines.append(f'    in{number}(["{_mermaid(name)}"])')
    for number, (id, node) in enumerate(graph.nodes.items()):
        names[node] = f"n{number}"
        lines.append(f'    n{number}["{_mermaid(id)}<br/>{_mermaid(_type_text(node))}"]')
    for number, name in enumerate(graph.outputs):
        lines.append(f'    out{number}(["{_mermaid(name)}"])')
    for node in graph.nodes.values():
        for port, source in node._sources():
            label = port
            start: object = source
            if isinstance(source, Link):
                start = source.node
                label = port if source.port == port else f"{source.port} - {port}"
            lines.append(f'    {names[start]} -->|"{_mermaid(label)}"| {names[node]}')
    for number, link in enumerate(graph.outputs.values()):
        lines.append(f'    {names[link.node]} -->|"{_mermaid(link.port)}"| out{number}')
    return "\n".join(lines) + "\n"


# From a box and its row to a box and its row, with the port type.
_Connection = tuple[_Box, int, _Box, int, Union[str, None]]


def _boxes(graph: Graph) -> tuple[list[_Box], list[_Connection]]:
    """The boxes in the author's order, and what connects them."""
    found: dict[object, _Box] = {}
    for name, given in graph.inputs.items():
        default = "" if given.default is None else f" = {given.default!r}"
        about = given.doc or f"{given.type}{default}"
        found[given] = _Box(name, f"input: {given.type}", about, "#eef4ea", right=[""])
    for id, node in graph.nodes.items():
        about = "\n".join(filter(None, [node.note, *(f"{n}: {v!r}" for n, v in _settings(node))]))
        settings = [f"{name}: {value}" for name, value in _settings(node)]
        box = _Box(id, _type_text(node), about or node.type, "#f4f5f7", settings=settings)
        box.right = list(node.outputs)
        found[node] = box
    links: list[_Connection] = []
    for node in graph.nodes.values():
        into = found[node]
        for port, source in node._sources():
            into.left.append(port)
            links.append((*_end(found, source), into, len(into.left) - 1, source.type))
    boxes = list(found.values())
    for name, link in graph.outputs.items():
        box = _Box(name, "output", "output of the graph", "#f6eef2", left=[""])
        boxes.append(box)
        links.append((*_end(found, link), box, 0, link.type))
    return boxes, links


def _end(found: dict[object, _Box], source: Source) -> tuple[_Box, int]:
    if isinstance(source, Input):
        return found[source], 0
    right = found[source.node].right
    if source.port not in right:  # a node whose type is not known here
        right.append(source.port)
    return found[source.node], right.index(source.port)


def _settings(node: Node) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in node.params.items() if not isinstance(value, Input)]


def _type_text(node: Node) -> str:
    file = getattr(node, "file", None) if node.type == "Graph" else None
    return f"Graph {file}" if file else node.type


def _draw_box(box: _Box) -> str:
    x, y, width, height = box.item.x, box.item.y, box.item.width, box.item.height
    parts = [
        f'<g transform="translate({x:.1f} {y:.1f})"><title>{_xml(box.about)}</title>',
        f'<rect width="{width:.1f}" height="{height:.1f}" rx="6" fill="{box.fill}" '
        f'stroke="{_GREY}"/>',
        _text(12, 17, box.title, 'font-weight="600"'),
        _text(12, 33, box.subtitle, f'fill="{_GREY}"'),
    ]
    for row, port in enumerate(box.left):
        parts.append(f'<circle cx="0" cy="{box.row_y(row):.1f}" r="3" fill="{_GREY}"/>')
        parts.append(_text(10, box.row_y(row) + 4, port))
    for row, port in enumerate(box.right):
        parts.append(f'<circle cx="{width:.1f}" cy="{box.row_y(row):.1f}" r="3" fill="{_GREY}"/>')
        parts.append(_text(width - 10, box.row_y(row) + 4, port, 'text-anchor="end"'))
    for index, setting in enumerate(box.settings):
        row_y = box.row_y(max(len(box.left), len(box.right)) + index) + 4
        parts.append(_text(12, row_y, setting, 'fill="#5b6068"'))
    return "".join(parts) + "</g>"


def _draw_edge(edge: Edge, type: str | None) -> str:
    """A curve through the lanes of the edge."""
    x, y = edge.source.x + edge.source.width, edge.source.y + edge.source_y
    path = f"M{x:.1f} {y:.1f}"
    if x < edge.source.column_end and edge.source.layer < edge.target.layer:
        x = edge.source.column_end
        path += f"H{x:.1f}"
    for lane in edge.lanes:
        lane_y = lane.y + lane.height / 2
        path += _curve(x, y, lane.x, lane_y) + f"H{lane.x + lane.width:.1f}"
        x, y = lane.x + lane.width, lane_y
    path += _curve(x, y, edge.target.x, edge.target.y + edge.target_y)
    return f'<path d="{path}" fill="none" stroke="{_colour(type)}" stroke-width="1.6"/>'


def _curve(x0: float, y0: float, x1: float, y1: float) -> str:
    bend = max(24.0, abs(x1 - x0) / 2)
    return f"C{x0 + bend:.1f} {y0:.1f} {x1 - bend:.1f} {y1:.1f} {x1:.1f} {y1:.1f}"


def _colour(type: str | None) -> str:
    if type is None:
        return _GREY
    return f"hsl({zlib.crc32(type.encode()) % 360},45%,48%)"


def _text(x: float, y: float, text: str, style: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{_xml(_shortened(text))}</text>' if text else ""


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MAX_TEXT else line[: _MAX_TEXT - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _width(text: str) -> float:
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in _shortened(text))
    return _LETTER * (len(_shortened(text)) + wide)


def _xml(text: str) -> str:
    """Text for XML; what XML cannot hold becomes a question mark."""
    allowed = re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "?", text)
    return html.escape(allowed)


def _mermaid(text: str) -> str:
    """Letters and digits stay; everything that could mean something to Mermaid becomes a code."""
    return "".join(
        letter if letter.isalnum() or letter in " _.,-" else f"#{ord(letter)};" for letter in text
    )
