"""A phone with limits, by hand: chunks, window, memory, heat, a shared CPU, joules."""

import math
from typing import Any

import pytest

from simulator.clock import Clock
from simulator.deliveries import NOTHING_DELIVERED, Delivered
from simulator.devices import Spent
from simulator.devices.modem.none import NoModem
from simulator.devices.modem.three_states import ThreeStates
from simulator.devices.soc import Soc, SocChips
from simulator.devices.thermal.first_order import FirstOrder
from simulator.devices.thermal.none import NoThrottling
from simulator.mistakes import Mistake
from simulator.radio import NO_TRANSFER, Transfer
from simulator.schedulers import Job, Load, Work
from tests.simulator.parts import Notes, turn, when
from workloads import Site

LAW = {
    "runs_on": "npu",
    "chunk_tokens": 4,
    "chunk_s": 2.0,
    "decode_s_per_token": 1.0,
    "tokens_per_word": 1.0,
    "window_tokens": None,
    "kv_sessions": 2,
    "router_s_per_token": 0.5,
    "router_window_tokens": None,
    "battery_j": 1000.0,
    "prefill_j_per_token": 0.1,
    "decode_j_per_token": 3.0,
    "router_j_per_token": 0.01,
    "thermal": NoThrottling(),
    "modem": NoModem(),
}
HEAT = FirstOrder(loss=0.5, heating_s=60.0, cooling_s=120.0, idle_c=34.0, rise_c=8.0)
BOTH = pytest.mark.parametrize("runs_on", ["npu", "cpu"])


def phone(**changes: Any) -> tuple[Clock, SocChips, Notes]:
    clock, notes = Clock(), Notes()
    return clock, Soc(**(LAW | changes)).open(clock, notes), notes


def job(
    response: float, prompt: float = 1.0, context: float = 0.0, session: int = 0, again: float = 0.0
) -> Job:
    """A job of a session, whose rule has `again` of its context read again."""
    return Job(turn(session=session), context, again, prompt, response)


def served(chips: SocChips, clock: Clock, *jobs: Job) -> list[Work]:
    """Jobs one after another, each when the one before is done."""
    done: list[Any] = []
    for one in jobs:
        when(clock, chips.model.submit(one), done)
        clock.env.run()
    return [work for _, work in done]


@BOTH
@pytest.mark.parametrize(("prompt", "chunks"), [(1, 1), (4, 1), (5, 2), (8, 2), (9, 3)])
def test_prompts_are_read_in_chunks(runs_on: str, prompt: float, chunks: int) -> None:
    """Each takes 2 s however full; the first token comes with the last of them, so 5 tokens take 4 s."""
    clock, chips, notes = phone(runs_on=runs_on)
    (work,) = served(chips, clock, job(5.0, prompt))
    assert work == Work(0.0, 2.0 * chunks, 4.0, 0.0, 0.0, 5.0)
    of = turn()
    assert notes == [
        (0.0, "submitted", "npu", of, prompt),
        (0.0, "started", "npu", of, 0.0),
        (2.0 * chunks, "prefilled", "npu", of, 2.0 * chunks),
        (2.0 * chunks + 4.0, "finished", "npu", of, 4.0),
    ]


@BOTH
def test_the_models_tokens_are_not_words(runs_on: str) -> None:
    """10 words are 13 tokens, so 4 chunks; 20 words are 26 tokens, 25 of them after the first."""
    clock, chips, _ = phone(runs_on=runs_on, tokens_per_word=1.3)
    (work,) = served(chips, clock, job(20.0, 10.0))
    assert work == Work(0.0, 8.0, 25.0, 0.0, 0.0, 20.0)
    assert chips.model.machine.alone_s(0.0, 10.0, 20.0) == (8.0, 25.0, 0.0)


@BOTH
def test_replies_of_one_token_or_none(runs_on: str) -> None:
    clock, chips, _ = phone(runs_on=runs_on)
    one, none = served(chips, clock, job(1.0), job(0.0, session=1))
    assert (one.prefill_s, one.decode_s, one.response_tokens) == (2.0, 0.0, 1.0)
    assert (none.prefill_s, none.decode_s, none.response_tokens) == (2.0, 0.0, 0.0)


