"""Outages against the theory of the two-state chain; seeds are fixed, tolerances in standard errors (se)."""

import math

import numpy as np
import pytest
from scipy import stats

from channels.gilbert_elliott import GilbertElliott, TwoRates
from channels.outage.gilbert_elliott import GilbertElliott as Outages
from channels.parts.two_states import TwoStates

GOOD_S, BAD_S = 14.0, 2.5
SHARE_GOOD = GOOD_S / (GOOD_S + BAD_S)
PER_S = 1 / GOOD_S + 1 / BAD_S


def law(**changes):
    settings = {
        "uplink": TwoRates(good_bps=3e7),
        "downlink": TwoRates(good_bps=1e8, bad_bps=1e3),
        "mean_good_s": GOOD_S,
        "mean_bad_s": BAD_S,
    }
    return GilbertElliott(**{**settings, **changes})


def states(seed=1, good_s=GOOD_S, bad_s=BAD_S):
    key = np.random.default_rng(seed).integers(2**64, size=2, dtype=np.uint64)
    return TwoStates(key, good_s, bad_s)


def sojourns(chunks=8000):
    """Lengths [s] of whole good and whole bad times."""
    borders_s, good = states().good(0, chunks)
    changes = np.flatnonzero(good[1:] != good[:-1]) + 1
    lengths_s = np.diff(borders_s[changes])
    kinds = good[changes[:-1]]
    return lengths_s[kinds], lengths_s[~kinds]


def test_sojourns_are_exponential():
    """Means within 4 se, shape by the 0.1 % point of Kolmogorov's test."""
    for lengths_s, mean_s in zip(sojourns(), (GOOD_S, BAD_S), strict=True):
        assert len(lengths_s) > 10_000
        assert lengths_s.mean() == pytest.approx(mean_s, abs=4 * mean_s / math.sqrt(len(lengths_s)))
        assert stats.kstest(lengths_s, "expon", args=(0, mean_s)).pvalue > 1e-3


def test_outage_fraction_over_time():
    """Of one user: the variance of the mean over T is 2 p q / (T rate); 4 se."""
    horizon_s = 2e5
    up = law().draw(np.random.default_rng(2)).up
    error = math.sqrt(2 * SHARE_GOOD * (1 - SHARE_GOOD) / (horizon_s * PER_S))
    assert up.bits(0.0, horizon_s) / (3e7 * horizon_s) == pytest.approx(SHARE_GOOD, abs=4 * error)


@pytest.mark.parametrize("at_s", [0.0, 100.0, 1e7])
def test_stationary_from_the_start(at_s):
    """Share of users in the good state, 4 se."""
    rng = np.random.default_rng(3)
    users = 3000
    good = sum(law().draw(rng).up.rate_bps(at_s) > 0 for _ in range(users))
    error = math.sqrt(SHARE_GOOD * (1 - SHARE_GOOD) / users)
    assert good / users == pytest.approx(SHARE_GOOD, abs=4 * error)


def test_autocorrelation_is_exponential():
    """exp(-(a + b) tau) at 4 lags, 4 se over 200 stretches."""
    up = law().draw(np.random.default_rng(4)).up
    step_s, per_stretch = 0.5, 400
    good = np.array([up.rate_bps(i * step_s) > 0 for i in range(200 * per_stretch)], dtype=float)
    excess = (good - SHARE_GOOD).reshape(200, per_stretch)
    for lag in (1, 2, 4, 10):
        products = (excess[:, lag:] * excess[:, :-lag]).mean(axis=1) / (SHARE_GOOD * (1 - SHARE_GOOD))
        error = products.std() / math.sqrt(len(products))
        assert products.mean() == pytest.approx(math.exp(-PER_S * lag * step_s), abs=4 * error)


def test_both_directions_share_the_tunnel():
    link = law().draw(np.random.default_rng(5))
    seen = {(link.up.rate_bps(at_s), link.down.rate_bps(at_s)) for at_s in np.arange(0, 500, 0.3)}
    assert seen == {(3e7, 1e8), (0.0, 1e3)}


def test_rates_of_one_direction_leave_the_luck_of_the_other():
    before = law().draw(np.random.default_rng(6)).down
    after = law(uplink=TwoRates(good_bps=1.0, bad_bps=0.5)).draw(np.random.default_rng(6)).down
    assert before.bits(0.0, 1000.0) == after.bits(0.0, 1000.0)


def test_chunks_join_without_a_seam():
    """The state carries over every border, also after chunks without an event: 8 on average, odds 3e-4."""
    one = states(7, good_s=3.999, bad_s=3.999)
    assert one.span_s == 16.0
    borders_s, good = one.good(-5, 12_000)
    empty = 0
    for number in range(12_000):
        alone = one.good(number - 5, 1)[1]
        first = int(borders_s.searchsorted(number * one.span_s, "right")) - 1
        assert alone[0] == good[first]
        empty += len(alone) == 1
    assert empty > 0


