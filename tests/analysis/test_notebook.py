"""The notebooks run, and show what they showed."""

import re
from pathlib import Path

import nbformat
import pytest

import analysis

FOLDER = Path(analysis.__file__).parent
FIGURES = {"event_log": 7, "how_to_add_a_policy": 1, "contention": 1, "reproduction": 2}
"""In each notebook."""
MOST_BYTES = 400_000


@pytest.fixture(params=FIGURES)
def name(request):
    return request.param


@pytest.fixture
def notebook(name):
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def _outputs(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def _figures(notebook):
    return [output for output in _outputs(notebook) if "image/png" in output.get("data", {})]


def _tables(notebook):
    return [output for output in _outputs(notebook) if "text/html" in output.get("data", {})]


def test_no_notebook_is_left_out():
    assert {file.stem for file in FOLDER.glob("*.ipynb")} == set(FIGURES)


def test_it_is_kept_with_its_figures_and_small(name, notebook):
    assert len(_figures(notebook)) == FIGURES[name]
    assert len(_tables(notebook)) >= 2
    assert (FOLDER / f"{name}.ipynb").stat().st_size < MOST_BYTES


def test_it_holds_no_errors_and_no_paths_of_a_machine(notebook):
    assert all(output.output_type in ("display_data", "execute_result") for output in _outputs(notebook))
    texts = [output["data"].get("text/plain", "") for output in _outputs(notebook)]
    assert not any(re.search(r"(^|[\s'\"])/\w+/", text) for text in texts)
    assert notebook.metadata.kernelspec.name == "python3"


def test_it_runs(name, notebook, tmp_path):
    nbclient = pytest.importorskip("nbclient")
    shown = [output["data"]["text/plain"] for output in _tables(notebook)]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=180, kernel_name="python3", resources=resources).execute()
    assert len(_figures(notebook)) == FIGURES[name]
    assert [output["data"]["text/plain"] for output in _tables(notebook)] == shown
    assert list(tmp_path.iterdir()) == []
