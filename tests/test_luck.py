"""The same luck: by seed, whatever the policy, the number of users, the order of asking."""

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simulator.simulation import Simulation
from tests import KEY, Logs, run, scenario
from workloads import Session
from workloads.luck import Luck
from workloads.sessions import sessions

AIR = ["channel=rayleigh", "delta=shifted_lognormal"]
BUSY = [
    "users=6",
    "horizon_s=3000",
    "arrivals.sessions_per_s=0.002",
    "lengths=lognormal",
    "scheduler.slots=1",
]
ROOMY = ["scheduler.slots=1000"]


def command(folder: Path, *overrides: str, hash_seed: str = "0") -> None:
    """The command line, in a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "simulator", *overrides],
        cwd=folder,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        check=True,
        capture_output=True,
    )


def own(part: Any, user: int, users: int, seed: int = 1) -> Iterator[Session]:
    laws = (part.workload, part.arrivals, part.lengths, part.attachments)
    return sessions(*laws, user, users, Luck(seed))


def first_sessions(part: Any, user: int, users: int = 6, count: int = 8) -> list[Session]:
    return list(islice(own(part, user, users), count))


def air(part: Any, folder: Path, user: int) -> list[tuple[float, ...]]:
    """One user's air on a grid of instants and payloads."""
    folder.mkdir(exist_ok=True)
    link, delay = Simulation(part, folder).draw_air(user)
    grid = [*(0.37 * k for k in range(60)), 3_600.5, 1e6]
    return [
        (
            *(rate.rate_bps(at_s) for rate in link),
            *(rate.finish_s(at_s, 9e3) for rate in link),
            *(rate.bits(at_s, at_s + 1.7) for rate in link),
            delay.delay_s(at_s),
        )
        for at_s in grid
    ]


def by_key(turns: pd.DataFrame) -> pd.DataFrame:
    return turns.sort_values(KEY, ignore_index=True)


def test_same_seed_same_bytes_in_fresh_processes(tmp_path: Path) -> None:
    """Whatever Python's own hash seed."""
    for name, hash_seed in (("a", "1"), ("b", "2")):
        command(tmp_path, *BUSY, *AIR, f"hydra.run.dir={name}", hash_seed=hash_seed)
    for log in ("turns.parquet", "events.parquet"):
        assert (tmp_path / "a" / log).read_bytes() == (tmp_path / "b" / log).read_bytes()
    # And what a process that has run something else before finds is the same once more.
    run(*BUSY, "seed=9")
    again = run(*BUSY, *AIR)
    assert again.turns_bytes == (tmp_path / "a" / "turns.parquet").read_bytes()
    assert again.events_bytes == (tmp_path / "a" / "events.parquet").read_bytes()
    assert len(again.turns) > 50


def test_a_sweep_finds_what_single_runs_find(tmp_path: Path) -> None:
    common = [*BUSY, *AIR, "hydra.sweep.dir=sweep", "hydra.sweep.subdir=${policy._target_}"]
    command(tmp_path, "-m", "policy=fused,always_edge", *common)
    found = {
        folder.name.rpartition(".")[2]: folder for folder in (tmp_path / "sweep").iterdir() if folder.is_dir()
    }
    assert set(found) == {"Fused", "AlwaysEdge"}
    for policy, name in (("fused", "Fused"), ("always_edge", "AlwaysEdge")):
        alone = run(*BUSY, *AIR, f"policy={policy}")
        assert (found[name] / "turns.parquet").read_bytes() == alone.turns_bytes
        assert (found[name] / "events.parquet").read_bytes() == alone.events_bytes


@pytest.mark.parametrize("arrivals", ["poisson", "closed"])
def test_another_seed_is_another_run(arrivals: str) -> None:
    common = ["users=3", "horizon_s=2000", f"arrivals={arrivals}", "workload=gsm8k"]
    first, second = run(*common), run(*common, "seed=2")
    assert set(first.turns["arrived_at_s"]).isdisjoint(second.turns["arrived_at_s"])


