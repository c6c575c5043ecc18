"""Import this first: puts the package of the build folder on the path, with a cache of its own."""

import atexit
import os
import shutil
import sys
import tempfile

import pytest

from conftest import BUILD, ROOT

PACKAGE = ROOT / "bindings" / "python" / "calotype"

sys.path.insert(0, str(BUILD / "python"))
os.environ["CALOTYPE_PLUGIN_PATH"] = ""
os.environ["CALOTYPE_CACHE_DIR"] = tempfile.mkdtemp(prefix="calotype-test-")
atexit.register(shutil.rmtree, os.environ["CALOTYPE_CACHE_DIR"], ignore_errors=True)


@pytest.fixture
def engine(tmp_path, known_plugins):
    """An engine that nothing is cached for."""
    import calotype

    (tmp_path / "engine-cache").mkdir()
    shutil.copy(known_plugins, tmp_path / "engine-cache")
    with calotype.Engine(cache_dir=tmp_path / "engine-cache") as engine:
        yield engine


@pytest.fixture
def small_graph():
    """graphs/text_to_image.json with 64 x 64 pixels and 2 steps."""
    import calotype

    graph = calotype.Graph.load(ROOT / "graphs" / "text_to_image.json")
    graph["noise"].params.update(width=64, height=64)
    graph.inputs["steps"].default = 2
    return graph


@pytest.fixture
def noise_graph():
    """One node and an input."""
    import calotype

    n = calotype.nodes
    graph = calotype.Graph()
    seed = graph.input("seed", 1)
    noise = n.LatentNoise(width=64, height=64, seed=seed)
    graph.output("noise", noise.noise)
    return graph
