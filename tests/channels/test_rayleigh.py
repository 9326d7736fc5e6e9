"""Rayleigh fading passes the textbook's tests; seeds are fixed, tolerances are in standard errors (se)."""

import math
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from scipy import special, stats

from channels.fading.rayleigh import Rayleigh
from channels.flat_fading import Direction, FlatFading
from channels.outage.none import NoOutage
from channels.parts.doppler import LIGHT_M_PER_S, STEP_CYCLES, Doppler, doppler
from channels.parts.sinusoids import SLOTS, WAVES, Sinusoids, scattered
from channels.rate.shannon import Shannon

DOPPLER_HZ = 11.67
CLOCK = doppler(0.0, 0.0, DOPPLER_HZ)


def law(snr_db=10.0, doppler_hz=DOPPLER_HZ, **changes):
    direction = Direction(mean_snr_db=snr_db, bandwidth_hz=1.0)
    settings = {
        "fading": Rayleigh(),
        "rate": Shannon(snr_gap_db=0.0),
        "outage": NoOutage(),
        "uplink": direction,
        "downlink": direction,
        "duplex": "fdd",
        "speed_m_per_s": 1.0,
        "carrier_hz": 3.5e9,
        "doppler_hz": doppler_hz,
    }
    return FlatFading(**{**settings, **changes})


def power(rate_bps, snr_db=10.0):
    """Shannon's formula turned around."""
    return (2.0**rate_bps - 1.0) / 10.0 ** (snr_db / 10.0)


def sinusoids(seed, users, clock=CLOCK):
    rng = np.random.default_rng(seed)
    return [Sinusoids(scattered(rng), clock) for _ in range(users)]


def far_apart(users, chunks, width=64):
    """Powers of many stretches, one row for each user."""
    return np.array([[user.powers(10_000 * i, width) for i in range(chunks)] for user in users])


@pytest.mark.parametrize("doppler_hz", [0.0, DOPPLER_HZ])
def test_power_is_exponential_over_users(doppler_hz):
    """Kolmogorov distance: 0.004 that 32 sinusoids cost, and the 1 % point of chance. N = 8 fails."""
    rng = np.random.default_rng(1)
    channel = law(doppler_hz=doppler_hz)
    powers = np.array([power(rate.rate_bps(7.3)) for _ in range(6000) for rate in channel.draw(rng)])
    distance = stats.kstest(powers, "expon").statistic
    assert distance < 0.004 + 1.63 / math.sqrt(len(powers))
    assert powers.mean() == pytest.approx(1.0, abs=4 / math.sqrt(len(powers)))


def test_fourth_moment():
    """E|g|^4 = 2 - 1/N, 4 se; the 2 of a Gaussian process is out of reach."""
    squares = (far_apart(sinusoids(2, 400), 8) ** 2).mean(axis=(1, 2))
    error = squares.std() / math.sqrt(len(squares))
    assert error < 1 / WAVES / 5
    assert squares.mean() == pytest.approx(2 - 1 / WAVES, abs=4 * error)


LAGS = (3, 8, 15, 23, 40, 64, 90, 130)
"""In slots of 0.023 of a cycle: J0 from its first fall to its fifth zero."""


def bessel(lag):
    return special.j0(2 * math.pi * DOPPLER_HZ * CLOCK.step_s * lag)


def test_autocorrelation_is_bessel():
    """E[g(t + tau) g*(t)] = J0(2 pi f_d tau) at 8 lags, 4 se; imaginary part 0."""
    gains = np.array([user.gains(11, 4) for user in sinusoids(3, 1500)])
    for lag in LAGS:
        products = (gains[:, lag:] * gains[:, :-lag].conj()).mean(axis=1)
        error = products.std() / math.sqrt(len(products))
        assert error < 0.02
        assert abs(products.mean() - bessel(lag)) < 4 * error


