"""The laws of fading against theory; seeds are fixed, tolerances are in standard errors (se).

Rayleigh fading alone, and the sum of sinusoids that most of these are made of: test_rayleigh.py.
"""

import math
from functools import cache

import numpy as np
import pytest
from scipy import special, stats

from channels.fading.block import Block
from channels.fading.nakagami import Nakagami
from channels.fading.none import NoFading
from channels.fading.rayleigh import Rayleigh
from channels.fading.rician import Rician
from channels.parts.doppler import Doppler, doppler
from channels.parts.process import Level

DOPPLER_HZ = 11.67
CLOCK = doppler(0.0, 0.0, DOPPLER_HZ)
FINE = Doppler(DOPPLER_HZ, 2.0**-12)
STILL = doppler(0.0, 3.5e9)
FINITE = 0.004
"""Kolmogorov distance that 32 sinusoids cost; a map that rises, as Nakagami's, leaves it what it is."""

LAWS = [
    *(Rayleigh(), Rician(k_factor=0.0), Rician(k_factor=1.0), Rician(k_factor=10.0), Rician(k_factor=1e9)),
    *(Nakagami(m=0.5), Nakagami(m=1.0), Nakagami(m=3.0), Nakagami(m=1e6)),
    *(Block(), Block(coherence_s=0.3), Block(coherence_s=1e-4), NoFading()),
]
laws = pytest.mark.parametrize("law", LAWS, ids=str)
clocks = pytest.mark.parametrize("clock", [CLOCK, STILL], ids=["moving", "still"])


def users(law, seed, count, clock=CLOCK):
    rng = np.random.default_rng(seed)
    return [law.draw(rng, clock) for _ in range(count)]


def powers(law, seed, count, clock=CLOCK):
    """One instant of many users."""
    return np.array(
        [user.during(256.0, 64 * clock.step_s).values[0] for user in users(law, seed, count, clock)]
    )


def stretches(process, count, length_s):
    """Powers of stretches far apart, one row each if they have equally many."""
    return np.concatenate([[process.during(i * 4096.0, length_s).values] for i in range(count)])


# what all keep


@laws
def test_still_is_a_level(law):
    one, two = users(law, 1, 2, STILL)
    assert isinstance(one, Level)
    assert isinstance(two, Level)
    assert type(one.peak) is float
    assert one.peak >= 0.0
    assert (one.peak == two.peak) == isinstance(law, NoFading)


@laws
def test_the_number_of_draws_is_fixed(law):
    """Whatever the settings: what is drawn next is the same."""
    others = [other for other in LAWS if type(other) is type(law)]
    after = set()
    for other in others:
        for clock in (CLOCK, FINE, STILL):
            rng = np.random.default_rng(2)
            other.draw(rng, clock)
            after.add(rng.random())
    assert len(after) == 1


@laws
@clocks
def test_mean_is_one(law, clock):
    """Over users and instants far apart: 4 se of the users' means, and 0.5 % for N = 32."""
    count = 100 if clock is CLOCK else 1500
    instants_s = np.arange(-5, 15) * 256.0 if clock is CLOCK else [0.0]
    means = np.array(
        [
            np.mean([user.during(at_s, 64 * clock.step_s).values[0] for at_s in instants_s])
            for user in users(law, 3, count, clock)
        ]
    )
    error = means.std() / math.sqrt(len(means))
    assert error < 0.05
    assert means.mean() == pytest.approx(1.0, abs=4 * error + 0.005)
    assert (means.std() > 0.0) == (not isinstance(law, NoFading))


@laws
def test_the_peak_is_never_exceeded(law):
    for user in users(law, 4, 20):
        for start_s in (-64.0, 0.0, 4096.0):
            values = user.during(start_s, 2.0).values
            assert (values <= user.peak).all()
            assert (values >= 0.0).all()


