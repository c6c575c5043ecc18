"""What Python costs: cached runs, building graphs, memory. Usage: python benchmarks/python_overhead.py

Needs the built package on PYTHONPATH (build/python). Prints a Markdown table; nothing else is timed in
the same run, so there is no peer but the goal.
"""

from __future__ import annotations

import os
import resource
import statistics
import tempfile
import time

import calotype

n = calotype.nodes


def chain(length: int) -> calotype.Graph:
    """A picture that is resized again and again."""
    graph = calotype.Graph()
    image = graph.input("image", type=n.Image)
    link = image
    for _ in range(length):
        link = n.ResizeImage(image=link, width=8, height=8).image
    graph.output("image", link)
    return graph


def microseconds(function, repeats: int) -> float:
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        function()
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1e6


def resident() -> int:
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGESIZE")


def main() -> None:
    graph = calotype.Graph.load("graphs/text_to_image.json")
    graph["noise"].params.update(width=64, height=64)
    graph.inputs["steps"].default = 1
    rows = []
    with tempfile.TemporaryDirectory() as folder, calotype.Engine(cache_dir=folder) as engine:
        engine.run(graph)
        rows.append(("cached run of text_to_image.json (6 nodes), median", microseconds(lambda: engine.run(graph), 1000), 200))
        before = resident()
        for _ in range(10_000):
            engine.run(graph)
        grown = resident() - before
    rows.append(("building a graph of 1,000 nodes", microseconds(lambda: chain(1000), 20), 50_000))
    rows.append(("the same, and its canonical file", microseconds(lambda: chain(1000).to_json(), 20), None))
    load = os.getloadavg()[0]
    print(f"torch {calotype._core.torch_version}, load {load:.1f}, peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB\n")
    print("| what | microseconds | goal |\n|---|---|---|")
    for what, us, goal in rows:
        print(f"| {what} | {us:,.0f} | {f'{goal:,}' if goal else ''} |")
    print(f"\nMemory after 10,000 more cached runs: {grown / 1024:+.0f} KiB.")


if __name__ == "__main__":
    main()
