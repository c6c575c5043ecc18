"""Bad plugins and the command line: in registration and in a run, the host lives and says what happened."""

import json
import os
import re
import shutil
import signal
import subprocess
import time

import pytest

from conftest import BUILD

TEST_PLUGINS = BUILD / "tests" / "plugins" / "lib"


@pytest.fixture
def host(calotype):
    """The program with a plugin folder that has a good plugin."""
    calotype.plugins = calotype.folder / "plugins"
    calotype.plugins.mkdir()
    calotype.environment.update(CALOTYPE_PLUGIN_PATH=str(calotype.plugins), CALOTYPE_SCAN_SECONDS="2")
    install(calotype, "good")
    return calotype


def install(host, name, as_name=None):
    file = host.plugins / f"{as_name or name}.so"
    shutil.copy(TEST_PLUGINS / f"{name}.so", file)
    return file


def quarantined(host, file, what):
    return (
        f"{file}: warning: the plugin is not loaded: {what}\n"
        "  hint: rebuild or remove it; it is looked at again when its content changes, or when "
        f'"{host.cache}/quarantine.json" is deleted\n'
    )


def could_not_register(file, plugin, why, hint="ask the author of the plugin"):
    return f'{file}: warning: plugin "{plugin}" could not register its nodes: {why}\n  hint: {hint}\n'


def in_quarantine(what):
    return lambda host, file: quarantined(host, file, what)


def refused(what, hint):
    return lambda host, file: f"{file}: warning: {what}\n  hint: {hint}\n"


# The bad plugins of the matrix, as they are met when plugins are looked for: library, then the message.
REGISTRATION = {
    "throw std": ("throws_std", lambda host, file: could_not_register(file, "test.throws", "no luck today")),
    "throw int": (
        "throws_int",
        lambda host, file: could_not_register(
            file, "test.throws", "it threw something that is not a std::exception"
        ),
    ),
    "segfault": ("registers_segfault", in_quarantine("it crashed with SIGSEGV while it registered its nodes")),
    "abort": ("registers_abort", in_quarantine("it crashed with SIGABRT while it registered its nodes")),
    "loop": ("registers_loop", in_quarantine("it did not end within 2 s while it registered its nodes")),
    "exit": ("registers_exit", in_quarantine("it ended with exit code 3 while it registered its nodes")),
    "bad ABI": (
        "wrong_api",
        refused(
            "the plugin was built for plugin API 1, this program has 2",
            "rebuild it with the Calotype that this program belongs to",
        ),
    ),
    "missing symbol": (
        "unresolved_vendor",
        refused(
            "the library needs vendor::not_there(int), which nothing defines",
            "link the library that defines it; calotype_add_plugin finds this at build time",
        ),
    ),
    "huge allocation": (
        "registers_eat_memory",
        in_quarantine("it wanted more than 4 GiB of memory while it registered its nodes"),
    ),
    "leaked thread": (
        "registers_leave_thread",
        refused(
            'plugin "test.leave_thread" left 1 thread running after it registered its nodes',
            "a plugin starts threads while a node runs, and ends them before that node ends",
        ),
    ),
    "static-init crash": ("opens_segfault", in_quarantine("it crashed with SIGSEGV while it was opened")),
    "killed": ("registers_killed", in_quarantine("it was killed with SIGKILL while it registered its nodes")),
}


def check_registration(host, expected, exit_code=3):
    """The message, twice; the second time nothing that is in quarantine runs again."""
    for _ in range(2):
        done = host("plugins", expect=exit_code)
        assert expected in without_noise(done.stderr)
        assert "test.good" in done.stdout
        good = host("nodes", "test.Say")
        assert "Says a text." in good.stdout


def without_noise(errors):
    """What plugins and the C++ library print themselves is not ours."""
    own = [line for line in errors.splitlines() if not line.startswith(("terminate called", "  what()"))]
    return "".join(line + "\n" for line in own)


@pytest.mark.parametrize("case", REGISTRATION)
def test_bad_plugin_in_registration(host, case):
    library, message = REGISTRATION[case]
    expected = message(host, install(host, library))
    if case == "leaked thread":  # a warning, once: the plugin works
        done = host("plugins")
        assert done.stderr == expected and "test.leave_thread" in done.stdout
        assert host("plugins").stderr == ""
    else:
        check_registration(host, expected)


def test_quarantined_content_is_known_under_another_name(host):
    file = install(host, "registers_exit")
    host("plugins", expect=3)
    renamed = host.plugins / "renamed.so"
    file.rename(renamed)
    what = "it ended with exit code 3 while it registered its nodes"
    # A deadline that no scan can keep: it is not scanned.
    done = host("plugins", expect=3, CALOTYPE_SCAN_SECONDS="0.001")
    assert done.stderr == quarantined(host, renamed, what)
    # Other content under the old name is scanned.
    install(host, "acts", as_name="renamed")
    assert "test.acts" in host("plugins").stdout