@laws
@clocks
def test_the_same_power_in_any_window(law, clock):
    """Windows that begin before 0, overlap, come in any order; the last bit of every power."""
    one, again = (law.draw(np.random.default_rng(5), clock) for _ in range(2))
    grid_s = one.grid_s or 0.75
    whole = one.during(-20 * grid_s, 50 * grid_s)
    luck = np.random.default_rng(6)
    for _ in range(60):
        first, count = int(luck.integers(-20, 20)), int(luck.integers(1, 10))
        offsets_s, values = again.during(first * grid_s, count * grid_s)
        assert offsets_s[0] == 0.0
        assert offsets_s[-1] == count * grid_s
        assert (np.diff(offsets_s) >= 0.0).all()
        for piece in luck.integers(0, len(values), 5):
            middle_s = (offsets_s[piece] + offsets_s[piece + 1]) / 2 + (first + 20) * grid_s
            if abs(whole.offsets_s - middle_s).min() < 1e-9:
                continue  # a piece that is there by rounding alone
            assert whole.values[whole.offsets_s.searchsorted(middle_s) - 1] == values[piece]


def test_no_fading_is_one():
    process = NoFading().draw(np.random.default_rng(7), CLOCK)
    assert isinstance(process, Level)
    assert process.peak == 1.0


# Rician


def rician(k_factor):
    """|g|^2 2 (1 + K) is chi-squared with 2 degrees of freedom, not central by 2 K."""
    return stats.ncx2(2, 2 * k_factor, scale=0.5 / (1 + k_factor))


@pytest.mark.parametrize(
    ("k_factor", "outage", "missing"), [(1.0, 0.07335, 0.0), (5.0, 0.00964, 0.0), (10.0, 0.00074, 0.09)]
)
def test_rician_outage_probability(k_factor, outage, missing):
    """P(|g|^2 < 0.1) = 1 - Q1(sqrt(2 K), sqrt(0.2 (1 + K))): over time and users, 4 se and 2 %.

    Of the deep fades against a strong direct wave 32 scattered ones miss 9 %: they must nearly all agree.
    """
    assert rician(k_factor).cdf(0.1) == pytest.approx(outage, abs=1e-5)
    drawn = users(Rician(k_factor=k_factor), 8, 150)
    below = np.array([stretches(user, 24, 4.0).ravel() < 0.1 for user in drawn]).mean(axis=1)
    error = below.std() / math.sqrt(len(below))
    assert error < 0.04 * outage
    assert below.mean() == pytest.approx((1 - missing) * outage, abs=4 * error + 0.02 * outage)


@pytest.mark.parametrize(("k_factor", "clock"), [(1.0, CLOCK), (1.0, STILL), (5.0, STILL), (10.0, CLOCK)])
def test_rician_power(k_factor, clock):
    """Kolmogorov's test over users: 1 % point, and what N = 32 costs. Twice the K fails."""
    seen = powers(Rician(k_factor=k_factor), 9, 4000, clock)
    critical = FINITE + 1.63 / math.sqrt(len(seen))
    assert stats.kstest(seen, rician(k_factor).cdf).statistic < critical
    assert stats.kstest(seen, rician(2.0 * k_factor).cdf).statistic > critical


def test_rician_without_a_direct_wave_is_rayleigh():
    for clock in (CLOCK, STILL):
        one, other = (
            law.draw(np.random.default_rng(10), clock) for law in (Rician(k_factor=0.0), Rayleigh())
        )
        assert one.peak == pytest.approx(other.peak, rel=1e-9)
        seen, expected = (stretches(process, 3, 2.0) for process in (one, other))
        np.testing.assert_allclose(seen, expected, rtol=1e-9, atol=1e-14)


def test_rician_of_a_strong_direct_wave_does_not_fade():
    (user,) = users(Rician(k_factor=1e12), 11, 1)
    np.testing.assert_allclose(stretches(user, 3, 2.0), 1.0, atol=1e-5)


LAGS = (3, 8, 15, 23, 40, 64, 90, 130)
"""In slots of 0.023 of a cycle: J0 from its first fall to its fifth zero."""


