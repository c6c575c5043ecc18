"""Text that standard output does not take is a failed command."""

import os
import stat
import subprocess

import pytest

from conftest import BUILD, ROOT

COMMANDS = [
    ["version"],
    ["--help"],
    ["nodes"],
    ["nodes", "--json"],
    ["schema"],
    ["stubs"],
    ["plugins"],
    ["check", ROOT / "graphs" / "text_to_image.json"],
    ["fmt", "--print", ROOT / "graphs" / "text_to_image.json"],
    ["inspect", ROOT / "graphs" / "pictures" / "lake.png"],
    ["inspect", ROOT / "graphs" / "text_to_image.json"],
    ["run", ROOT / "graphs" / "text_to_image.json", "--dry-run"],
]


@pytest.fixture
def full(tmp_path):
    """A copy of the device that is always full."""
    file = tmp_path / "full"
    try:
        os.mknod(file, stat.S_IFCHR | 0o666, os.makedev(1, 7))
        open(file, "wb").close()
    except PermissionError:
        pytest.skip("devices cannot be made here")
    return file


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(str(word).split("/")[-1] for word in command))
def test_a_full_disk_is_told(calotype, full, command):
    with open(full, "wb") as out:
        done = subprocess.run(
            [BUILD / "bin" / "calotype", *command],
            cwd=calotype.folder, env=calotype.environment, stdout=out, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert done.stderr == "cannot write to standard output: No space left on device\n"
    assert done.returncode == 1


def test_a_closed_pipe_ends_the_program_as_other_programs(calotype):
    read, write = os.pipe()
    os.close(read)
    command = [BUILD / "bin" / "calotype", "version"]
    done = subprocess.run(command, env=calotype.environment, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    assert done.returncode == -13 and done.stderr == b""
