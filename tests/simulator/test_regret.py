"""What the other site would have been: worked out with a pencil, in an empty network, by two processes."""

import json
from math import isnan, nan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulator.build import scenario_of
from simulator.mistakes import Mistake
from simulator.regret import Regret, Regrets
from simulator.regret.__main__ import main
from simulator.regret.bench import Bench
from simulator.regret.empty import exact, is_empty
from simulator.regret.figures import figures
from simulator.regret.recorded import answered, read
from simulator.regret.replay import drawn, regret_of, shared_out
from simulator.scenario import Scenario
from tests import KEY, run, run_settings, settings
from workloads import Site

EMPTY = ["users=1", "arrivals=closed", "horizon_s=null", "workload=mtbench", "sessions_per_user=30"]
LOADED = ["hardware=rtx4090_llama_8b", "users=40", "horizon_s=120", "arrivals.sessions_per_s=0.01"]


def tiny(tmp_path: Path, starts_s: list[float], policy: str, **changes: Any) -> Scenario:
    """Users who ask one thing each, at an instant of their own; the edge has one slot.

    The phone writes 100 tokens in 4 s, the edge 500 in 10 s, and all else takes no time.
    """
    (tmp_path / "starts.csv").write_text("at_s\n" + "\n".join(map(str, starts_s)) + "\n")
    (tmp_path / "asked.csv").write_text("prompt_tokens,device_quality,edge_quality\n0,3,5\n")
    config = settings(
        *("workload=table", f"workload.path={tmp_path / 'asked.csv'}", "workload.device_tokens=100"),
        *("workload.edge_tokens=500", "arrivals=replay", f"arrivals.path={tmp_path / 'starts.csv'}"),
        *(f"users={len(starts_s)}", "delta.delta_s=0", "channel.downlink_bps=1e18", f"policy={policy}"),
        *("scheduler.slots=1", "horizon_s=null", "sessions_per_user=1"),
    )
    config["workload"]["quality"] = ""
    return scenario_of(config | changes)


def regrets_of(bench: Bench, after_s: float = 0.0) -> list[tuple[float, float]]:
    """Of latency, and what others have of it."""
    rows = [bench.regret(name, after_s) for name in sorted(bench.names())]
    return [(row.e2e_s - row.other_e2e_s, row.externality_s) for row in rows]


def test_two_users_at_one_slot(tmp_path: Path) -> None:
    """At 0 s and 1 s: 10 s, and 9 s of waiting and 10 s. On the phone either takes 4 s.

    The first in the way of the second costs it 9 s; the second is in nobody's way.
    """
    found = regret_of(tiny(tmp_path, [0.0, 1.0], "always_edge"), None, None, 1)
    assert not found.exact
    assert [row.e2e_s for row in found.rows] == pytest.approx([10.0, 19.0])
    assert [row.other_e2e_s for row in found.rows] == pytest.approx([4.0, 4.0])
    assert found.latency_regret_s == pytest.approx([6.0, 15.0])
    assert found.externality_s == pytest.approx([-9.0, 0.0])
    assert found.quality_regret.tolist() == [-2.0, -2.0]
    assert found.edge.all()


def test_two_users_on_their_phones(tmp_path: Path) -> None:
    """The edge would have been idle: 10 s instead of 4 s, and nobody is in anybody's way."""
    found = regret_of(tiny(tmp_path, [0.0, 1.0], "always_device"), None, None, 1)
    assert found.latency_regret_s == pytest.approx([-6.0, -6.0])
    assert found.externality_s.tolist() == [0.0, 0.0]
    assert found.quality_regret.tolist() == [2.0, 2.0]


def test_who_is_decided_later(tmp_path: Path) -> None:
    """A third at 12 s waits until 20 s for the other two, 8 s; without the first until 11 s, not at all.

    The first is over at 10 s, before the third is decided: that counts only when looked for.
    """
    bench = Bench(tiny(tmp_path, [0.0, 1.0, 12.0], "always_edge"))
    assert regrets_of(bench) == [
        pytest.approx(pair, abs=1e-9) for pair in [(6.0, -9.0), (15.0, -8.0), (14.0, 0.0)]
    ]
    assert regrets_of(bench, after_s=5.0)[0] == pytest.approx((6.0, -17.0))


