"""A radio that nobody shares."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import Steps
from channels.delta.constant import Always
from channels.gilbert_elliott import GilbertElliott
from channels.parts.steady import Steady
from simulator.clock import Clock
from simulator.radio import OwnRadio, Radio, Transfer
from tests.simulator.parts import turn, when

PAYLOADS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30)), min_size=1, max_size=20)


class Halves:
    """A rate of 1 bit/s that stops in every second half of a minute: 30 s on, 30 s off."""

    def rate_bps(self, at_s: float) -> float:
        return 1.0 if at_s % 60 < 30 else 0.0

    def bits(self, start_s: float, end_s: float) -> float:
        raise NotImplementedError

    def steps(self, start_s: float, end_s: float) -> Steps:
        raise NotImplementedError

    def finish_s(self, start_s: float, bits: float) -> float:
        now_s = start_s
        while bits > 0:
            if self.rate_bps(now_s):
                moved = min(bits, 30 - now_s % 60)
                bits -= moved
                now_s += moved
            else:
                now_s += 60 - now_s % 60
        return now_s


def send_all(radio: Radio, clock: Clock, payloads: list[tuple[int, int]]) -> list[tuple[float, Transfer]]:
    """Send payloads (gap, bits) one after another; (instant, transfer) of each arrival."""
    arrived: list[tuple[float, Transfer]] = []

    def act() -> Any:
        for gap, bits in payloads:
            yield clock.ring(clock.now_s + gap, turn())
            when(clock, radio.send(turn(), float(bits)), arrived)

    clock.env.process(act())
    clock.env.run()
    return arrived


@given(PAYLOADS)
def test_payloads_go_through_one_after_another(payloads: list[tuple[int, int]]) -> None:
    """Nobody overtakes, the rate is never shared, and the radio never rests while something waits."""
    clock = Clock()
    arrived = send_all(OwnRadio(clock, Steady(2.0), None), clock, payloads)
    assert len(arrived) == len(payloads)
    now_s, free_s = 0.0, 0.0
    for (gap, bits), (at_s, transfer) in zip(payloads, arrived, strict=True):
        now_s += gap
        free_s = max(now_s, free_s) + bits / 2.0
        assert (at_s, transfer) == (free_s, (free_s - now_s, 2.0, bits))


@given(PAYLOADS)
def test_payloads_wait_for_outages_to_end(payloads: list[tuple[int, int]]) -> None:
    clock, rate = Clock(), Halves()
    arrived = send_all(OwnRadio(clock, rate, None), clock, payloads)
    now_s, free_s = 0.0, 0.0
    for (gap, bits), (at_s, transfer) in zip(payloads, arrived, strict=True):
        now_s += gap
        start_s = max(now_s, free_s)
        free_s = rate.finish_s(start_s, bits)
        assert at_s == free_s == now_s + transfer.took_s
        assert transfer.rate_bps == rate.rate_bps(start_s)  # when it began to move, not when it was sent


def test_delta_is_paid_once_a_message_and_does_not_hold_the_radio() -> None:
    """Two messages of 10 s at once, delta 3 s: arrivals at 13 and 23, not 26."""
    clock = Clock()
    arrived = send_all(OwnRadio(clock, Steady(1.0), Always(3.0)), clock, [(0, 10), (0, 10)])
    assert [(at_s, transfer.took_s) for at_s, transfer in arrived] == [(13.0, 13.0), (23.0, 23.0)]


def test_an_empty_message_still_pays_delta() -> None:
    clock = Clock()
    assert send_all(OwnRadio(clock, Steady(1.0), Always(3.0)), clock, [(2, 0)]) == [(5.0, (3.0, 1.0, 0.0))]


@pytest.mark.parametrize("dead", ["steady", "outages"])
def test_what_never_arrives_blocks_all_that_follows(dead: str) -> None:
    """However small; no error, no event, and the clock's count tells."""
    clock = Clock()
    rate: Any = Steady(0.0)
    if dead == "outages":
        slow = {"good_bps": 6e-5, "bad_bps": 0.0}
        channel = GilbertElliott(uplink=slow, downlink=slow, mean_good_s=14.0, mean_bad_s=2.5)
        rate = channel.draw(np.random.default_rng(1)).up
    assert (
        send_all(OwnRadio(clock, rate, Always(0.1)), clock, [(0, 225_000), (1, 45), (1, 0), (1, 900)]) == []
    )
    assert clock.never_events == 4