@pytest.mark.parametrize("k_factor", [1.0, 10.0])
def test_rician_autocorrelation(k_factor):
    """At 8 lags, 4 se: J0 over users; (K exp(j 2 pi f_d tau cos theta_0) + J0) / (1 + K) for one angle."""
    drawn = users(Rician(k_factor=k_factor), 12, 2500)
    gains = np.array([user.gains(11, 4) for user in drawn])
    directions = np.cos([user._waves.angles[-1] for user in drawn])
    for lag in LAGS:
        turn = 2 * math.pi * DOPPLER_HZ * CLOCK.step_s * lag
        products = (gains[:, lag:] * gains[:, :-lag].conj()).mean(axis=1)
        direct = k_factor * np.exp(1j * turn * directions) / (1 + k_factor)
        for rest, expected in (
            (products, special.j0(turn)),
            (products - direct, special.j0(turn) / (1 + k_factor)),
        ):
            error = rest.std() / math.sqrt(len(rest))
            assert error < 0.03
            assert abs(rest.mean() - expected) < 4 * error


def rician_crossings(k_factor, depth, direction):
    """Falls per cycle of f_d through amplitude `depth`; `direction` is cos theta_0 of the direct wave.

    Rice's integral. Scattered waves have variance s = 1 / (2 (1 + K)) in each part, their derivatives
    s w^2 / 2 with w = 2 pi, independent of them. With the direct wave, of amplitude a, at an angle u from g,
    the amplitude changes at a rate that is normal with mean -a w `direction` sin u.
    """
    s, a = 0.5 / (1 + k_factor), math.sqrt(k_factor / (1 + k_factor))
    spread = 2 * math.pi * math.sqrt(s / 2)
    u = np.arange(512) * (2 * math.pi / 512)
    mean = -a * 2 * math.pi * direction * np.sin(u) / spread
    rising = spread * (np.exp(-(mean**2) / 2) / math.sqrt(2 * math.pi) + mean * special.ndtr(mean))
    apart = depth**2 + a**2 - 2 * depth * a * np.cos(u)
    return (rising * depth / s * np.exp(-apart / (2 * s))).mean()


def test_rice_s_integral():
    """Against closed forms: no direct wave, and one from the side (Stueber, equation 2.102)."""
    rayleigh = math.sqrt(2 * math.pi) * 0.5 * math.exp(-0.25)
    assert rician_crossings(0.0, 0.5, 1.0) == pytest.approx(rayleigh, rel=1e-9)
    for k, depth in ((1.0, 0.5), (5.0, 1.0)):
        side = math.sqrt(2 * math.pi * (k + 1)) * depth * math.exp(-k - (k + 1) * depth**2)
        side *= special.i0(2 * depth * math.sqrt(k * (k + 1)))
        assert rician_crossings(k, depth, 0.0) == pytest.approx(side, rel=1e-9)


@cache
def finely(k_factor):
    return np.array([stretches(user, 3, 4.0) for user in users(Rician(k_factor=k_factor), 13, 250, FINE)])


@pytest.mark.parametrize(("k_factor", "depth"), [(1.0, 0.3), (1.0, 1.0), (5.0, 0.5), (5.0, 1.0)])
def test_rician_level_crossings_and_fade_lengths(k_factor, depth):
    """Rice's integral over all angles, and the outage probability over that: 4 se, 4 % for N = 32."""
    below = finely(k_factor) < depth**2
    falls = (below[..., 1:] & ~below[..., :-1]).sum(axis=(1, 2)) / (below[0].size * FINE.step_s)
    angles = (np.arange(64) + 0.5) * math.pi / 64
    crossings = DOPPLER_HZ * np.mean([rician_crossings(k_factor, depth, math.cos(angle)) for angle in angles])
    error = falls.std() / math.sqrt(len(falls))
    assert error < 0.04 * crossings
    assert falls.mean() == pytest.approx(crossings, abs=4 * error + 0.04 * crossings)
    fade_s = rician(k_factor).cdf(depth**2) / crossings
    assert below.mean() / falls.mean() == pytest.approx(fade_s, rel=4 * error / crossings + 0.04)


# Nakagami


@pytest.mark.parametrize(("m", "missing"), [(0.5, 0.05), (1.0, 1 / 32), (3.0, 0.03)])
def test_nakagami_moments(m, missing):
    """Mean 1 and variance 1/m: 4 se. A sum of 32 waves has a thinner tail: up to 0.5 % and `missing`."""
    seen = np.array([stretches(user, 8, 4.0).ravel() for user in users(Nakagami(m=m), 14, 200)])
    means, squares = seen.mean(axis=1), ((seen - 1.0) ** 2).mean(axis=1)
    error = means.std() / math.sqrt(len(means))
    assert means.mean() == pytest.approx(1.0, abs=4 * error + 0.005)
    error = squares.std() / math.sqrt(len(squares))
    assert error < 0.01 / m
    assert (1 - missing) / m - 4 * error < squares.mean() < 1 / m + 4 * error


