"""docs/notebooks/tour.ipynb runs from top to bottom and shows what it should."""

import os
import sys

import built_package  # noqa: F401
import nbformat
import pytest
from jupyter_client import KernelManager
from nbclient import NotebookClient

from conftest import BUILD, ROOT

NOTEBOOK = ROOT / "docs" / "notebooks" / "tour.ipynb"


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """The outputs of all cells with code, by the first line of the cell."""
    folder = tmp_path_factory.mktemp("notebook")
    for name in ("graphs", "models"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "docs" / "notebooks").mkdir(parents=True)
    manager = KernelManager(kernel_name="python3")
    manager.kernel_spec.argv[0] = sys.executable
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    client = NotebookClient(
        notebook, km=manager, timeout=300,
        resources={"metadata": {"path": str(folder / "docs" / "notebooks")}},
    )
    paths = {"PYTHONPATH": str(BUILD / "python"), "CALOTYPE_CACHE_DIR": str(folder / "cache"),
             "IPYTHONDIR": str(folder / "ipython")}
    client.execute(env={**os.environ, **paths})
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return {cell.source.splitlines()[0]: cell.outputs for cell in code}


def kinds(shown):
    return {kind for output in shown for kind in output.get("data", {})}


def text(shown):
    return "".join(output.get("text", "") for output in shown)


def test_graphs_show_themselves(outputs):
    drawing = outputs["import calotype"][-1]["data"]["image/svg+xml"]
    assert drawing.startswith("<svg") and "LoadCheckpoint" in drawing
    edited = outputs['image = graph["decode"]["image"]'][-1]["data"]["image/svg+xml"]
    assert "Upscale" in edited


def test_results_and_sheets_show_themselves(outputs):
    assert "image/png" in kinds(outputs[next(key for key in outputs if key.startswith("result ="))])
    assert "image/png" in kinds(outputs['@engine.node("tour.Grey")'])
    assert "image/png" in kinds(outputs[next(key for key in outputs if key.startswith("sweep ="))])


def test_runs_share_work(outputs):
    again = outputs[next(key for key in outputs if key.startswith("again ="))]
    assert "'ran'" not in again[-1]["data"]["text/plain"]
    assert text(outputs["print(sweep.summary)"]).startswith("6 runs in ")


def test_mistakes_are_explained(outputs):
    assert text(outputs["try:"]).startswith(
        'node "sample" (Sample) has no param "stepz"; did you mean "steps"?'
    )


def test_the_notebook_is_kept_without_outputs():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)
