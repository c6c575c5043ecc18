"""Start-up figures of the command line with the starter model: medians over processes, as Markdown.

    python benchmarks/command_line.py [--build build] [--runs 20]

Wall time from starting the process to its end, with warm file caches and warm registry cache."""

import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
GRAPH = ROOT / "graphs" / "text_to_image.json"


def seconds(command, folder, environment, runs):
    times = []
    for _ in range(runs + 2):
        start = time.perf_counter()
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return statistics.median(times[2:])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default=ROOT / "build", type=pathlib.Path)
    parser.add_argument("--runs", default=20, type=int)
    options = parser.parse_args()
    program = options.build.resolve() / "bin" / "calotype"
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, CALOTYPE_CACHE_DIR=f"{folder}/cache")
        run = [program, "run", GRAPH, "--output", "image=x.png"]
        subprocess.run(run, cwd=folder, env=environment, check=True, capture_output=True)
        rows = [
            ("`check graphs/text_to_image.json`", [program, "check", GRAPH], options.runs, 0.05),
            ("`run`, everything in the disk cache", run, options.runs, 0.1),
            ("`run --no-cache`: process start to PNG", [*run, "--no-cache"], max(3, options.runs // 5), 5.0),
        ]
        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
        print("| command | median | goal |\n|---|---|---|")
        for name, command, runs, goal in rows:
            print(f"| {name} | {seconds(command, folder, environment, runs) * 1000:.0f} ms | {goal * 1000:.0f} ms |")


if __name__ == "__main__":
    main()
