"""A fresh installation of the program, and commands that see nothing else of it."""

import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import BUILD


class Installation:
    """`cmake --install`, then moved: nothing may depend on the folder that it was installed to."""

    def __init__(self, folder: pathlib.Path):
        self.home = folder / "home"
        self.prefix = folder / "moved" / "calotype"
        self.home.mkdir(parents=True)
        self.prefix.parent.mkdir()
        first = folder / "first"
        subprocess.run(
            ["cmake", "--install", BUILD, "--prefix", first], check=True, capture_output=True, text=True, timeout=300
        )
        shutil.move(first, self.prefix)

    def environment(self, **more):
        """The system's programs and the installed one; no variable that would lead to another Calotype."""
        keep = {name: os.environ[name] for name in ("LANG", "CCACHE_DIR", "CXX") if name in os.environ}
        return {
            **keep,
            "PATH": f"{self.prefix}/bin:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.home),
            "CMAKE_BUILD_PARALLEL_LEVEL": "2",
            **({"CMAKE_CXX_COMPILER_LAUNCHER": "ccache"} if shutil.which("ccache") else {}),
            **more,
        }

    def __call__(self, command, cwd, expect=0, **environment):
        done = subprocess.run(
            command,
            cwd=cwd,
            env=self.environment(**environment),
            shell=isinstance(command, str),
            capture_output=True,
            text=True,
            timeout=900,
        )
        assert done.returncode == expect, f"{command}\n{done.stdout}\n{done.stderr}"
        return done


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    return Installation(tmp_path_factory.mktemp("installation"))
