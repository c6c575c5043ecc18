"""Every graph that ships runs with the starter model; documentation examples do what they say."""

import json
import re
import shlex
import subprocess

import pytest
from PIL import Image

from conftest import BUILD, ROOT

GRAPHS = sorted((ROOT / "graphs").glob("*.json"))
FEW_COLOURS = {"palette": 12}  # pictures that have so many on purpose
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def missing_models(graph):
    """Models that do not ship. Those of the starter family must be there."""
    paths = [node["params"].get("path") for node in json.loads(graph.read_text())["nodes"].values() if "params" in node]
    others = [p for p in paths if isinstance(p, str) and "models/" in p and "models/starter/" not in p]
    return [p for p in others if not (graph.parent / p).exists()]


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda file: file.stem)
def test_graph_runs_out_of_the_box(calotype, graph):
    if missing_models(graph):
        pytest.skip(f"the models {missing_models(graph)} are not there")
    calotype("check", graph)
    files = calotype("run", graph, "-q").stdout.split()
    assert files
    for file in files:
        with Image.open(calotype.folder / file) as picture:
            assert min(picture.size) >= 128
            colours = len(picture.convert("RGB").getcolors(picture.width * picture.height))
            assert colours == FEW_COLOURS.get(graph.stem, max(colours, 101))


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda file: file.stem)
def test_graph_is_in_canonical_form(calotype, graph):
    calotype("fmt", "--check", graph)


def blocks(language):
    for page in PAGES:
        for text in re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.M | re.S):
            yield page, text


@pytest.mark.parametrize("page, text", list(blocks("json graph")))
def test_graph_in_the_documentation_runs(calotype, page, text):
    file = calotype.folder / "example.json"
    file.write_text(text)
    starter = ROOT / "models" / "starter" / "starter.safetensors"
    calotype("run", file, "--set", f"ckpt.path={starter}")
    calotype("fmt", "--print", file)


PAGES_WITH_COMMANDS = sorted({page for page, _ in blocks("sh run")})


@pytest.mark.parametrize("page", PAGES_WITH_COMMANDS, ids=lambda page: page.stem)
def test_commands_in_the_documentation_work(calotype, page):
    for name in ("graphs", "models"):
        (calotype.folder / name).symlink_to(ROOT / name)
    (calotype.folder / "build").symlink_to(BUILD)
    lines = [line for where, text in blocks("sh run") if where == page for line in text.strip().splitlines()]
    for line in lines:
        done = subprocess.run(
            shlex.split(line), cwd=calotype.folder, env=calotype.environment, capture_output=True, text=True)
        assert done.returncode == 0, line + done.stderr
