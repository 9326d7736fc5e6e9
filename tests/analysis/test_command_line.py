import subprocess
import sys
from pathlib import Path

import pytest

import analysis
from analysis.__main__ import main
from analysis.pages import PAGES
from tests.analysis.conftest import POLICIES


def test_one_line_per_run(multirun, capsys):
    assert main([str(multirun)]) == 0
    settings, titles, *rows = capsys.readouterr().out.splitlines()
    assert "users=3" in settings
    assert "policy" not in settings
    assert titles.split()[:3] == ["run", "policy", "turns"]
    assert [row.split()[:2] for row in rows] == [[str(n), policy] for n, policy in enumerate(POLICIES)]


def test_figures(multirun, tmp_path, capsys):
    assert main([str(multirun), "--figures", str(tmp_path / "new" / "figures")]) == 0
    written = sorted(tmp_path.glob("new/figures/*.png"))
    assert [path.stem for path in written] == sorted(PAGES)
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written)
    assert str(written[0]) in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["nowhere"], [], ["a", "b"], ["--colour"]])
def test_mistakes_are_one_line_and_exit_code_1(arguments, tmp_path):
    command = [sys.executable, "-m", "analysis", *arguments]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr.startswith("error: ")
    assert ended.stderr.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_one_line(multirun, tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main([str(multirun), "--figures", str(tmp_path / "file" / "x")]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_package_imports_nothing_of_the_simulator():
    sources = list(Path(analysis.__file__).parent.rglob("*.py"))
    assert len(sources) > 5
    for path in sources:
        for line in path.read_text().splitlines():
            words = line.split()
            if words[:1] in (["import"], ["from"]):
                assert words[1].split(".")[0] not in ("simulator", "channels", "workloads"), f"{path}: {line}"


def test_importing_it_loads_nothing_heavy():
    code = "import analysis, analysis.figures, analysis.pages, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pandas", "pyarrow", "matplotlib", "numpy", "simulator"} & set(loaded.stdout.split())


def test_runs_that_are_not_drawn_are_told(multirun, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("analysis.pages.MOST_RUNS", 1)
    assert main([str(multirun), "--figures", str(tmp_path)]) == 0
    assert f"{len(POLICIES) - 1} runs are not drawn: the first 1 are" in capsys.readouterr().out
