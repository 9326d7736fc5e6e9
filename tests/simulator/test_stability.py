"""When a queue is called unstable, and when chance or the users' number explains it."""

from typing import Any

import pytest

from simulator.stability import overload, overloads
from tests import run


class Measured:
    """A server of which only this is known."""

    def __init__(self, jobs: int, load: float) -> None:
        self.jobs, self.load = jobs, load

    def offered_load(self, fewest_jobs: int) -> float:
        return self.load if self.jobs >= fewest_jobs else 0.0


def of(jobs: int, load: float) -> Any:
    return Measured(jobs, load)


@pytest.mark.parametrize(
    ("jobs", "load", "found"),
    [
        *[(29, 9.0, 0.0), (30, 1.4, 0.0), (30, 1.6, 1.6), (399, 1.2, 0.0), (400, 1.2, 1.2)],
        *[(3199, 1.06, 0.0), (3200, 1.06, 1.06), (10**6, 1.04, 0.0)],
    ],
)
def test_the_fewer_the_jobs_the_higher_the_load_must_be(jobs: int, load: float, found: float) -> None:
    assert overload(of(jobs, load)) == found


def test_equal_phones_tell_of_one_another() -> None:
    """Of 120 phones with 40 jobs each none would do alone; the median of all is no chance."""
    loads = [1.1 + number / 1000 for number in range(120)]
    found, everywhere = overloads(of(40, load) for load in loads)
    assert everywhere
    assert found == loads


def test_a_few_overloaded_phones_are_not_all() -> None:
    phones = [of(1000, 0.5) for _ in range(9)] + [of(1000, 1.5)]
    assert overloads(phones) == ([1.5], False)
    assert overloads(of(1000, 1.0) for _ in range(9)) == ([], False)
    assert overloads([]) == overloads([of(3, 5.0)]) == ([], False)


@pytest.mark.parametrize("seed", range(1, 6))
def test_a_busy_stable_queue_is_not_called_unstable(seed: int, tmp_path: Any) -> None:
    """M/M/1 at 0.85, three hundred jobs: the load measured is above 1.05 now and then, by chance."""
    table = tmp_path / "table.csv"
    table.write_text("prompt_tokens\n0\n")
    logs = run(
        *("workload=table", f"workload.path={table}", "workload.device_tokens=50", "workload.edge_tokens=50"),
        *("scorer=uniform", "edge.decode_s_per_token=0.02", "lengths=exponential", "policy=always_edge"),
        *("scheduler.slots=1", "users=5", "arrivals.sessions_per_s=0.17", "horizon_s=350", f"seed={seed}"),
    )
    assert 200 < len(logs.turns) < 400
    assert not any("unstable" in warning for warning in logs.summary["warnings"])


def test_users_who_wait_for_their_replies_overload_nothing() -> None:
    """A hundred users and one slot: their number bounds the wait, and a number it is."""
    logs = run("arrivals=closed", "scheduler.slots=1", "policy=always_edge", "users=100", "horizon_s=3000")
    assert logs.summary["utilisation"]["edge"] > 0.9
    assert not any("unstable" in warning for warning in logs.summary["warnings"])
    assert logs.summary["metrics"]["edge_queue_s"]["mean"] > 100