def test_every_quantity_depends_on_the_seed() -> None:
    part = scenario(*BUSY)
    first, second = (list(islice(own(part, 0, 6, seed), 10)) for seed in (1, 2))

    def drawn(session: Session) -> list[Any]:
        turn = session.turns[-1]
        return [session.start.seconds, turn.device.tokens, turn.edge.tokens, turn.pause_s or session.start]

    for a, b in zip(first, second, strict=True):
        assert all(x != y for x, y in zip(drawn(a), drawn(b), strict=True))
    assert [s.turns[0].prompt_tokens for s in first] != [s.turns[0].prompt_tokens for s in second]


@pytest.fixture(scope="module")
def three() -> dict[str, Logs]:
    """Three policies, one seed, one crowded edge."""
    return {
        policy: run(*BUSY, *AIR, f"policy={policy}") for policy in ("always_device", "always_edge", "fused")
    }


def test_policies_share_every_drawn_quantity(three: dict[str, Logs]) -> None:
    """Whatever a turn of any of the three runs shows was there before the policy looked."""
    part = scenario(*BUSY, *AIR)
    drawn = {
        (turn.user_id, turn.session_id, turn.index): (session, turn)
        for user in range(6)
        for session in first_sessions(part, user, count=30)
        for turn in session.turns
    }
    for policy, logs in three.items():
        done_at_s = {
            tuple(row[:3]): row[3] for row in logs.turns[[*KEY, "done_at_s"]].itertuples(index=False)
        }
        assert len(done_at_s) > 30, policy
        for row in logs.turns.itertuples(index=False):
            key = (row.user_id, row.session_id, row.turn_index)
            session, turn = drawn[key]
            answer = turn.device if row.site == "device" else turn.edge
            assert row.prompt_tokens == turn.prompt_tokens
            assert (row.response_tokens, row.quality) == answer[:2]
            assert row.score == turn.score
            assert row.task == turn.task
            if row.turn_index == 0:
                assert row.arrived_at_s == pytest.approx(session.start.seconds, rel=1e-12)
            else:
                before_s = done_at_s[(row.user_id, row.session_id, row.turn_index - 1)]
                assert row.arrived_at_s == pytest.approx(before_s + turn.pause_s, rel=1e-12)
    sites = set(three["fused"].turns["site"])
    assert sites == {"device", "edge"}


def test_policies_meet_the_same_first_prompts(three: dict[str, Logs]) -> None:
    firsts = []
    for logs in three.values():
        events = logs.events
        first = events[(events["kind"] == "arrived") & (events["turn_index"] == 0)]
        firsts.append(
            first.sort_values(["user_id", "session_id"])[["at_s", *KEY, "value"]].to_numpy().tolist()
        )
    assert firsts[0] == firsts[1] == firsts[2]


def test_policies_meet_the_same_air(three: dict[str, Logs], tmp_path: Path) -> None:
    """On a grid; and what the runs logged is the rate of that air when each upload began."""
    parts = {policy: scenario(*BUSY, *AIR, f"policy={policy}") for policy in three}
    for user in range(6):
        airs = [air(part, tmp_path / policy, user) for policy, part in parts.items()]
        assert airs[0] == airs[1] == airs[2]
    assert air(parts["fused"], tmp_path / "x", 0) != air(parts["fused"], tmp_path / "x", 1)
    for policy in ("always_edge", "fused"):
        simulation = Simulation(parts[policy], tmp_path / policy)
        links = [simulation.draw_air(user)[0] for user in range(6)]
        turns = three[policy].turns
        edge = turns[turns["site"] == "edge"]
        sent_at_s = edge["arrived_at_s"] + edge["router_s"]
        rates = [links[user].up.rate_bps(at_s) for user, at_s in zip(edge["user_id"], sent_at_s, strict=True)]
        same = [a == pytest.approx(b, rel=1e-9) for a, b in zip(edge["uplink_bps"], rates, strict=True)]
        assert len(same) > 20
        assert sum(same) > 0.9 * len(same)  # the others waited for the radio, or sit on a border


@pytest.mark.parametrize("arrivals", ["poisson", "closed"])
def test_more_users_do_not_change_the_others(arrivals: str, tmp_path: Path) -> None:
    few, many = (scenario(f"arrivals={arrivals}", *AIR, f"users={users}") for users in (3, 11))
    for user in range(3):
        assert first_sessions(few, user, 3) == first_sessions(many, user, 11)
        assert air(few, tmp_path / "few", user) == air(many, tmp_path / "many", user)


