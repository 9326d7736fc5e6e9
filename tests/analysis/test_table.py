"""Runs side by side, as text: what is shown of whom, and what is said where there is no number."""

import json

import pandas as pd
import pytest

from analysis import load
from analysis.table import table
from tests.analysis.conftest import simulator


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """One run that keeps up, and one that does not."""
    folder = tmp_path_factory.mktemp("loaded")
    simulator(folder, "-m", "scheduler.slots=1,20", "policy=always_edge", "users=120", "horizon_s=7200")
    return next(folder.glob("multirun/*/*"))


def cells(text, title):
    """The last word in every cell of a column, which ends where its title ends."""
    head, *lines = [line for line in text.splitlines() if not line.startswith(("settings:", "warning,"))]
    end = head.index(title) + len(title)
    return [line[:end].split()[-1] for line in lines]


def test_an_unstable_run_has_the_word_in_place_of_the_number(loaded):
    runs = load(loaded, events=False)
    text = table(runs)
    assert runs.summary["scheduler.slots"].tolist() == [1, 20]
    for title in ("e2e [s]", "p95 [s]", "edge queue [s]"):
        first, second = cells(text, title)
        assert first == "unstable", title
        assert float(second.replace(",", "")) >= 0, title
    assert cells(text, "95 % interval [s]")[0] == "-"
    assert float(cells(text, "95 % interval [s]")[1]) > float(cells(text, "e2e [s]")[1])
    assert float(cells(text, "quality")[0]) > 1
    assert "warning, run 0: " in text
    assert "times what it can do" in text


def test_the_summary_frame_has_no_number_either(loaded):
    summary = load(loaded, events=False).summary.set_index("run")
    assert summary["e2e_s.unstable"]["0"] is True
    assert pd.isna(summary["e2e_s.unstable"]["1"])
    assert pd.isna(summary["e2e_s.mean"]["0"])
    assert pd.isna(summary["edge_queue_s.p95"]["0"])
    assert summary["e2e_s.mean"]["1"] > 0


def test_machines_are_shown_where_a_run_knows_them(loaded, write_run):
    turns = pd.read_parquet(loaded / "1" / "turns.parquet")
    plain = json.loads((loaded / "1" / "summary.json").read_text())
    assert "cache hits" not in table(load(loaded, events=False))
    write_run("runs/1", plain, turns=turns)
    phones = {"battery_share": {"mean": 0.875, "lowest": 0.5}, "temperature_c": {"highest": 41.5}}
    cache = {"hit_tokens": 3.0, "missed_tokens": 1.0, "hit_share": 0.75, "memory_tokens": 5e5}
    more = plain | {"edge_cache": cache, "phones": phones, "preemptions": 17}
    more["metrics"] = plain["metrics"] | {"energy_j": {"mean": 12.5, "ci95": None}}
    text = table(load(write_run("runs/2", more, turns=turns).parent, events=False))
    shown = {"cache hits": "0.75", "energy [J]": "12.5", "battery left": "0.875", "hottest [C]": "41.5"}
    for title, value in shown.items():
        assert cells(text, title)[1] == value
    assert cells(text, "energy [J]")[0] == "-"
    assert cells(text, "preemptions") == ["0", "17"]
