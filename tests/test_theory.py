"""What has a textbook name keeps the textbook's figures: queues, arrivals, laws of length, luck.

Seeds are fixed. Means are compared within 3 standard errors, which come from batch means, or from users who
have nothing to do with one another; each test also asks that the error is small enough to notice a mistake.
"""

import math
from collections.abc import Sequence
from itertools import islice

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from simulator.build import build
from tests import Logs, part, run
from workloads.arrivals.closed import Closed
from workloads.arrivals.poisson import Poisson
from workloads.attachments.none import NoAttachments
from workloads.lengths.exponential import Exponential
from workloads.lengths.lognormal import Lognormal
from workloads.luck import Luck
from workloads.sessions import sessions

ALPHA = 0.001
"""Chance of a false alarm of a distribution test, were the seed not fixed."""
MEAN_TOKENS = 50.0
SERVICE_S = 1.0
"""Mean service at the edge, and, by `QUEUE`, on the phone."""
QUEUE = [
    "workload=table",
    "workload.device_tokens=50",
    "workload.edge_tokens=50",
    "scorer=uniform",
    "channel.uplink_bps=1.0e+18",
    "channel.downlink_bps=1.0e+18",
    "delta.delta_s=0",
    "edge.decode_s_per_token=0.02",
    "device.decode_s_per_token=0.02",
    "policy=always_edge",
    "sessions_per_user=null",
]


def queue(blank: str, per_s: float, users: int, jobs: float, *overrides: str) -> Logs:
    """About `jobs` jobs of 1 s, arriving at `per_s` in all."""
    return run(
        *QUEUE,
        blank,
        f"users={users}",
        f"arrivals.sessions_per_s={per_s / users!r}",
        f"horizon_s={jobs / per_s!r}",
        *overrides,
    )


def batch_means(values: Sequence[float], batches: int = 25) -> tuple[float, float]:
    """Mean and standard error of values that follow one another."""
    means = np.array([batch.mean() for batch in np.array_split(np.asarray(values), batches)])
    return float(np.mean(values)), float(means.std(ddof=1) / math.sqrt(batches))


def assert_mean(found: tuple[float, float], theory: float, power: float = 0.1) -> None:
    """Within 3 standard errors, which are at most `power` of the theory's value."""
    mean, error = found
    assert error < power * theory
    assert abs(mean - theory) < 3 * error, f"{mean:.4f} +- {error:.4f}, theory {theory:.4f}"


def erlang_c(load: float, servers: int) -> float:
    """Probability of a wait in M/M/c; `load` is lambda / mu."""
    terms = [load**k / math.factorial(k) for k in range(servers)]
    last = load**servers / math.factorial(servers) / (1 - load / servers)
    return last / (sum(terms) + last)


def waits_in_order(logs: Logs) -> list[float]:
    return logs.turns.sort_values("arrived_at_s")["queue_s"].tolist()


def test_erlang_c_of_one_server_is_the_load() -> None:
    assert erlang_c(0.7, 1) == pytest.approx(0.7)
    assert erlang_c(2.0, 3) == pytest.approx(4 / 9)


def test_m_m_1(blank: str) -> None:
    """W_q = rho / (mu - lambda) at rho = 0.7; the share that waits is rho; a wait is exponential."""
    logs = queue(blank, 0.7, 20, 15_000, "scheduler.slots=1", "lengths=exponential")
    waits_s = waits_in_order(logs)
    assert_mean(batch_means(waits_s), 0.7 / 0.3)
    assert_mean(batch_means([wait_s > 0 for wait_s in waits_s]), 0.7)
    assert_mean(batch_means([wait_s > 5 for wait_s in waits_s]), 0.7 * math.exp(-0.3 * 5), power=0.15)


def test_m_m_3(blank: str) -> None:
    """W_q = C(3, a) / (3 mu - lambda) at rho = 0.8."""
    logs = queue(blank, 2.4, 20, 15_000, "scheduler.slots=3", "lengths=exponential")
    waits_s = waits_in_order(logs)
    assert_mean(batch_means(waits_s), erlang_c(2.4, 3) / (3 - 2.4), power=0.16)
    assert_mean(batch_means([wait_s > 0 for wait_s in waits_s]), erlang_c(2.4, 3))


def test_m_d_1(blank: str) -> None:
    """W_q = rho / (2 mu (1 - rho)) at rho = 0.7."""
    logs = queue(blank, 0.7, 20, 10_000, "scheduler.slots=1", "lengths=mean")
    assert_mean(batch_means(waits_in_order(logs)), 0.7 / (2 * 0.3))


