"""Parts of a graph by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from .names import UnknownName, unknown

T = TypeVar("T")


class Named(Mapping[str, T], Generic[T]):
    """Parts of a graph by name; unknown names are errors that say what there is."""

    __slots__ = ("_parts", "_remove", "_what")

    def __init__(self, what: str, parts: dict[str, T], remove: Callable[[str], None]) -> None:
        self._what = what
        self._parts = parts
        self._remove = remove

    def __getitem__(self, name: str) -> T:
        try:
            return self._parts[name]
        except (KeyError, TypeError):
            text = unknown("the graph", self._what, name, self._parts)
            raise UnknownName(text) from None

    def __delitem__(self, name: str) -> None:
        self[name]  # raises when there is none
        self._remove(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def _ipython_key_completions_(self) -> Iterable[str]:
        return list(self._parts)

    def __repr__(self) -> str:
        return repr(self._parts)
