"""`calotype lint-plugin`: exit codes, output for people and for tools, plugins that end the process."""

import json

import pytest

from conftest import BUILD

PLUGINS = BUILD / "lib/calotype/plugins"
TEST_PLUGINS = BUILD / "tests/core/kit/lib"


@pytest.mark.parametrize("library", sorted(PLUGINS.glob("*.so")), ids=lambda path: path.stem)
def test_plugins_that_ship_are_clean(calotype, library):
    report = json.loads(calotype("lint-plugin", library, "--json").stdout)
    assert report["findings"] == []
    assert sorted(report["ran"] + [skip["node"] for skip in report["skipped"]]) == report["nodes"]


def test_clean_plugin_is_one_line(calotype):
    done = calotype("lint-plugin", PLUGINS / "example_invert.so")
    assert done.stdout == "example.invert 1.0.0: 1 node type, 1 run twice, clean\n"
    assert done.stderr == ""


def test_what_was_not_run_is_named(calotype):
    lines = calotype("lint-plugin", PLUGINS / "calotype_sd.so").stdout.splitlines()
    assert 'not run: LoadImage: its param "path" is a file' in lines
    assert "not run: SaveImage: it has an effect outside (impure)" in lines
    needs = 'its input "vae" needs a value of type Autoencoder, which cannot be made up'
    assert f"not run: VAEDecode: {needs}" in lines


def test_findings_give_exit_code_1(calotype):
    library = TEST_PLUGINS / "unsteady.so"
    done = calotype("lint-plugin", library, expect=1)
    assert done.stderr == ""
    assert (
        f'{library}: node "lint.Counts", output "numbers": two runs with the same inputs gave different results: '
        'tensor "numbers", F32 [4], differs from value 3 on\n'
        "  hint: draw random numbers from a generator seeded by a param, and keep no state\n"
    ) in done.stdout
    assert done.stdout.endswith("lint.unsteady 1.0.0: 8 node types, 6 run twice, 13 findings\n")


def test_quiet_prints_findings_alone(calotype):
    assert calotype("lint-plugin", "-q", PLUGINS / "calotype_sd.so").stdout == ""
    assert "lint.unsteady 1.0.0" not in calotype("lint-plugin", "-q", TEST_PLUGINS / "unsteady.so", expect=1).stdout


def test_json_has_every_field_of_a_finding(calotype):
    library = TEST_PLUGINS / "untidy.so"
    report = json.loads(calotype("lint-plugin", library, "--json", expect=1).stdout)
    assert (report["plugin"], report["version"], report["library"]) == ("lint", "1.0.0", str(library))
    (finding,) = [f for f in report["findings"] if f["rule"] == "version"]
    assert finding == {
        "rule": "version",
        "severity": "error",
        "file": str(library),
        "node": "lint.Version",
        "port": "kVersion",
        "what": "",
        "expected": "at least 1",
        "got": "0",
        "hint": "begin with 1; raise it when results change",
    }


@pytest.mark.parametrize(
    "death, ended",
    [
        ("crash", "it crashed with SIGSEGV"),
        ("exit", "it ended the process with exit code 7"),
        ("hang", "it did not come to an end within 5 s"),
    ],
)
def test_node_that_ends_the_process_is_a_finding(calotype, death, ended):
    library = TEST_PLUGINS / "dying.so"
    done = calotype("lint-plugin", library, "--timeout", "5", expect=1, LINT_TEST_DEATH=death)
    assert done.stdout == (
        f'{library}: node "lint.Dies": {ended} when it ran with made-up inputs and default parameters\n'
        "  hint: further nodes were not run; mend this one first\n"
        "lint.dying 1.0.0: 1 node type, 0 run twice, 1 finding\n"
    )
    assert done.stderr == "about to die\n"


def test_output_of_a_plugin_does_not_disturb_json(calotype):
    done = calotype("lint-plugin", TEST_PLUGINS / "dying.so", "--json", expect=1)
    assert done.stderr == "about to die\nabout to die\n"
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["rule"], finding["what"]) == ("outcome", "it gave no value")


def test_plugin_that_dies_while_it_is_opened_is_refused(calotype):
    library = TEST_PLUGINS / "dying.so"
    done = calotype("lint-plugin", library, expect=3, LINT_TEST_DEATH="opening")
    assert done.stderr == (
        f"{library}: it crashed with SIGABRT while it was opened and registered its nodes\n"
        "  hint: do no work in static objects and start no threads in them\n"
    )


def test_other_files_are_refused(calotype):
    text = calotype.folder / "text.so"
    text.write_text("hello")
    assert calotype("lint-plugin", text, expect=3).stderr == (
        f"{text}: this is not a shared library: it does not begin like one\n"
        "  hint: a plugin is built with calotype_add_plugin\n"
    )
    assert "nowhere.so" in calotype("lint-plugin", "nowhere.so", expect=3).stderr


def test_timeout_must_be_a_number_of_seconds(calotype):
    assert "--timeout" in calotype("lint-plugin", "x.so", "--timeout", "0", expect=2).stderr
