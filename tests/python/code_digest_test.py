"""What decides whether a Python node's results may be reused: its code and all that the code uses."""

import dataclasses
import functools
import math
import subprocess
import sys
import textwrap

import numpy
import pytest
import torch

from built_package import BUILD, engine  # noqa: F401

import calotype
from calotype.code_digest import CodeDigest


def digest(function):
    return CodeDigest(function).text


def compiled(source, **names):
    """A function without a source file, as in an interactive prompt."""
    exec(compile(textwrap.dedent(source), "<stdin>", "exec"), names)
    return names["f"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def f(x): return x.sin()", "def f(x): return x.cos()"),
        ("def f(x): return x * 2", "def f(x): return x * 3"),
        ("def f(x): return [y.sin() for y in x]", "def f(x): return [y.cos() for y in x]"),
        ("def f(x):\n  def g(): return x.sin()\n  return g()", "def f(x):\n  def g(): return x.cos()\n  return g()"),
        ("def f(x, k=1): return x * k", "def f(x, k=2): return x * k"),
        ("def f(x, *, k=1): return x * k", "def f(x, *, k=2): return x * k"),
        ("def f(x): return x in {'a', 'b'}", "def f(x): return x in {'a', 'c'}"),
        ("def f(x: int): return x", "def f(x: float): return x"),
        ("K = 2\ndef f(x): return x * K", "K = 3\ndef f(x): return x * K"),
        ("def g(x): return x.sin()\ndef f(x): return g(x)", "def g(x): return x.cos()\ndef f(x): return g(x)"),
    ],
)
def test_code_without_a_source_file_is_told_apart(one, other):
    assert digest(compiled(one)) != digest(compiled(other))
    assert digest(compiled(one)) == digest(compiled("\n\n" + one)), "the place does not count"


def made(value):
    def f(x):
        return x, value

    return f


class Slot:
    """Something that no digest can be made of."""


def scaled(factor):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(x):
            return function(x) * factor

        return wrapper

    return decorate


def doubled(x):
    return 2 * x


def halved(x):
    return x / 2


@dataclasses.dataclass
class Settings:
    def amount(self):
        return 1


@dataclasses.dataclass
class OtherSettings:
    def amount(self):
        return 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        (1, 1.0),
        (0.0, -0.0),
        ("a", "b"),
        (b"a", b"b"),
        ([1, [2]], [1, [3]]),
        ((1, "a"), (1, "b")),
        ({"a": [1]}, {"a": [2]}),
        ({"a", "b"}, {"a", "c"}),
        ({(1, 2)}, {(1, 3)}),
        (numpy.float32(1), numpy.float32(2)),
        (numpy.int64(1), numpy.int32(1)),
        (numpy.arange(4), numpy.arange(4) + 1),
        (numpy.zeros((2, 3)), numpy.zeros((3, 2))),
        (torch.tensor(1.0), torch.tensor(2.0)),
        (torch.zeros(2, dtype=torch.bfloat16), torch.ones(2, dtype=torch.bfloat16)),
        (torch.zeros(2, 3), torch.zeros(3, 2)),
        (torch.nn.Parameter(torch.zeros(1)), torch.nn.Parameter(torch.ones(1))),
        (torch.float32, torch.float64),
        (doubled, halved),
        (functools.partial(doubled, 1), functools.partial(doubled, 2)),
        (functools.lru_cache(doubled), functools.lru_cache(halved)),
        (scaled(2)(doubled), scaled(3)(doubled)),
        (Settings, OtherSettings),
        (math, numpy),
        (math.sin, math.cos),
        (torch.sin, torch.cos),
        (numpy.sin, numpy.cos),
        (torch.nn.functional.relu, torch.nn.functional.silu),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_of_the_surrounding_function_count(one, other):
    first = CodeDigest(made(one))
    assert first.unknown == []
    assert first.text == digest(made(one))
    assert first.text != digest(made(other))


def test_values_that_hold_themselves_end():
    loop = [1]
    loop.append(loop)
    assert digest(made(loop)) == digest(made(loop))

    def even(x):
        return x == 0 or odd(x - 1)

    def odd(x):
        return x != 0 and even(x - 1)

    assert CodeDigest(even).unknown == []


def test_what_has_no_digest_is_named():
    slot = Slot()
    assert CodeDigest(made(slot)).unknown == ["value (Slot)"]
    assert CodeDigest(made([slot])).unknown == ["value (Slot)"]
    assert CodeDigest(made(torch.nn.Linear(1, 1))).unknown == ["value (Linear)"]
    assert CodeDigest(compiled("def f(x): return later(x)")).unknown == ["later (not defined yet)"]


