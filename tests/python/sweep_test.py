"""Engine.map: sweeps over inputs and parameters."""

import html

import built_package  # noqa: F401
import numpy
import pytest
import torch

import calotype
from built_package import engine, small_graph  # noqa: F401
from calotype import nodes as n
from calotype.graph import UnknownName
from conftest import ROOT


def test_runs_are_the_product_of_the_axes_and_made_one_by_one(engine, small_graph):
    sweep = engine.map(small_graph, {"sample.sampler": ["euler", "heun"]}, seed=range(2))
    assert len(sweep) == 4 and sweep.finished == ()
    runs = iter(sweep)
    next(runs)
    assert len(sweep.finished) == 1
    assert [run.settings for run in sweep] == [
        {"sample.sampler": "euler", "seed": 0},
        {"sample.sampler": "euler", "seed": 1},
        {"sample.sampler": "heun", "seed": 0},
        {"sample.sampler": "heun", "seed": 1},
    ]
    assert [run.result for run in sweep] == [run.result for run in sweep.finished]


def test_each_run_gives_what_a_run_with_these_settings_gives(engine, small_graph):
    for run in engine.map(small_graph, prompt=["a cat", "a lake"], steps=[1, 2]):
        alone = engine.run(small_graph, run.settings, cache=False)
        assert run.result["image"].tensor().equal(alone["image"].tensor())


def test_what_runs_have_in_common_is_computed_once(engine, small_graph):
    sweep = engine.map(small_graph, seed=range(3)).run()
    ran = [
        {report.id for report in run.result.nodes if report.status == "ran"} for run in sweep
    ]
    assert ran[0] == set(small_graph.nodes)
    assert ran[1] == ran[2] == {"noise", "sample", "decode"}
    summary = sweep.summary
    assert summary.runs == 3 and summary.ran == 6 + 3 + 3
    assert summary.ran + summary.memory + summary.disk + summary.skipped == 18
    assert summary.seconds == sum(run.result.seconds for run in sweep)
    load = next(r.seconds for r in sweep.finished[0].result.nodes if r.id == "ckpt")
    assert summary.saved_seconds >= 2 * load > 0


def test_the_summary_says_what_was_reused(engine, small_graph):
    again = [engine.map(small_graph, seed=[3]).run().summary for _ in range(2)][1]
    assert again.ran == 0 and again.memory + again.disk >= 1
    assert str(again) == (
        f"1 run in {again.seconds:.1f} s; of 6 nodes 0 ran, {again.memory} came from memory, "
        f"{again.disk} from disk, {again.skipped} were not needed; about 0.0 s saved"
    )


def test_later_edits_of_the_graph_do_not_reach_the_sweep(engine, small_graph):
    sweep = engine.map(small_graph, seed=[1, 2])
    small_graph["noise"].params["width"] = 128
    assert all(run.result["image"].tensor().shape[-1] == 64 for run in sweep)


def test_graph_files_can_be_swept(engine, small_graph, tmp_path):
    small_graph["ckpt"].params["path"] = str(
        ROOT / "models" / "starter" / "starter.safetensors"
    )
    small_graph.save(tmp_path / "graph.json")
    assert len(engine.map(tmp_path / "graph.json", seed=[1]).run().finished) == 1


@pytest.mark.parametrize(
    ("axes", "error", "text"),
    [
        ({"sead": [1]}, UnknownName, 'the graph has no input "sead"; did you mean "seed"?'),
        ({"sampel.steps": [1]}, UnknownName, 'no node "sampel"; did you mean "sample"?'),
        ({"sample.stpes": [1]}, UnknownName, 'has no param "stpes"; did you mean "steps"?'),
        ({"seed": 3}, TypeError, 'axis "seed": expected a list of values, got 3 .int.'),
        ({"prompt": "text"}, TypeError, "axis \"prompt\": expected a list of values, got 'text'"),
        ({"seed": []}, ValueError, 'axis "seed": expected at least one value, got an empty list'),
        ({"sample.steps": [1, "2"]}, TypeError, "param \"steps\": expected an integer, got '2'"),
        ({"steps": [1, "two"]}, calotype.GraphError, "^axis \"steps\", value 'two' .str.: .*expected"),
        ({"steps": [1, 0]}, calotype.GraphError, '^axis "steps", value 0 .int.: .*expected 1 to 10000, got 0'),
        ({"seed": [1, object()]}, TypeError, '^axis "seed", value <object.*: setting "seed": expected bool'),
        ({"noise.width": [64, 63]}, calotype.GraphError, '^axis "noise.width", value 63 .int.: '),
        ({"seed": range(2000), "steps": range(2000)}, ValueError, "the axes make 4000000 runs"),
    ],
)
def test_wrong_axes_raise_before_anything_runs(engine, small_graph, axes, error, text):
    with pytest.raises(error, match=text):
        engine.map(small_graph, axes)


def test_a_failed_run_is_tried_again(engine):
    tries = []

    @engine.node("test.Second", version=1)
    def second(level: float = 0.0) -> calotype.Image:
        """Fails at the second run, once."""
        tries.append(level)
        assert len(tries) != 2
        return torch.full((1, 3, 8, 8), level)

    graph = calotype.Graph()
    level = graph.input("level", 0.0)
    graph.output("image", second(level=level).image)
    sweep = engine.map(graph, level=[0.25, 0.5])
    with pytest.raises(calotype.RunError, match="AssertionError"):
        sweep.run()
    assert len(sweep.finished) == 1
    sweep.run()
    assert tries == [0.25, 0.5, 0.5]