@BOTH
def test_jobs_wait_for_each_other(runs_on: str) -> None:
    clock, chips, _ = phone(runs_on=runs_on)
    done: list[Any] = []
    assert chips.model.peek() == Load(0, 0, 0.0, 1.0)
    for session in range(3):
        when(clock, chips.model.submit(job(5.0, session=session)), done)
    assert chips.model.peek() == Load(1, 2, 18.0, 0.5)
    clock.env.run(until=7.0)
    assert chips.model.peek() == Load(1, 1, 11.0, 0.5)
    assert chips.model.utilisation() == 1.0
    clock.env.run()
    assert [(at_s, work.queue_s) for at_s, work in done] == [(6.0, 0.0), (12.0, 6.0), (18.0, 12.0)]
    assert chips.model.utilisation() == 1.0
    clock.env.run(until=36.0)
    assert chips.model.utilisation() == 0.5
    assert chips.model.peek() == Load(0, 0, 0.0, 1.0)


# What is read again.


def test_a_session_that_was_here_is_not_read_again() -> None:
    clock, chips, _ = phone()
    first, second = served(chips, clock, job(5.0, 3.0), job(2.0, 4.0, context=8.0))
    assert (first.reprefill_tokens, second.reprefill_tokens) == (0.0, 0.0)
    assert second.prefill_s == 2.0
    assert chips.model.held_tokens(turn()) == 14.0


def test_the_rule_is_a_lower_bound() -> None:
    """The memory holds 8 of the 8 words; the rule says that 5 of them are read again: 9 with the prompt."""
    clock, chips, _ = phone()
    _, second = served(chips, clock, job(5.0, 3.0), job(2.0, 4.0, context=8.0, again=5.0))
    assert (second.reprefill_tokens, second.prefill_s) == (5.0, 6.0)


def test_what_was_said_elsewhere_is_read() -> None:
    """Of 20 words of context the phone heard 8: 12 and the prompt of 4 are read, in 4 chunks."""
    clock, chips, _ = phone()
    _, second = served(chips, clock, job(5.0, 3.0), job(2.0, 4.0, context=20.0))
    assert (second.reprefill_tokens, second.prefill_s) == (12.0, 8.0)


def test_the_sessions_used_last_keep_their_cache() -> None:
    """Room for two. The order of use is 0, 1, 0, 2: when 2 comes, 1 has to go, and 0 when 1 comes back."""
    clock, chips, _ = phone()
    model = chips.model
    jobs = [job(5.0, 3.0), job(5.0, 3.0, session=1), job(5.0, 3.0, 8.0), job(5.0, 3.0, session=2)]
    works = served(chips, clock, *jobs)
    assert [work.reprefill_tokens for work in works] == [0.0] * 4
    assert [model.held_tokens(turn(session=session)) for session in range(3)] == [16.0, 0.0, 8.0]
    again, lost = served(chips, clock, job(5.0, 3.0, 8.0, session=1), job(5.0, 3.0, 16.0))
    assert (again.reprefill_tokens, lost.reprefill_tokens) == (8.0, 16.0)
    assert [model.held_tokens(turn(session=session)) for session in range(3)] == [24.0, 16.0, 0.0]


@BOTH
def test_thoughts_are_written_and_not_kept(runs_on: str) -> None:
    """A reply of 9 words, 4 of them thoughts: the next turn finds 3 words of its context, not all 8."""
    clock, chips, _ = phone(runs_on=runs_on)
    work, _ = served(chips, clock, job(9.0, 3.0)._replace(think_tokens=4.0), job(1.0, session=1))
    assert (work.decode_s, work.think_tokens, work.visible_tokens, work.first_seen_s) == (8.0, 4.0, 5.0, 4.0)
    assert chips.model.held_tokens(turn()) == 3.0
    (later,) = served(chips, clock, job(2.0, 4.0, context=8.0))
    assert (later.reprefill_tokens, later.prefill_s) == (5.0, 6.0)


def test_no_room_for_any_cache() -> None:
    clock, chips, _ = phone(kv_sessions=0)
    _, second = served(chips, clock, job(5.0, 3.0), job(2.0, 4.0, context=8.0))
    assert second.reprefill_tokens == 8.0
    assert chips.model.held_tokens(turn()) == 0.0


# The window.


def test_a_dialogue_that_just_fits() -> None:
    clock, chips, _ = phone(window_tokens=20)
    _, second = served(chips, clock, job(5.0, 3.0), job(7.0, 5.0, context=8.0))
    assert (second.reprefill_tokens, second.response_tokens) == (0.0, 7.0)
    assert chips.model.held_tokens(turn()) == 20.0


def test_a_dialogue_that_outgrows_the_window() -> None:
    """Of 8 words of context the 7 last are kept, and all of them are read again: 12 in 3 chunks."""
    clock, chips, _ = phone(window_tokens=20)
    _, second, third = served(
        chips, clock, job(5.0, 3.0), job(8.0, 5.0, context=8.0), job(8.0, 5.0, context=21.0)
    )
    assert second == Work(0.0, 6.0, 7.0, 0.0, 7.0, 8.0)
    assert third == second
    assert chips.model.held_tokens(turn()) == 0.0