def test_autocovariance_of_the_power_is_bessel_squared():
    """cov(|g(t)|^2, |g(t + tau)|^2) = J0^2 at 8 lags: 4 se, and the 1/N that unit amplitudes cost."""
    powers = np.array([user.powers(11, 4) for user in sinusoids(15, 1500)])
    for lag in LAGS:
        products = ((powers[:, lag:] - 1.0) * (powers[:, :-lag] - 1.0)).mean(axis=1)
        error = products.std() / math.sqrt(len(products))
        assert error < 0.04
        assert products.mean() == pytest.approx(bessel(lag) ** 2, abs=4 * error + 1 / WAVES)


FINE = Doppler(DOPPLER_HZ, 2.0**-12)
"""Slots of 0.003 of a cycle: the shortest of the fades below last 0.04."""


@cache
def finely():
    return far_apart(sinusoids(4, 300, FINE), 4, width=256)


@pytest.mark.parametrize("depth", [0.1, 0.5, 1.0, 1.5])
def test_level_crossings_and_fade_lengths(depth):
    """LCR = sqrt(2 pi) f_d r exp(-r^2), AFD = (exp(r^2) - 1) / (r f_d sqrt(2 pi)): 4 se, 4 % for N = 32."""
    below = finely() < depth**2
    length_s = below[0].size * FINE.step_s
    falls = (below[..., 1:] & ~below[..., :-1]).sum(axis=(1, 2)) / length_s
    error = falls.std() / math.sqrt(len(falls))
    crossings = math.sqrt(2 * math.pi) * DOPPLER_HZ * depth * math.exp(-(depth**2))
    assert error < 0.03 * crossings
    assert falls.mean() == pytest.approx(crossings, abs=4 * error + 0.04 * crossings)
    fade_s = (math.exp(depth**2) - 1) / (depth * DOPPLER_HZ * math.sqrt(2 * math.pi))
    assert below.mean() / falls.mean() == pytest.approx(fade_s, rel=4 * error / crossings + 0.04)


def test_level_crossings_of_the_textbook():
    """By hand at r = 0.5: what the formulas above must give."""
    assert math.sqrt(2 * math.pi) * DOPPLER_HZ * 0.5 * math.exp(-0.25) == pytest.approx(11.39, abs=0.01)
    fade_s = (math.exp(0.25) - 1) / (0.5 * DOPPLER_HZ * math.sqrt(2 * math.pi))
    assert fade_s == pytest.approx(0.01942, abs=1e-5)


@pytest.mark.parametrize(("snr_db", "expected"), [(0.0, 0.8603), (10.0, 2.9065), (20.0, 5.8840)])
def test_ergodic_rate(snr_db, expected):
    """log2(e) exp(1/snr) E1(1/snr) bit/s/Hz: 4 se, and 0.3 % for the thinner tail of N = 32."""
    snr = 10 ** (snr_db / 10)
    assert math.exp(1 / snr) * special.exp1(1 / snr) / math.log(2) == pytest.approx(expected, abs=1e-4)
    rng = np.random.default_rng(5)
    rates = np.array([law(snr_db).draw(rng).up.bits(0.0, 100.0) / 100.0 for _ in range(150)])
    error = rates.std() / math.sqrt(len(rates))
    assert error < 0.003 * expected
    assert rates.mean() == pytest.approx(expected, abs=4 * error + 0.003 * expected)


def test_gap_and_bandwidth():
    """A gap is SNR that is lost; the rate is proportional to the bandwidth."""
    wide = Direction(mean_snr_db=13.0, bandwidth_hz=7.0)
    lossy = law(uplink=wide, rate=Shannon(snr_gap_db=3.0)).draw(np.random.default_rng(16)).up
    plain = law(snr_db=10.0).draw(np.random.default_rng(16)).up
    for at_s in (0.0, 1.0, 7.7):
        assert lossy.rate_bps(at_s) == pytest.approx(7.0 * plain.rate_bps(at_s), rel=1e-12)
    snr = np.array([0.0, 0.5, 1.0, 40.0])
    efficiency = Shannon(snr_gap_db=3.0).bps_per_hz(snr * 10.0**0.3, snr, True)
    np.testing.assert_allclose(efficiency, np.log2(1.0 + snr), rtol=1e-12)


