"""Every block of Python in docs/python.md runs, in order, and prints what the page says."""

import os
import pathlib
import re
import subprocess
import sys

import built_package  # noqa: F401

from conftest import BUILD, ROOT

PAGE = ROOT / "docs" / "python.md"
MARK = "-- next block --"


def blocks():
    """(code, expected output) of the page."""
    found = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    rows = []
    for language, text in found:
        assert language in ("python", "text", "sh"), language
        if language == "python":
            rows.append([text, ""])
        elif language == "text":
            rows[-1][1] = text
    return rows


def test_the_page_prints_what_it_says(tmp_path):
    for folder in ("graphs", "models"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    script = tmp_path / "page.py"  # a file, because nodes are digested from their source
    script.write_text("".join(f"{code}\nprint({MARK!r}, flush=True)\n" for code, _ in blocks()))
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(BUILD / "python"),
             "CALOTYPE_CACHE_DIR": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.split(MARK + "\n") == [expected for _, expected in blocks()] + [""]
    for file in ("castle.png", "lighthouse.json", "sheet.png"):
        assert (tmp_path / file).stat().st_size > 0


def test_the_shell_lines_work(tmp_path, calotype):
    lines = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(lines) == 1
    path = f"{BUILD / 'bin'}:{os.environ['PATH']}"
    subprocess.run(["sh", "-e", "-c", lines[0]], cwd=tmp_path, check=True,
                   env={**calotype.environment, "PATH": path})
    assert "class Sample(Node):" in (tmp_path / "my_nodes.pyi").read_text()
    assert pathlib.Path(tmp_path / "my_nodes.py").read_text().startswith("from calotype.nodes")
