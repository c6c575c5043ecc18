"""`calotype fmt`: several files at once, and files that are links."""

import pytest

LONG = '{"calotype": 1,\n\n"nodes": {}}'
CANONICAL = '{\n  "calotype": 1,\n  "nodes": {}\n}\n'


@pytest.fixture
def files(calotype):
    for name in ("a.json", "b.json"):
        (calotype.folder / name).write_text(LONG)
    (calotype.folder / "bad.json").write_text("{")
    return calotype.folder


def test_a_bad_file_does_not_stop_the_others(calotype, files):
    done = calotype("fmt", "a.json", "missing.json", "bad.json", "b.json", expect=2)
    assert done.stdout == "a.json\nb.json\n"
    assert 'cannot read "missing.json"' in done.stderr and "bad.json:1:" in done.stderr
    assert (files / "b.json").read_text() == CANONICAL


def test_the_exit_code_is_that_of_the_first_failure(calotype, files):
    calotype("fmt", "--check", "a.json", "missing.json", expect=1)
    calotype("fmt", "--check", "missing.json", "a.json", expect=2)


def test_a_link_stays_a_link(calotype, files):
    (files / "link.json").symlink_to("a.json")
    (files / "a.json").chmod(0o600)
    calotype("fmt", "link.json")
    assert (files / "link.json").is_symlink()
    assert (files / "a.json").read_text() == CANONICAL
    assert (files / "a.json").stat().st_mode & 0o777 == 0o600


def test_a_picture_stays_a_picture(calotype, tiny_graph):
    calotype("run", tiny_graph, "-o", "image=x.png")
    before = (calotype.folder / "x.png").read_bytes()
    message = '"x.png" is a picture, and stays one\n  hint: print its graph with: calotype fmt --print x.png\n'
    assert calotype("fmt", "x.png", expect=2).stderr == message
    assert (calotype.folder / "x.png").read_bytes() == before
    assert '"calotype": 1' in calotype("fmt", "--print", "x.png").stdout
