"""Node types written in Python."""

import gc
import threading
import time
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Optional

import pytest
import torch

from built_package import engine  # noqa: F401
from node_graphs import PICTURE, graph_of, image_input

import calotype
from calotype import Image, Latent, Mask, Param, Port, Value


@calotype.node_type("test.Posterize")
def posterize(image: Image, levels: Annotated[int, Param("Number of shades.", min=2, max=256)] = 4) -> Image:
    """Reduces the number of shades.

    More text that is no summary."""
    return (image * (levels - 1)).round() / (levels - 1)


def test_function_runs_as_a_node(engine):
    engine.add(posterize)
    graph = image_input(posterize, levels=3)
    result = engine.run(graph, {"image": PICTURE})
    assert torch.equal(result.image.tensor(), (PICTURE * 2).round() / 2)
    assert result.nodes[1].plugin == "python.test.Posterize"


def test_function_itself_can_be_tested():
    assert posterize.function(PICTURE, 2).unique().numel() == 2


def test_results_are_cached_and_parameters_count(engine):
    engine.add(posterize)
    graph = image_input(posterize)
    run = lambda **inputs: engine.run(graph, {"image": PICTURE, **inputs}).nodes[1].status  # noqa: E731
    assert run() == "ran"
    assert run() == "memory"
    assert run(**{"posterize.levels": 5}) == "ran"


def test_changed_source_runs_again(engine):
    def define(source):
        names = {"calotype": calotype}
        exec(source, names)
        return engine.add(calotype.node_type("test.Changing")(names["f"]))

    text = "def f(image: calotype.Image) -> calotype.Image:\n    return image * {}\n"
    graph = image_input(define(text.format("0.5")))
    engine.run(graph, {"image": PICTURE})
    define(text.format("0.25"))
    result = engine.run(graph, {"image": PICTURE})
    assert torch.equal(result.image.tensor(), PICTURE * 0.25)


def test_limits_are_checked_like_those_of_plugins(engine):
    engine.add(posterize)
    with pytest.raises(calotype.GraphError) as caught:
        engine.run(image_input(posterize, levels=1), {"image": PICTURE})
    assert (caught.value.port, caught.value.expected, caught.value.got) == (
        'param "levels"', "2 to 256", "1")


def test_wrong_links_and_names_are_refused_at_once():
    graph = calotype.Graph()
    latent = graph.input("latent", type=calotype.nodes.Latent)
    with pytest.raises(TypeError, match="expected Image, got Latent"):
        posterize(image=latent)
    with pytest.raises(TypeError, match="did you mean \"levels\""):
        posterize(image=graph.input("image", type=calotype.nodes.Image), level=3)


def test_wrong_result_is_an_error_of_the_node(engine):
    @engine.node("test.Wrong")
    def wrong(image: Image) -> Image:
        """Returns a wrong shape."""
        return image[:, :2]

    with pytest.raises(calotype.RunError, match=r"output 'image': Image: expected a tensor torch.float32"):
        engine.run(image_input(wrong), {"image": PICTURE})


def test_all_kinds_of_parameters(engine, tmp_path):
    seen = {}
    file = tmp_path / "text.txt"
    file.write_text("one")

    @engine.node("test.Kinds")
    def kinds(
        path: Annotated[Path, Param(file=True)],
        flag: bool = True,
        number: float = 1,
        text: str = "a",
        choice: Literal["left", "right"] = "right",
        seed: Annotated[int, Param(seed=True)] = 0,
        maybe: int | None = None,
    ) -> Latent:
        """Takes all kinds."""
        seen.update(locals())
        return torch.zeros(1, 4, 1, 1)

    graph = graph_of(kinds(path=file, seed=2**63 + 1), latent="latent")
    engine.run(graph)
    assert seen["flag"] is True and seen["number"] == 1.0 and seen["choice"] == "right"
    assert seen["seed"] == 2**63 + 1 and seen["maybe"] is None and seen["path"] == file
    assert engine.run(graph).nodes[0].status == "memory"
    file.write_text("two!")
    assert engine.run(graph).nodes[0].status == "ran"


def test_optional_and_repeated_ports_and_several_outputs(engine):
    class Parts(NamedTuple):
        image: Image
        mask: Annotated[torch.Tensor, Port("Mask", "Where.")]

    @engine.node("test.Many")
    def many(images: list[Image], mask: Mask | None = None) -> Parts:
        """Adds pictures."""
        total = torch.stack([*images]).sum(0)
        return Parts(total, mask if mask is not None else torch.zeros(1, 1, 8, 8))

    graph = calotype.Graph()
    a = graph.input("a", type=calotype.nodes.Image)
    b = graph.input("b", type=calotype.nodes.Image)
    node = many(images=[a, b])
    graph.output("image", node["image"])
    graph.output("mask", node["mask"])
    result = engine.run(graph, {"a": PICTURE, "b": PICTURE})
    assert torch.equal(result.image.tensor(), PICTURE * 2)
    assert result.mask.tensor().sum() == 0


def test_dataclass_is_a_node_whose_fields_are_parameters(engine):
    @engine.node("test.Scale")
    @dataclass
    class Scale:
        """Scales values."""

        factor: float = 2.0

        def __call__(self, image: Image) -> Image:
            return image * self.factor

    result = engine.run(image_input(Scale, factor=0.5), {"image": PICTURE})
    assert torch.equal(result.image.tensor(), PICTURE * 0.5)