def slow_finish(rate, step_s, start_s, bits):
    """Slot by slot, from rate_bps at slot centres alone."""
    slot = math.floor(start_s / step_s)
    now_s = start_s
    while True:
        here_bps = rate.rate_bps((slot + 0.5) * step_s)
        end_s = (slot + 1) * step_s
        if bits <= here_bps * (end_s - now_s):
            return now_s + bits / here_bps
        bits -= here_bps * (end_s - now_s)
        slot, now_s = slot + 1, end_s


def test_finish_matches_the_slot_loop():
    rate = law().draw(np.random.default_rng(6)).up
    step_s = CLOCK.step_s
    for start_s, bits in ((0.0, 5.0), (0.0731, 0.01), (12.5, 0.5), (3.3, 60.0), (SLOTS * step_s, 2.0)):
        expected = slow_finish(rate, step_s, start_s, bits)
        assert rate.finish_s(start_s, bits) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("doppler_hz", [1e-6, 0.3, 11.67, 97.3, 5000.0])
def test_slots_keep_the_step_rule(doppler_hz):
    step_s = doppler(0.0, 0.0, doppler_hz).step_s
    assert STEP_CYCLES / 2 < doppler_hz * step_s <= STEP_CYCLES
    assert math.frexp(step_s)[0] == 0.5


def exact_power(luck, slot):
    """|g|^2 as in the paper, with phases reduced in rational arithmetic."""
    thetas, phases = luck
    gain = 0j
    for n in range(WAVES):
        arrival = 2 * math.pi * (n + 1 + thetas[n]) / WAVES
        cycles = Fraction(math.cos(arrival) * DOPPLER_HZ * CLOCK.step_s) * (slot + Fraction(1, 2))
        angle = 2 * math.pi * float((cycles + Fraction(phases[n])) % 1)
        gain += complex(math.cos(angle), math.sin(angle))
    return abs(gain) ** 2 / WAVES


@pytest.mark.parametrize("at_s", [0.0, 1.0, 3600.0, 1e7, 1e9])
def test_late_is_as_precise_as_early(at_s):
    """1e-15 of relative error in each frequency is all that may show."""
    (user,) = sinusoids(8, 1)
    luck = np.random.default_rng(8).random((2, WAVES)) - 0.5
    chunk = int(at_s / user.grid_s)
    powers = user.powers(chunk, 2)
    tolerance = 1e-12 + 1e-13 * at_s * DOPPLER_HZ
    for slot in (0, 1, 8, 63, 64, 100):
        assert powers[slot] == pytest.approx(exact_power(luck, chunk * SLOTS + slot), abs=tolerance)


def test_chunks_are_the_same_alone_or_in_company():
    (user,) = sinusoids(9, 1)
    together = user.powers(-3, 70)
    alone = np.concatenate([user.powers(number, 1) for number in range(-3, 67)])
    np.testing.assert_array_equal(together, alone)


def test_doppler_is_speed_times_carrier_over_c():
    """The override and what it overrides give the same air; another speed gives another."""
    given = law(doppler_hz=2.0 * 3.5e9 / LIGHT_M_PER_S).draw(np.random.default_rng(10)).up
    derived = law(doppler_hz=None, speed_m_per_s=2.0).draw(np.random.default_rng(10)).up
    faster = law(doppler_hz=None, speed_m_per_s=3.0).draw(np.random.default_rng(10)).up
    assert given.bits(0.0, 9.0) == derived.bits(0.0, 9.0)
    assert given.bits(0.0, 9.0) != faster.bits(0.0, 9.0)


def test_standing_still_freezes_each_user():
    rng = np.random.default_rng(11)
    still = law(doppler_hz=None, speed_m_per_s=0.0)
    first, second = still.draw(rng).up, still.draw(rng).up
    assert first.rate_bps(0.0) == first.rate_bps(1e6)
    assert first.rate_bps(0.0) != second.rate_bps(0.0)


