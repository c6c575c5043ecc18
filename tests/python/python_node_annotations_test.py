"""What annotations and defaults say of a node written in Python, and which ones are refused."""

import functools
import warnings
from typing import Annotated, Literal, NamedTuple

import numpy
import pytest
import torch

from built_package import engine  # noqa: F401
from node_graphs import graph_of

import calotype
from calotype import Image, Port, Value


def no_annotation(image, levels=3) -> Image: ...
def no_result(image: Image): ...
def list_of_ints(image: Image, sizes: list[int] = []) -> Image: ...
def star(*images: Image) -> Image: ...
def half(steps: int = 4.5) -> Image: ...
def yes(steps: int = True) -> Image: ...
def neither(side: Literal["left", "right"] = "middle") -> Image: ...
async def later(image: Image) -> Image: ...
def many(image: Image) -> Image:
    yield image
def wrong_result(image: Image) -> int: ...
def unknown_port(image: Annotated[Value, Port("Imag")]) -> Image: ...


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (no_annotation, "test.Bad: argument 'image' has no annotation"),
        (no_result, "test.Bad: the result has no annotation"),
        (list_of_ints, "test.Bad: argument 'sizes': expected a port, bool, int"),
        (star, "test.Bad: argument 'images' must be an ordinary argument"),
        (wrong_result, "test.Bad: expected a result that is a port"),
        (half, "test.Bad: default of 'steps': expected an integer, got 4.5 (float)"),
        (yes, "test.Bad: default of 'steps': expected an integer, got True (bool)"),
        (neither, "test.Bad: default of 'side': expected one of \"left\", \"right\", got \"middle\""),
        (later, "test.Bad: expected a function that returns its result, but it is asynchronous"),
        (many, "test.Bad: expected a function that returns its result, but it is a generator"),
        (
            functools.partial(half, 3),
            "test.Bad: expected a function or a dataclass with __call__, got a functools.partial: "
            "write a function that calls it",
        ),
    ],
)
def test_annotations_that_cannot_work_are_refused(function, text):
    with pytest.raises((TypeError, ValueError)) as caught:
        calotype.node_type("test.Bad")(function)
    assert str(caught.value).startswith(text)


def test_named_tuples_of_results_leave_results_cacheable():
    class Parts(NamedTuple):
        dark: Image
        bright: Image

    def split(image: Image) -> Parts:
        """Two pictures."""
        return Parts(image, image)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        calotype.node_type("test.Parts")(split)


def test_defaults_of_numpy_are_numbers(engine):
    @engine.node("test.Numpy")
    def level(steps: int = numpy.int64(3), amount: float = numpy.float32(0.5)) -> Image:
        """Grey."""
        assert type(steps) is int
        return torch.full((1, 3, 8, 8), steps * amount)

    assert engine.run(graph_of(level(), image="image")).image.tensor().unique().tolist() == [1.5]


def test_unknown_port_type_gets_a_suggestion(engine):
    with pytest.raises(calotype.PluginError, match="no plugin has port type \"Imag\"") as caught:
        engine.add(calotype.node_type("test.Bad")(unknown_port))
    assert caught.value.hint == 'did you mean "Image"?'


def test_type_needs_a_vendor():
    with pytest.raises(ValueError, match="expected a vendor and a name"):
        calotype.node_type("Posterize")
