"""Sharing laws: what all keep, what each gives, and the queues that they make. Seeds are fixed."""

import math
from itertools import count
from random import Random
from typing import NamedTuple

import numpy as np
import pytest

from channels import Steps
from channels.fading.rayleigh import Rayleigh
from channels.flat_fading import Direction, FlatFading
from channels.outage.gilbert_elliott import GilbertElliott
from channels.outage.none import NoOutage
from channels.parts.process import Level
from channels.parts.shares import SPAN_S, capped, side_by_side
from channels.parts.snr_to_rate import radio_rate
from channels.parts.steady import Steady
from channels.rate.shannon import Shannon
from channels.sharing.csma import Csma
from channels.sharing.processor_sharing import ProcessorSharing
from channels.sharing.proportional_fair import ProportionalFair
from channels.sharing.round_robin import RoundRobin

PIPE_BPS = 8e5
LAWS = {
    "round_robin": RoundRobin(),
    "processor_sharing": ProcessorSharing(uplink_bps=PIPE_BPS, downlink_bps=PIPE_BPS / 2),
    "proportional_fair": ProportionalFair(averaging_s=1.0),
    "csma": Csma(
        slot_s=9e-6,
        sifs_s=16e-6,
        difs_s=34e-6,
        smallest_window=16,
        backoff_stages=6,
        frame_bits=1.2e5,
        phy_bps=8.67e7,
        preamble_s=40e-6,
        ack_s=32e-6,
    ),
}
every_law = pytest.mark.parametrize("law", LAWS.values(), ids=LAWS.keys())


def fading(users, seed=1, snr_db=5.0, outage=NoOutage()):  # noqa: B008
    """Walking users at the edge of a cell, 0.3 to 0.7 Mbit/s."""
    rng = np.random.default_rng(seed)
    direction = Direction(mean_snr_db=snr_db, bandwidth_hz=3.6e5)
    law = FlatFading(
        fading=Rayleigh(),
        rate=Shannon(snr_gap_db=0.0),
        outage=outage,
        uplink=direction,
        downlink=direction,
        duplex="fdd",
        speed_m_per_s=1.0,
        carrier_hz=3.5e9,
    )
    return [law.draw(rng).up for _ in range(users)]


def mixed():
    tunnels = fading(2, seed=2, outage=GilbertElliott(mean_up_s=1.0, mean_gone_s=0.5))
    return [*fading(2), Steady(3e5), *tunnels, Steady(0.0), *fading(1, seed=3, snr_db=25.0)]


QUESTIONS = [(start_s, bits) for start_s in (0.0, 0.9, 4.0, 77.7, 1e5) for bits in (0.0, 1.0, 2e4, 3e5)]


def answers(share, asked):
    return {
        (start_s, bits): (
            share.finish_s(start_s, bits),
            share.rate_bps(start_s),
            share.bits(start_s, start_s + 2.9),
            share.steps(start_s, start_s + 2.9).values.tolist(),
        )
        for start_s, bits in asked
    }


@every_law
def test_swapped_users_have_swapped_shares(law):
    rates = mixed()
    order = Random(1).sample(range(len(rates)), len(rates))
    shares, swapped = law.allot(rates, True), law.allot([rates[user] for user in order], True)
    for share, user in zip(swapped, order, strict=True):
        found, expected = answers(share, QUESTIONS[::3]), answers(shares[user], QUESTIONS[::3])
        for question, answer in found.items():
            for one, other in zip(answer, expected[question], strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-9)


@every_law
def test_same_answers_in_any_order_and_after_other_users(law):
    rates = mixed()
    first = [answers(share, QUESTIONS) for share in law.allot(rates, True)]
    for n in (1, 3):
        for share in law.allot(rates[:n], True):
            share.finish_s(0.3, 1e5)
    again = [answers(share, QUESTIONS[::-1]) for share in law.allot(mixed(), True)]
    assert first == again


@every_law
def test_a_share_is_a_rate(law):
    """finish_s inverts bits, bits are the integral of steps, and rate_bps reads them."""
    for share in law.allot(mixed(), True)[:-1]:
        for start_s, bits in QUESTIONS:
            finish_s = share.finish_s(start_s, bits)
            if finish_s < math.inf:
                blur = (share.rate_bps(start_s) + share.rate_bps(finish_s)) * 4.0 * math.ulp(finish_s)
                assert share.bits(start_s, finish_s) == pytest.approx(bits, rel=1e-9, abs=blur)
            offsets_s, values = share.steps(start_s, start_s + 3.3)
            assert share.bits(start_s, start_s + 3.3) == pytest.approx(np.diff(offsets_s) @ values, rel=1e-9)
            middle_s = start_s + (offsets_s[3:9] + offsets_s[2:8]) / 2
            assert [share.rate_bps(at_s) for at_s in middle_s] == values[2:8].tolist()


