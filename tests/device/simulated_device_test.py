"""The simulated devices refuse what real ones would, and have as little memory as a test wants."""

import os
import signal
import subprocess
import sys

import pytest
import torch

from conftest import BUILD, ROOT

GRAPH = ROOT / "graphs" / "text_to_image.json"
pytestmark = pytest.mark.skipif(
    "CALOTYPE_TEST_DEVICE" not in os.environ or torch.backends.cuda.is_built(),
    reason="scripts/device-tests runs these where torch has no CUDA",
)


def python(script, cwd=None, **environment):
    return subprocess.run(
        [sys.executable, "-c", f"import as_torch_cuda\n{script}"],
        env={**os.environ, **environment}, cwd=cwd, capture_output=True, text=True)


def test_host_code_cannot_follow_a_pointer_into_device_memory():
    follow = "import ctypes, torch; t = torch.ones(1, device='{}'); print(ctypes.string_at(t.data_ptr(), 4))"
    assert python(follow.format("cpu")).stdout == "b'\\x00\\x00\\x80?'\n"
    assert python(follow.format("cuda")).returncode == -signal.SIGSEGV


def test_engine_keeps_to_the_default_stream_wherever_python_works(calotype):
    """The copies that the engine makes come after its own work without waiting for anything else."""
    done = python(
        f"import sys, ctypes, os, torch; sys.path.insert(0, {str(BUILD / 'python')!r}); import calotype\n"
        "device = ctypes.CDLL(os.environ['LD_PRELOAD'])\n"
        "graph = calotype.Graph()\n"
        "n = calotype.nodes\n"
        "resize = n.ResizeImage(image=graph.input('image', type=n.Image), width=16, height=8)\n"
        "graph.output('image', resize.image)\n"
        "picture = torch.ones(1, 3, 8, 8, device='cuda')\n"
        "device.simulated_cuda_leave_default_stream()\n"
        "torch.ones(1, device='cuda').cpu()\n"
        "print(device.simulated_cuda_kernels_elsewhere())\n"
        f"with calotype.Engine(cache_dir={str(calotype.cache)!r}) as engine:\n"
        "    value = engine.value('Image', picture)\n"
        "    value.tensors(); value._value.preview(); value.save('x.safetensors')\n"
        "    engine.explain(graph, {'image': value}); engine.run(graph, {'image': value})\n"
        "print(device.simulated_cuda_kernels_elsewhere())\n",
        CALOTYPE_PLUGIN_PATH="", cwd=calotype.folder)
    assert not done.stderr
    before, after = map(int, done.stdout.split())
    assert 0 < before == after


@pytest.mark.parametrize("other", ["cpu", "cuda:1"])
@pytest.mark.parametrize("op", [torch.add, torch.matmul, lambda a, b: torch.cat([a, b]), torch.nn.functional.linear])
def test_tensors_of_two_devices_are_refused(op, other):
    with pytest.raises(RuntimeError, match="xpected all tensors to be on the same device"):
        op(torch.ones(2, 2, device="cuda"), torch.ones(2, 2, device=other))


def test_model_that_does_not_fit_is_an_error_of_its_node(calotype):
    done = calotype("run", GRAPH, "--set=ckpt.dtype=float32", expect=1, SIMULATED_CUDA_MEMORY="10000000")
    assert 'node "positive": TextEncode' in done.stderr
    assert done.stderr.endswith(
        "failed: CUDA out of memory. Tried to allocate 25296896 bytes.\n"
        '      "positive": {\n      ^\n  hint: use a smaller width, height or batch, or dtype bfloat16\n')


def test_clearing_the_memory_cache_gives_device_memory_back(calotype):
    done = python(
        f"import sys, ctypes, os; sys.path.insert(0, {str(BUILD / 'python')!r}); import calotype\n"
        "times = ctypes.CDLL(os.environ['LD_PRELOAD']).simulated_cuda_times_emptied\n"
        f"with calotype.Engine(cache_dir={str(calotype.cache)!r}) as engine:\n"
        "    engine.clear_cache(memory=False); print(times())\n"
        "    engine.clear_cache(); print(times())\n",
        CALOTYPE_PLUGIN_PATH="")
    assert done.stdout == "0\n1\n", done.stderr


def test_models_that_the_cache_holds_make_room_for_others(calotype):
    """There is room for the text encoder or the UNet."""
    done = python(
        f"import sys; sys.path.insert(0, {str(BUILD / 'python')!r}); import calotype\n"
        f"graph = calotype.Graph.load({str(GRAPH)!r}); graph['ckpt'].params['dtype'] = 'float32'\n"
        f"with calotype.Engine(cache_dir={str(calotype.cache)!r}) as engine: print(*engine.run(graph).warnings)",
        SIMULATED_CUDA_MEMORY="35000000", CALOTYPE_PLUGIN_PATH="")
    assert done.stdout == (
        'node "sample": out of memory: what the cache held in memory is let go, and the node runs again\n')