@pytest.mark.parametrize(("m", "clock"), [(0.5, CLOCK), (0.5, STILL), (3.0, CLOCK), (20.0, STILL)])
def test_nakagami_power(m, clock):
    """Kolmogorov's test against the gamma law over users: 1 % point, and what N = 32 costs."""
    seen = powers(Nakagami(m=m), 15, 4000, clock)
    critical = FINITE + 1.63 / math.sqrt(len(seen))
    assert stats.kstest(seen, "gamma", args=(m, 0.0, 1 / m)).statistic < critical
    assert stats.kstest(seen, "gamma", args=(1.5 * m, 0.0, 1 / m / 1.5)).statistic > critical


@pytest.mark.parametrize("m", [0.5, 0.8, 3.0, 100.0, 1e6])
def test_nakagami_is_the_quantile_of_rayleigh(m):
    """q(p) = G^-1(1 - exp(-p)) to 1e-6, from fades of 120 dB to the peak."""
    mapped, rayleigh = (law.draw(np.random.default_rng(16), CLOCK) for law in (Nakagami(m=m), Rayleigh()))
    seen, known = (stretches(process, 3, 4.0).ravel() for process in (mapped, rayleigh))
    low, high = special.gammaincinv(m, -np.expm1(-known)), special.gammainccinv(m, np.exp(-known))
    np.testing.assert_allclose(seen, np.where(known < 0.7, low, high) / m, rtol=1e-6)
    depths = np.exp2(np.linspace(-40.0, 5.0, 7001))
    low, high = special.gammaincinv(m, -np.expm1(-depths)), special.gammainccinv(m, np.exp(-depths))
    looked_up = mapped._lines.at(depths)
    np.testing.assert_allclose(looked_up, np.where(depths < 0.7, low, high) / m, rtol=1e-6)
    assert (np.diff(looked_up) >= 0.0).all()
    assert mapped._lines.at(np.array([0.0, 1e-300, 1e-15])).min() >= 0.0


def test_nakagami_of_one_is_rayleigh():
    for clock in (CLOCK, STILL):
        one, other = (law.draw(np.random.default_rng(17), clock) for law in (Nakagami(m=1.0), Rayleigh()))
        np.testing.assert_allclose(stretches(one, 3, 2.0), stretches(other, 3, 2.0), rtol=1e-12)


def test_nakagami_crosses_levels_when_rayleigh_does():
    """Below the quantile of the same probability at the same instants, so as often and for as long."""
    mapped, rayleigh = (law.draw(np.random.default_rng(18), FINE) for law in (Nakagami(m=3.0), Rayleigh()))
    for probability in (0.01, 0.1, 0.5):
        below = stretches(mapped, 8, 8.0) < stats.gamma.ppf(probability, 3.0, scale=1 / 3.0)
        expected = stretches(rayleigh, 8, 8.0) < -math.log1p(-probability)
        assert (below != expected).mean() < 1e-5
        assert expected.any()


# block


@clocks
def test_block_power_is_exponential_over_users(clock):
    """Kolmogorov's test, 0.1 % point: no sinusoids, so exactly."""
    assert stats.kstest(powers(Block(), 19, 4000, clock), "expon").pvalue > 1e-3


def test_block_power_is_exponential_over_blocks_and_they_are_independent():
    """Of one user, also before 0: Kolmogorov, 0.1 % point; correlations of blocks within 4 / sqrt(n) of 0."""
    (user,) = users(Block(coherence_s=0.25), 20, 1)
    offsets_s, seen = user.during(-5000.0, 10_000.0)
    np.testing.assert_array_equal(offsets_s, np.arange(40_001) * 0.25)
    assert stats.kstest(seen, "expon").pvalue > 1e-3
    assert len(np.unique(seen)) == len(seen)
    for lag in (1, 2, 3, 4, 5, 8, 20_000):
        assert abs(np.corrcoef(seen[lag:], seen[:-lag])[0, 1]) < 4 / math.sqrt(len(seen) - lag)
    (one, other) = (user.during(0.0, 5000.0).values for user in users(Block(coherence_s=0.25), 21, 2))
    assert abs(np.corrcoef(one, other)[0, 1]) < 4 / math.sqrt(len(one))


