"""The wheel: what `pip install .` puts there works without the checkout."""

import os
import pathlib
import subprocess
import sys
import zipfile

import pytest
from built_package import BUILD, ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Made from the build that is being tested; `pip wheel .` alone compiles everything again."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", ROOT, "-q", "--no-deps", "--no-build-isolation", "-w", folder,
         "-C", "cmake.source-dir=bindings/prebuilt", "-C", f"build-dir={folder / 'build'}",
         "-C", f"cmake.define.CALOTYPE_BUILD_FOLDER={BUILD}"],
        check=True, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A folder for PYTHONPATH, with the wheel and nothing else."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", folder, wheel],
        check=True, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    return folder


def run(installed, *arguments, cwd):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CALOTYPE")}
    environment |= {"PYTHONPATH": str(installed), "CALOTYPE_CACHE_DIR": str(cwd / "cache")}
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_metadata_pins_torch_and_admits_pythons(wheel):
    import torch

    with zipfile.ZipFile(wheel) as files:
        (name,) = (name for name in files.namelist() if name.endswith("dist-info/METADATA"))
        lines = files.read(name).decode().splitlines()
    minor = ".".join(torch.__version__.split(".")[:2])
    assert f"Requires-Dist: torch=={minor}.*" in lines
    assert "Requires-Python: >=3.10" in lines
    for version in ("3.10", "3.11", "3.12", "3.13"):
        assert f"Classifier: Programming Language :: Python :: {version}" in lines


def test_package_makes_a_picture(installed, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import calotype\n"
        f"graph = calotype.Graph.load({str(ROOT / 'graphs' / 'text_to_image.json')!r})\n"
        "graph['noise'].params.update(width=64, height=64)\n"
        "graph.inputs['steps'].default = 2\n"
        "with calotype.Engine() as engine:\n"
        "    print(engine.run(graph).image.save('a.png')[0])\n"
        "print(calotype.__file__)\n"
    )
    picture, package = run(installed, script, cwd=tmp_path).split()
    assert (tmp_path / picture).stat().st_size > 1000
    assert pathlib.Path(package).is_relative_to(installed)


def test_command_line_finds_its_own_plugins(installed, tmp_path):
    listed = run(installed, "-m", "calotype", "plugins", cwd=tmp_path)
    assert str(installed / "calotype" / "lib" / "calotype" / "plugins" / "calotype_sd.so") in listed
    assert str(ROOT) not in listed


def test_plugins_can_be_built_against_the_package(installed, tmp_path):
    assert (installed / "calotype" / "lib" / "cmake" / "Calotype" / "CalotypeConfig.cmake").exists()
    assert (installed / "calotype" / "include" / "calotype" / "plugin_entry.h").exists()


def test_libraries_look_for_the_torch_beside_the_package(installed):
    for library, path in {
        "lib/libcalotype_types.so": "$ORIGIN/../../torch/lib",
        "lib/calotype/plugins/calotype_sd.so": "$ORIGIN/../../../../torch/lib",
    }.items():
        done = subprocess.run(
            ["readelf", "-d", installed / "calotype" / library], check=True, capture_output=True, text=True
        )
        (line,) = (line for line in done.stdout.splitlines() if "RUNPATH" in line)
        paths = line.split("[")[1].rstrip("]").split(":")
        assert path in paths
        assert "" not in paths
