"""The process around the package: imports, forks, interpreters, memory."""

import os
import shutil
import subprocess
import sys

import pytest
import torch

from built_package import BUILD, engine, noise_graph  # noqa: F401

import calotype


def run_python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(BUILD / "python"), **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_import_alone_loads_no_torch():
    done = run_python("import sys, calotype; print('torch' in sys.modules)")
    assert done.stdout == "False\n", done.stderr


def test_other_torch_is_refused(tmp_path):
    fake = tmp_path / "torch"
    fake.mkdir()
    (fake / "__init__.py").write_text("__version__ = '2.4.1'\n")
    done = run_python("import calotype; calotype.Engine()", PYTHONPATH=f"{tmp_path}:{BUILD / 'python'}")
    assert "ImportError: this calotype was built for torch 2." in done.stderr
    assert f"but torch 2.4.1 is installed in {fake}" in done.stderr


def test_second_libtorch_is_refused(tmp_path):
    own = os.path.join(os.path.dirname(torch.__file__), "lib", "libc10.so")
    other = tmp_path / "libtorch_cpu.so"
    shutil.copy(own, other)  # any library of that name
    code = (
        f"import ctypes, torch; ctypes.CDLL({str(other)!r}); "
        "import calotype; calotype.Engine()"
    )
    done = run_python(code)
    assert f"ImportError: another libtorch is in this process already: {other}" in done.stderr, done.stderr


def test_second_interpreter_is_refused():
    code = (
        "import _xxsubinterpreters as s\n"
        "i = s.create()\n"
        "s.run_string(i, '''\n"
        "try:\n"
        "    import calotype._torch as t\n"
        "    t.check()\n"
        "except ImportError as e:\n"
        "    print(e)\n"
        "''')\n"
    )
    if sys.version_info >= (3, 13):
        pytest.skip("_xxsubinterpreters has another name since Python 3.13")
    done = run_python(code)
    assert done.stdout.startswith("calotype cannot be imported in a second interpreter"), done.stderr


def test_module_is_the_command_line():
    done = subprocess.run(
        [sys.executable, "-m", "calotype", "version"],
        env={**os.environ, "PYTHONPATH": str(BUILD / "python")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.startswith("calotype 0.")


def test_engine_is_refused_in_a_forked_child(engine, noise_graph):
    engine.run(noise_graph)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        text = "accepted"
        try:
            engine.run(noise_graph)
        except RuntimeError as error:
            text = str(error)
        os.write(write, text.encode())
        os._exit(0)
    os.close(write)
    assert os.waitpid(child, 0)[1] == 0
    assert os.read(read, 1000).decode().startswith("this engine was made before a fork")
    os.close(read)


def test_runs_do_not_leak(tmp_path):
    # In a process of its own, where nothing else comes and goes. A leak grows in every round.
    code = f"""if True:
        import os, calotype
        def resident():
            return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE")
        graph = calotype.Graph()
        seed = graph.input("seed", 1)
        graph.output("noise", calotype.nodes.LatentNoise(width=64, height=64, seed=seed).noise)
        with calotype.Engine(cache_dir={str(tmp_path)!r}) as engine:
            for rounds in range(4):
                before = resident()
                for _ in range(10_000 if rounds else 2_000):
                    engine.run(graph)
                print(resident() - before)
    """
    done = run_python(code)
    assert done.returncode == 0, done.stderr
    growth = [int(line) for line in done.stdout.split()]
    assert min(growth[1:]) < 256 << 10, growth
