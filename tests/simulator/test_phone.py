"""CPU and NPU of one phone, and its radios as it opens them."""

from typing import Any

import pytest

from channels import Link
from channels.delta.constant import Always
from channels.parts.steady import Steady
from channels.sharing.alone import Alone
from simulator.clock import Clock
from simulator.devices.paper import Paper
from simulator.phone import Phone
from simulator.radio import NO_TRANSFER, Cell, Radios
from tests import run
from tests.simulator.parts import Notes, job, turn, when


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
    device = Paper(prefill_s_per_token=2.0, decode_s_per_token=1.0, router_s_per_token=0.5)
    radios = Cell(clock, Alone()).radios(Link(Steady(1.0), Steady(5.0)), Always(delay_s))
    return Phone(clock, device, lambda: radios, notes)


def test_delta_is_on_the_uplink_alone() -> None:
    clock, arrived = Clock(), list[Any]()
    one = phone(clock, Notes())
    when(clock, one.up.send(turn(), 10.0), arrived)
    when(clock, one.down.send(turn(), 10.0), arrived)
    clock.env.run()
    assert arrived == [(2.0, (2.0, 5.0, 10.0)), (13.0, (13.0, 1.0, 10.0))]
    assert (one.up.rate.rate_bps(0.0), one.down.rate.rate_bps(0.0)) == (1.0, 5.0)


def test_both_directions_are_one_radio_each() -> None:
    """Asked again, the same queue; the air is drawn once, and only when it is needed."""
    clock, drawn = Clock(), list[int]()

    def draw() -> Radios:
        drawn.append(1)
        return Cell(clock, Alone()).radios(Link(Steady(1.0), Steady(1.0)), Always(0.0))

    one = Phone(
        clock, Paper(prefill_s_per_token=1, decode_s_per_token=1, router_s_per_token=1), draw, Notes()
    )
    one.model.submit(job(1.0))
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
    when(clock, one.model.submit(job(5.0, prompt_tokens=1.0, reprefill_tokens=2.0)), done)
    when(clock, one.model.submit(job(3.0)), done)
    assert one.model.peek().wait_s == 14.0
    clock.env.run()
    works = [(at_s, work[:6]) for at_s, work in done]
    assert works == [(11.0, (0.0, 6.0, 5.0, 1.0, 2.0, 5.0)), (14.0, (11.0, 0.0, 3.0, 1.0, 0.0, 3.0))]
    assert one.model.utilisation() == 1.0


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
