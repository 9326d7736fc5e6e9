"""Radio, CPU and NPU of one phone."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import Link
from channels.delta.constant import Always
from channels.gilbert_elliott import GilbertElliott
from channels.parts.steady import Steady
from simulator.clock import Clock
from simulator.phone import NO_TRANSFER, Air, Device, Phone, Radio, Transfer
from tests import run
from tests.simulator.parts import Notes, job, turn, when

PAYLOADS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30)), min_size=1, max_size=20)


class Halves:
    """A rate of 1 bit/s that stops in every second half of a minute: 30 s on, 30 s off."""

    def rate_bps(self, at_s: float) -> float:
        return 1.0 if at_s % 60 < 30 else 0.0

    def bits(self, start_s: float, end_s: float) -> float:
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
    """Send payloads (gap, tokens) one after another; (instant, transfer) of each arrival."""
    arrived: list[tuple[float, Transfer]] = []

    def act() -> Any:
        for gap, tokens in payloads:
            yield clock.ring(clock.now_s + gap, turn())
            when(clock, radio.send(turn(), float(tokens)), arrived)

    clock.env.process(act())
    clock.env.run()
    return arrived


@given(PAYLOADS)
def test_payloads_go_through_one_after_another(payloads: list[tuple[int, int]]) -> None:
    """Nobody overtakes, the rate is never shared, and the radio never rests while something waits."""
    clock = Clock()
    arrived = send_all(Radio(clock, Steady(2.0), 4.0, None), clock, payloads)
    assert len(arrived) == len(payloads)
    now_s, free_s = 0.0, 0.0
    for (gap, tokens), (at_s, transfer) in zip(payloads, arrived, strict=True):
        now_s += gap
        free_s = max(now_s, free_s) + tokens * 4.0 / 2.0
        assert (at_s, transfer) == (free_s, (free_s - now_s, 2.0))


@given(PAYLOADS)
def test_payloads_wait_for_outages_to_end(payloads: list[tuple[int, int]]) -> None:
    clock, rate = Clock(), Halves()
    arrived = send_all(Radio(clock, rate, 1.0, None), clock, payloads)
    now_s, free_s = 0.0, 0.0
    for (gap, tokens), (at_s, transfer) in zip(payloads, arrived, strict=True):
        now_s += gap
        start_s = max(now_s, free_s)
        free_s = rate.finish_s(start_s, tokens)
        assert at_s == free_s == now_s + transfer.took_s
        assert transfer.rate_bps == rate.rate_bps(start_s)  # when it began to move, not when it was sent


def test_delta_is_paid_once_a_message_and_does_not_hold_the_radio() -> None:
    """Two messages of 10 s at once, delta 3 s: arrivals at 13 and 23, not 26."""
    clock = Clock()
    arrived = send_all(Radio(clock, Steady(1.0), 1.0, Always(3.0)), clock, [(0, 10), (0, 10)])
    assert [(at_s, transfer.took_s) for at_s, transfer in arrived] == [(13.0, 13.0), (23.0, 23.0)]


def test_an_empty_message_still_pays_delta() -> None:
    clock = Clock()
    assert send_all(Radio(clock, Steady(1.0), 1.0, Always(3.0)), clock, [(2, 0)]) == [(5.0, (3.0, 1.0))]


@pytest.mark.parametrize("dead", ["steady", "outages"])
def test_what_never_arrives_blocks_all_that_follows(dead: str) -> None:
    """However small; no error, no event, and the clock's count tells."""
    clock = Clock()
    rate: Any = Steady(0.0)
    if dead == "outages":
        slow = {"good_bps": 6e-5, "bad_bps": 0.0}
        channel = GilbertElliott(
            uplink=slow, downlink=slow, mean_good_s=14.0, mean_bad_s=2.5, bits_per_token=45.0
        )
        rate = channel.draw(np.random.default_rng(1)).up
    assert send_all(Radio(clock, rate, 45.0, Always(0.1)), clock, [(0, 5000), (1, 1), (1, 0), (1, 20)]) == []
    assert clock.never_events == 4


def test_a_run_over_a_link_that_carries_nothing_ends_and_says_so() -> None:
    logs = run(
        "users=3",
        "channel=gilbert_elliott",
        "channel.uplink.good_bps=1.0e-6",
        "arrivals.sessions_per_s=0.01",
        "policy=always_edge",
    )
    assert logs.summary["turns"]["done"] == 0
    assert any("were given up" in warning for warning in logs.summary["warnings"])


