"""Shared by all Python tests: where the program is, and a small random checkpoint to run it with."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("CALOTYPE_BUILD_DIR", ROOT / "build"))
sys.path.insert(0, str(ROOT / "tests" / "reference"))


class Program:
    """The command line with a cache folder of its own."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.cache = folder / "cache"
        self.environment = dict(os.environ, CALOTYPE_CACHE_DIR=str(self.cache), CALOTYPE_PLUGIN_PATH="")
        self.environment.pop("CALOTYPE_CACHE", None)

    def __call__(self, *arguments, expect=0, **environment):
        command = [str(BUILD / "bin" / "calotype"), *map(str, arguments)]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == expect, f"{command}\n{done.stdout}\n{done.stderr}"
        return done

    def report(self, *arguments):
        """Runs a graph and returns the report's nodes: id -> (status, reason)."""
        self("run", *arguments, "--report", "report.json")
        report = json.loads((self.folder / "report.json").read_text())
        return {node["id"]: (node["status"], node["reason"]) for node in report["nodes"]}


@pytest.fixture(scope="session")
def known_plugins(tmp_path_factory):
    """What is remembered of the plugins that ship. Scanning them anew takes longer than most tests."""
    cache = tmp_path_factory.mktemp("known")
    environment = dict(os.environ, CALOTYPE_CACHE_DIR=str(cache), CALOTYPE_PLUGIN_PATH="")
    subprocess.run([BUILD / "bin" / "calotype", "plugins"], env=environment, check=True, capture_output=True)
    return cache / "plugins.json"


@pytest.fixture
def calotype(tmp_path, known_plugins):
    program = Program(tmp_path)
    program.cache.mkdir()
    shutil.copy(known_plugins, program.cache)
    return program


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory):
    """A single-file SD 1.x checkpoint with random weights and small networks."""
    from tiny_pipeline import save_tiny_checkpoint

    file = tmp_path_factory.mktemp("tiny") / "tiny.safetensors"
    save_tiny_checkpoint(file)
    return file


@pytest.fixture
def tiny_graph(tmp_path, tiny_checkpoint):
    """graphs/text_to_image.json with the tiny checkpoint, 64 x 64 pixels and 4 steps."""
    graph = json.loads((ROOT / "graphs" / "text_to_image.json").read_text())
    graph["nodes"]["ckpt"]["params"]["path"] = str(tiny_checkpoint)
    if "CALOTYPE_TEST_DEVICE" in os.environ:
        graph["nodes"]["ckpt"]["params"].update(device=os.environ["CALOTYPE_TEST_DEVICE"], dtype="float32")
    graph["nodes"]["noise"]["params"].update(width=64, height=64)
    graph["inputs"]["steps"]["default"] = 4
    file = tmp_path / "tiny.json"
    file.write_text(json.dumps(graph, indent=2))
    return file