def test_damaged_library(host):
    file = install(host, "acts")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    done = host("plugins", expect=3)
    assert f"{file}: warning: the library is cut off: it should have at least" in done.stderr
    assert "hint: copy or build it again" in done.stderr
    assert "test.good" in done.stdout


def test_folder_that_everyone_may_write_to(host):
    folder = host.folder / "open"
    folder.mkdir()
    shutil.copy(TEST_PLUGINS / "acts.so", folder)
    folder.chmod(0o777)
    done = host("--plugin-dir", folder, "plugins", expect=3)
    assert done.stderr == (
        f'{folder}/acts.so: warning: everyone may write to the folder "{folder}", so nothing is loaded from it\n'
        "  hint: take the right away with chmod o-w, or move the plugin\n"
    )
    assert "test.good" in done.stdout


def test_link_is_as_good_as_what_it_points_to(host):
    """A link is followed; its target must be trusted like any other library."""
    good = host.folder / "elsewhere"
    good.mkdir()
    shutil.copy(TEST_PLUGINS / "acts.so", good)
    (host.plugins / "link.so").symlink_to(good / "acts.so")
    assert f"{good}/acts.so" in host("plugins").stdout
    good.chmod(0o777)
    assert f'{good}/acts.so: warning: everyone may write to the folder "{good}"' in host("plugins", expect=3).stderr
    good.chmod(0o755)
    (good / "acts.so").unlink()
    assert host("plugins", expect=3).stderr == (
        f"{host.plugins}/link.so: warning: there is no such file\n  hint: check the path of the plugin\n"
    )


def test_nothing_is_started_when_all_plugins_are_remembered(host):
    host("plugins")
    calls = host.folder / "calls"
    command = ["strace", "-f", "-e", "trace=execve,fork,vfork,clone,clone3", "-o", calls]
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    subprocess.run([*command, BUILD / "bin" / "calotype", "plugins"], env=host.environment, check=True, cwd=host.folder)
    assert calls.read_text().count("execve") == 1
    assert not re.search(r"(clone3?|fork)\(", calls.read_text())


@pytest.fixture
def acting_graph(host):
    """first -> boom; `boom` does what it is told."""
    install(host, "acts")
    file = host.folder / "acting.json"
    nodes = {
        "first": {"type": "test.acts.Act"},
        "boom": {"type": "test.acts.Act", "in": {"count": "first.count"}},
    }
    file.write_text(json.dumps({"calotype": 1, "nodes": nodes, "outputs": {"count": "boom.count"}}, indent=2))
    return file


def run(host, graph, what, *arguments, expect=1):
    return host("-q", "run", graph, "--set", f"boom.what={what}", "-o", "count=count.safetensors", *arguments, expect=expect)


INPUTS = ', inputs "count" = test.acts.Count F64 [1]'
STAYS = "nodes that finished stay in the cache; tell the author of the plugin"

# Bad nodes in an isolated run: what the message says behind the node, type and plugin, then the hint.
RUNS = {
    "throw_std": (INPUTS + ") failed: no luck today", ""),
    "throw_int": (INPUTS + ") failed: an exception of an unknown type", ""),
    "segfault": (") failed: the worker process crashed with SIGSEGV", STAYS),
    "abort": (") failed: the worker process crashed with SIGABRT", STAYS),
    "throw_in_thread": (") failed: the worker process crashed with SIGABRT", STAYS),
    "loop": (
        ") did not finish: the time limit of 1 s is over",
        "allow more time; nodes that finished stay in the cache",
    ),
    "exit": (") failed: the worker process ended with exit code 3", STAYS),
    "exit_zero": (") failed: the worker process ended with exit code 0", STAYS),
    "killed": (
        ") failed: the worker process was killed with SIGKILL",
        "most likely memory ran out: use a smaller width, height or batch",
    ),
    "eat_memory": (INPUTS + ") failed: out of memory", "make the picture or the batch smaller"),
}


@pytest.mark.parametrize("what", RUNS)
def test_bad_node_in_an_isolated_run(host, acting_graph, what):
    message, hint = RUNS[what]
    limits = {"loop": ["--timeout", "1"], "eat_memory": ["--memory-limit", "512"]}.get(what, [])
    errors = without_noise(run(host, acting_graph, what, "--isolate", *limits).stderr)
    assert errors == (
        f'{acting_graph}:7:5: node "boom": test.acts.Act (plugin test.acts{message}\n'
        '      "boom": {\n'
        "      ^\n" + (f"  hint: {hint}\n" if hint else "")
    )
    # What finished before stayed, the plugin works on, and so does another one beside it.
    after = host.report(acting_graph, "--isolate", "-o", "count=count.safetensors")
    assert after["boom"][0] == "ran"
    if what != "killed":  # which gives the process no moment to write what is not written yet
        assert after["first"][0] == "disk"