@pytest.mark.parametrize("arrivals", ["poisson", "closed"])
@pytest.mark.parametrize("policy", ["always_device", "always_edge", "fused"])
def test_more_users_do_not_change_the_others_runs(arrivals: str, policy: str) -> None:
    """Where the edge has room for all, a user's turns are the same to the last digit."""
    common = [f"arrivals={arrivals}", *AIR, *ROOMY, "horizon_s=3000", f"policy={policy}"]
    common += ["arrivals.sessions_per_s=0.002"] if arrivals == "poisson" else []
    few, many = by_key(run(*common, "users=3").turns), by_key(run(*common, "users=11").turns)
    many = many[many["user_id"] < 3].reset_index(drop=True)
    assert len(few) > 15
    few["task"], many["task"] = few["task"].astype(str), many["task"].astype(str)
    pd.testing.assert_frame_equal(few, many, check_exact=True)


def test_lengths_leave_all_else_alone() -> None:
    mean, lognormal = scenario("lengths=mean"), scenario("lengths=lognormal")
    changed = 0
    for user in range(5):
        for a, b in zip(first_sessions(mean, user), first_sessions(lognormal, user), strict=True):
            assert a.start == b.start
            for x, y in zip(a.turns, b.turns, strict=True):
                assert x._replace(device=None, edge=None) == y._replace(device=None, edge=None)
                assert (x.device.quality, x.edge.quality) == (y.device.quality, y.edge.quality)
                changed += x.device.tokens != y.device.tokens and x.edge.tokens != y.edge.tokens
    assert changed > 50


def test_the_two_sites_replies_are_drawn_apart() -> None:
    """Quantile by quantile, a long reply on the phone says nothing about the edge's."""
    part = scenario("lengths=lognormal", "workload=gsm8k")
    turns = [s.turns[0] for user in range(20) for s in first_sessions(part, user, 20, 50)]
    lengths = pd.DataFrame(
        {"device": [t.device.tokens for t in turns], "edge": [t.edge.tokens for t in turns]}
    )
    assert abs(lengths.corr("spearman").loc["device", "edge"]) < 4 / len(turns) ** 0.5


def test_pauses_change_with_their_law_only() -> None:
    short, long = scenario(), scenario("arrivals.think_median_s=246")
    for user in range(3):
        for a, b in zip(first_sessions(short, user), first_sessions(long, user), strict=True):
            assert a.start == b.start
            for x, y in zip(a.turns, b.turns, strict=True):
                assert y.pause_s == pytest.approx(2 * x.pause_s, rel=1e-12)
                assert (x.device, x.edge, x.prompt_tokens) == (y.device, y.edge, y.prompt_tokens)


def test_results_do_not_depend_on_the_order_of_asking() -> None:
    """User by user, backwards, or a session of each in turn."""
    part = scenario("lengths=lognormal")
    luck = Luck(1)

    def all_of(user: int) -> Iterator[Session]:
        return sessions(part.workload, part.arrivals, part.lengths, part.attachments, user, 4, luck)

    straight = {user: list(islice(all_of(user), 6)) for user in range(4)}
    backwards = {user: list(islice(all_of(user), 6)) for user in (3, 2, 1, 0)}
    iterators = [all_of(user) for user in range(4)]
    rounds = [[next(iterator) for iterator in iterators] for _ in range(6)]
    in_turn = {user: [one[user] for one in rounds] for user in range(4)}
    assert straight == backwards == in_turn


def test_shares_of_a_coin_are_nested() -> None:
    common = ["users=10", "horizon_s=3000", "workload=gsm8k", "arrivals.sessions_per_s=0.005", "policy=coin"]
    few, many = (
        {tuple(row) for row in turns.loc[turns["site"] == "edge", KEY].itertuples(index=False)}
        for turns in (
            run(*common, f"policy.edge_share={share}", "horizon_s=null", "sessions_per_user=20").turns
            for share in (0.2, 0.6)
        )
    )
    assert len(few) > 20
    assert few < many