def test_m_g_1(blank: str) -> None:
    """Pollaczek and Khinchine: W_q = lambda E[S^2] / (2 (1 - rho)) at rho = 0.6, S log-normal, sigma 0.8."""
    logs = queue(blank, 0.6, 20, 15_000, "scheduler.slots=1", "lengths=lognormal", "lengths.sigma=0.8")
    assert_mean(batch_means(waits_in_order(logs)), 0.6 * math.exp(0.8**2) / (2 * 0.4), power=0.16)


def test_every_npu_is_m_d_1(blank: str) -> None:
    """Phones do not share anything: each is its own queue. Errors from 30 independent users."""
    turns = queue(blank, 0.7 * 30, 30, 10_000, "policy=always_device").turns
    by_user = turns.groupby("user_id")["queue_s"].mean()
    found = float(by_user.mean()), float(by_user.std(ddof=1) / math.sqrt(len(by_user)))
    assert_mean(found, 0.7 / (2 * 0.3), power=0.16)


def present(events: pd.DataFrame, came: str, went: str, end_s: float) -> float:
    """Integral over time of how many turns are between two kinds of event."""
    entries, exits = (events.loc[events["kind"] == kind, "at_s"] for kind in (came, went))
    return float((end_s - entries).sum() - (end_s - exits).sum())


def test_little(blank: str) -> None:
    """L = lambda W, exactly: the integral of the number present is the sum of the times spent."""
    logs = queue(blank, 2.4, 7, 3_000, "scheduler.slots=3", "lengths=exponential")
    end_s, turns = logs.summary["simulated_s"], logs.turns
    arrived = logs.events[logs.events["kind"] == "arrived"]
    left = pd.merge(arrived, turns, how="left", on=["user_id", "session_id", "turn_index"])
    in_flight_s = (end_s - left.loc[left["e2e_s"].isna(), "at_s"]).sum()
    spent_s = turns["e2e_s"].sum() + in_flight_s
    assert present(logs.events, "arrived", "done", end_s) == pytest.approx(spent_s, rel=1e-9)
    # The same for the queue alone, and as rates: L and lambda W agree to the few turns in flight.
    number = present(logs.events, "arrived", "done", end_s) / end_s
    assert number == pytest.approx(len(turns) / end_s * turns["e2e_s"].mean(), rel=0.02)


def test_utilisation_is_the_time_between_started_and_finished(blank: str) -> None:
    """Exactly, whatever the horizon cuts off; and it is rho."""
    for site, slots, users in (("edge", 3, 7), ("device", 1, 7)):
        per_s = 0.8 * slots if site == "edge" else 0.8 * users
        logs = queue(blank, per_s, users, 3_000, f"scheduler.slots={slots}", f"policy=always_{site}")
        end_s = logs.summary["simulated_s"]
        servers = slots if site == "edge" else users
        used = present(logs.events, "started", "finished", end_s) / (servers * end_s)
        assert logs.summary["utilisation"][site] == pytest.approx(used, rel=1e-9)
        other = "device" if site == "edge" else "edge"
        assert logs.summary["utilisation"][other] == 0.0
        # Deterministic service: the work that comes is Poisson.
        error = math.sqrt(per_s / end_s) / servers
        assert abs(used - 0.8) < 3 * error < 0.07


@pytest.mark.parametrize(("load", "warned"), [(0.8, False), (1.2, True)])
@pytest.mark.parametrize("site", ["edge", "device"])
def test_a_queue_without_end_is_told(blank: str, site: str, load: float, warned: bool) -> None:
    logs = queue(
        blank, load * (2 if site == "edge" else 3), 3, 1_500, "scheduler.slots=2", f"policy=always_{site}"
    )
    warnings = [warning for warning in logs.summary["warnings"] if "unstable" in warning]
    assert len(warnings) == warned
    if warned:
        assert ("edge" if site == "edge" else "3 of 3 phones") in warnings[0]
        if site == "edge":
            assert float(warnings[0].split(" times")[0].split()[-1]) == pytest.approx(load, abs=0.1)


def law(kind: type, **changes: float) -> Poisson | Closed:
    return build(part("arrivals", kind.__name__.lower()) | changes, "arrivals")


def test_gaps_of_poisson_arrivals_are_exponential() -> None:
    poisson, luck = law(Poisson, sessions_per_s=0.25), Luck(1)
    gaps_s = []
    for user in range(20):
        at_s = [start.seconds for start in islice(poisson.starts(user, 20, luck), 500)]
        gaps_s += np.diff([0.0, *at_s]).tolist()
    assert stats.kstest(gaps_s, "expon", (0, 4.0)).pvalue > ALPHA
    lag_1 = np.corrcoef(gaps_s[:-1], gaps_s[1:])[0, 1]
    assert abs(lag_1) < 4 / math.sqrt(len(gaps_s))


