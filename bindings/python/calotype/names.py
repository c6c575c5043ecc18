"""Names in graphs: their form, and messages about unknown ones."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable

from ._native import core

_MAX_LISTED = 30
_MAX_BYTES = 256  # of names in graph files


class UnknownName(KeyError):
    """No node, port, parameter or graph input has this name. The text says what there is."""

    def __str__(self) -> str:
        return str(self.args[0])  # a KeyError shows the repr of its key


def quote(name: object) -> str:
    """`name` as messages show it."""
    return json.dumps(name, ensure_ascii=False) if isinstance(name, str) else repr(name)


def unknown(owner: str, what: str, name: object, known: Iterable[str]) -> str:
    """The sentence about an unknown name: the nearest one that exists, and all that exist."""
    names = list(known)
    text = f"{owner} has no {what} {quote(name)}"
    near = core.suggest(name, names) if isinstance(name, str) else ""
    if near:
        text += f"; did you mean {quote(near)}?"
    if names:
        listed = ", ".join(quote(known_name) for known_name in names[:_MAX_LISTED])
        more = f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
        text += f"{'' if near else ';'} it has {listed}{more}"
    return text


def check_name(what: str, name: object) -> str:
    """`name` when it has the form of an id. Raises TypeError or ValueError."""
    if not isinstance(name, str):
        raise TypeError(f"{what}: expected a str, got {name!r} ({type(name).__name__})")
    if not re.fullmatch("[a-z][a-z0-9_]*", name):
        raise ValueError(
            f"{what} {quote(name)}: expected a small letter, then small letters, digits or \"_\""
        )
    if len(name) > _MAX_BYTES:
        shown = quote(name[:40] + "...")
        raise ValueError(f"{what} {shown} is too long: {len(name)} bytes, at most {_MAX_BYTES}")
    return name


@functools.cache
def id_of_type(type_name: str) -> str:
    """`TextEncode` -> `text_encode`, `VAEDecode` -> `vae_decode`, `vendor.Invert` -> `invert`."""
    word = re.sub("[^A-Za-z0-9]+", "_", type_name.rsplit(".", 1)[-1])
    word = re.sub("([A-Z]+)([A-Z][a-z])", r"\1_\2", word)
    word = re.sub("([a-z0-9])([A-Z])", r"\1_\2", word)
    word = word.lower().strip("_")
    return word if word[:1].isalpha() else f"node_{word}".rstrip("_")