def phone(clock: Clock, notes: Notes, delay_s: float = 3.0, **prices: float) -> Phone:
    device = Device(prefill_s_per_token=2.0, decode_s_per_token=1.0, router_s_per_token=0.5)
    air = Air(Link(Steady(1.0), Steady(5.0)), Always(delay_s), 1.0)
    return Phone(clock, device, lambda: air, notes)


def test_delta_is_on_the_uplink_alone() -> None:
    clock, arrived = Clock(), list[Any]()
    one = phone(clock, Notes())
    when(clock, one.up.send(turn(), 10.0), arrived)
    when(clock, one.down.send(turn(), 10.0), arrived)
    clock.env.run()
    assert arrived == [(2.0, (2.0, 5.0)), (13.0, (13.0, 1.0))]
    assert (one.up.rate_bps(), one.down.rate_bps()) == (1.0, 5.0)


def test_both_directions_are_one_radio_each() -> None:
    """Asked again, the same queue; the air is drawn once, and only when it is needed."""
    clock, drawn = Clock(), list[int]()

    def draw() -> Air:
        drawn.append(1)
        return Air(Link(Steady(1.0), Steady(1.0)), Always(0.0), 1.0)

    one = Phone(
        clock, Device(prefill_s_per_token=1, decode_s_per_token=1, router_s_per_token=1), draw, Notes()
    )
    one.npu.submit(job(1.0))
    one.route(turn(), 1.0, 1.0)
    assert drawn == []
    arrived: list[Any] = []
    for _ in range(2):
        when(clock, one.up.send(turn(), 4.0), arrived)
        when(clock, one.down.send(turn(), 5.0), arrived)
    clock.env.run()
    assert [at_s for at_s, _ in arrived] == [4.0, 5.0, 8.0, 10.0]
    assert drawn == [1]


def test_prompts_are_scored_one_after_another() -> None:
    """tau_r = 0.5: 20 tokens take 10 s, the next 4 tokens wait for them; the wait counts as router time."""
    clock, scored = Clock(), list[Any]()
    one = phone(clock, Notes())
    when(clock, one.route(turn(session=0), 15.0, 5.0), scored)
    when(clock, one.route(turn(session=1), 0.0, 4.0), scored)
    clock.env.run()
    assert scored == [(10.0, 10.0), (12.0, 12.0)]


def test_the_npu_does_one_job_at_a_time() -> None:
    clock, done = Clock(), list[Any]()
    one = phone(clock, Notes())
    when(clock, one.npu.submit(job(5.0, prompt_tokens=1.0, reprefill_tokens=2.0)), done)
    when(clock, one.npu.submit(job(3.0)), done)
    assert one.npu.backlog_s() == 14.0
    clock.env.run()
    assert done == [(11.0, (0.0, 6.0, 5.0)), (14.0, (11.0, 0.0, 3.0))]
    assert one.npu.utilisation() == 1.0


def test_nothing_leaves_the_phone() -> None:
    assert NO_TRANSFER.took_s == 0.0
    turns = run("policy=always_device", "arrivals.sessions_per_s=0.005", "users=5").turns
    assert (turns[["uplink_s", "downlink_s"]] == 0.0).all(axis=None)
    assert turns[["uplink_bps", "downlink_bps"]].isna().all(axis=None)


def test_uploads_of_one_user_share_the_radio_and_two_users_do_not(tmp_path: Any) -> None:
    """At 100 tokens a second: two prompts of 1,000 tokens at once take 10 s and 20 s."""
    starts, table = tmp_path / "starts.csv", tmp_path / "table.csv"
    starts.write_text("at_s\n0\n0\n0\n0\n")
    table.write_text("prompt_tokens,device_tokens,edge_tokens\n1000,10,10\n")
    turns = run(
        "arrivals=replay",
        f"arrivals.path={starts}",
        "users=2",
        "workload=table",
        f"workload.path={table}",
        "scorer=uniform",
        "policy=always_edge",
        "channel.uplink_bps=4500",
        "scheduler.slots=8",
    ).turns.sort_values(["user_id", "session_id"])
    assert turns["uplink_s"].tolist() == pytest.approx([10.02, 20.02, 10.02, 20.02])
