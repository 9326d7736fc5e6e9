"""The decisions of a run, made again, are the run; one of them the other way is another."""

from pathlib import Path

import pytest

from simulator.mistakes import Mistake
from tests import CHOICES, KEY, run, scenario

LOADED = ["hardware=rtx4090_llama_8b", "users=50", "horizon_s=200", "arrivals.sessions_per_s=0.01"]
FADING = [*LOADED, "channel=rayleigh", "scheduler.max_num_seqs=8"]
POLICIES = [
    name for group, name in CHOICES if group == "policy" and not name.startswith(("paper_", "replay"))
]


def again(folder: Path, *overrides: str) -> list[str]:
    """The overrides of a replay."""
    return [*overrides, "policy=replay", f"policy.run={folder}"]


@pytest.mark.parametrize("policy", POLICIES)
def test_it_is_the_same_run_bit_by_bit(policy: str, tmp_path: Path) -> None:
    """In a crowd, in batches and on a fading link, whatever decided; turns under way at the end included."""
    first = run(*FADING, f"policy={policy}", folder=tmp_path)
    assert first.summary["turns"]["in_flight"] > 0
    assert first.turns["queue_s"].max() > 0
    second = run(*again(tmp_path, *FADING))
    assert second.turns_bytes == first.turns_bytes
    assert second.events_bytes == first.events_bytes


def test_a_replay_of_a_replay(tmp_path: Path) -> None:
    """Whether a score is read is handed down."""
    first = run(*FADING, "policy=fused", folder=tmp_path / "first")
    run(*again(tmp_path / "first", *FADING), folder=tmp_path / "second")
    third = run(*again(tmp_path / "second", *FADING))
    assert third.turns_bytes == first.turns_bytes
    assert (third.turns["router_s"] > 0).all()


def test_only_the_flipped_turns_go_the_other_way(tmp_path: Path) -> None:
    first = run(*LOADED, "policy=coin", folder=tmp_path).turns
    flipped = first.iloc[[3, 20]]
    names = str([[int(value) for value in row] for row in flipped[KEY].to_numpy()])
    second = run(*again(tmp_path, *LOADED), f"policy.flipped={names}", "policy.unrecorded=edge").turns
    both = first.merge(second, on=KEY, suffixes=("", "_again"))
    changed = both[both["site"] != both["site_again"]]
    assert sorted(map(tuple, changed[KEY].to_numpy())) == sorted(map(tuple, flipped[KEY].to_numpy()))
    assert len(both) > 50


def test_a_run_that_was_written_over_by_its_own_replay(tmp_path: Path) -> None:
    run(*LOADED, "policy=coin", folder=tmp_path)
    run(*again(tmp_path, *LOADED), folder=tmp_path)
    with pytest.raises(Mistake, match="replays itself"):
        run(*again(tmp_path, *LOADED))


def test_turns_that_the_run_did_not_come_to(tmp_path: Path) -> None:
    run(*LOADED, "policy=always_device", folder=tmp_path)
    longer = [*again(tmp_path, *LOADED), "horizon_s=260"]
    with pytest.raises(Mistake, match=r"has not decided turn \[\d+, \d+, \d+\].*policy.unrecorded=device"):
        run(*longer)
    turns = run(*longer, "policy.unrecorded=edge").turns
    assert (turns.loc[turns["arrived_at_s"] < 200, "site"] == "device").all()
    assert (turns.loc[turns["site"] == "edge", "arrived_at_s"] > 200).all()
    assert (turns["site"] == "edge").any()


def test_the_same_decisions_in_another_world(tmp_path: Path) -> None:
    """A slower link for the decisions that a router made on a fast one."""
    alone = ["users=1", "arrivals=closed", "horizon_s=null", "workload=gsm8k", "sessions_per_user=40"]
    fast = run(*alone, "policy=coin", folder=tmp_path).turns
    slow = run(*again(tmp_path, *alone), "delta.delta_s=3").turns
    assert (fast["site"] == slow["site"]).all()
    later_s = (slow["e2e_s"] - fast["e2e_s"]).to_numpy()
    assert later_s == pytest.approx((fast["site"] == "edge").to_numpy() * (3 - 0.02))


def test_mistakes_are_one_line(tmp_path: Path) -> None:
    def told(*overrides: str) -> str:
        with pytest.raises(Mistake) as caught:
            scenario("policy=replay", *overrides)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert "no run in" in told(f"policy.run={tmp_path}")
    (tmp_path / "summary.json").write_text("{}")
    assert "does not say which policy" in told(f"policy.run={tmp_path}")
    run("users=3", "arrivals.sessions_per_s=0.02", "horizon_s=300", folder=tmp_path)
    folder = f"policy.run={tmp_path}"
    assert "has not decided turn [99, 0, 0]" in told(folder, "policy.flipped=[[99, 0, 0]]")
    assert "at least 3" in told(folder, "policy.flipped=[[0, 0]]")
    assert "'device' or 'edge'" in told(folder, "policy.unrecorded=cloud")
    (tmp_path / "events.parquet").unlink()
    assert "events.parquet" in told(folder)