def test_a_reply_that_is_cut() -> None:
    """A prompt of 15 leaves room for 5 tokens of 9, and for no context."""
    clock, chips, _ = phone(window_tokens=20)
    (work,) = served(chips, clock, job(9.0, 15.0, context=30.0))
    assert work == Work(0.0, 8.0, 4.0, 0.0, 0.0, 5.0)


def test_a_prompt_that_is_too_long() -> None:
    _, chips, _ = phone(window_tokens=20)
    with pytest.raises(
        Mistake, match="a prompt of 20 tokens leaves no room for a reply in a window of 20 tokens"
    ):
        chips.model.submit(job(1.0, 20.0))


def test_what_fits_is_reported_as_it_was_asked() -> None:
    """Rounding up to whole tokens costs time, and changes no length in the logs."""
    clock, chips, _ = phone(tokens_per_word=1.3, window_tokens=4096)
    _, second = served(chips, clock, job(226.37, 12.0), job(226.37, 12.0, context=238.37))
    assert (second.reprefill_tokens, second.response_tokens) == (0.0, 226.37)


# Heat.


def test_jobs_in_a_row_heat_the_npu() -> None:
    """The second begins as warm as the first has left the chip, the third after a rest of 100 s."""
    clock, chips, notes = phone(thermal=HEAT)
    done: list[Any] = []
    for _ in range(2):
        when(clock, chips.model.submit(job(51.0)), done)
    clock.env.run()
    first_s = HEAT.busy_s(0.0, 52.0)
    both_s = HEAT.busy_s(0.0, 104.0)
    assert [at_s for at_s, _ in done] == pytest.approx([first_s, both_s], rel=1e-12)
    assert done[0][1].prefill_s == pytest.approx(HEAT.busy_s(0.0, 2.0), rel=1e-12)
    warm = HEAT.heated(0.0, both_s)
    assert chips.model.temperature_c() == pytest.approx(34.0 + 8.0 * warm)
    clock.env.run(until=both_s + 100.0)
    rested = warm * math.exp(-100.0 / 120.0)
    assert chips.model.temperature_c() == pytest.approx(34.0 + 8.0 * rested)
    (third,) = served(chips, clock, job(51.0, session=1))
    assert third.prefill_s + third.decode_s == pytest.approx(HEAT.busy_s(rested, 52.0), rel=1e-12)
    assert [note[0] for note in notes if note[1] == "started"] == pytest.approx(
        [0.0, first_s, both_s + 100.0]
    )


def test_the_temperature_in_the_middle_of_booked_jobs() -> None:
    clock, chips, _ = phone(thermal=HEAT)
    assert chips.model.temperature_c() == 34.0
    for _ in range(3):
        chips.model.submit(job(51.0))
    for at_s in (0.0, 10.0, 70.0, 100.0, 200.0):
        clock.env.run(until=at_s) if at_s else None
        assert chips.model.temperature_c() == pytest.approx(34.0 + 8.0 * HEAT.heated(0.0, at_s))


@BOTH
def test_steady_work_is_half_as_fast(runs_on: str) -> None:
    """Jobs of 100 s, without a break: the last of fifty takes 200 s."""
    clock, chips, _ = phone(runs_on=runs_on, thermal=HEAT)
    works = served(chips, clock, *[job(99.0, session=number) for number in range(50)])
    assert works[0].prefill_s + works[0].decode_s == pytest.approx(HEAT.busy_s(0.0, 100.0))
    assert works[-1].prefill_s + works[-1].decode_s == pytest.approx(200.0, rel=1e-9)
    assert chips.model.temperature_c() == pytest.approx(42.0)
    assert chips.model.utilisation() == pytest.approx(1.0)


@BOTH
def test_offered_load_is_over_what_a_hot_chip_can_do(runs_on: str) -> None:
    """Jobs of 60 s of work each 100 s: a cold chip could, a hot one does 50 s in the time."""
    clock, chips, _ = phone(runs_on=runs_on, thermal=HEAT)
    for number in range(101):
        clock.env.run(until=100.0 * number + 1e-9)
        chips.model.submit(job(59.0, session=number))
    could_s = HEAT.work_s(0.0, 10_000.0)
    assert chips.model.offered_load(30) == pytest.approx(100 * 60.0 / could_s)
    assert chips.model.offered_load(30) > 1.0
    assert chips.model.offered_load(1000) == 0.0
    assert chips.model.peek().wait_s > 900.0


# Energy.