def test_a_run_that_ends_before_its_turns(tmp_path: Path) -> None:
    """Whoever was decided before the horizon counts, as if the run had gone on."""
    cut = tiny(tmp_path, [0.0, 1.0, 12.0], "always_edge", horizon_s=11.0)
    bench = Bench(cut)
    assert bench.names() == [(0, 0, 0), (1, 0, 0)]
    assert list(bench.answered()) == [(0, 0, 0)]
    assert regrets_of(bench, after_s=5.0)[0] == pytest.approx((6.0, -17.0))
    late = tiny(tmp_path, [0.0, 1.0, 12.0], "always_edge", warmup_s=0.5)
    assert Bench(late).names() == [(1, 0, 0), (2, 0, 0)]


def test_what_never_ends_is_unknown(tmp_path: Path) -> None:
    """A downlink of a bit in 1,000 s: a reply of the edge takes most of a year, and nobody waits for it."""
    channel = settings("channel.downlink_bps=0.001")["channel"]
    found = regret_of(tiny(tmp_path, [0.0, 1.0], "always_device", channel=channel), None, None, 1)
    assert [row.e2e_s for row in found.rows] == pytest.approx([4.0, 4.0])
    assert np.isnan(found.latency_regret_s).all()
    assert np.isnan(found.externality_s).all()
    assert figures(found)["latency_regret_s"]["value"] is None


def test_later_decisions_stand(tmp_path: Path) -> None:
    """A flip moves what comes later, even to where a learner would have decided otherwise: nobody does."""
    found = Bench(scenario_of(settings(*LOADED, "policy=coin")))
    sites = {name: found.choice(name).site for name in found.names()}
    flips = [found.regret(name, 60.0) for name in drawn(found.names(), 8, 1)]
    assert {row.name: row.site for row in flips} == {row.name: sites[row.name] for row in flips}
    assert any(row.externality_s != 0 for row in flips)
    assert flips == [found.regret(row.name, 60.0) for row in flips], "asking changes nothing"


def test_an_empty_network_is_known_exactly() -> None:
    """Both sites of every turn, by pure functions and by replay."""
    for overrides in (
        ["policy=coin", "policy.edge_share=0.5"],
        ["policy.threshold=-0.13", "kv_cache=keep_all", "lengths=lognormal", "workload.order=random"],
    ):
        scenario = scenario_of(settings(*EMPTY, *overrides))
        assert is_empty(scenario)
        bench = Bench(scenario)
        rows = exact(scenario, bench.answered())
        assert rows is not None
        assert [row.name for row in rows] == bench.names()
        assert {row.site for row in rows} == set(Site)
        for row in rows:
            replayed = bench.regret(row.name, 1000.0)
            assert replayed[:2] == row[:2]
            assert replayed[4:6] == row[4:6]
            assert replayed[2:4] == pytest.approx(row[2:4], rel=1e-9)
            assert replayed.externality_s == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("other", ["users=2", "channel=rayleigh", "delivery=streamed", "edge=gpu"])
def test_where_something_may_wait_or_change_it_is_replayed(other: str) -> None:
    busy = ["scheduler=continuous"] if other == "edge=gpu" else []
    found = regret_of(scenario_of(settings(*EMPTY, "sessions_per_user=3", other, *busy)), None, 3, 1)
    assert not found.exact
    assert len(found.rows) == 3


def test_a_sample_is_part_of_a_larger_one(tmp_path: Path) -> None:
    run(*LOADED, folder=tmp_path)
    scenario = read(tmp_path).scenario
    few, more = (regret_of(scenario, tmp_path, turns, 7) for turns in (5, 8))
    assert len(few.rows) == 5
    assert set(few.rows) < set(more.rows)
    assert few.decided_turns == more.decided_turns > 20
    other = regret_of(scenario, tmp_path, 5, 8)
    assert [row.name for row in other.rows] != [row.name for row in few.rows]
    shared = shared_out(read(tmp_path), tmp_path, 8, 7, 0.0, workers=2)
    assert shared == more, "by two processes"


