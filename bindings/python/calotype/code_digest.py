"""The digest of a function: of its code, and of the values that the code uses from outside."""

from __future__ import annotations

import builtins
import dis
import enum
import functools
import hashlib
import inspect
import re
import struct
import sys
import types
from collections.abc import Callable, Iterable
from pathlib import PurePath
from typing import Any

import torch

_PLAIN = (type(None), type(...), bool, int, float, complex, str, bytes)
_BUILTIN = (
    types.BuiltinFunctionType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
)
_TOLD_BY_REPR = (PurePath, torch.device, torch.dtype, types.GenericAlias, types.UnionType)
# What Python and dataclasses write into a class by themselves; the fields are read where they are used.
_MADE_MEMBERS = frozenset(
    "__annotations__ __annotate__ __annotate_func__ __annotations_cache__ __dataclass_fields__ "
    "__dataclass_params__ __dict__ __doc__ __firstlineno__ __match_args__ __module__ __qualname__ "
    "__slots__ __static_attributes__ __weakref__ _abc_impl".split()
)


class CodeDigest:
    """Reads a function, or a class with ``__call__``, and what it refers to.

    Functions and classes of the same package are read too; those of others, and modules, count by
    name and version. ``unknown`` lists what has no digest, as ``name (type)``: then the digest does not
    tell when results change.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.unknown: list[str] = []
        self._hash = hashlib.sha256()
        self._places: dict[int, int] = {}  # of what is being read or was: an object may hold itself
        self._home = _package(getattr(function, "__module__", None))
        if inspect.isclass(function):
            self._class(function)
        else:
            self._function(function)

    @property
    def text(self) -> str:
        """32 hexadecimal digits."""
        return self._hash.hexdigest()[:32]

    def _mark(self, *texts: object) -> None:
        for text in texts:
            data = text if isinstance(text, bytes) else str(text).encode("utf-8", "surrogatepass")
            self._hash.update(struct.pack("<q", len(data)) + data)

    def _value(self, name: str, value: Any) -> None:
        """Anything that code refers to; ``name`` is for messages."""
        kind = type(value)
        if kind in _PLAIN:
            self._mark(kind.__name__, value if kind is bytes else repr(value))
            return
        # Constants are left out: whether equal ones are one object differs from process to process.
        if not isinstance(value, (tuple, frozenset, types.CodeType)):
            if id(value) in self._places:
                self._mark("again", self._places[id(value)])
                return
            self._places[id(value)] = len(self._places)
        if not (self._data(name, value) or self._array(value) or self._callable(name, value)):
            self.unknown.append(f"{name} ({kind.__name__})")

    def _data(self, name: str, value: Any) -> bool:
        kind = type(value)
        if isinstance(value, enum.Enum):
            self._mark("enum", kind.__module__, kind.__qualname__, value.name)
        elif isinstance(value, tuple) or kind is list:
            self._mark(kind.__qualname__, len(value))
            for item in value:
                self._value(name, item)
        elif kind in (set, frozenset):
            self._unordered(name, value)
        elif kind is dict:
            self._mark("dict", len(value))
            for key, item in value.items():
                self._value(name, key)
                self._value(name, item)
        elif isinstance(value, _TOLD_BY_REPR) or kind.__module__ == "typing":
            self._mark(kind.__qualname__, repr(value))
        elif isinstance(value, re.Pattern):
            self._mark("pattern", value.pattern, value.flags)
        elif kind.__qualname__ == "_tuplegetter" or kind.__module__ == "dataclasses":  # generated
            self._mark("object", kind.__qualname__)
        else:
            return False
        return True

    def _unordered(self, name: str, values: Iterable[Any]) -> None:
        """Texts hash differently in every process, so the order of a set says nothing."""
        outer = self._hash
        digests = []
        for value in values:
            self._hash = hashlib.sha256()
            self._value(name, value)
            digests.append(self._hash.hexdigest())
        self._hash = outer
        self._mark("set", *sorted(digests))

    def _array(self, value: Any) -> bool:
        """Arrays and scalars of NumPy, and tensors in host memory."""
        if isinstance(value, torch.Tensor):
            if value.device.type != "cpu" or value.layout != torch.strided or value.is_quantized:
                return False
            flat = value.detach().resolve_conj().resolve_neg().contiguous().reshape(-1)
            self._mark("tensor", value.dtype, list(value.shape))
            self._mark(flat.view(torch.uint8).numpy().tobytes())
            return True
        if type(value).__module__ != "numpy" or not hasattr(value, "dtype") or value.dtype.hasobject:
            return False
        self._mark("array", value.dtype.str, value.shape, value.tobytes())
        return True

    def _callable(self, name: str, value: Any) -> bool:
        if inspect.ismodule(value):
            self._mark("module", value.__name__, getattr(value, "__version__", ""))
        elif isinstance(value, types.CodeType):
            self._code(value)
        elif self._named(value):
            pass
        elif inspect.isfunction(value):
            self._function(value)
        elif inspect.isclass(value):
            self._class(value)
        elif isinstance(value, functools.partial):
            self._mark("partial")
            self._value(name, value.func)
            self._value(name, value.args)
            self._value(name, value.keywords)
        elif inspect.ismethod(value):
            self._mark("method")
            self._value(name, value.__func__)
            self._value(name, value.__self__)
        elif isinstance(value, _BUILTIN):
            owner = getattr(value, "__self__", None)
            self._mark("builtin", value.__qualname__, getattr(value, "__module__", None))
            if not (inspect.isclass(owner) or inspect.ismodule(owner)):
                self._value(name, owner)
        elif isinstance(value, (staticmethod, classmethod)):
            self._mark(type(value).__name__)
            self._value(name, value.__func__)
        elif isinstance(value, property):
            self._mark("property")
            for part in (value.fget, value.fset, value.fdel):
                self._value(name, part)
        elif hasattr(value, "__wrapped__"):  # of functools.lru_cache and the like
            self._mark("wrapped", type(value).__qualname__)
            self._value(name, value.__wrapped__)
        else:
            return False
        return True

    def _named(self, value: Any) -> bool:
        """Something of another package, which is found there under its name."""
        module_name = getattr(value, "__module__", None)
        path = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
        package = sys.modules.get(_package(module_name))
        if package is None or not isinstance(path, str) or _package(module_name) == self._home:
            return False
        found: Any = sys.modules.get(str(module_name))
        for part in path.split("."):
            found = getattr(found, part, None)
        if found is not value:
            return False
        self._mark("named", module_name, path, getattr(package, "__version__", ""))
        return True

    def _function(self, function: Any) -> None:
        self._mark("function")
        self._code(function.__code__)
        self._value("default", function.__defaults__)
        self._value("default", function.__kwdefaults__)
        for name, annotation in function.__annotations__.items():
            self._mark(name, inspect.formatannotation(annotation))
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
            self._mark(name)
            try:
                self._value(name, cell.cell_contents)
            except ValueError:  # it is still empty
                self.unknown.append(f"{name} (not defined yet)")
        if _package(function.__globals__.get("__name__")) != self._home:
            return
        for name, certain in sorted(_global_names(function.__code__).items()):
            self._mark(name)
            if name in function.__globals__:
                value = function.__globals__[name]
                self._value(name, value)
                if inspect.ismodule(value) and _package(value.__name__) == self._home:
                    self._attributes(value, function.__code__)
            elif certain and not hasattr(builtins, name):
                self.unknown.append(f"{name} (not defined yet)")

    def _attributes(self, module: types.ModuleType, code: types.CodeType) -> None:
        """Of a module of the same package: what the code may take from it, as in `module.name`."""
        for name in sorted(_names(code) & vars(module).keys()):
            self._mark(name)
            self._value(f"{module.__name__}.{name}", vars(module)[name])

    def _code(self, code: types.CodeType) -> None:
        """All that decides what it does; not where it stands."""
        self._mark("code", code.co_code, code.co_names, code.co_varnames, code.co_freevars)
        self._mark(code.co_argcount, code.co_kwonlyargcount, code.co_flags)
        self._mark(getattr(code, "co_exceptiontable", b""), len(code.co_consts))
        for constant in code.co_consts:
            self._value("constant", constant)

    def _class(self, cls: type) -> None:
        self._mark("class", cls.__qualname__)
        for base in cls.__bases__:
            self._value(base.__name__, base)
        fields = getattr(cls, "__dataclass_fields__", {})
        for field in fields.values():
            self._mark("field", field.name, field.type)
            self._value(field.name, field.default)
            self._value(field.name, field.default_factory)
        for name, member in sorted(vars(cls).items()):
            if name not in _MADE_MEMBERS and name not in fields:
                self._mark(name)
                self._value(name, member)


def _package(module: object) -> str:
    return str(module).partition(".")[0]


def _names(code: types.CodeType) -> set[str]:
    inner = [_names(one) for one in code.co_consts if isinstance(one, types.CodeType)]
    return set(code.co_names).union(*inner)


def _global_names(code: types.CodeType) -> dict[str, bool]:
    """What the code, and the code inside it, looks up outside of functions. False: perhaps it does,
    as the body of a class looks there last."""
    names: dict[str, bool] = {}
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            certain = instruction.opname == "LOAD_GLOBAL"
            names[instruction.argval] = names.get(instruction.argval, False) or certain
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            for name, certain in _global_names(constant).items():
                names[name] = names.get(name, False) or certain
    return names
