"""Without a place for the cache everything works, only not from the cache."""

import json
import os
import subprocess

import pytest

from conftest import BUILD

HINT = "\n  hint: set CALOTYPE_CACHE_DIR\n"
UNSET = "no cache folder: neither HOME nor XDG_CACHE_HOME is set" + HINT


@pytest.fixture
def homeless(tmp_path):
    """Runs a command with nothing in its environment but what it is given."""
    graph = {"calotype": 1, "nodes": {"a": {"type": "LatentNoise"}}, "outputs": {"noise": "a.noise"}}
    (tmp_path / "a.json").write_text(json.dumps(graph))

    def run(*arguments, expect=0, **environment):
        program = os.path.realpath(BUILD / "bin" / "calotype")
        done = subprocess.run([program, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == expect, done.stderr
        return done.stderr

    run.folder = tmp_path
    return run


@pytest.mark.parametrize(
    "environment, why",
    [
        ({}, "neither HOME nor XDG_CACHE_HOME is set"),
        ({"HOME": ""}, "neither HOME nor XDG_CACHE_HOME is set"),
        ({"HOME": "relative"}, 'HOME is "relative", which is not a full path'),
        (
            {"HOME": "a", "XDG_CACHE_HOME": "b"},
            'HOME is "a", which is not a full path, and XDG_CACHE_HOME is "b", which is not a full path',
        ),
    ],
)
def test_a_run_without_a_home_warns_and_runs(homeless, environment, why):
    warning = f"warning: no cache folder: {why}{HINT}"
    assert homeless("run", "a.json", "--dry-run", **environment) == warning
    assert homeless("check", "a.json", **environment) == warning


def test_the_run_writes_its_results(homeless):
    errors = homeless("run", "-q", "a.json", "--report", "report.json")
    assert errors == "warning: " + UNSET
    left = {file.name for file in homeless.folder.iterdir()}
    assert left == {"a.json", "a-noise.safetensors", "report.json"}


def test_nothing_is_said_when_the_cache_is_off(homeless):
    assert homeless("run", "a.json", "--no-cache", "--dry-run") == ""
    assert homeless("check", "a.json", CALOTYPE_CACHE="off") == ""
    assert homeless("nodes", CALOTYPE_CACHE="off") == ""


def test_the_cache_commands_need_a_folder(homeless):
    assert homeless("cache", "stats", expect=1) == UNSET