@pytest.mark.parametrize("coherence_s", [0.1, 0.3, 1 / 3, 0.0362, 7.7])
def test_block_borders_are_multiples_of_the_coherence_time(coherence_s):
    """Not of a power of two near it, in windows that do not fit either."""
    (user,) = users(Block(coherence_s=coherence_s), 22, 1)
    luck = np.random.default_rng(23)
    for _ in range(50):
        start_s, duration_s = luck.uniform(-50.0, 50.0), luck.uniform(0.01, 20.0)
        offsets_s, values = user.during(start_s, duration_s)
        first, last = math.floor(start_s / coherence_s), math.ceil((start_s + duration_s) / coherence_s)
        assert len(values) == last - first
        np.testing.assert_allclose(
            start_s + offsets_s[1:-1], np.arange(first + 1, last) * coherence_s, atol=1e-12
        )
    for block in (-7, -1, 0, 1, 12, 10**6 + 1):
        at_s = block * coherence_s
        before, after = (user.during(at_s + shift_s, 1e-6).values[0] for shift_s in (-2e-6, 2e-6))
        assert before != after
        late = user.during(at_s + coherence_s * 0.99, 1e-6).values[0]
        assert after == late


def test_block_starts_on_a_border_with_a_whole_block():
    """Where the quotient rounds: a border opens its block, and the instant before is of the block before."""
    coherence_s = 0.1
    (user,) = users(Block(coherence_s=coherence_s), 24, 1)
    for block in range(-300, 300):
        offsets_s, values = user.during(block * coherence_s, coherence_s / 2)
        assert (offsets_s.tolist(), len(values)) == ([0.0, coherence_s / 2], 1)
        before_s = math.nextafter(block * coherence_s, -math.inf)
        assert len(user.during(before_s, coherence_s / 2).values) == 2


def test_block_autocorrelation_is_a_triangle():
    """Over time, 1 - tau / T up to the coherence time T and 0 from then on: 4 se over users."""
    coherence_s, step_s = 0.25, 0.0625
    drawn = users(Block(coherence_s=coherence_s), 25, 400)
    seen = np.array([np.repeat(user.during(0.0, 50.0).values, 4) for user in drawn]) - 1.0
    for lag in range(1, 9):
        products = (seen[:, lag:] * seen[:, :-lag]).mean(axis=1)
        expected = max(0.0, 1.0 - lag * step_s / coherence_s)
        assert products.mean() == pytest.approx(expected, abs=4 * products.std() / math.sqrt(len(products)))


def test_block_lasts_0_423_cycles_unless_told():
    (user,) = users(Block(), 26, 1)
    assert user.block_s == pytest.approx(math.sqrt(9 / (16 * math.pi)) / DOPPLER_HZ, rel=1e-3)
    assert user.block_s == pytest.approx(0.0362, abs=1e-4)


def test_short_blocks_are_not_asked_for_by_the_second():
    """A window of one grid holds at most 64; those of a second and more take any window."""
    (short,) = users(Block(coherence_s=1e-6), 27, 1)
    assert 32 <= len(short.during(0.0, short.grid_s).values) <= 65
    assert math.frexp(short.grid_s)[0] == 0.5
    (long,) = users(Block(coherence_s=1e9), 28, 1)
    assert long.grid_s == 0.0
    assert len(long.during(123.0, 1.0).values) == 1


# settings


@pytest.mark.parametrize(
    ("law", "name", "bad"),
    [
        *((Rician, "k_factor", bad) for bad in (-1.0, math.nan, math.inf)),
        *((Nakagami, "m", bad) for bad in (0.49, 0.0, -1.0, math.nan, 1e7)),
        *((Block, "coherence_s", bad) for bad in (0.0, -1.0, 1e-7, math.inf)),
    ],
)
def test_bad_settings_name_the_value(law, name, bad):
    with pytest.raises(ValueError, match=f"{name}(.|\n)*input_value={bad}"):
        law(**{name: bad})
