"""Air shared by several users: transfers are exact among comings and goings."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels import Link, Rate
from channels.delta.constant import Always
from channels.parts.steady import Steady
from channels.sharing.alone import Alone
from channels.sharing.round_robin import RoundRobin
from simulator.build import build
from simulator.clock import Clock
from simulator.medium import Medium
from simulator.radio import Cell, SharedRadio, Transfer
from tests import part, run
from tests.simulator.parts import turn, when

LOADS = st.lists(
    st.tuples(st.floats(0, 5), st.integers(0, 3), st.floats(0, 30).map(lambda bits: round(bits, 3))),
    min_size=1,
    max_size=15,
)
Arrival = tuple[float, int, float]
Arrived = list[tuple[float, Transfer]]


class AloneOnTheMedium:
    """Nobody slows anybody, but the medium is asked."""

    apart = False

    def allot(self, rates: Sequence[Rate], uplink: bool) -> Sequence[Rate]:
        return rates


def send_all(sharing: Any, rates: Sequence[Rate], loads: Sequence[Arrival], delta_s: float = 0.0) -> Arrived:
    """Send payloads (gap, user, bits); (instant, transfer) of each, in the order of sending."""
    clock = Clock()
    cell = Cell(clock, sharing)
    radios = [cell.radios(Link(rate, rate), Always(delta_s)).up for rate in rates]
    arrived: list[list[Any]] = []

    def act() -> Any:
        for number, (gap_s, user, bits) in enumerate(loads):
            yield clock.ring(clock.now_s + gap_s, turn(9))
            arrived.append([])
            when(clock, radios[user].send(turn(user, number), bits), arrived[-1])

    clock.env.process(act())
    clock.env.run()
    assert all(len(one) == 1 for one in arrived)
    return [one[0] for one in arrived]


def faded(users: int) -> list[Rate]:
    law = build(part("channel", "rayleigh"), "channel")
    return [law.draw(np.random.default_rng(user)).up for user in range(users)]


@given(LOADS)
@settings(max_examples=40, deadline=None)
def test_a_medium_on_which_nobody_slows_anybody_is_a_radio_of_ones_own(loads: list[Arrival]) -> None:
    rates = [Steady(2.0), Steady(0.7), Steady(11.0), Steady(3.0)]
    for (at_s, transfer), (own_at_s, own) in zip(
        send_all(AloneOnTheMedium(), rates, loads, 0.3), send_all(Alone(), rates, loads, 0.3), strict=True
    ):
        assert at_s == pytest.approx(own_at_s, rel=1e-12, abs=1e-12)
        assert transfer.took_s == pytest.approx(own.took_s, rel=1e-9, abs=1e-9)
        assert transfer.rate_bps == own.rate_bps


def test_two_share_by_hand() -> None:
    """10 bit from 0 s, 4 from 2 s, 1 bit/s: the second takes 8 s at half the rate, the first ends at 14."""
    arrived = send_all(RoundRobin(), [Steady(1.0)] * 2, [(0.0, 0, 10.0), (2.0, 1, 4.0)])
    assert arrived == [(14.0, (14.0, 1.0, 10.0)), (10.0, (8.0, 0.5, 4.0))]


def test_one_users_payloads_wait_for_one_another_and_count_once() -> None:
    """User 0 sends 4 and 4 bit at once beside user 1's 8: 8 s, then 4 of each left, all done at 16."""
    loads = [(0.0, 0, 4.0), (0.0, 0, 4.0), (0.0, 1, 8.0)]
    arrived = send_all(RoundRobin(), [Steady(1.0)] * 2, loads)
    assert [at_s for at_s, _ in arrived] == [8.0, 16.0, 16.0]


def test_delta_holds_nobody() -> None:
    arrived = send_all(RoundRobin(), [Steady(1.0)] * 2, [(0.0, 0, 1.0), (1.0, 1, 5.0)], delta_s=3.0)
    assert arrived == [(4.0, (4.0, 1.0, 1.0)), (9.0, (8.0, 1.0, 5.0))]


def test_an_empty_payload_passes_at_once() -> None:
    arrived = send_all(RoundRobin(), [Steady(1.0)] * 2, [(0.0, 0, 10.0), (2.0, 1, 0.0)])
    assert [at_s for at_s, _ in arrived] == [10.0, 2.0]


def brute_force_s(rates: Sequence[Rate], loads: Sequence[Arrival], step_s: float) -> list[float]:
    """Instants of arrival, slot by slot: in each, all that have begun share the slot evenly."""
    starts_s = np.cumsum([gap_s for gap_s, _, _ in loads])
    left = [bits for _, _, bits in loads]
    ends_s = [math.inf] * len(loads)
    for slot in range(10**7):
        at_s = slot * step_s
        active: dict[int, int] = {}
        for number, (_, user, _) in enumerate(loads):
            if left[number] > 0 and starts_s[number] <= at_s:
                active.setdefault(user, number)
        for user, number in active.items():
            left[number] -= rates[user].rate_bps(at_s + step_s / 2) / len(active) * step_s
            if left[number] <= 0:
                ends_s[number] = at_s + step_s
        if all(bits <= 0 for bits in left):
            return ends_s
    raise AssertionError


def test_slots_come_to_the_exact_result() -> None:
    """Three fading users, six payloads: finer slots come closer, as fast as they get finer."""
    rates = faded(3)
    loads = [(0.0, 0, 4e5), (0.1, 1, 2e5), (0.2, 2, 1e5), (0.0, 0, 5e4), (0.4, 1, 3e5), (0.1, 2, 1e5)]
    exact_s = np.array([at_s for at_s, _ in send_all(RoundRobin(), rates, loads)])
    errors_s = [
        np.abs(np.array(brute_force_s(rates, loads, 2.0**-power)) - exact_s).max() for power in (9, 12, 15)
    ]
    assert errors_s[0] < 0.01
    assert errors_s[2] < 2e-4
    assert errors_s[0] > errors_s[1] > errors_s[2]


