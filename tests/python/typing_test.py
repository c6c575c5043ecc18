"""mypy --strict and pyright (as basedpyright, whose wheel needs no other download) on examples."""

import json
import os
import pathlib
import re
import subprocess
import sys

import built_package  # noqa: F401
import pytest

from conftest import BUILD, ROOT

EXAMPLES = pathlib.Path(__file__).parent / "examples"
CORRECT = sorted(file for file in EXAMPLES.glob("*.py") if file.name != "wrong_links.py")
CHECKERS = ["mypy", "basedpyright"]


def run_mypy(folder, files):
    """Lines with errors, by file name."""
    config = folder / "mypy.ini"
    # Reading all of torch takes minutes and says nothing about this package.
    config.write_text("[mypy]\n[mypy-torch.*]\nfollow_imports = skip\n")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--no-error-summary",
         f"--config-file={config}", f"--cache-dir={folder / 'cache'}", *map(str, files)],
        env={**os.environ, "MYPYPATH": str(BUILD / "python")},
        capture_output=True, text=True,
    )
    assert done.returncode in (0, 1) and not done.stderr, done.stdout + done.stderr
    return re.findall(r"^(.+?):(\d+): error: (.*)$", done.stdout, re.M)


def run_basedpyright(folder, files):
    (folder / "pyrightconfig.json").write_text(json.dumps({
        "include": [str(file) for file in files],
        "extraPaths": [str(BUILD / "python")],
        "typeCheckingMode": "standard",
        "pythonVersion": "3.10",
    }))
    done = subprocess.run(
        [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable,
         "--project", str(folder)],
        capture_output=True, text=True, cwd=folder,
    )
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == len(files)
    return [
        (row["file"], row["range"]["start"]["line"] + 1, row["message"])
        for row in report["generalDiagnostics"]
        if row["severity"] == "error"
    ]


def run(checker, folder, files):
    return {"mypy": run_mypy, "basedpyright": run_basedpyright}[checker](folder, files)


@pytest.mark.parametrize("checker", CHECKERS)
def test_the_examples_pass(checker, tmp_path):
    assert len(CORRECT) >= 2
    assert run(checker, tmp_path, CORRECT) == []


def test_the_package_itself_passes_mypy_strict(tmp_path):
    assert run_mypy(tmp_path, ["-p", "calotype"]) == []


@pytest.mark.parametrize("checker", CHECKERS)
def test_wrong_links_and_values_are_found(checker, tmp_path):
    file = EXAMPLES / "wrong_links.py"
    wrong = {
        number
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if line.endswith("# wrong")
    }
    assert {int(line) for _, line, _ in run(checker, tmp_path, [file])} == wrong


@pytest.mark.parametrize("checker", CHECKERS)
def test_stubs_of_plugins_loaded_at_run_time_work_the_same(checker, tmp_path, calotype):
    """`calotype stubs > my_nodes.pyi` beside a module that hands on calotype.nodes."""
    (tmp_path / "my_nodes.pyi").write_text(calotype("stubs").stdout)
    (tmp_path / "my_nodes.py").write_text("from calotype.nodes import __dir__, __getattr__\n")
    script = tmp_path / "script.py"
    script.write_text(
        "import my_nodes as n\n"
        'picture = n.LoadImage(path="x.png")\n'
        "inverted = n.example_Invert(image=picture.image, amount=0.5)\n"
        "print(inverted.image)\n"
        "n.example_Invert(image=inverted.image, mask=inverted.image)\n"
    )
    assert [int(line) for _, line, _ in run(checker, tmp_path, [script])] == [5]
    done = subprocess.run(
        [sys.executable, "-c", script.read_text().rsplit("\n", 2)[0]], cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(BUILD / "python")}, capture_output=True, text=True,
    )
    assert done.stdout == "<Link example.Invert.image: Image>\n", done.stderr


@pytest.mark.parametrize("example", ["draw_a_picture.py", "edit_and_compare.py", "python_nodes.py"])
def test_the_examples_run(example, tmp_path):
    inputs = {
        "draw_a_picture.py": ROOT / "models" / "starter" / "starter.safetensors",
        "edit_and_compare.py": ROOT / "graphs" / "text_to_image.json",
        "python_nodes.py": ROOT / "graphs" / "text_to_image.json",
    }
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / example), str(inputs[example]), str(tmp_path / "out.png")],
        env={**os.environ, "PYTHONPATH": str(BUILD / "python")}, capture_output=True, text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")
