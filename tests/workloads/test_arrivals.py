"""Closed, Poisson and recorded arrivals; the laws' distributions are in tests/test_theory.py."""

import math
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from workloads.arrivals.closed import Closed
from workloads.arrivals.poisson import Poisson
from workloads.arrivals.replay import Replay
from workloads.luck import Luck

THINKING = {"think_median_s": 60.0, "think_sigma": 0.5}


def starts(law: Any, user: int = 0, users: int = 1, count: int = 50, seed: int = 1) -> list[float]:
    return [start.seconds for start in islice(law.starts(user, users, Luck(seed)), count)]


def recorded(folder: Path, *instants: object, **changes: Any) -> Replay:
    file = folder / "starts.csv"
    file.write_text("at_s\n" + "".join(f"{instant}\n" for instant in instants))
    return Replay(**({"path": str(file), "speedup": 1.0} | THINKING | changes))


def test_pauses_are_quantiles_of_a_log_normal_law() -> None:
    closed = Closed(**THINKING)
    assert closed.pause_s(0.5) == pytest.approx(60.0)
    assert closed.pause_s(0.841344746) == pytest.approx(60.0 * math.exp(0.5), rel=1e-6)
    assert closed.pause_s(0.158655254) == pytest.approx(60.0 * math.exp(-0.5), rel=1e-6)


def test_no_median_no_pause() -> None:
    law = Poisson(think_median_s=0.0, think_sigma=0.98, sessions_per_s=1.0)
    assert [law.pause_s(uniform) for uniform in (0.001, 0.5, 0.999)] == [0.0, 0.0, 0.0]


def test_no_sigma_one_pause() -> None:
    law = Closed(think_median_s=7.0, think_sigma=0.0)
    assert [law.pause_s(uniform) for uniform in (0.001, 0.5, 0.999)] == [7.0, 7.0, 7.0]


def test_closed_starts_follow_the_session_before() -> None:
    closed = Closed(**THINKING)
    assert all(start.after_previous for start in islice(closed.starts(0, 1, Luck(1)), 20))
    assert len(set(starts(closed))) == 50
    assert starts(closed, user=1) != starts(closed, user=0)
    assert starts(closed, user=1, users=9) == starts(closed, user=1, users=2)


def test_poisson_starts_are_ascending_instants() -> None:
    poisson = Poisson(sessions_per_s=0.1, **THINKING)
    assert not any(start.after_previous for start in islice(poisson.starts(0, 1, Luck(1)), 20))
    at_s = starts(poisson)
    assert at_s == sorted(set(at_s))
    assert at_s[0] > 0
    assert starts(poisson, user=1, users=9) == starts(poisson, user=1, users=2) != at_s


def test_a_faster_rate_is_the_same_luck_in_less_time() -> None:
    slow, fast = (Poisson(sessions_per_s=rate, **THINKING) for rate in (0.1, 0.4))
    assert [at_s / 4 for at_s in starts(slow)] == pytest.approx(starts(fast), rel=1e-12)


def test_recorded_starts_are_dealt_in_turn(tmp_path: Path) -> None:
    replay = recorded(tmp_path, 0, 1.5, 1.5, 4, 9)
    assert [starts(replay, user, 2) for user in (0, 1)] == [[0.0, 1.5, 9.0], [1.5, 4.0]]
    assert starts(replay, 0, 1) == [0.0, 1.5, 1.5, 4.0, 9.0]
    assert starts(replay, 7, 8) == []  # more users than arrivals
    assert not any(start.after_previous for start in replay.starts(0, 1, Luck(1)))
    assert starts(replay, seed=2) == starts(replay, seed=1)


def test_all_recorded_starts_go_to_somebody(tmp_path: Path) -> None:
    replay = recorded(tmp_path, *range(100))
    for users in (1, 3, 7, 100, 300):
        dealt = [at_s for user in range(users) for at_s in starts(replay, user, users, 200)]
        assert sorted(dealt) == [float(at_s) for at_s in range(100)]


def test_a_speedup_divides_every_instant(tmp_path: Path) -> None:
    assert starts(recorded(tmp_path, 0, 3, 10, speedup=2.0)) == [0.0, 1.5, 5.0]
    assert starts(recorded(tmp_path, 0, 3, 10, speedup=0.1)) == pytest.approx([0.0, 30.0, 100.0])


@pytest.mark.parametrize(
    ("instants", "told"),
    [
        ((3, 2), "row 2 is 2"),
        ((-1, 2), "row 1 is -1"),
        ((0, "nan"), "row 2 is nan"),
        ((0, "inf"), "row 2 is inf"),
        ((0, "soon"), "row 2 is 'soon'"),
        ((), "no rows"),
    ],
)
def test_instants_ascend(tmp_path: Path, instants: tuple[object, ...], told: str) -> None:
    with pytest.raises(ValueError, match=r"starts\.csv.*" + told):
        recorded(tmp_path, *instants)


def test_a_table_without_instants(tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("at\n1\n")
    with pytest.raises(ValueError, match=r"no column 'at_s'; did you mean at\?"):
        Replay(path=str(file), speedup=1.0, **THINKING)


@pytest.mark.parametrize(
    ("law", "changes"),
    [
        (Poisson, {"sessions_per_s": 0.0}),
        (Poisson, {"sessions_per_s": math.inf}),
        (Closed, {"think_median_s": -1.0}),
        (Closed, {"think_sigma": math.nan}),
        (Closed, {"pause": 3.0}),
    ],
)
def test_settings_are_checked(law: type, changes: dict[str, float]) -> None:
    known = THINKING | ({"sessions_per_s": 0.1} if law is Poisson else {})
    with pytest.raises((ValueError, TypeError), match=next(iter(changes))):
        law(**(known | changes))