def test_processor_sharing_has_its_mean_delay() -> None:
    """M/G/1-PS: mean S / (C (1 - rho)), whatever the law of the sizes; 3 standard errors of batch means."""
    luck, count, load = np.random.default_rng(1), 20_000, 0.6
    for sizes in (np.ones(count), luck.exponential(1.0, count), luck.choice([0.1, 4.6], count, p=[0.8, 0.2])):
        clock = Clock()
        medium, delays = Medium(clock, RoundRobin(), True), list[Any]()

        def act(sizes: Any = sizes, clock: Any = clock, medium: Any = medium, delays: Any = delays) -> Any:
            gaps_s = luck.exponential(1 / load, count)
            for user, (gap_s, bits) in enumerate(zip(gaps_s.tolist(), sizes.tolist(), strict=True)):
                yield clock.ring(clock.now_s + gap_s, turn(user))
                radio = SharedRadio(clock, medium, Steady(1.0), None)
                when(clock, radio.send(turn(user), bits), delays)

        clock.env.process(act())
        clock.env.run()
        took_s = np.array([transfer.took_s for _, transfer in delays])
        batches = took_s.reshape(20, -1).mean(axis=1)
        error = batches.std(ddof=1) / math.sqrt(20)
        assert took_s.mean() == pytest.approx(sizes.mean() / (1 - load * sizes.mean()), abs=3 * error)
        assert error < 0.15


def test_what_never_arrives_is_counted() -> None:
    """A dead link beside a live one: the live one goes on, at half its rate."""
    clock, arrived = Clock(), list[Any]()
    cell = Cell(clock, RoundRobin())
    dead, live = (cell.radios(Link(Steady(bps), Steady(bps)), Always(0.0)).up for bps in (0.0, 1.0))
    when(clock, dead.send(turn(0), 1.0), arrived)
    when(clock, live.send(turn(1), 5.0), arrived)
    clock.env.run()
    assert arrived == [(10.0, (10.0, 0.5, 5.0))]
    assert cell.stuck_transfers == 1


def test_cells_do_not_hear_one_another() -> None:
    """Ten users who always upload: in cells of one the air is as if alone; in one cell it is slower."""
    busy = ["users=10", "horizon_s=600", "arrivals.sessions_per_s=0.05", "policy=always_edge"]
    busy += ["channel.uplink_bps=2e4", "channel.downlink_bps=2e4", "scheduler.slots=1000"]
    alone, apart, together = (
        run(*busy, f"sharing={sharing}", f"users_per_cell={users}").turns
        for sharing, users in (("alone", "null"), ("round_robin", 1), ("round_robin", "null"))
    )
    key = ["user_id", "session_id", "turn_index"]
    same = alone.merge(apart, on=key)
    assert len(same) == len(alone) > 100
    assert np.allclose(same["uplink_s_x"], same["uplink_s_y"], rtol=1e-9, atol=1e-9)
    both = alone.merge(together, on=key)
    assert both["uplink_s_y"].mean() > 1.5 * both["uplink_s_x"].mean()


def test_far_ends_come_when_they_should() -> None:
    """Longer than any look ahead: 10,000 bit each over 1 bit/s, and a short one in between."""
    loads = [(0.0, 0, 1e4), (0.0, 1, 1e4), (5000.0, 2, 100.0)]
    arrived = send_all(RoundRobin(), [Steady(1.0)] * 3, loads)
    assert [at_s for at_s, _ in arrived] == pytest.approx([20_100.0, 20_100.0, 5300.0], rel=1e-12)


class Asked(Steady):
    """A rate that counts how often it is asked for an end."""

    def __init__(self, bps: float) -> None:
        super().__init__(bps)
        self.times = 0

    def finish_s(self, start_s: float, bits: float) -> float:
        self.times += 1
        return super().finish_s(start_s, bits)


def test_only_the_next_end_is_worked_out() -> None:
    """Twenty long transfers and a short one: at each coming and going one or two are asked, not all."""
    rates = [Asked(1.0) for _ in range(21)]
    send_all(AloneOnTheMedium(), rates, [(1.0, user, 1e4) for user in range(20)] + [(1.0, 20, 1.0)])
    assert sum(rate.times for rate in rates) < 4 * 21


def test_payloads_behind_a_stuck_one_count_as_stuck() -> None:
    clock, arrived = Clock(), list[Any]()
    cell = Cell(clock, RoundRobin())
    dead = cell.radios(Link(Steady(0.0), Steady(0.0)), Always(0.0)).up
    for number in range(3):
        when(clock, dead.send(turn(0, number), 1.0), arrived)
    clock.env.run()
    assert arrived == []
    assert cell.stuck_transfers == 3


def test_an_outage_is_waited_for_and_an_endless_one_given_up() -> None:
    """One link is gone for 30 s of every minute, another for ever, a third is well."""
    law = build(part("channel", "gilbert_elliott"), "channel")
    broken, well = law.draw(np.random.default_rng(3)).up, Steady(1e6)
    clock, arrived = Clock(), list[Any]()
    cell = Cell(clock, RoundRobin())
    for user, rate in enumerate((broken, Steady(0.0), well)):
        radio = cell.radios(Link(rate, rate), Always(0.0)).up
        when(clock, radio.send(turn(user), 1e9), arrived)
    clock.env.run()
    assert len(arrived) == 2
    assert cell.stuck_transfers == 1
    assert clock.now_s < 1e5