def test_counts_of_poisson_arrivals_are_poisson() -> None:
    """Mean and variance of the sessions that 400 users begin in 100 s at 0.1/s are both 10."""
    poisson, luck = law(Poisson, sessions_per_s=0.1), Luck(2)
    counts = []
    for user in range(400):
        starts = (start.seconds for start in poisson.starts(user, 400, luck))
        counts.append(sum(1 for at_s in islice(starts, 60) if at_s < 100))
    assert np.mean(counts) == pytest.approx(10, abs=3 * math.sqrt(10 / 400))
    assert np.var(counts, ddof=1) == pytest.approx(10, abs=3 * 10 * math.sqrt(2.1 / 400))


def test_arrivals_in_a_run_keep_their_rate() -> None:
    """All of `users` x `sessions_per_s` x `horizon_s` sessions begin, at instants uniform over the run."""
    events = run("users=50", "arrivals.sessions_per_s=0.01", "horizon_s=4000", "workload=gsm8k").events
    at_s = events.loc[events["kind"] == "arrived", "at_s"]
    assert len(at_s) == pytest.approx(2000, abs=3 * math.sqrt(2000))
    assert stats.kstest(at_s / 4000, "uniform").pvalue > ALPHA


def test_closed_users_pause_before_each_session() -> None:
    """Log-normal with the stated median and sigma; the first session too."""
    closed, luck = law(Closed, think_median_s=60.0, think_sigma=0.5), Luck(3)
    pauses_s = [s.seconds for user in range(40) for s in islice(closed.starts(user, 40, luck), 50)]
    assert stats.kstest(np.log(pauses_s), "norm", (math.log(60.0), 0.5)).pvalue > ALPHA


def test_think_pauses_in_a_run() -> None:
    """From a reply to the next prompt: log-normal, median 20 s, sigma 0.5."""
    turns = run(
        "users=40", "arrivals.sessions_per_s=0.002", "arrivals.think_median_s=20", "arrivals.think_sigma=0.5"
    ).turns.sort_values(["user_id", "session_id", "turn_index"])
    before = turns.shift()
    same = (turns["user_id"] == before["user_id"]) & (turns["session_id"] == before["session_id"])
    pauses_s = (turns["arrived_at_s"] - before["done_at_s"])[same]
    assert len(pauses_s) > 800
    assert stats.kstest(np.log(pauses_s), "norm", (math.log(20.0), 0.5)).pvalue > ALPHA


GRID = (np.arange(1_000_000) + 0.5) / 1_000_000


@pytest.mark.parametrize("sigma", [0.0, 0.5, 1.22])
def test_lognormal_lengths_keep_the_mean(sigma: float) -> None:
    lengths = Lognormal(sigma=sigma)
    tokens = [lengths.tokens(879.16, uniform) for uniform in GRID[::10]]
    assert np.mean(tokens) == pytest.approx(879.16, rel=2e-3)
    assert lengths.tokens(879.16, 0.5) == pytest.approx(879.16 * math.exp(-(sigma**2) / 2), rel=1e-12)
    assert min(tokens) > 0


def test_sigma_of_the_yaml_gives_the_traces_mean_over_median() -> None:
    sigma = part("lengths", "lognormal")["sigma"]
    assert 1 / Lognormal(sigma=sigma).tokens(1.0, 0.5) == pytest.approx(2.1, abs=0.01)


def test_exponential_lengths_keep_the_mean() -> None:
    lengths = Exponential()
    tokens = [lengths.tokens(226.37, uniform) for uniform in GRID[::10]]
    assert np.mean(tokens) == pytest.approx(226.37, rel=1e-3)
    assert stats.kstest(tokens, "expon", (0, 226.37)).statistic < 1e-4


@pytest.mark.parametrize("site", ["device", "edge"])
@pytest.mark.parametrize("name", ["exponential", "lognormal"])
def test_lengths_of_sessions_follow_their_law(name: str, site: str) -> None:
    """Both sites' replies, with the workload's own means."""
    workload = build(part("workload", "gsm8k"), "workload")
    lengths = build(part("lengths", name), "lengths")
    drawn = [
        getattr(session.turns[0], site).tokens
        for user in range(20)
        for session in islice(
            sessions(workload, law(Poisson), lengths, NoAttachments(), user, 20, Luck(4)), 100
        )
    ]
    mean = getattr(workload, f"{site}_tokens")
    if name == "exponential":
        assert stats.kstest(drawn, "expon", (0, mean)).pvalue > ALPHA
    else:
        centre = math.log(mean) - lengths.sigma**2 / 2
        assert stats.kstest(np.log(drawn), "norm", (centre, lengths.sigma)).pvalue > ALPHA


