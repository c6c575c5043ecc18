"""`--report` of runs that fail: how far they came, and why."""

import json
import os
import shutil
import signal
import subprocess
import time

import pytest

from conftest import BUILD

ACTS = BUILD / "tests" / "plugins" / "lib" / "acts.so"


@pytest.fixture
def graph(calotype):
    """first -> boom -> last; `boom` does what it is told."""
    plugins = calotype.folder / "plugins"
    plugins.mkdir()
    shutil.copy(ACTS, plugins)
    calotype.environment["CALOTYPE_PLUGIN_PATH"] = str(plugins)
    nodes = {
        "first": {"type": "test.acts.Act"},
        "boom": {"type": "test.acts.Act", "in": {"count": "first.count"}},
        "last": {"type": "test.acts.Act", "in": {"count": "boom.count"}},
        "other": {"type": "test.acts.Act"},
    }
    file = calotype.folder / "g.json"
    file.write_text(json.dumps({"calotype": 1, "nodes": nodes, "outputs": {"count": "last.count"}}))
    return file


def read_report(calotype):
    return json.loads((calotype.folder / "report.json").read_text())


def statuses(report):
    return {node["id"]: node["status"] for node in report["nodes"]}


@pytest.mark.parametrize("isolate", [[], ["--isolate"]])
def test_a_failed_run_is_reported(calotype, graph, isolate):
    done = calotype("run", graph, "-q", "--set", "boom.what=throw_std", "--report", "report.json", *isolate, expect=1)
    report = read_report(calotype)
    assert statuses(report) == {"first": "ran", "boom": "failed", "last": "skipped", "other": "skipped"}
    assert report["error"] == {"kind": "run", "message": done.stderr.rstrip("\n")}
    assert "no luck today" in report["error"]["message"]
    assert report["outputs"] == {} and report["seconds"] > 0
    first = report["nodes"][0]
    assert (first["type"], first["plugin"]) == ("test.acts.Act", "test.acts")


@pytest.mark.parametrize("isolate", [[], ["--isolate"]])
def test_what_nodes_warn_of_is_reported(calotype, graph, isolate):
    settings = ["--set", "first.what=say a", "--set", "boom.what=say b"]
    calotype("run", graph, "-q", *settings, "--report", "report.json", *isolate)
    warnings = {node["id"]: node["warnings"] for node in read_report(calotype)["nodes"]}
    assert warnings == {"first": ["said a"], "boom": ["said b"], "last": [], "other": []}


def test_what_a_node_warned_of_before_another_failed_is_reported(calotype, graph):
    settings = ["--set", "first.what=say a", "--set", "boom.what=throw_std"]
    calotype("run", graph, "-q", *settings, "--report", "report.json", expect=1)
    assert read_report(calotype)["nodes"][0]["warnings"] == ["said a"]


def test_a_node_that_ended_its_worker_is_reported_as_stopped(calotype, graph):
    calotype("run", graph, "--isolate", "--set", "boom.what=exit", "--report", "report.json", expect=1)
    report = read_report(calotype)
    assert statuses(report) == {"first": "ran", "boom": "stopped", "last": "skipped", "other": "skipped"}
    assert "ended with exit code 3" in report["error"]["message"]


def test_a_cancelled_run_is_reported(calotype, graph):
    calotype("plugins")
    command = [BUILD / "bin" / "calotype", "run", graph, "--set", "boom.what=wait", "--report", "report.json"]
    process = subprocess.Popen(command, cwd=calotype.folder, env=calotype.environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline().startswith("first")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    report = read_report(calotype)
    assert statuses(report)["boom"] == "stopped"
    assert report["error"] == {"kind": "cancelled", "message": "cancelled"}


def test_a_result_that_cannot_be_written_is_reported_with_its_nodes(calotype, graph):
    """The folder of the second result goes while the graph runs."""
    folder = calotype.folder / "out"
    folder.mkdir()
    command = [
        BUILD / "bin" / "calotype", "run", graph, "--set", "last.what=steps", "--report", "report.json",
        "-o", "first.count=first.safetensors", "-o", "count=out/last.safetensors",
    ]  # fmt: skip
    calotype("plugins")
    process = subprocess.Popen(command, cwd=calotype.folder, env=calotype.environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr.readline().startswith("first")
    folder.rmdir()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1, errors
    report = read_report(calotype)
    assert statuses(report) == {"first": "ran", "boom": "ran", "last": "ran", "other": "skipped"}
    assert report["outputs"] == {"first.count": ["first.safetensors"]}
    assert report["error"]["kind"] == "io"
    assert report["error"]["message"].startswith("out/last.safetensors: could not create the file")


def test_a_finished_run_has_no_error(calotype, graph):
    calotype("run", graph, "--report", "report.json")
    assert "error" not in read_report(calotype)


def test_a_graph_name_that_is_not_utf8_is_mended(calotype, graph):
    name = os.path.join(os.fsencode(calotype.folder), b"caf\xe9.json")
    shutil.copy(graph, name)
    command = [BUILD / "bin" / "calotype", "run", name, "--report", "report.json", "-o", "count=a.safetensors"]
    done = subprocess.run(command, cwd=calotype.folder, env=calotype.environment, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert read_report(calotype)["graph"].endswith("/caf\ufffd.json")
