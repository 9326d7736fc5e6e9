"""An overhead that wanders; seeds are fixed, tolerances are in standard errors (se)."""

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from channels.delta.correlated_lognormal import WAVES, CorrelatedLognormal

MIN_S, MEAN_S, SIGMA = 0.012, 0.020, 0.6


def law(**changes):
    settings = {"min_s": MIN_S, "mean_s": MEAN_S, "sigma": SIGMA, "correlation_s": 1.5}
    return CorrelatedLognormal(**{**settings, **changes})


def over_users(delta, seed, instants, users=20_000):
    """Overheads of many users, one row for each instant."""
    rng = np.random.default_rng(seed)
    drawn = [delta.draw(rng) for _ in range(users)]
    return np.array([[delay.delay_s(at_s) for delay in drawn] for at_s in instants])


@pytest.mark.parametrize("sigma", [0.6, 1.2])
def test_moments(sigma):
    """Mean as set; variance (mean - min)^2 (I0(2 a)^N / I0(a)^2N - 1), a = sigma sqrt(2 / N); 4 se.

    That is the lognormal's but for 0.6 % at sigma 0.6 and 4 % at 1.2.
    """
    [seen] = over_users(law(sigma=sigma), 11, [1e3])
    a = sigma * math.sqrt(2 / WAVES)
    ratio = math.exp(WAVES * (math.log(np.i0(2 * a)) - 2 * math.log(np.i0(a))))
    variance = (MEAN_S - MIN_S) ** 2 * (ratio - 1)
    assert variance == pytest.approx((MEAN_S - MIN_S) ** 2 * math.expm1(sigma**2), rel=0.06)
    assert seen.mean() == pytest.approx(MEAN_S, abs=4 * math.sqrt(variance / len(seen)))
    squares = (seen - MEAN_S) ** 2
    assert squares.mean() == pytest.approx(variance, abs=4 * squares.std() / math.sqrt(len(seen)))


def test_shape():
    """Kolmogorov distance to the shifted lognormal: 0.0006 for 64 waves, and the 0.1 % point of chance."""
    [seen] = over_users(law(), 12, [2e5])
    scale_s = (MEAN_S - MIN_S) * math.exp(-(SIGMA**2) / 2)
    distance = stats.kstest(seen, "lognorm", args=(SIGMA, MIN_S, scale_s)).statistic
    assert distance < 0.0006 + 1.95 / math.sqrt(len(seen))
    assert seen.min() > MIN_S
    assert np.quantile(seen, 0.99) == pytest.approx(0.039, abs=0.001)


@pytest.mark.parametrize("start_s", [0.0, -40.0, 1e7])
def test_correlation_is_exponential(start_s):
    """E[Z(t) Z(t + lag)] = exp(-|lag| / correlation), 4 se; early, before the start and after 116 days."""
    lags_s = [0.0, 0.05, 0.2, 0.75, 1.5, 3.0, 6.0]
    seen = over_users(law(), 13, [start_s + lag_s for lag_s in lags_s], users=6000)
    mean_exp = np.i0(SIGMA * math.sqrt(2 / WAVES)) ** WAVES
    z = np.log((seen - MIN_S) / (MEAN_S - MIN_S) * mean_exp) / SIGMA
    for lag_s, later in zip(lags_s, z, strict=True):
        products = z[0] * later
        error = products.std() / math.sqrt(len(products))
        assert error < 0.02
        assert products.mean() == pytest.approx(math.exp(-lag_s / 1.5), abs=4 * error)


def test_spectrum_is_that_of_the_exponential():
    """Mean of cos(2 pi f lag) over waves: exp(-lag / correlation) over users, 4 se, and 0.05 rms for each."""
    rng = np.random.default_rng(14)
    hz = np.array([law().draw(rng)._cycles_per_s for _ in range(2000)])
    for lag_s in (0.03, 0.15, 0.75, 1.5, 3.0, 6.0):
        each = np.cos(2 * math.pi * hz * lag_s).mean(axis=1)
        error = each.std() / math.sqrt(len(each))
        assert 0 < error < 0.001
        assert each.mean() == pytest.approx(math.exp(-lag_s / 1.5), abs=4 * error)
        assert each.std() < 0.05


def test_one_path_wanders_as_all_do():
    """Correlation along one user's hours, within 0.1: what one path is off by, 0.03 rms, and chance."""
    delay = law(correlation_s=2.0).draw(np.random.default_rng(14))
    seen = np.log([delay.delay_s(0.5 * step) - MIN_S for step in range(40_000)])
    for steps in (1, 4, 12):
        correlation = np.corrcoef(seen[steps:], seen[:-steps])[0, 1]
        assert correlation == pytest.approx(math.exp(-steps / 4), abs=0.1)


def test_late_instants_are_as_precise_as_the_clock():
    """Against exact fractions at 1e7 s: no more is lost than the rounding of each f t."""
    at_s, delay = 1e7 + 0.123, law().draw(np.random.default_rng(15))
    cycles = [Fraction(hz) * Fraction(at_s) for hz in delay._cycles_per_s.tolist()]
    turns = [float(whole % 1) + phase for whole, phase in zip(cycles, delay._phases.tolist(), strict=True)]
    z = math.sqrt(2 / WAVES) * sum(math.cos(2 * math.pi * turn) for turn in turns)
    mu = math.log(MEAN_S - MIN_S) - WAVES * math.log(np.i0(SIGMA * math.sqrt(2 / WAVES)))
    lost = sum(math.ulp(float(whole)) / 2 + 2.0**-50 for whole in cycles)
    got_z = (math.log(delay.delay_s(at_s) - MIN_S) - mu) / SIGMA
    assert got_z == pytest.approx(z, abs=2 * math.pi * math.sqrt(2 / WAVES) * lost + 1e-13)
    assert lost < 1e-4


def test_is_a_function_of_time():
    delay, again = (law().draw(np.random.default_rng(16)) for _ in range(2))
    instants = [0.0, 3.7, -2.0, 1e7, 0.001, 1e9, 3.7]
    forward = [delay.delay_s(at_s) for at_s in instants]
    assert forward == [again.delay_s(at_s) for at_s in reversed(instants)][::-1]
    assert len(set(forward)) == len(instants) - 1
    steady = law(sigma=0.0).draw(np.random.default_rng(16))
    assert [steady.delay_s(at_s) for at_s in instants] == pytest.approx([MEAN_S] * 7, rel=1e-12)


def test_mean_must_be_above_the_floor():
    with pytest.raises(ValueError, match=r"mean_s \(0.01\) must be above min_s \(0.012\)"):
        law(mean_s=0.01)


@pytest.mark.parametrize(("name", "bad"), [("correlation_s", 0.0), ("sigma", -0.1), ("min_s", -0.001)])
def test_bad_settings_name_the_value(name, bad):
    with pytest.raises(ValueError, match=f"{name}(.|\n)*input_value={bad}"):
        law(**{name: bad})
