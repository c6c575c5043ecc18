"""`calotype run --watch`: runs again when something that the run depends on has changed."""

import json
import re
import shutil
import signal
import subprocess
import threading
import time

import pytest

from conftest import BUILD

TEST_PLUGINS = BUILD / "tests" / "plugins" / "lib"


class Watcher:
    """A `calotype run --watch` in the background, and what it prints."""

    def __init__(self, calotype, *arguments):
        command = [BUILD / "bin" / "calotype", "run", "--watch", *map(str, arguments)]
        self.process = subprocess.Popen(
            command, cwd=calotype.folder, env=calotype.environment, stderr=subprocess.PIPE, text=True
        )
        self.text = ""
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stderr:
            self.text += line

    def runs(self):
        return len(re.findall(r"^watching \d+ files$", self.text, re.MULTILINE))

    def wait_for_run(self, number):
        """What was printed up to the end of the run with this number."""
        deadline = time.time() + 60
        while self.runs() < number and time.time() < deadline:
            time.sleep(0.02)
        assert self.runs() == number, self.text
        return re.split(r"^watching \d+ files\n", self.text, flags=re.MULTILINE)[number - 1]


@pytest.fixture
def watch(calotype):
    calotype.plugins = calotype.folder / "plugins"
    calotype.plugins.mkdir()
    shutil.copy(TEST_PLUGINS / "acts.so", calotype.plugins)
    calotype.environment["CALOTYPE_PLUGIN_PATH"] = str(calotype.plugins)
    started = []

    def start(*arguments):
        started.append(Watcher(calotype, *arguments))
        return started[-1]

    yield start
    for watcher in started:
        watcher.process.kill()
        watcher.process.wait()


def write_graph(folder, what, type="test.acts.Act", name="graph.json"):
    graph = {
        "calotype": 1,
        "nodes": {"act": {"type": type, "params": {"what": what}}},
        "outputs": {"count": "act.count"},
    }
    (folder / name).write_text(json.dumps(graph))
    return folder / name


def test_runs_again_when_the_graph_changes_and_survives_errors(calotype, watch):
    graph = write_graph(calotype.folder, "steps")
    watcher = watch(graph)
    assert "took all steps" in watcher.wait_for_run(1)
    write_graph(calotype.folder, "segfault")
    assert "the worker process crashed with SIGSEGV" in watcher.wait_for_run(2)
    graph.write_text("{")
    assert "graph.json" in watcher.wait_for_run(3)
    write_graph(calotype.folder, "nothing")
    assert re.search(r"^act +\d+\.\d\d s$", watcher.wait_for_run(4), re.MULTILINE)
    time.sleep(1)
    assert watcher.runs() == 4, "it ran although nothing changed"
    watcher.process.send_signal(signal.SIGINT)
    assert watcher.process.wait(30) == 130
    # One file, written again and again.
    assert [file.name for file in calotype.folder.glob("*.safetensors")] == ["graph-count.safetensors"]


def test_ctrl_c_while_a_node_runs(calotype, watch):
    watcher = watch(write_graph(calotype.folder, "wait"))
    time.sleep(2)
    watcher.process.send_signal(signal.SIGINT)
    assert watcher.process.wait(30) == 130


def test_loads_a_rebuilt_plugin_anew(calotype, watch):
    """The new library lies at the old path and declares other nodes."""
    watcher = watch(write_graph(calotype.folder, "nothing", type="test.leave_thread.Act"))
    assert '"test.leave_thread.Act"' in watcher.wait_for_run(1)  # no plugin has it yet
    # As a linker does it: delete, then write in pieces.
    library = calotype.plugins / "acts.so"
    content = (TEST_PLUGINS / "registers_leave_thread.so").read_bytes()
    library.unlink()
    with open(library, "wb", buffering=0) as out:
        for start in range(0, len(content), 1 + len(content) // 5):
            out.write(content[start : start + 1 + len(content) // 5])
            time.sleep(0.1)
    second = watcher.wait_for_run(2)
    assert re.search(r"^act +\d+\.\d\d s$", second, re.MULTILINE), second
    assert "cut off" not in watcher.text


def test_computes_again_with_a_rebuilt_plugin_of_the_same_version(calotype, watch):
    watcher = watch(write_graph(calotype.folder, "steps"))
    assert "took all steps" in watcher.wait_for_run(1)
    library = calotype.plugins / "acts.so"
    content = library.read_bytes()
    library.unlink()
    library.write_bytes(content + b"another build")
    assert "took all steps" in watcher.wait_for_run(2)


def test_notices_a_plugin_that_is_built_only_now(calotype, watch):
    (calotype.plugins / "acts.so").unlink()
    watcher = watch(write_graph(calotype.folder, "nothing"))
    assert '"test.acts.Act"' in watcher.wait_for_run(1)
    shutil.copy(TEST_PLUGINS / "acts.so", calotype.plugins)
    assert re.search(r"^act +\d+\.\d\d s$", watcher.wait_for_run(2), re.MULTILINE)


def test_runs_again_when_a_part_changes(calotype, watch):
    write_graph(calotype.folder, "steps", name="part.json")
    whole = {
        "calotype": 1,
        "nodes": {"part": {"type": "Graph", "file": "part.json"}},
        "outputs": {"count": "part.count"},
    }
    (calotype.folder / "whole.json").write_text(json.dumps(whole))
    watcher = watch("whole.json")
    assert "took all steps" in watcher.wait_for_run(1)
    write_graph(calotype.folder, "throw_std", name="part.json")
    assert "no luck today" in watcher.wait_for_run(2)


def test_runs_again_when_an_input_file_changes(calotype, watch):
    numpy = pytest.importorskip("numpy")
    from PIL import Image

    def write_picture(value):
        Image.fromarray(numpy.full((8, 8, 3), value, numpy.uint8)).save(calotype.folder / "in.png")

    write_picture(10)
    graph = {
        "calotype": 1,
        "nodes": {
            "load": {"type": "LoadImage", "params": {"path": "in.png"}},
            "invert": {"type": "example.Invert", "in": {"image": "load.image"}},
        },
        "outputs": {"image": "invert.image"},
    }
    (calotype.folder / "invert.json").write_text(json.dumps(graph))
    watcher = watch("invert.json")
    watcher.wait_for_run(1)
    assert Image.open(calotype.folder / "invert-image.png").getpixel((0, 0)) == (245, 245, 245)
    write_picture(20)
    watcher.wait_for_run(2)
    assert Image.open(calotype.folder / "invert-image.png").getpixel((0, 0)) == (235, 235, 235)