def test_fixed_values_and_options_reach_every_run(engine, small_graph):
    events = []
    sweep = engine.map(
        small_graph, {"seed": [1, 2]}, inputs={"noise.width": 128}, outputs="noise.noise",
        progress=events.append, cache=False,
    ).run()
    assert [run.result["noise.noise"].tensors()["noise"].shape[-1] for run in sweep] == [16, 16]
    assert sweep.summary.ran == 2
    assert [event.kind for event in events].count("run_started") == 2
    stop = calotype.StopSource()
    stop.request_stop()
    with pytest.raises(calotype.Cancelled):
        engine.map(small_graph, seed=[1], stop=stop).run()


def test_values_of_pictures_are_checked_too(engine):
    graph = calotype.Graph()
    graph.output("image", n.Upscale(image=graph.input("picture", type=n.Image), scale=2).image)
    with pytest.raises(ValueError, match="^axis \"picture\", value tensor.*: input 'picture': Image: expected"):
        engine.map(graph, picture=[torch.rand(1, 3, 8, 8), torch.rand(1, 1, 8, 8)])


def test_labels_of_numpy_values_are_their_numbers(engine, small_graph):
    sweep = engine.map(small_graph, seed=numpy.arange(2), cfg_scale=numpy.array([1.5], numpy.float32))
    assert [sweep._label(["seed"], [i]) for i in range(2)] == ["seed: 0", "seed: 1"]
    assert sweep._label(["cfg_scale"], [0]) == "cfg_scale: 1.5"


def test_the_grid_has_a_cell_for_each_run(engine, small_graph):
    sweep = engine.map(small_graph, {"sample.sampler": ["euler", "heun"], "seed": [1, 2, 3]})
    sheet = sweep.grid()
    turned = sweep.grid(rows="seed", columns="sample.sampler")
    assert len(sweep.finished) == 6
    # Cells lie at the right and bottom of the sheet, 64 pixels and a gap of 8 apart.
    left, top = sheet.width - 3 * 64 - 2 * 8, sheet.height - 64 - 8 - 64
    runs = list(sweep)
    for row in range(2):
        for column in range(3):
            box = (left + 72 * column, top + 72 * row)
            cell = sheet.crop((*box, box[0] + 64, box[1] + 64))
            assert cell.tobytes() == runs[row * 3 + column].result["image"].pil().tobytes()
    last = turned.crop((turned.width - 64, turned.height - 64, turned.width, turned.height))
    assert last.tobytes() == runs[5].result["image"].pil().tobytes()


def test_pictures_can_be_an_axis(engine):
    graph = calotype.Graph()
    picture = graph.input("picture", type=n.Image)
    graph.output("image", n.Upscale(image=picture, scale=2).image)
    pictures = [torch.full((1, 3, 32, 32), value) for value in (0.25, 0.75)]
    sweep = engine.map(graph, picture=pictures).run()
    assert [run.result["image"].tensor().mean().item() for run in sweep] == pytest.approx(
        [0.25, 0.75], abs=1e-3
    )
    assert "<figcaption>picture: Tensor 2</figcaption>" in sweep._repr_html_()
    assert sweep.grid().width >= 2 * 64


def test_labels_of_the_grid_are_drawn(engine, small_graph):
    sheet = engine.map(small_graph, prompt=["a cat", "W" * 400], seed=[1]).grid()
    assert sheet.width <= 200 + 8 + 64, "long labels do not widen the sheet"
    labels = sheet.crop((0, 0, sheet.width - 72, sheet.height)).convert("L")
    assert labels.getextrema()[0] < 128


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"rows": "sead"}, UnknownName, 'the sweep has no axis "sead"; did you mean "seed"?'),
        ({"rows": "seed", "columns": "seed"}, ValueError, "expected each axis once"),
        ({"rows": "seed", "columns": []}, ValueError, "expected each axis once"),
        ({"output": "img"}, UnknownName, 'the result has no output "img"'),
    ],
)
def test_wrong_grids_are_errors(engine, small_graph, options, error, text):
    sweep = engine.map(small_graph, steps=[1, 2], seed=[1, 2])
    with pytest.raises(error, match=text):
        sweep.grid(**options)


def test_several_outputs_need_a_name(engine, small_graph):
    small_graph.output("latent", small_graph["sample"].latent)
    sweep = engine.map(small_graph, seed=[1])
    with pytest.raises(ValueError, match='name one with output=: "image", "latent"'):
        sweep.grid()
    assert sweep.grid(output="image").width >= 64


def test_notebooks_show_pictures_and_escaped_labels(engine, small_graph):
    sweep = engine.map(small_graph, prompt=["<b>bold</b>", "plain"])
    assert "2 of 2 runs are not made yet" in sweep._repr_html_()
    next(iter(sweep))
    shown = sweep._repr_html_()
    assert html.escape("prompt: <b>bold</b>") in shown and "<b>" not in shown
    assert shown.count("data:image/png;base64,") == 1
    assert "1 of 2 runs are not made yet" in shown
    assert repr(sweep) == "<Sweep prompt[2]: 1 of 2 runs made>"