@pytest.mark.parametrize(
    "what, limits, hint",
    [("segfault", [], "tell the author of the plugin"), ("loop", ["--timeout", "1"], "allow more time")],
)
def test_without_a_cache_nothing_is_said_of_it(host, acting_graph, what, limits, hint):
    errors = without_noise(run(host, acting_graph, what, "--isolate", "--no-cache", *limits).stderr)
    assert errors.endswith(f"\n  hint: {hint}\n")


def test_isolated_run_gives_the_same_files_and_report(host, acting_graph):
    files = []
    for number, isolate in enumerate([[], ["--isolate"]]):
        done = host(
            "--cache-dir", f"cache{number}", "run", acting_graph, "--set", "boom.what=steps", "--explain",
            "-o", f"count={number}.safetensors", "--report", f"{number}.json", *isolate,
        )  # fmt: skip
        report = json.loads((host.folder / f"{number}.json").read_text())
        nodes = [{key: value for key, value in node.items() if key != "seconds"} for node in report["nodes"]]
        files.append(((host.folder / f"{number}.safetensors").read_bytes(), nodes))
        assert "boom: ran, first time" in done.stdout.splitlines()
        assert 'warning: node "boom": took all steps\n' in done.stderr
    assert files[0] == files[1]


def test_limits_need_isolation(host, acting_graph):
    assert "--isolate" in host("run", acting_graph, "--timeout", "3", expect=2).stderr
    assert "--isolate" in host("run", acting_graph, "--memory-limit", "3", expect=2).stderr


@pytest.mark.parametrize("seconds", ["nan", "-nan", "inf", "-1", "0", "0.0005", "1e10", "soon"])
def test_a_time_limit_is_a_number_of_seconds(host, acting_graph, seconds):
    done = host("run", acting_graph, "--isolate", f"--timeout={seconds}", expect=2)
    assert done.stderr == (
        f'--timeout: expected seconds from 0.001 to 1e9, got "{seconds}"\nRun with --help for more information.\n'
    )


def test_ctrl_c_ends_an_isolated_run_with_130_and_leaves_no_worker(host, acting_graph):
    host("plugins")
    for what in ("wait", "loop"):  # one node stops when it is asked, the other must be killed
        command = [BUILD / "bin" / "calotype", "run", acting_graph, "--isolate", "--set", f"boom.what={what}"]
        process = subprocess.Popen(command, cwd=host.folder, env=host.environment, stderr=subprocess.PIPE, text=True)
        deadline = time.time() + 60
        while not workers_of(process.pid) and time.time() < deadline:
            time.sleep(0.01)
        (worker,) = workers_of(process.pid)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 130, errors
        assert not os.path.exists(f"/proc/{worker}")


def workers_of(parent):
    try:
        with open(f"/proc/{parent}/task/{parent}/children") as children:
            return [int(child) for child in children.read().split()]
    except OSError:
        return []


def test_worker_ends_with_its_caller(host, acting_graph):
    host("plugins")
    command = [BUILD / "bin" / "calotype", "run", acting_graph, "--isolate", "--set", "boom.what=loop"]
    process = subprocess.Popen(command, cwd=host.folder, env=host.environment, stderr=subprocess.DEVNULL)
    deadline = time.time() + 60
    while not workers_of(process.pid) and time.time() < deadline:
        time.sleep(0.01)
    (worker,) = workers_of(process.pid)
    time.sleep(0.3)
    process.kill()
    process.wait()
    deadline = time.time() + 10
    while os.path.exists(f"/proc/{worker}") and time.time() < deadline:
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{worker}")


@pytest.mark.parametrize("what", ["segfault", "abort", "throw_in_thread"])
def test_a_crash_without_isolation_names_the_node_and_plugin(host, acting_graph, what):
    name = "SIGSEGV" if what == "segfault" else "SIGABRT"
    code = -getattr(signal, name)
    errors = run(host, acting_graph, what, expect=code).stderr
    assert without_noise(errors) == (
        f'\nnode "boom" (test.acts.Act, plugin test.acts): the program crashed with {name} while this node ran\n'
        "  hint: an isolated run survives it and keeps what was finished (calotype run --isolate, in Python "
        "Engine(isolate=True))\n"
    )