def test_two_chunks_hold_the_events_of_each():
    one = states(8)
    both_s, good = one.good(10, 2)
    first_s, first = one.good(10, 1)
    second_s, second = one.good(11, 1)
    np.testing.assert_allclose(both_s[1:-1], np.concatenate([first_s[1:-1], second_s[1:-1] + one.span_s]))
    np.testing.assert_array_equal(good, np.concatenate([first, second[1:]]))


def test_a_transfer_waits_for_the_outage_to_end():
    """Start inside an outage: nothing passes before its end, then the good rate."""
    one = law().draw(np.random.default_rng(9)).up
    start_s = next(t for t in np.arange(0.0, 1000.0, 0.1).tolist() if one.rate_bps(t) == 0.0)
    end_s = one.finish_s(start_s, 3.0) - 3.0 / 3e7
    assert end_s > start_s
    assert one.bits(start_s, end_s) == pytest.approx(0.0, abs=1e-3)
    assert one.rate_bps(end_s - 1e-9) == 0.0
    assert one.rate_bps(end_s + 1e-9) == 3e7
    assert one.finish_s(start_s, 3e5) == pytest.approx(end_s + 0.01, abs=1e-12)


def brute_force_s(rate, start_s, bits, step_s):
    """Finish time by midpoints; within one step, which is what the borders cost."""
    now_s = start_s
    while bits > 0:
        bits -= rate.rate_bps(now_s + step_s / 2) * step_s
        now_s += step_s
    return now_s


def test_finish_matches_fine_integration():
    rate = law(mean_good_s=0.4, mean_bad_s=0.3).draw(np.random.default_rng(10)).down
    for start_s in (0.0, 3.21, 50.0):
        expected = brute_force_s(rate, start_s, 2e8, 1e-4)
        # Half a step for each border crossed (about ten) in the worst case, and one at the end.
        assert rate.finish_s(start_s, 2e8) == pytest.approx(expected, abs=1e-4 * 8)


@pytest.mark.parametrize("bad", [{"good_bps": 0.0}, {"good_bps": 0.0, "bad_bps": 0.0}])
def test_a_direction_must_carry_something(bad):
    with pytest.raises(ValueError, match=r"good_bps \(0.0\) and bad_bps \(0.0\)"):
        TwoRates(**bad)


@pytest.mark.parametrize("name", ["mean_good_s", "mean_bad_s"])
def test_times_must_be_positive(name):
    with pytest.raises(ValueError, match=f"{name}(.|\n)*equal to 0.000001(.|\n)*input_value=0"):
        law(**{name: 0.0})


def test_only_bad_can_be_the_better():
    """Nothing says that good must be faster: an outage of the good state is odd, and legal."""
    link = law(uplink=TwoRates(good_bps=0.0, bad_bps=5.0)).draw(np.random.default_rng(11))
    assert link.up.finish_s(0.0, 100.0) < math.inf


def gate(seed, up_s=GOOD_S, gone_s=BAD_S):
    return Outages(mean_up_s=up_s, mean_gone_s=gone_s).draw(np.random.default_rng(seed))


def test_a_gate_is_the_same_chain():
    """The outages of a radio link: 1 where the chain is good, 0 where it is bad."""
    key = np.random.default_rng(12).integers(2**64, size=2, dtype=np.uint64)
    chain = TwoStates(key, GOOD_S, BAD_S)
    borders_s, good = chain.good(3, 50)
    offsets_s, values = gate(12).during(3 * chain.span_s, 50 * chain.span_s)
    np.testing.assert_allclose(offsets_s, borders_s, atol=1e-9)
    np.testing.assert_array_equal(values, good)


def test_gates_open_for_their_share_of_the_time():
    """Over users at one instant, 4 se, also before time 0."""
    for at_s in (-3.3, 0.0, 1e6):
        users = 3000
        up = sum(gate(1000 + user).during(at_s, 1e-3).values[0] for user in range(users))
        error = math.sqrt(SHARE_GOOD * (1 - SHARE_GOOD) / users)
        assert up / users == pytest.approx(SHARE_GOOD, abs=4 * error)


def test_any_window_shows_the_same_gate():
    """The state at an instant does not depend on the window that shows it, also before time 0."""
    one, luck = gate(13, 0.7, 0.4), np.random.default_rng(14)
    whole = one.during(-20.0, 60.0)
    for _ in range(300):
        start_s, duration_s, share = luck.uniform(-20.0, 30.0), luck.uniform(1e-6, 10.0), luck.random()
        offsets_s, values = one.during(start_s, duration_s)
        assert offsets_s[0] == 0.0
        assert offsets_s[-1] == pytest.approx(duration_s, abs=1e-12)
        assert (np.diff(offsets_s) >= 0.0).all()
        at_s = share * duration_s
        here = values[offsets_s.searchsorted(at_s, "right") - 1]
        there = whole.values[whole.offsets_s.searchsorted(start_s + 20.0 + at_s, "right") - 1]
        assert here == there


@pytest.mark.parametrize("name", ["mean_up_s", "mean_gone_s"])
def test_times_of_a_gate_must_be_positive(name):
    with pytest.raises(ValueError, match=f"{name}(.|\n)*equal to 0.000001(.|\n)*input_value=0"):
        Outages(**{"mean_up_s": 1.0, "mean_gone_s": 1.0, name: 0.0})
