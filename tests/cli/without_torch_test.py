"""What must not load libtorch: checking, listing, and runs that the disk cache serves completely."""

import statistics
import subprocess
import time

from conftest import BUILD


def loaded_libraries(calotype, *arguments):
    """Names of the shared libraries that the dynamic linker mapped."""
    done = calotype(*arguments, LD_DEBUG="files")
    return {
        line.split("file=")[1].split()[0].rsplit("/", 1)[-1]
        for line in done.stderr.splitlines()
        if "file=" in line and "generating link map" in line
    }


def uses_torch(libraries):
    return any(name.startswith(("libtorch", "libc10")) for name in libraries)


def test_a_computing_run_loads_libtorch(calotype, tiny_graph):
    assert uses_torch(loaded_libraries(calotype, "run", tiny_graph))


def test_checking_and_listing_load_no_libtorch(calotype, tiny_graph):
    calotype("plugins")
    for arguments in (["check", tiny_graph], ["nodes"], ["nodes", "Sample"], ["schema"], ["stubs"], ["plugins"]):
        assert not uses_torch(loaded_libraries(calotype, *arguments)), arguments


def test_a_run_served_from_disk_loads_no_libtorch(calotype, tiny_graph):
    calotype("run", tiny_graph, "--output", "image=a.png")
    assert not uses_torch(loaded_libraries(calotype, "run", tiny_graph, "--output", "image=b.png"))
    assert (calotype.folder / "a.png").read_bytes() == (calotype.folder / "b.png").read_bytes()
