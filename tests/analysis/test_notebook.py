"""The notebook runs, and shows what it showed."""

import re
from pathlib import Path

import nbformat
import pytest

import analysis

PATH = Path(analysis.__file__).with_name("event_log.ipynb")
FIGURES = 7


@pytest.fixture
def notebook():
    return nbformat.read(PATH, as_version=4)


def _outputs(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def _figures(notebook):
    return [output for output in _outputs(notebook) if "image/png" in output.get("data", {})]


def test_it_is_kept_with_its_figures_and_small(notebook):
    assert len(_figures(notebook)) == FIGURES
    assert sum("text/html" in output.get("data", {}) for output in _outputs(notebook)) >= 4
    assert PATH.stat().st_size < 400_000


def test_it_holds_no_errors_and_no_paths_of_a_machine(notebook):
    assert all(output.output_type in ("display_data", "execute_result") for output in _outputs(notebook))
    texts = [output["data"].get("text/plain", "") for output in _outputs(notebook)]
    assert not any(re.search(r"(^|[\s'\"])/\w+/", text) for text in texts)
    assert notebook.metadata.kernelspec.name == "python3"


def test_it_runs(notebook, tmp_path):
    nbclient = pytest.importorskip("nbclient")
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()
    assert len(_figures(notebook)) == FIGURES
    assert list(tmp_path.iterdir()) == []