def test_slots_of_the_users_choice():
    """A shorter slot samples the same fading; a longer one than 0.1 of a cycle is refused."""
    coarse, fine = (law(step_s=step_s).draw(np.random.default_rng(17)).up for step_s in (2.0**-8, 2.0**-13))
    assert coarse.bits(0.0, 60.0) == pytest.approx(fine.bits(0.0, 60.0), rel=1e-3)
    assert len(coarse.steps(0.0, 0.5).values) == 128
    assert len(fine.steps(0.0, 0.5).values) == 4096
    with pytest.raises(ValueError, match=r"step_s \(0.01\) is too long(.|\n)*11.67 Hz: at most 0.00857"):
        law(step_s=0.01)


def test_power_stays_below_its_peak():
    """All waves in step: the peak is reached, and never exceeded."""
    waves = scattered(np.random.default_rng(18))._replace(phases=np.zeros(WAVES))
    instant = Sinusoids(waves, Doppler(1e-6, 2.0**-10))
    assert instant.powers(0, 1).max() == pytest.approx(WAVES, rel=1e-9)
    assert instant.powers(0, 1).max() <= instant.peak < WAVES * 1.001


def test_duplex():
    """tdd: both directions fade alike (their SNRs may differ); fdd: they do not."""
    down = Direction(mean_snr_db=20.0, bandwidth_hz=1.0)
    one, two = (
        law(duplex=duplex, downlink=down).draw(np.random.default_rng(19)) for duplex in ("tdd", "fdd")
    )
    for at_s in (0.0, 3.3):
        assert power(one.up.rate_bps(at_s)) == pytest.approx(power(one.down.rate_bps(at_s), 20.0))
        assert power(two.up.rate_bps(at_s)) != pytest.approx(power(two.down.rate_bps(at_s), 20.0))


def test_directions_fade_apart():
    """Correlation of the two powers over users within 4 / sqrt(n) of 0."""
    rng = np.random.default_rng(12)
    links = [law().draw(rng) for _ in range(2000)]
    up, down = ([power(rate.rate_bps(1.0)) for rate in rates] for rates in zip(*links, strict=True))
    assert abs(np.corrcoef(up, down)[0, 1]) < 4 / math.sqrt(len(links))


def test_settings_of_one_direction_leave_the_luck_of_the_other():
    other = Direction(mean_snr_db=-3.0, bandwidth_hz=77.0)
    rng, changed = np.random.default_rng(13), np.random.default_rng(13)
    for _ in range(3):
        before, after = law().draw(rng), law(uplink=other).draw(changed)
        assert before.down.bits(0.0, 5.0) == after.down.bits(0.0, 5.0)
        assert before.up.bits(0.0, 5.0) != after.up.bits(0.0, 5.0)


def test_bad_settings_name_the_value():
    for bad in ({"bandwidth_hz": 0.0}, {"mean_snr_db": 4000.0}):
        settings = {"mean_snr_db": 1.0, "bandwidth_hz": 1.0, **bad}
        with pytest.raises(ValueError, match=f"{next(iter(bad))}(.|\n)*{next(iter(bad.values()))}"):
            Direction(**settings)
    with pytest.raises(ValueError, match=r"snr_gap_db(.|\n)*-1\.0"):
        Shannon(snr_gap_db=-1.0)


@pytest.mark.slow
def test_power_is_exponential_over_users_long():
    """As above with 200,000 samples: N = 32 is within 0.0077 of the exponential, 16 (0.0088) is not."""
    rng = np.random.default_rng(14)
    channel = law()
    powers = [power(rate.rate_bps(7.3)) for _ in range(100_000) for rate in channel.draw(rng)]
    assert stats.kstest(powers, "expon").statistic < 0.004 + 1.63 / math.sqrt(len(powers))
