"""The exceptions of calotype.

Every exception of the engine is an :class:`Error`. It carries all problems that were found as
:class:`Diagnostic` objects, and the fields of the first one as attributes of its own.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import Any, Mapping, Sequence


@dataclass(frozen=True)
class Diagnostic:
    """One problem: where it is, what was expected, what was found, what to do.

    Fields that do not apply are empty; ``line`` and ``column`` are 1-based, 0 when no place is known.
    """

    severity: str
    file: str
    line: int
    column: int
    excerpt: str
    node: str
    port: str
    what: str
    expected: str
    got: str
    hint: str
    text: str

    def __str__(self) -> str:
        return self.text


class Error(Exception):
    """A problem that the engine found. ``str(error)`` names all of them, with places and hints."""

    diagnostics: tuple[Diagnostic, ...]
    file: str = ""
    line: int = 0
    column: int = 0
    node: str = ""
    port: str = ""
    what: str = ""
    expected: str = ""
    got: str = ""
    hint: str = ""

    def __init__(self, text: str, diagnostics: Sequence[Diagnostic] = ()) -> None:
        super().__init__(text)
        self.diagnostics = tuple(diagnostics)
        if self.diagnostics:
            first = self.diagnostics[0]
            for field in ("file", "line", "column", "node", "port", "what", "expected", "got", "hint"):
                setattr(self, field, getattr(first, field))
        else:
            self.what = text

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.diagnostics)


class GraphError(Error):
    """The graph, its parameters or the request is wrong; nothing was run."""


class PluginError(Error):
    """A plugin was refused or could not be loaded."""


class RunError(Error):
    """A node failed while it ran. When the node is written in Python, ``__cause__`` is its exception."""


class FileError(Error, OSError):
    """A file is missing, unreadable, malformed or could not be written."""


class Cancelled(Error):
    """The run was stopped; what was finished by then stays cached."""


class InternalError(Error):
    """A bug of calotype; please report it."""


_CLASSES: dict[str, type[Error]] = {
    "graph": GraphError,
    "plugin": PluginError,
    "run": RunError,
    "io": FileError,
    "cancelled": Cancelled,
    "internal": InternalError,
}


def from_core(
    code: str, diagnostics: Sequence[Mapping[str, Any]], text: str, cause: BaseException | None
) -> Error:
    """The exception for an error of the engine; called by ``calotype._core``."""
    error = _CLASSES[code](text, [Diagnostic(**fields) for fields in diagnostics])
    error.__cause__ = cause
    return error


_WRITE_HINTS = {
    errno.ENOENT: "create the folder first",
    errno.ENOSPC: "free some space on that disk",
    errno.EDQUOT: "free some space on that disk",
    errno.EACCES: "choose a folder that you may write to",
    errno.EPERM: "choose a folder that you may write to",
    errno.EROFS: "choose a folder that you may write to",
    errno.EISDIR: "it is a folder: choose another name",
    errno.ENAMETOOLONG: "choose a shorter name",
}


def not_written(file: str, step: str, error: OSError) -> FileError:
    """The exception for a file that could not be written, as the engine words it.

    ``step`` is "create" or "write"; ``file`` is what the user named, ``error`` may name another.
    """
    reason = os.strerror(error.errno) if error.errno else str(error)
    what = f"could not {step} the file: {reason}"
    hint = _WRITE_HINTS.get(error.errno or 0, "")
    text = f"{file}: {what}" + (f"\n  hint: {hint}" if hint else "")
    return FileError(
        text, [Diagnostic("error", file, 0, 0, "", "", "", what, "", "", hint, text)]
    )