KEYS = {
    "users": [(user, 0) for user in range(20_000)],
    "sessions": [(0, session) for session in range(20_000)],
    "turns": [(3, session, turn) for session in range(4_000) for turn in range(5)],
}


@pytest.mark.parametrize("name", KEYS)
def test_luck_is_uniform(name: str) -> None:
    luck = Luck(1)
    drawn = [luck.uniform("arrival", *key) for key in KEYS[name]]
    assert stats.kstest(drawn, "uniform").pvalue > ALPHA
    assert min(drawn) > 0
    assert max(drawn) < 1
    lag_1 = np.corrcoef(drawn[:-1], drawn[1:])[0, 1]
    assert abs(lag_1) < 4 / math.sqrt(len(drawn))


def test_normal_luck_is_normal() -> None:
    luck = Luck(1)
    assert stats.kstest([luck.normal("x", key) for key in range(10_000)], "norm").pvalue > ALPHA


def test_luck_of_other_names_is_independent() -> None:
    """By seed, by purpose, by place in the key: all correlations of 8 streams within 4.5 of their error."""
    n = 10_000
    streams = [
        [Luck(1).uniform("a", k) for k in range(n)],
        [Luck(2).uniform("a", k) for k in range(n)],
        [Luck(1).uniform("b", k) for k in range(n)],
        [Luck(1).uniform("a", k, 0) for k in range(n)],
        [Luck(1).uniform("a", 0, k) for k in range(n)],
        [Luck(2**64 + 1).uniform("a", k) for k in range(n)],
        [Luck(1).uniform("a", k + 2**40) for k in range(n)],
        [Luck(1).uniform("a", -k - 1) for k in range(n)],
    ]
    correlations = np.corrcoef(streams) - np.eye(len(streams))
    assert np.abs(correlations).max() < 4.5 / math.sqrt(n)


def test_four_numbers_of_one_name_are_independent() -> None:
    luck = Luck(1)
    four = np.array([luck.uniforms("turn", key) for key in range(10_000)]).T
    assert four[0].tolist() == [luck.uniform("turn", key) for key in range(10_000)]
    for stream in four:
        assert stats.kstest(stream, "uniform").pvalue > ALPHA
    assert np.abs(np.corrcoef(four) - np.eye(4)).max() < 4 / math.sqrt(10_000)


@pytest.mark.parametrize("byte", [b"\x00", b"\xff"])
def test_luck_keeps_off_the_ends_of_the_interval(byte: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rarest digests too: at 0 an exponential, at 1 a normal quantile is infinite."""
    monkeypatch.setattr(Luck, "_digest", lambda self, purpose, key: byte * 32)
    luck = Luck(1)
    for uniform in (luck.uniform("any"), *luck.uniforms("any")):
        assert 0.0 < uniform < 1.0
    assert math.isfinite(luck.normal("any"))


def test_luck_generators_are_their_own() -> None:
    luck = Luck(1)
    first, again = luck.generator("channel", 0).random(1000), luck.generator("channel", 0).random(1000)
    assert first.tolist() == again.tolist()
    other = luck.generator("channel", 1).random(1000)
    assert abs(np.corrcoef(first, other)[0, 1]) < 4 / math.sqrt(1000)


def test_luck_is_the_same_for_ever() -> None:
    """Published results depend on these digits."""
    luck = Luck(1)
    assert luck.uniform("arrival", 0, 0) == pytest.approx(_reference("arrival", 1, 0, 0), rel=1e-15)
    assert Luck(2**100).uniform("turn", 7, 8, 9) == pytest.approx(
        _reference("turn", 2**100, 7, 8, 9), rel=1e-15
    )


def _reference(purpose: str, seed: int, *key: int) -> float:
    """The definition, in other words: the first 53 bits of a salted, personalised BLAKE2b of the key."""
    from hashlib import blake2b

    name = b"".join(number.to_bytes(8, "little", signed=True) for number in key)
    salt = seed.to_bytes(16, "little")
    digest = blake2b(name, digest_size=32, salt=salt, person=purpose.encode()).digest()
    return (int.from_bytes(digest[:8], "little") // 2**11 + 0.5) / 2**53


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 12))
def test_m_m_1_long(blank: str, seed: int) -> None:
    logs = queue(blank, 0.7, 20, 200_000, "scheduler.slots=1", "lengths=exponential", f"seed={seed}")
    mean, error = batch_means(waits_in_order(logs))
    assert abs(mean - 0.7 / 0.3) < 4 * error
