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
        timeout=120,
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


@pytest.mark.parametrize("line", ["import calotype", "from calotype.ports import Image", "import calotype.engine"])
def test_second_interpreter_is_refused_before_torch_is_loaded(line):
    code = (
        "import _xxsubinterpreters as s\n"
        "i = s.create()\n"
        "s.run_string(i, '''\n"
        "import sys\n"
        "try:\n"
        f"    {line}\n"
        "except ImportError as e:\n"
        "    print(e, 'torch' in sys.modules)\n"
        "''')\n"
    )
    if sys.version_info >= (3, 13):
        pytest.skip("_xxsubinterpreters has another name since Python 3.13")
    done = run_python(code)
    assert done.stdout == (
        "calotype cannot be imported in a second interpreter of one process: libtorch knows only one. "
        "Use threads or processes instead. False\n"
    ), done.stderr


def test_closing_an_engine_waits_for_no_thread_that_waits_for_python():
    # A worker that ends last takes the node's function with it; one round in some hundreds hung.
    code = (
        "import calotype, torch\n"
        "for _ in range(2500):\n"
        "    with calotype.Engine(cache=False, workers=4) as engine:\n"
        "        @engine.node('test.Make')\n"
        "        def make(level: float = 0.0) -> calotype.Image:\n"
        "            return torch.full((1, 3, 8, 8), level)\n"
        "        graph = calotype.Graph()\n"
        "        for level in range(6):\n"
        "            graph.output(f'image{level}', make(level=level).image)\n"
        "        engine.run(graph)\n"
        "print('done')\n"
    )
    done = run_python(code, OMP_NUM_THREADS="1")
    assert done.stdout == "done\n", done.stderr


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


FORK = """if True:
    import os, sys, calotype
    graph = calotype.Graph()
    graph.output("noise", calotype.nodes.LatentNoise(width=64, height=64).noise)
    engine = calotype.Engine(cache=False, workers=4)
    engine.run(graph)
    child = os.fork()
    if child == 0:
        {in_child}
        sys.exit(0)
    print(os.waitpid(child, 0)[1])
"""


@pytest.mark.parametrize("in_child", ["pass", "del engine", "engine.close()", "engine = None"])
def test_forked_child_ends_whatever_it_does_with_the_engine(in_child):
    done = run_python(FORK.format(in_child=in_child))
    assert done.stdout == "0\n", done.stderr


def test_node_that_never_asks_ends_with_the_interpreter():
    code = """if True:
        import threading, time, torch, calotype
        engine = calotype.Engine(cache=False)
        started = threading.Event()
        @engine.node("test.Stubborn", version=1)
        def stubborn() -> calotype.Image:
            started.set()
            while True:
                time.sleep(0.01)
        graph = calotype.Graph()
        graph.output("image", stubborn().image)
        def work():
            try:
                engine.run(graph)
            except calotype.Cancelled:
                pass
        threading.Thread(target=work, daemon=True).start()
        started.wait()
        print("end")
    """
    done = run_python(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


def test_run_in_a_daemon_thread_ends_with_the_interpreter():
    code = """if True:
        import threading, time, torch, calotype
        engine = calotype.Engine(cache=False)
        started = threading.Event()
        @engine.node("test.Slow", version=1)
        def slow(context: calotype.Context) -> calotype.Image:
            started.set()
            for step in range(100_000):
                context.check_cancelled()
                context.progress(step, 100_000)
                time.sleep(0.001)
            return torch.zeros(1, 3, 8, 8)
        graph = calotype.Graph()
        graph.output("image", slow().image)
        def work():
            while True:
                try:
                    engine.run(graph, progress=lambda event: None)
                except (calotype.Cancelled, RuntimeError):
                    pass
        for _ in range(3):
            threading.Thread(target=work, daemon=True).start()
        started.wait()
        print("end")
    """
    done = run_python(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


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
