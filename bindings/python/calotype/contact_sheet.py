"""Pictures of many runs on one sheet, and as a table for notebooks."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

_GAP = 8
_TEXT_SIZE = 14
_MAX_LINES = 3  # of one line of a label
_MAX_SIDE = 200  # width of the labels on the left
_THUMBNAIL = 192


def contact_sheet(
    pictures: Sequence[Sequence[Image.Image]], rows: Sequence[str], columns: Sequence[str]
) -> Image.Image:
    """Lays out rows of pictures with labels on the left and on top. All labels are plain text."""
    width = max(picture.width for row in pictures for picture in row)
    height = max(picture.height for row in pictures for picture in row)
    font = ImageFont.load_default(_TEXT_SIZE)
    side = min(_MAX_SIDE, max(_text_width(font, label) for label in rows))
    left = [_wrap(font, label, side) for label in rows]
    top = [_wrap(font, label, width) for label in columns]
    head = max(map(_text_height, top))
    row_height = max(height, *map(_text_height, left))
    x0 = side + _GAP if side else 0
    y0 = head + _GAP if head else 0
    sheet = Image.new(
        "RGB",
        (x0 + len(columns) * (width + _GAP) - _GAP, y0 + len(rows) * (row_height + _GAP) - _GAP),
        "white",
    )
    draw = ImageDraw.Draw(sheet)
    for column, text in enumerate(top):
        draw.multiline_text((x0 + column * (width + _GAP), 0), text, "black", font, spacing=2)
    for index, (row, text) in enumerate(zip(pictures, left, strict=True)):
        y = y0 + index * (row_height + _GAP)
        draw.multiline_text((0, y), text, "black", font, spacing=2)
        for column, picture in enumerate(row):
            sheet.paste(picture.convert("RGB"), (x0 + column * (width + _GAP), y))
    return sheet


def html_table(pictures: Sequence[tuple[str, Image.Image | None]], note: str) -> str:
    """Labelled small pictures one beside the other, and a note below."""
    cells = ""
    for label, picture in pictures:
        text = html.escape(label).replace("\n", "<br>")
        shown = "" if picture is None else f'<img alt="" src="{_data_url(picture)}"><br>'
        cells += (
            '<figure style="display:inline-block;margin:4px;vertical-align:top">'
            f"{shown}<figcaption>{text}</figcaption></figure>"
        )
    return f"<div>{cells}<p>{html.escape(note)}</p></div>"


def _data_url(picture: Image.Image) -> str:
    small = picture.convert("RGB")
    small.thumbnail((_THUMBNAIL, _THUMBNAIL))
    stream = io.BytesIO()
    small.save(stream, "PNG")
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode()


def _font_width(font: ImageFont.FreeTypeFont | ImageFont.ImageFont, text: str) -> int:
    return int(font.getlength(text)) + 1 if text else 0


def _text_width(font: ImageFont.FreeTypeFont | ImageFont.ImageFont, text: str) -> int:
    return max(_font_width(font, line) for line in text.split("\n"))


def _text_height(text: str) -> int:
    return (text.count("\n") + 1) * (_TEXT_SIZE + 4) if text else 0


def _wrap(font: ImageFont.FreeTypeFont | ImageFont.ImageFont, label: str, width: int) -> str:
    """Breaks lines at words; what does not fit ends with dots."""
    lines: list[str] = []
    for paragraph in label.split("\n"):
        wrapped = [""]
        for word in paragraph.split():
            joined = f"{wrapped[-1]} {word}".strip()
            if _font_width(font, joined) <= width or not wrapped[-1]:
                wrapped[-1] = joined
            else:
                wrapped.append(word)
        if len(wrapped) > _MAX_LINES:
            wrapped = [*wrapped[: _MAX_LINES - 1], wrapped[_MAX_LINES - 1] + " ..."]
        lines += (_cut(font, line, width) for line in wrapped)
    return "\n".join(lines)


def _cut(font: ImageFont.FreeTypeFont | ImageFont.ImageFont, line: str, width: int) -> str:
    if _font_width(font, line) <= width:
        return line
    while line and _font_width(font, line + "...") > width:
        line = line[:-1]
    return line + "..."