@every_law
def test_nothing_takes_no_time_and_nonsense_is_refused(law):
    for share in law.allot(mixed(), True):
        assert share.finish_s(2.5, 0.0) == 2.5
        assert share.bits(2.5, 2.5) == 0.0
        for bits in (-1.0, math.nan):
            with pytest.raises(ValueError, match=rf"bits \({bits}\) must be at least 0"):
                share.finish_s(2.0, bits)
        with pytest.raises(ValueError, match=r"2\.0"):
            share.bits(2.0, 1.0)
        with pytest.raises(ValueError, match=r"2\.0"):
            share.steps(2.0, 2.0)


@every_law
def test_absurd_payloads_never_arrive_and_never_hang(law):
    for share in law.allot(mixed(), True):
        assert share.finish_s(0.0, 1e300) > 1e200
        assert share.finish_s(0.0, math.inf) == math.inf


@every_law
def test_a_link_that_is_always_gone_ends_the_search_at_once(law):
    """Also where its rate is not known to be constant, as below the lowest scheme of a modem."""
    dead = radio_rate(Level(0.0), Level(1.0), Shannon(snr_gap_db=0.0), bandwidth_hz=1.0, uplink=True)
    shares = law.allot([dead, *fading(2)], True)
    assert shares[0].finish_s(1.0, 1.0) == math.inf
    assert shares[1].finish_s(1.0, 1e4) < math.inf
    assert not law.apart


def slots(rates, start_s, end_s):
    """All rates on common borders, one row each. Borders a rounding apart are one."""
    offsets_s, values = side_by_side([rate.steps(start_s, end_s) for rate in rates])
    return values[:, np.diff(offsets_s) > 1e-9]


@every_law
def test_nobody_gets_more_than_alone_nor_all_more_than_the_best(law):
    rates = mixed()
    borders = [*rates, *law.allot(rates, True)]
    values = slots(borders, 1.0, 21.0)
    alone, got = values[: len(rates)], values[len(rates) :]
    assert (got <= alone * (1 + 1e-12)).all()
    if isinstance(law, ProcessorSharing):
        assert (got.sum(axis=0) <= PIPE_BPS * (1 + 1e-12)).all()
    else:
        assert (got.sum(axis=0) <= alone.max(axis=0) * (1 + 1e-12)).all()


@every_law
def test_a_lonely_user_keeps_everything(law):
    (rate,) = fading(1)
    (share,) = law.allot([rate], True)
    if isinstance(law, Csma):  # but for the backoff and the headers
        assert share.bits(1.0, 9.0) == pytest.approx(law.efficiency(1) * rate.bits(1.0, 9.0), rel=1e-12)
    elif isinstance(law, ProcessorSharing):
        np.testing.assert_array_equal(
            share.steps(0.3, 9.0).values, np.minimum(rate.steps(0.3, 9.0).values, PIPE_BPS)
        )
    else:
        assert share is rate


def test_round_robin_is_exactly_an_nth():
    rates = fading(7)
    for rate, share in zip(rates, LAWS["round_robin"].allot(rates, True), strict=True):
        for start_s, bits in QUESTIONS:
            assert share.finish_s(start_s, bits) == rate.finish_s(start_s, 7 * bits)
            assert share.rate_bps(start_s) == rate.rate_bps(start_s) / 7
            assert share.bits(start_s, start_s + 5.0) == rate.bits(start_s, start_s + 5.0) / 7
        assert share.finish_s(3.3, 5e-324) >= 3.3


def test_the_pipe_has_two_directions():
    up, down = (
        LAWS["processor_sharing"].allot([Steady(1e9), Steady(1e5)], uplink) for uplink in (True, False)
    )
    assert [rate.rate_bps(0.0) for rate in up] == [PIPE_BPS / 2, 1e5]
    assert [rate.rate_bps(0.0) for rate in down] == [PIPE_BPS / 4, 1e5]


def test_capped_finish_is_that_of_a_walk():
    """Piece by piece over the rate alone; chunks, their borders, and a start on one."""
    (rate,) = fading(1)
    share = capped(rate, 4e5)
    for start_s in (0.0, SPAN_S, 3.3):
        for bits in (10.0, 3e4, 1e6):
            offsets_s, values = rate.steps(start_s, start_s + 30.0)
            passed = np.concatenate([[0.0], np.cumsum(np.minimum(values, 4e5) * np.diff(offsets_s))])
            expected = start_s + np.interp(bits, passed, offsets_s)
            assert share.finish_s(start_s, bits) == pytest.approx(expected, rel=1e-12)


class Never:
    """A rate that is zero for ever and does not know it; it counts its questions."""

    def __init__(self):
        self.asked = 0

    def steps(self, start_s, end_s):
        self.asked += 1
        return Steps(np.array([0.0, end_s - start_s]), np.zeros(1))

    def finish_s(self, start_s, bits):
        return math.inf


def test_a_hopeless_capped_transfer_gives_up_at_once():
    never = Never()
    assert capped(never, 1.0).finish_s(0.0, 1.0) == math.inf
    assert never.asked == 1


class Job(NamedTuple):
    """A payload that comes to the medium."""

    at_s: float
    bits: float
    rate: object