def test_ordinary_nodes_are_told_completely():
    def node(image, amount=0.5):
        from pathlib import Path

        rows = [torch.lerp(image, 1 - image, amount) for _ in range(2)]
        if not isinstance(rows, list):
            raise calotype.GraphError(f"{Path('x')}")
        return torch.nn.functional.relu(numpy.clip(rows[0], 0, 1)) * math.pi

    assert CodeDigest(node).unknown == []


def test_digest_is_the_same_in_every_process(tmp_path):
    (tmp_path / "mine.py").write_text(
        "import dataclasses, math, numpy, torch\n"
        "NAMES = {'a', 'b', 'c', ('d', 1)}\n"
        "TABLE = numpy.arange(3)\n"
        "@dataclasses.dataclass\n"
        "class Options:\n"
        "    steps: int = 1\n"
        "    names: list = dataclasses.field(default_factory=list)\n"
        "def help(x): return x in {'x', 'y', 'z'} or x in NAMES\n"
        "def f(x: 'int', k=(1, 2)): return help(x), TABLE, Options(2), math.pi, torch.sin(x)\n"
    )
    code = (
        "import mine; from calotype.code_digest import CodeDigest; d = CodeDigest(mine.f); "
        "assert not d.unknown, d.unknown; print(d.text)"
    )
    path = f"{tmp_path}:{BUILD / 'python'}"
    texts = {
        subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": path, "PYTHONHASHSEED": str(seed)},
                       capture_output=True, text=True, check=True).stdout
        for seed in range(3)
    }
    assert len(texts) == 1


def test_modules_of_the_same_package_are_read(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").touch()
    (tmp_path / "mine" / "nodes.py").write_text("from . import parts\ndef f(x): return parts.help(x)\n")
    code = "import mine.nodes; from calotype.code_digest import CodeDigest; print(CodeDigest(mine.nodes.f).text)"
    texts = []
    for method in ("sin", "cos"):
        (tmp_path / "mine" / "parts.py").write_text(
            f"def help(x): return other(x)\ndef other(x): return x.{method}()\ndef unused(x): return {method}\n"
        )
        environment = {"PYTHONPATH": f"{tmp_path}:{BUILD / 'python'}", "PYTHONDONTWRITEBYTECODE": "1"}
        texts.append(subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True,
                                    text=True, check=True).stdout)
    assert texts[0] != texts[1]


def image_of(engine, function, **options):
    node = engine.node("test.Digest", **options)(function)
    graph = calotype.Graph()
    graph.output("image", node().image)
    result = engine.run(graph)
    return result.nodes[0].status, float(result.image.tensor().mean())


def test_another_captured_array_runs_again(engine):
    def level(values):
        def f() -> calotype.Image:
            """Grey."""
            return torch.full((1, 3, 8, 8), float(values[0]))

        return f

    assert image_of(engine, level([1])) == ("ran", 1.0)
    assert image_of(engine, level([1])) == ("memory", 1.0)
    assert image_of(engine, level([2])) == ("ran", 2.0)
    assert image_of(engine, level(numpy.ones(1))) == ("ran", 1.0)


def captured():
    slot = Slot()
    slot.level = 1.0

    def f() -> calotype.Image:
        """Grey."""
        return torch.full((1, 3, 8, 8), slot.level)

    return slot, f


def test_results_that_depend_on_something_unknown_are_not_cached(engine):
    slot, function = captured()
    text = (
        "test.Digest: its results are not cached, because the cache key cannot tell when these change: "
        "slot (Slot); pass them as parameters or inputs, or give version= and raise it when they change"
    )
    with pytest.warns(RuntimeWarning) as caught:
        assert image_of(engine, function) == ("ran", 1.0)
    assert [str(one.message) for one in caught] == [text]
    assert caught[0].filename == __file__
    slot.level = 2.0
    with pytest.warns(RuntimeWarning):
        assert image_of(engine, function) == ("ran", 2.0)


@pytest.mark.filterwarnings("error")
def test_a_version_vouches_for_what_is_unknown(engine):
    _, function = captured()
    assert image_of(engine, function, version=1) == ("ran", 1.0)
    assert image_of(engine, function, version=1) == ("memory", 1.0)
    assert image_of(engine, function, version=2) == ("ran", 1.0)
