"""Replies that come down whole, and token by token; the streamed ones against a queue of single tokens."""

from collections import Counter
from functools import cache
from itertools import pairwise
from math import ceil, sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels import Floats, Link, Rate, Steps
from channels.delta.constant import Always
from channels.parts.steady import Steady
from channels.sharing.processor_sharing import ProcessorSharing
from simulator import simulate
from simulator.build import build
from simulator.clock import Clock
from simulator.deliveries import Delivered, Delivery, Reply
from simulator.deliveries._stream import Stream, sent, stream
from simulator.deliveries.streamed import Streamed
from simulator.deliveries.whole import Whole
from simulator.mistakes import Mistake
from simulator.radio import Cell, OwnRadio, Radio
from simulator.simulation import Simulation
from tests import part, scenario
from tests.simulator.parts import turn

LENGTHS = (1.0, 2.0, 3.4, 57.0, 460.1, 2000.0)


@cache
def link(channel: str, user: int = 0) -> Rate:
    """One user's downlink, as shipped."""
    drawn = build(part("channel", channel), "channel").draw(np.random.default_rng(user))
    return drawn.down  # type: ignore[no-any-return]


def close(expected: float) -> Any:
    return pytest.approx(expected, rel=1e-9, abs=1e-9)


class Queue:
    """The oracle: every token of every reply by itself, first come, first served."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.tokens: list[tuple[float, float, bool]] = []

    def add(self, end_s: float, reply: Reply) -> tuple[float, float]:
        """One more reply, whose last token is out at `end_s`; when its first and last token are there."""
        count = max(1, ceil(reply.tokens))
        out_s = (
            np.linspace(end_s - reply.writing_s, end_s, count).clip(0.0) if count > 1 else np.array([end_s])
        )
        earlier = [(at_s, bits, False) for at_s, bits, _ in self.tokens]
        own = [(at_s, reply.bits / count, True) for at_s in out_s.tolist()]
        self.tokens = sorted([*earlier, *own], key=lambda token: token[0])
        free_s, there_s = 0.0, []
        for at_s, bits, mine in self.tokens:
            free_s = self.rate.finish_s(max(at_s, free_s), bits)
            there_s += [free_s] if mine else []
        return there_s[0], there_s[-1]


class Counting:
    """A link that counts what it is asked."""

    def __init__(self, rate: Rate) -> None:
        self.rate, self.asked = rate, Counter[str]()

    def rate_bps(self, at_s: float) -> float:
        return self.rate.rate_bps(at_s)

    def bits(self, start_s: float, end_s: float) -> float:
        self.asked["bits"] += 1
        return self.rate.bits(start_s, end_s)

    def steps(self, start_s: float, end_s: float) -> Steps:
        self.asked["steps"] += 1
        return self.rate.steps(start_s, end_s)

    def finish_s(self, start_s: float, bits: float) -> float:
        self.asked["finish_s"] += 1
        return self.rate.finish_s(start_s, bits)


def bring(delivery: Delivery, radio: Radio, clock: Clock, ends: list[tuple[float, Reply]]) -> list[Any]:
    """Replies that end one after another at given instants; (instant, delivered) of each, in that order."""
    found: list[tuple[float, Delivered]] = []

    def act(end_s: float, reply: Reply, session: int) -> Any:
        yield clock.ring(end_s, turn(session=session))
        delivered = yield from delivery.bring(radio, turn(session=session), reply)
        found.append((clock.now_s, delivered))

    for session, (end_s, reply) in enumerate(ends):
        clock.env.process(act(end_s, reply, session))
    clock.env.run()
    return found


def own(rate: Rate) -> tuple[OwnRadio, Clock]:
    clock = Clock()
    return OwnRadio(clock, rate, None), clock


def test_a_whole_reply_is_sent_when_its_last_token_is_out() -> None:
    radio, clock = own(Steady(1_000.0))
    [(at_s, delivered)] = bring(Whole(), radio, clock, [(100.0, Reply(5_000.0, 500.0, 60.0))])
    assert (at_s, delivered.first_seen_s) == (105.0, 0.0)
    assert delivered.transfer == (5.0, 1_000.0, 5_000.0)


def test_a_streamed_reply_on_a_fast_link() -> None:
    """Tokens of 10 bits each second at 20 bit/s: each takes half a second and meets nobody."""
    radio, clock = own(Steady(20.0))
    [(at_s, delivered)] = bring(Streamed(), radio, clock, [(100.0, Reply(610.0, 61.0, 60.0))])
    assert (at_s, delivered.transfer) == (100.5, (0.5, 20.0, 610.0))
    assert delivered.first_seen_s == 60.0  # seen at 40.5


def test_a_streamed_reply_on_a_slow_link() -> None:
    """At 5 bit/s the link is never idle from the first token on: 122 s from 40 s on."""
    radio, clock = own(Steady(5.0))
    [(at_s, delivered)] = bring(Streamed(), radio, clock, [(100.0, Reply(610.0, 61.0, 60.0))])
    assert at_s == pytest.approx(162.0)
    assert delivered.transfer.took_s == pytest.approx(62.0)
    assert at_s - delivered.first_seen_s == pytest.approx(42.0)


@pytest.mark.parametrize("tokens", LENGTHS)
@pytest.mark.parametrize("token_bits", [45.0, 4e3, 2e6])
@pytest.mark.parametrize("channel", ["fixed", "rayleigh", "gilbert_elliott", "nbiot"])
def test_streaming_is_the_queue_of_single_tokens(channel: str, token_bits: float, tokens: float) -> None:
    """On links that are faster and slower than the writing, with and without outages."""
    for user, (end_s, gap_s) in enumerate([(300.0, 0.02), (61.7, 0.03), (2_000.3, 0.4), (50.0, 1e-7)]):
        rate, reply = link(channel, user), Reply(token_bits * tokens, tokens, gap_s * (ceil(tokens) - 1))
        if reply.writing_s > end_s or (token_bits > 1e6 and channel == "nbiot"):
            continue
        first_s, last_s = Queue(rate).add(end_s, reply)
        radio, clock = own(rate)
        [(at_s, delivered)] = bring(Streamed(), radio, clock, [(end_s, reply)])
        assert at_s == end_s + delivered.transfer.took_s == close(last_s)
        assert at_s - delivered.first_seen_s == close(first_s)


@given(st.data())
def test_streaming_on_any_link(data: st.DataObject) -> None:
    """Links that stop and go, drawn with the replies."""
    spans = data.draw(st.lists(st.tuples(st.floats(0.01, 9.0), st.floats(0.0, 50.0)), max_size=12))
    rate = Stairs([*spans, (1.0, 20.0)])
    reply = Reply(*data.draw(st.tuples(st.floats(0.0, 500.0), st.floats(0.0, 60.0), st.floats(0.0, 30.0))))
    end_s = reply.writing_s + data.draw(st.sampled_from([0.0, 0.5, 7.0]))
    first_s, last_s = Queue(rate).add(end_s, reply)
    radio, clock = own(rate)
    [(at_s, delivered)] = bring(Streamed(), radio, clock, [(end_s, reply)])
    assert at_s == close(last_s)
    assert at_s - delivered.first_seen_s == close(first_s)
    assert delivered.first_seen_s >= 0
    [(whole_at_s, _)] = bring(Whole(), *own(rate), [(end_s, reply)])
    assert at_s <= whole_at_s * (1 + 1e-12)


@given(st.data())
def test_overlapping_replies_on_any_link(data: st.DataObject) -> None:
    spans = data.draw(st.lists(st.tuples(st.floats(0.01, 9.0), st.floats(0.0, 50.0)), max_size=6))
    rate = Stairs([*spans, (1.0, 20.0)])
    some = st.tuples(st.floats(0.0, 300.0), st.integers(1, 40), st.floats(0.01, 15.0), st.floats(0.0, 9.0))
    ends, end_s = [], 20.0
    for bits, tokens, writing_s, later_s in data.draw(st.lists(some, min_size=2, max_size=6)):
        end_s += later_s + 0.1 * sqrt(len(ends) + 2)  # no two tokens are out at once
        ends.append((end_s, Reply(bits, float(tokens), writing_s if tokens > 1 else 0.0)))
    radio, clock = own(rate)
    queue, through_s = Queue(rate), 0.0
    oracle = [queue.add(*end) for end in ends]
    by_session = sorted(bring(Streamed(), radio, clock, ends), key=lambda found: found[0])
    for (at_s, delivered), (first_s, last_s) in zip(by_session, oracle, strict=True):
        through_s = max(through_s, last_s)
        assert at_s == close(through_s)
        assert at_s - delivered.first_seen_s == close(first_s)


class Stairs:
    """A rate that follows a list of (span, rate) and then keeps the last."""

    def __init__(self, spans: list[tuple[float, float]]) -> None:
        self.borders_s: Floats = np.cumsum([0.0, *(span for span, _ in spans)])
        self.rates = np.array([bps for _, bps in spans])

    def rate_bps(self, at_s: float) -> float:
        place = int(self.borders_s.searchsorted(at_s, "right")) - 1
        return float(self.rates[min(place, len(self.rates) - 1)])

    def steps(self, start_s: float, end_s: float) -> Steps:
        inner = self.borders_s[:-1]
        borders = np.array([start_s, *inner[(inner > start_s) & (inner < end_s)], end_s])
        return Steps(borders - start_s, np.array([self.rate_bps(at_s) for at_s in borders[:-1].tolist()]))

    def bits(self, start_s: float, end_s: float) -> float:
        if start_s == end_s:
            return 0.0
        offsets_s, rates = self.steps(start_s, end_s)
        return float((np.diff(offsets_s) * rates).sum())

    def finish_s(self, start_s: float, bits: float) -> float:
        if not bits:
            return start_s
        ends = [*(end_s for end_s in self.borders_s[:-1].tolist() if end_s > start_s), float("inf")]
        for begin_s, end_s in pairwise([start_s, *ends]):
            rate = self.rate_bps(begin_s)
            if rate and begin_s + bits / rate <= end_s:
                return float(begin_s + bits / rate)
            bits -= rate * (end_s - begin_s)
        raise AssertionError


@pytest.mark.parametrize("rate_bps", [4e4, 1.9e3, 600.0])
def test_replies_at_the_same_time_share_the_link(rate_bps: float) -> None:
    """Each waits, first come, first served, for those that ended before it: an oracle that knows as much."""
    luck = np.random.default_rng(5)
    ends_s = np.sort(luck.uniform(30.0, 60.0, 5)).tolist()
    rate = Steady(rate_bps)
    replies = [Reply(45.0 * n, float(n), 0.05 * (n - 1)) for n in luck.integers(100, 500, 5).tolist()]
    ends = list(zip(ends_s, replies, strict=True))
    radio, clock = own(rate)
    found, queue = bring(Streamed(), radio, clock, ends), Queue(rate)
    for (at_s, delivered), (end_s, reply) in zip(found, ends, strict=True):
        first_s, last_s = queue.add(end_s, reply)
        assert at_s == close(last_s)
        assert at_s - delivered.first_seen_s == close(first_s)
    came = np.cumsum([reply.bits for reply in replies])
    begin_s = min(end_s - reply.writing_s for end_s, reply in ends)
    there_s = np.array([at_s for at_s, _ in found])
    assert (came <= rate_bps * (there_s - begin_s) * (1 + 1e-9)).all()  # no more than the link can
    if rate_bps == 600.0:  # never idle: the link carries all that it can
        assert there_s[-1] == pytest.approx(begin_s + came[-1] / rate_bps)


def test_a_reply_meets_only_what_is_in_its_way() -> None:
    """What was through before its first token does not delay it, and is not looked at."""
    rate = Counting(Steady(2_000.0))
    before = sent(rate, Reply(45e3, 1_000.0, 20.0), (), 100.0)
    after = sent(rate, Reply(45e3, 1_000.0, 20.0), (before,), 200.0)
    assert before.through_s < after.first_at_s
    assert after.through_s - after.last_at_s == pytest.approx(before.through_s - before.last_at_s)
    rate.asked.clear()
    sent(rate, Reply(45e3, 1_000.0, 20.0), (before,) * 7, 200.0)
    alone = rate.asked.copy()
    rate.asked.clear()
    sent(rate, Reply(45e3, 1_000.0, 20.0), (), 200.0)
    assert alone == rate.asked


@pytest.mark.parametrize(("rate_bps", "most"), [(4e7, 4), (1e5, 10), (2e3, 16), (100.0, 16)])
def test_a_reply_costs_a_handful_of_questions(rate_bps: float, most: int) -> None:
    """However long; where the link could carry all of it between two tokens, three."""
    rate = Counting(Steady(rate_bps))
    sent(rate, Reply(45.0 * 2_000, 2_000.0, 40.0), (), 100.0)
    assert rate.asked.total() <= most


def test_a_dead_link_never_delivers() -> None:
    radio, clock = own(Steady(0.0))
    assert (
        bring(Streamed(), radio, clock, [(9.0, Reply(450.0, 10.0, 5.0)), (10.0, Reply(45.0, 1.0, 0.0))]) == []
    )
    assert clock.never_events == 2


def test_an_empty_reply_is_there_at_once() -> None:
    """All of it was thoughts, and the window was full."""
    radio, clock = own(Steady(10.0))
    [(at_s, delivered)] = bring(Streamed(), radio, clock, [(9.0, Reply(0.0, 0.0, 0.0))])
    assert (at_s, delivered.first_seen_s, delivered.transfer.took_s) == (9.0, 0.0, 0.0)


def test_tokens_are_whole_on_the_air() -> None:
    assert stream(10.0, Reply(34.0, 3.4, 3.0)) == Stream(10.0, 1.0, 4, 8.5)
    assert stream(10.0, Reply(34.0, 0.4, 0.0))[2:4] == (1, 34.0)
    assert stream(10.0, Reply(0.0, 0.0, 0.0))[2:4] == (1, 0.0)


def test_a_shared_link_is_refused() -> None:
    clock = Clock()
    sharing = ProcessorSharing(uplink_bps=1e6, downlink_bps=1e6)
    radios = Cell(clock, sharing).radios(Link(Steady(1e6), Steady(1e6)), Always(0.0))
    with pytest.raises(TypeError, match="shared link"):
        bring(Streamed(), radios.down, clock, [(9.0, Reply(450.0, 10.0, 5.0))])
    with pytest.raises(Mistake, match="sharing=alone"):
        scenario("delivery=streamed", "sharing=processor_sharing")


@pytest.mark.parametrize("channel", ["rayleigh", "nbiot", "gilbert_elliott"])
def test_whole_runs(channel: str, tmp_path: Path) -> None:
    """A run's replies are there when the queue of tokens has them there; the user reads much sooner."""
    common = ["users=5", "policy=always_edge", f"channel={channel}", "scheduler.slots=1000"]
    whole = simulate(*common, folder=tmp_path / "whole").turns
    streamed = simulate(*common, "delivery=streamed", folder=tmp_path / "streamed").turns
    simulation = Simulation(scenario(*common), tmp_path)
    rates = [simulation.draw_air(user)[0].down for user in range(5)]
    busy_until_s, checked = dict.fromkeys(range(5), 0.0), 0
    row: Any
    for row in streamed.itertuples():
        end_s = row.done_at_s - row.downlink_s
        writing_s = row.decode_s - 0.02
        alone = end_s - writing_s > busy_until_s[row.user_id]
        busy_until_s[row.user_id] = row.done_at_s
        if alone and checked < 25:
            reply = Reply(45.0 * row.response_tokens, row.response_tokens, writing_s)
            first_s, last_s = Queue(rates[row.user_id]).add(end_s, reply)
            assert row.done_at_s == close(last_s)
            assert row.arrived_at_s + row.ttft_s == close(first_s)
            checked += 1
    assert checked == 25
    first = ["user_id", "session_id", "turn_index"]
    both = whole[whole["turn_index"] == 0].merge(streamed, on=first, suffixes=("", "_streamed"))
    assert (both["e2e_s_streamed"] <= both["e2e_s"] * (1 + 1e-9)).all()
    assert (streamed["ttft_s"] <= streamed["e2e_s"]).all()
    assert streamed["ttft_s"].median() < 0.15 * whole["ttft_s"].median()
