"""A refused plugin is the reason of a failure only where the graph misses something."""

import json
import shutil

import pytest

from conftest import BUILD


@pytest.fixture
def check(calotype):
    """The exit code of `calotype check` beside a plugin that is refused."""
    plugins = calotype.folder / "plugins"
    plugins.mkdir()
    shutil.copy(BUILD / "tests" / "plugins" / "lib" / "wrong_api.so", plugins)
    calotype.environment["CALOTYPE_PLUGIN_PATH"] = str(plugins)

    def run(node, code):
        graph = {"calotype": 1, "nodes": {"a": node}, "outputs": {"noise": "a.noise"}}
        (calotype.folder / "g.json").write_text(json.dumps(graph))
        errors = calotype("check", "g.json", expect=code).stderr
        assert "wrong_api.so: warning: the plugin was built for plugin API 1" in errors
        return errors

    return run


def test_a_missing_node_type_is_its_fault(check):
    assert 'no plugin has node type "test.Gone"' in check({"type": "test.Gone"}, 3)


def test_a_missing_port_type_is_its_fault(check):
    node = {"type": "LoadTensor", "params": {"path": "x.safetensors", "type": "test.Gone"}}
    assert 'no plugin has port type "test.Gone"' in check(node, 3)


def test_another_mistake_is_not(check):
    assert 'param "width"' in check({"type": "LatentNoise", "params": {"width": 513}}, 2)