def spent(**changes: Any) -> Spent:
    known: dict[str, Any] = {
        "job": Job(turn(), 100.0, 20.0, 10.0, 50.0),
        "scored": False,
        "site": Site.DEVICE,
        "work": Work(0.0, 1.0, 2.0, 0.0, 20.0, 40.0),
        "up": NO_TRANSFER,
        "down": NOTHING_DELIVERED,
    }
    return Spent(**(known | changes))


@BOTH
def test_energy_of_a_turn_on_the_phone(runs_on: str) -> None:
    """30 words read and 40 written are 39 and 52 tokens: 3.9 J and 156 J. A score of 110 words: 1.43 J."""
    _, chips, _ = phone(runs_on=runs_on, tokens_per_word=1.3, thermal=HEAT)
    assert chips.after(spent()) == pytest.approx((159.9, 1.0 - 0.1599, 34.0))
    assert chips.after(spent(scored=True)) == pytest.approx((161.33, 1.0 - 0.32123, 34.0))


def test_the_router_reads_no_more_than_its_window() -> None:
    """64 of 143 tokens: 0.64 J and 32 s."""
    clock, chips, _ = phone(tokens_per_word=1.3, router_window_tokens=64)
    assert chips.after(spent(scored=True)).energy_j == pytest.approx(159.9 + 0.64)
    done: list[Any] = []
    when(clock, chips.route(turn(), 100.0, 10.0), done)
    clock.env.run()
    assert done == [(32.0, 32.0)]


def test_energy_of_a_turn_at_the_edge() -> None:
    """Up from 0 to 2 s, 20 s of queue and work, down from 22 to 23 s; the tail of 10 s comes twice."""
    modem = ThreeStates(
        uplink_w=2.0,
        uplink_w_per_mbps=0.5,
        downlink_w=1.0,
        downlink_w_per_mbps=0.25,
        tail_w=0.1,
        tail_s=10.0,
    )
    clock, chips, _ = phone(modem=modem)
    clock.env.run(until=23.0)
    at_edge = spent(
        site=Site.EDGE,
        work=Work(5.0, 5.0, 10.0, 0.0, 0.0, 50.0),
        up=Transfer(2.0, 1e6, 2e6),
        down=Delivered(Transfer(1.0, 1e6, 4e6), 0.0),
    )
    body = chips.after(at_edge)
    assert body.energy_j == pytest.approx(2 * 2.0 + 1.0 + 1.0 + 1 * 1.0 + 1.0 + 1.0)
    assert body.battery_share == pytest.approx(1.0 - 0.009)
    assert math.isnan(body.temperature_c)
    clock.env.run(until=28.0)  # the same again, 5 s later: up from 5 to 7 s, down from 27 to 28 s
    up_j = 2 * 2.0 + 1.0 + 0.1 * (3 - 10 + 10)  # 3 s of tail before it in the place of 10 s, 10 s after it
    down_j = 1 * 1.0 + 1.0 + 0.1 * (4 - 10 + 10)
    assert chips.after(at_edge).energy_j == pytest.approx(up_j + down_j)


def test_an_empty_phone_goes_on() -> None:
    _, chips, _ = phone(battery_j=200.0)
    shares = [chips.after(spent()).battery_share for _ in range(3)]
    assert shares == pytest.approx([1.0 - 123.0 / 200.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"runs_on": "gpu"}, "'npu' or 'cpu'"),
        ({"chunk_tokens": 0}, "greater than 0"),
        ({"window_tokens": 0}, "greater than 0"),
        ({"kv_sessions": -1}, "greater than or equal to 0"),
        ({"battery_j": 0.0}, "greater than 0"),
        ({"thermal": 3.0}, "one of the choices of its group"),
    ],
)
def test_phones_that_make_no_sense(bad: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Soc(**(LAW | bad))


def test_a_streamed_reply_keeps_the_radio_on() -> None:
    """The last of 23 s brings what is left of the reply; streamed, the 8 s before were on the air too."""
    modem = ThreeStates(
        uplink_w=2.0,
        uplink_w_per_mbps=0.5,
        downlink_w=1.0,
        downlink_w_per_mbps=0.25,
        tail_w=0.1,
        tail_s=1.0,
    )
    energies_j = []
    for first_seen_s in (0.0, 9.0):
        clock, chips, _ = phone(modem=modem)
        clock.env.run(until=23.0)
        down = Delivered(Transfer(1.0, 1e6, 4e6), first_seen_s)
        work, up = Work(5.0, 5.0, 10.0, 0.0, 0.0, 50.0), Transfer(2.0, 1e6, 2e6)
        energies_j.append(chips.after(spent(site=Site.EDGE, work=work, up=up, down=down)).energy_j)
    assert energies_j[1] - energies_j[0] == pytest.approx(8 * 1.0)