def test_figures_by_hand() -> None:
    """Two dialogues, of two turns and one; the last turn has no quality and never ends on the other site."""
    rows = (
        Regret((0, 0, 0), Site.EDGE, 9.0, 4.0, 5.0, 5.0, -2.0),
        Regret((0, 0, 1), Site.DEVICE, 4.0, 9.0, 2.0, 5.0, 1.0),
        Regret((1, 0, 0), Site.DEVICE, 4.0, nan, nan, nan, nan),
    )
    found = figures(Regrets(rows, 3, False))
    assert found["latency_regret_s"] == {"value": 0.0, "low": None, "high": None}
    assert found["quality_regret"]["value"] == 1.5
    assert found["quicker_share"]["value"] == found["quicker_and_no_worse_share"]["value"] == 0.5
    assert found["better_share"]["value"] == 0.5
    assert found["quicker_and_better_share"]["value"] == 0.0
    assert found["externality_s"]["value"] == -0.5
    three = (*rows[:2], rows[0]._replace(name=(1, 0, 0), e2e_s=13.0))
    figure = figures(Regrets(three, 3, False))["latency_regret_s"]  # 5, -5 | 9: mean 3, residuals -6 | 6
    assert figure["value"] == pytest.approx(3.0)
    assert figure["high"] == pytest.approx(3.0 + 1.96 * np.sqrt(2 * (36 + 36)) / 3)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(*LOADED, "workload.quality=null", folder=tmp_path)
    out = tmp_path / "flips.parquet"
    assert main([str(tmp_path), "--turns", "6", "--workers", "1", "--out", str(out), "--seed", "3"]) == 0
    told = capsys.readouterr().out
    assert "6 of " in told
    assert "drawn under --seed 3" in told
    assert "knows no quality" in told
    assert "quality regret" not in told
    rows = pd.read_parquet(out)
    turns = pd.read_parquet(tmp_path / "turns.parquet")
    assert len(rows) == 6
    both = rows.merge(turns, on=[*KEY, "site"])
    assert (both["e2e_s_x"] == both["e2e_s_y"]).all()
    assert (rows["latency_regret_s"] == rows["e2e_s"] - rows["other_e2e_s"]).all()
    assert rows["quality_regret"].isna().all()


def test_mistakes_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def told(*arguments: str) -> str:
        assert main(list(arguments)) == 1
        text = capsys.readouterr().err
        assert text.startswith("error: ")
        assert text.count("\n") == 1
        return text

    folder = tmp_path / "runs" / "one"
    assert "no run in" in told(str(tmp_path / "nowhere"))
    run(*LOADED, "policy=always_edge", folder=folder, watch=lambda simulation: simulation.clock.now_s < 50)
    assert "not complete" in told(str(folder))
    run_settings(settings(*LOADED, "policy=always_edge"), folder=folder)
    assert f"did you mean {folder}?" in told(str(tmp_path))
    for wrong in (
        ["--turns", "0"],
        ["--seed", "-1"],
        ["--workers", "0"],
        ["--after-s", "-1"],
        ["--out", "x"],
    ):
        assert wrong[1] in told(str(folder), *wrong)
    file = folder / "summary.json"
    summary = json.loads(file.read_text())
    file.write_text(json.dumps(summary | {"config": summary["config"] | {"seed": 2}}))
    assert "cannot be made again here: turn [" in told(str(folder))
    file.write_text(json.dumps(summary | {"config": summary["config"] | {"moon": 1}}))
    assert "cannot be made again: unknown key 'moon'" in told(str(folder))
    file.write_text("{")
    assert "no summary" in told(str(folder))


def test_a_run_is_read_as_it_was(tmp_path: Path) -> None:
    logs = run(*LOADED, folder=tmp_path)
    found = answered(tmp_path)
    assert len(found) == len(logs.turns)
    assert not any(isnan(one.e2e_s) for one in found.values())
    with pytest.raises(Mistake, match=r"turns\.parquet"):
        answered(tmp_path / "nowhere")


def test_a_replayed_run_has_the_regrets_of_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the end of both it is not asked who decides; and no process leaves its logs behind."""
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    run(*LOADED, "policy=always_device", folder=tmp_path / "one")
    replayed = ("policy=replay", f"policy.run={tmp_path / 'one'}")
    run(*LOADED, *replayed, folder=tmp_path / "two")
    found = [
        shared_out(read(tmp_path / name), tmp_path / name, 12, 1, 0.0, workers)
        for name, workers in (("one", 1), ("two", 2))
    ]
    assert found[0].decided_turns == found[1].decided_turns
    assert np.allclose(found[0].latency_regret_s, found[1].latency_regret_s, rtol=0.0, atol=1e-9)
    assert list((tmp_path / "scratch").iterdir()) == []