def departures(law, jobs):
    """When each job is through: an event at each coming and going, as in a live medium."""
    through_s, left, now_s = {}, {}, 0.0
    arrivals = iter([*enumerate(jobs), (None, Job(math.inf, 0.0, None))])
    number, job = next(arrivals)
    while left or number is not None:
        here = list(left)
        shares = law.allot([jobs[user].rate for user in here], True) if here else []
        ends_s = [share.finish_s(now_s, left[user]) for user, share in zip(here, shares, strict=True)]
        then_s = min([*ends_s, job.at_s])
        for user, share, end_s in zip(here, shares, ends_s, strict=True):
            left[user] = max(0.0, left[user] - share.bits(now_s, then_s))
            if end_s <= then_s:
                through_s[user] = end_s
                del left[user]
        now_s = then_s
        if job.at_s <= now_s:
            left[number] = job.bits
            number, job = next(arrivals)
    return np.array([through_s[user] for user in range(len(jobs))])


def slot_by_slot(law, jobs, slot_s):
    """The same by small steps of time, from rate_bps alone."""
    through_s, left, waiting = {}, {}, dict(enumerate(jobs))
    shares = {}
    for slot in count():
        if not (left or waiting):
            return np.array([through_s[user] for user in range(len(jobs))])
        new = [user for user, job in waiting.items() if job.at_s <= (slot + 0.5) * slot_s]
        left |= {user: waiting.pop(user).bits for user in new}
        gone = [user for user, bits in left.items() if bits <= 0.0]
        for user in gone:
            through_s[user] = slot * slot_s
            del left[user]
        if (new or gone) and left:
            shares = dict(zip(left, law.allot([jobs[user].rate for user in left], True), strict=True))
        for user in left:
            left[user] -= shares[user].rate_bps((slot + 0.5) * slot_s) * slot_s
    raise AssertionError


@every_law
def test_small_slots_come_to_the_exact_ends(law):
    """Users come and go under fading. What remains is a few slots, and falls with the slot."""
    luck = np.random.default_rng(5)
    at_s = np.cumsum(luck.exponential(0.05, 6))
    jobs = [Job(*pair, rate) for *pair, rate in zip(at_s, luck.uniform(5e3, 5e4, 6), fading(6), strict=True)]
    exact = departures(law, jobs)
    assert len(set(exact.argsort()) - {0}) == 5
    coarse, fine = (np.abs(slot_by_slot(law, jobs, slot_s) - exact).max() for slot_s in (3.2e-3, 1e-4))
    assert fine < 5e-4
    assert fine < coarse / 3


def mean_delay(law, load, sizes, seed, jobs=12_000):
    """Mean time in an M/G/1 queue of mean service 1 s, and its standard error by batch means."""
    luck = np.random.default_rng(seed)
    at_s = np.cumsum(luck.exponential(1.0 / load, jobs))
    pipe = Steady(PIPE_BPS)
    bits = PIPE_BPS * sizes(luck, jobs)
    found = [Job(*pair, pipe) for pair in zip(at_s.tolist(), bits.tolist(), strict=True)]
    delays_s = (departures(law, found) - at_s)[jobs // 20 :]
    means = [batch.mean() for batch in np.array_split(delays_s, 30)]
    return delays_s.mean(), np.std(means, ddof=1) / math.sqrt(len(means))


SIZES = {
    "exponential": lambda luck, jobs: luck.standard_exponential(jobs),
    "constant": lambda luck, jobs: np.ones(jobs),
    "hyperexponential": lambda luck, jobs: (
        luck.standard_exponential(jobs) * luck.choice([0.5, 3.0], jobs, p=[0.8, 0.2])
    ),
}


@pytest.mark.parametrize("name", ["round_robin", "processor_sharing", "proportional_fair"])
@pytest.mark.parametrize("sizes", SIZES)
def test_mean_delay_of_processor_sharing(name, sizes):
    """S / (C (1 - load)), whatever the law of the sizes: 3 se. First come, first served depends on it."""
    mean_s, error_s = mean_delay(LAWS[name], 0.6, SIZES[sizes], seed=7)
    assert error_s < 0.12
    assert mean_s == pytest.approx(1.0 / (1.0 - 0.6), abs=3 * error_s)


def test_what_a_slow_user_leaves_is_not_given_away():
    shares = LAWS["processor_sharing"].allot([Steady(1e3), Steady(1e9)], True)
    assert sum(share.rate_bps(0.0) for share in shares) == PIPE_BPS / 2 + 1e3


@pytest.mark.parametrize("name", ["uplink_bps", "downlink_bps"])
@pytest.mark.parametrize("bad", [0.0, -5.0, math.nan, math.inf])
def test_bad_settings_name_the_value(name, bad):
    settings = {"uplink_bps": 1.0, "downlink_bps": 1.0, name: bad}
    with pytest.raises(ValueError, match=f"{name}(.|\n)*{bad}"):
        ProcessorSharing(**settings)