def test_other_port_types_arrive_as_values(engine):
    @engine.node("test.Seeds")
    def seeds(noise: Annotated[Value, Port("Noise")]) -> Latent:
        """Reads seeds."""
        assert noise.port_type == "Noise"
        return noise.tensors()["noise"] * 0 + float(noise.tensors()["seeds"][0])

    graph = calotype.Graph()
    noise = calotype.nodes.LatentNoise(width=64, height=64, seed=6)
    graph.output("latent", seeds(noise=noise.noise)["latent"])
    assert engine.run(graph).latent.tensor().unique().tolist() == [6.0]


def test_impure_node_runs_every_time(engine):
    count = []

    @engine.node("test.Effect", impure=True)
    def effect(image: Image) -> None:
        """Counts."""
        count.append(image.shape)

    graph = calotype.Graph()
    graph.add(effect(image=graph.input("image", type=calotype.nodes.Image)))
    engine.run(graph, {"image": PICTURE})
    engine.run(graph, {"image": PICTURE})
    assert len(count) == 2


def test_saved_graph_with_a_python_node_needs_the_node(engine, tmp_path):
    image_input(posterize).save(tmp_path / "g.json")
    with pytest.raises(calotype.GraphError, match="no plugin has node type \"test.Posterize\""):
        engine.run(tmp_path / "g.json", {"image": PICTURE})
    engine.add(posterize)
    engine.run(tmp_path / "g.json", {"image": PICTURE})


def test_other_engines_do_not_know_it(engine, tmp_path):
    engine.add(posterize)
    with calotype.Engine(cache_dir=tmp_path / "other") as other:
        with pytest.raises(calotype.GraphError):
            other.run(image_input(posterize), {"image": PICTURE})


def test_optional_port_without_a_default_is_none(engine):
    @engine.node("test.Maybe")
    def maybe(image: Image, mask: Optional[Mask]) -> Image:
        """Says whether there is a mask."""
        return image * 0 + (mask is None)

    result = engine.run(image_input(maybe), {"image": PICTURE})
    assert result.image.tensor().eq(1).all()


def test_what_a_node_warns_of_is_in_the_result(engine):
    @engine.node("test.Warns", version=1)
    def warns(context: calotype.Context) -> Image:
        """Makes a picture, with a warning."""
        context.warn("it is black")
        return torch.zeros(1, 3, 8, 8)

    graph = graph_of(warns(), image="image")
    result = engine.run(graph)
    assert result.warnings == [f'node "{result.nodes[0].id}": it is black']
    assert result.nodes[0].warnings == ["it is black"]
    assert engine.run(graph).warnings == []  # from the cache: nothing ran


def keep_context(engine):
    kept = []

    @engine.node("test.Keeps", version=1)
    def keeps(context: calotype.Context) -> Image:
        """Keeps its context."""
        kept.append(context)
        assert not context.cancelled
        return torch.zeros(1, 3, 8, 8)

    engine.run(graph_of(keeps(), image="image"))
    return kept[0]


@pytest.mark.parametrize(
    "use",
    [lambda c: c.cancelled, lambda c: c.check_cancelled(), lambda c: c.progress(1, 2), lambda c: c.warn("x")],
)
def test_context_cannot_be_used_when_the_node_has_ended(engine, use):
    context = keep_context(engine)
    engine.close()
    with pytest.raises(RuntimeError) as caught:
        use(context)
    assert str(caught.value) == "the node has ended: its context can no longer be used"


def test_context_can_be_used_from_other_threads_while_the_node_runs(engine):
    done = []

    @engine.node("test.Threads", version=1)
    def threads(context: calotype.Context) -> Image:
        """Leaves a thread behind that reports progress."""

        def work():
            try:
                while True:
                    context.progress(1, 2)
            except RuntimeError as error:
                done.append(str(error))

        others = [threading.Thread(target=work) for _ in range(4)]
        for other in others:
            other.start()
        time.sleep(0.05)
        return torch.zeros(1, 3, 8, 8)

    events = []
    engine.run(graph_of(threads(), image="image"), progress=events.append)
    end = time.monotonic() + 30
    while len(done) < 4 and time.monotonic() < end:
        time.sleep(0.01)
    assert len(events) > 4
    assert done == ["the node has ended: its context can no longer be used"] * 4


class Big:
    pass


def big_node(tmp_path, with_engine):
    """An engine with a node whose function holds something, and perhaps the engine itself."""
    big = Big()
    engine = calotype.Engine(cache_dir=tmp_path, cache=False, workers=1)
    holds = [big, engine] if with_engine else [big]

    @engine.node("test.Big", version=1)
    def node() -> Image:
        """Uses what it holds."""
        return torch.zeros(1, 3, 8, 8) + len(holds)

    engine.run(graph_of(node(), image="image"))
    return engine, weakref.ref(big)


def test_engine_that_is_dropped_lets_its_functions_go(tmp_path):
    engine, big = big_node(tmp_path, with_engine=False)
    del engine
    gc.collect()
    assert big() is None


def test_engine_that_is_closed_lets_its_functions_go(tmp_path):
    engine, big = big_node(tmp_path, with_engine=True)
    engine.close()
    del engine
    gc.collect()
    assert big() is None
