"""The README says what the program does, word for word."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import simulate

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_the_first_command_prints_what_the_readme_shows(tmp_path):
    install, _, command = blocks("console")[0].removeprefix("$ ").strip().partition(" && ")
    assert install == "pip install -e ."
    assert command == "python -m simulator +channel=rayleigh +workload=mtbench101"
    done = subprocess.run(
        [sys.executable, *command.split()[1:]], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    shown = [line.rstrip() for line in done.stdout.splitlines()]
    assert re.fullmatch(r"outputs/\d{4}-\d\d-\d\d/\d\d-\d\d-\d\d-\d{6}/", shown.pop())
    assert [*shown, "outputs/DATE/TIME/"] == blocks("text")[0].splitlines()


def test_ci_runs_exactly_the_readmes_test_command():
    command = blocks("console")[1].removeprefix("$ ").strip()
    assert command == 'pip install -e ".[test]" && python -m pytest'
    steps = (ROOT / ".ci" / "run").read_text().replace("pip install --quiet", "pip install").splitlines()
    assert command in steps


def test_the_core_is_quoted_as_it_is():
    quoted = next(block for block in blocks("python") if block.startswith("def serve"))
    lines = [f"    {line}".rstrip() for line in quoted.splitlines()]
    assert "\n".join(lines) in (ROOT / "simulator" / "turn.py").read_text()
    assert len(lines) <= 22


def test_the_table_of_parts_names_every_group_and_real_choices():
    """A choice may be added without an edit here; one that is named must exist."""
    table = README[README.index("| part | group") :].split("\n\n")[0]
    groups = {folder.name for folder in (ROOT / "conf").iterdir() if folder.is_dir()} - {"experiment"}
    named = set()
    for row in table.splitlines()[2:]:
        _, _, of, choices, _ = row.split("|")
        row_groups = re.findall(r"`(\w+)`", of)
        named |= set(row_groups)
        for choice in re.findall(r"`(\w+)`", choices):
            assert any((ROOT / "conf" / group / f"{choice}.yaml").is_file() for group in row_groups), choice
    assert named == groups


def test_every_linked_file_exists():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_papers_experiments_give_what_the_readme_says(tmp_path):
    rows = re.findall(
        r"^\| `(paper_\w+)` \| ([\d.]+) % \|[^|]+\| ([\d.]+) s \|[^|]+\| ([\d.]+)( %)? \|$", README, re.M
    )
    assert len(rows) == 5
    for name, share, latency_s, quality, percent in rows:
        metrics = simulate(f"experiment={name}").summary["metrics"]
        assert 100 * metrics["edge_share"]["mean"] == pytest.approx(float(share), abs=0.5)
        assert f"{metrics['e2e_s']['mean']:.1f}" == latency_s
        mean = metrics["quality"]["mean"]
        assert (f"{100 * mean:.1f}" if percent else f"{mean:.2f}") == quality
