"""`calotype new-plugin`: a project that builds, passes its tests and runs in a graph as it is."""

import resource
import shutil
import signal
import subprocess

import numpy
import PIL.Image
import pytest

from conftest import BUILD
from installation import installed  # noqa: F401

BUILD_AND_TEST = "cmake -B build && cmake --build build && ctest --test-dir build --output-on-failure"


@pytest.fixture(scope="session")
def fade(installed, tmp_path_factory):  # noqa: F811
    """The project of acme.fade, built and tested with nothing but the installed package."""
    folder = tmp_path_factory.mktemp("projects")
    installed(["calotype", "new-plugin", "acme.fade"], folder)
    project = folder / "fade"
    tests = installed(BUILD_AND_TEST, project).stdout
    assert "100% tests passed, 0 tests failed out of 2" in tests
    return project


def files_of(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_project_is_complete(calotype):
    done = calotype("new-plugin", "acme.soft-glow")
    assert done.stdout == (
        "soft-glow: plugin acme.soft-glow with node type acme.SoftGlow\n"
        "next: cd soft-glow && cmake -B build && cmake --build build && ctest --test-dir build\n"
    )
    assert files_of(calotype.folder / "soft-glow") == [
        ".gitignore",
        "CMakeLists.txt",
        "README.md",
        "graph.json",
        "picture.png",
        "plugin.cpp",
        "soft_glow.h",
        "soft_glow_test.cpp",
    ]
    for path in (calotype.folder / "soft-glow").iterdir():
        assert b"%" not in path.read_bytes() or path.suffix == ".png", path
    assert PIL.Image.open(calotype.folder / "soft-glow" / "picture.png").size == (192, 128)
    calotype("fmt", "--check", "soft-glow/graph.json")


def test_project_runs_in_its_graph(installed, fade):  # noqa: F811
    run = ["calotype", "run", "graph.json", "--plugin-dir", "build/lib/calotype/plugins", "--set", "amount=1"]
    installed([*run, "--output", "image=grey.png"], fade)
    before = numpy.asarray(PIL.Image.open(fade / "picture.png"), float) / 255
    after = numpy.asarray(PIL.Image.open(fade / "grey.png"), float) / 255
    assert before.shape == after.shape
    grey = before @ [0.2126, 0.7152, 0.0722]
    assert numpy.abs(after - grey[..., None]).max() <= 1 / 255 + 1e-6
    assert before.std(axis=2).max() > 0.3  # there was colour to take out


def test_plugin_has_no_search_path_to_the_current_folder(fade):
    library = fade / "build/lib/calotype/plugins/acme-fade.so"
    dynamic = subprocess.run(["readelf", "-d", library], check=True, capture_output=True, text=True).stdout
    (path,) = [line.split("[", 1)[1].rstrip("]") for line in dynamic.splitlines() if "RUNPATH" in line]
    assert "" not in path.split(":")


def test_installed_plugin_is_found_beside_the_program(installed, fade, tmp_path):  # noqa: F811
    prefix = tmp_path / "another"
    shutil.copytree(installed.prefix, prefix, symlinks=True)
    installed(["cmake", "--install", "build", "--prefix", prefix], fade)
    plugins = installed([prefix / "bin/calotype", "plugins"], tmp_path).stdout
    assert f"acme.fade            0.1.0      {prefix}/lib/calotype/plugins/acme-fade.so" in plugins.splitlines()


def test_project_without_torch_needs_none(installed, tmp_path):  # noqa: F811
    installed(["calotype", "new-plugin", "acme.words", "--without-torch"], tmp_path)
    project = tmp_path / "words"
    tests = installed(BUILD_AND_TEST.replace("-B build", "-B build -DCALOTYPE_TORCH=/nowhere"), project).stdout
    assert "100% tests passed, 0 tests failed out of 2" in tests
    installed(["calotype", "fmt", "--check", "graph.json"], project)
    run = ["calotype", "run", "graph.json", "--plugin-dir", "build/lib/calotype/plugins", "--set", "name=moon"]
    installed([*run, "--output", "text=text.safetensors"], project)
    from safetensors.numpy import load_file

    assert load_file(project / "text.safetensors")["text"].tobytes() == b"Hello, moon"
    # A second process is served from the disk cache by the port type's load hook.
    again = installed([*run, "--output", "text=again.safetensors", "--explain"], project).stdout
    assert "whole: disk, unchanged" in again.splitlines()


def test_package_is_found_on_path_where_the_hint_leads_nowhere(installed, tmp_path):  # noqa: F811
    installed(["calotype", "new-plugin", "acme.words", "--without-torch"], tmp_path)
    lists = tmp_path / "words/CMakeLists.txt"
    assert f'HINTS "{installed.prefix}"' in lists.read_text()
    lists.write_text(lists.read_text().replace(str(installed.prefix), "/nowhere"))
    installed("cmake -B build", tmp_path / "words")
    cache = (tmp_path / "words/build/CMakeCache.txt").read_text()
    assert f"Calotype_DIR:PATH={installed.prefix}/lib/cmake/Calotype" in cache


def test_package_is_found_in_the_build_tree(calotype, tmp_path):
    calotype("new-plugin", "acme.words", "--without-torch")
    subprocess.run(["cmake", "-B", "build"], cwd=tmp_path / "words", check=True, capture_output=True)
    cache = (tmp_path / "words/build/CMakeCache.txt").read_text()
    assert f"Calotype_DIR:PATH={BUILD}/lib/cmake/Calotype" in cache


FORM = "VENDOR.NAME, each of small letters, digits, _ and -, a letter first, 63 bytes at most"


@pytest.mark.parametrize(
    "name, better",
    [
        ("fade", "example.fade"),
        ("Acme.Fade", "acme.fade"),
        ("acme.soft glow", "acme.soft-glow"),
        ("acme.", None),
        (".fade", None),
        ("acme.1st", None),
        ("acme.a.b", None),
        ("../evil.name", None),
        ("acme.fäde", None),
        ("acme." + "x" * 59, None),
        ("", None),
    ],
)
def test_other_names_are_refused(calotype, name, better):
    errors = calotype("new-plugin", name, expect=2).stderr
    hint = f"\n  hint: calotype new-plugin {better}" if better else ""
    assert errors == f'new-plugin: expected {FORM}, got "{name}"{hint}\n'
    assert files_of(calotype.folder) == ["cache", "cache/plugins.json"]


@pytest.mark.parametrize("name", ["acme.params", "acme.inputs", "acme.outputs"])
def test_names_that_would_not_compile_are_refused(calotype, name):
    word = name.split(".")[1]
    assert calotype("new-plugin", name, expect=2).stderr == (
        f"new-plugin: a node's struct cannot be called {word.capitalize()}: its members or the port type of the "
        f'example are\n  hint: take another name than "{word}"\n'
    )


def test_calotype_is_no_vendor(calotype):
    assert calotype("new-plugin", "calotype.fade", expect=2).stderr == (
        'new-plugin: the vendor "calotype" is Calotype itself\n'
        "  hint: put your own name or your project's in front\n"
    )


@pytest.mark.parametrize("kind", ["file", "folder", "empty folder", "dangling link"])
def test_nothing_is_overwritten(calotype, kind):
    target = calotype.folder / "fade"
    if kind == "file":
        target.write_text("mine")
    elif kind == "dangling link":
        target.symlink_to("nowhere")
    else:
        target.mkdir()
    if kind == "folder":
        (target / "plugin.cpp").write_text("mine")
    before = files_of(calotype.folder)
    assert calotype("new-plugin", "acme.fade", expect=2).stderr == (
        f"{target}: it exists already, and nothing is overwritten\n"
        "  hint: choose another place with --folder, or move it away\n"
    )
    assert files_of(calotype.folder) == before
    if kind == "file":
        assert target.read_text() == "mine"


def test_missing_parent_folder_is_named(calotype):
    assert calotype("new-plugin", "acme.fade", "--folder", "a/b", expect=1).stderr == (
        f"{calotype.folder}/a: no folder can be made here: No such file or directory\n"
        "  hint: choose another place with --folder\n"
    )


def test_failure_in_the_middle_leaves_nothing(calotype):
    """Files above 600 bytes cannot be written: some of the project's can, some cannot."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))

    done = subprocess.run(
        [BUILD / "bin/calotype", "new-plugin", "acme.fade"],
        cwd=calotype.folder,
        env=calotype.environment,
        preexec_fn=limit,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "File too large" in done.stderr
    assert files_of(calotype.folder) == ["cache", "cache/plugins.json"]
