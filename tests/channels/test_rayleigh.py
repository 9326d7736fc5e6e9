"""Rayleigh fading passes the textbook's tests; seeds are fixed, tolerances are in standard errors (se)."""

import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import special, stats

from channels.parts.shannon import Shannon
from channels.parts.sinusoids import SLOTS, STEP_CYCLES, WAVES, Sinusoids
from channels.rayleigh import LIGHT_M_PER_S, Rayleigh

DOPPLER_HZ = 11.67


def law(snr_db=10.0, doppler_hz=DOPPLER_HZ, **changes):
    direction = Shannon(mean_snr_db=snr_db, bandwidth_hz=1.0, snr_gap_db=0.0)
    settings = {
        "uplink": direction,
        "downlink": direction,
        "speed_m_per_s": 1.0,
        "carrier_hz": 3.5e9,
        "doppler_hz": doppler_hz,
        "bits_per_token": 1.0,
    }
    return Rayleigh(**{**settings, **changes})


def power(rate_bps, snr_db=10.0):
    """Shannon's formula turned around."""
    return (2.0**rate_bps - 1.0) / 10.0 ** (snr_db / 10.0)


def sinusoids(seed, users):
    rng = np.random.default_rng(seed)
    return [Sinusoids(rng.random((2, WAVES)) - 0.5, DOPPLER_HZ) for _ in range(users)]


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


def test_autocorrelation_is_bessel():
    """E[g(t + tau) g*(t)] = J0(2 pi f_d tau) at 8 lags, 4 se; imaginary part 0."""
    users = sinusoids(3, 1500)
    gains = np.array([user.gains(11, 4) for user in users])
    for lag in (3, 8, 15, 23, 40, 64, 90, 130):
        products = (gains[:, lag:] * gains[:, :-lag].conj()).mean(axis=1)
        expected = special.j0(2 * math.pi * DOPPLER_HZ * users[0].step_s * lag)
        error = products.std() / math.sqrt(len(users))
        assert error < 0.02
        assert abs(products.mean() - expected) < 4 * error


def test_level_crossings_and_fade_lengths():
    """LCR = sqrt(2 pi) f_d r exp(-r^2), AFD = (exp(r^2) - 1) / (r f_d sqrt(2 pi)) at r = 0.5.

    4 se, and 4 % for N = 32 and for fades that fit between two slots.
    """
    users = sinusoids(4, 300)
    below = far_apart(users, 4, width=64) < 0.25
    length_s = below[0].size * users[0].step_s
    falls = (below[..., 1:] & ~below[..., :-1]).sum(axis=(1, 2)) / length_s
    error = falls.std() / math.sqrt(len(users))
    crossings = math.sqrt(2 * math.pi) * DOPPLER_HZ * 0.5 * math.exp(-0.25)
    assert crossings == pytest.approx(11.39, abs=0.01)
    assert falls.mean() == pytest.approx(crossings, abs=4 * error + 0.04 * crossings)
    fade_s = (math.exp(0.25) - 1) / (0.5 * DOPPLER_HZ * math.sqrt(2 * math.pi))
    assert fade_s == pytest.approx(0.01942, abs=1e-5)
    assert below.mean() / falls.mean() == pytest.approx(fade_s, rel=4 * error / crossings + 0.04)


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
    wide = Shannon(mean_snr_db=13.0, bandwidth_hz=7.0, snr_gap_db=3.0)
    powers = np.array([0.0, 0.5, 1.0, 4.0])
    np.testing.assert_allclose(wide.rates_bps(powers), 7.0 * np.log2(1.0 + 10.0 * powers), rtol=1e-12)


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
    step_s = sinusoids(6, 1)[0].step_s
    for start_s, bits in ((0.0, 5.0), (0.0731, 0.01), (12.5, 0.5), (3.3, 60.0), (SLOTS * step_s, 2.0)):
        expected = slow_finish(rate, step_s, start_s, bits)
        assert rate.finish_s(start_s, bits) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("doppler_hz", [1e-6, 0.3, 11.67, 97.3, 5000.0])
def test_slots_keep_the_step_rule(doppler_hz):
    luck = np.random.default_rng(7).random((2, WAVES)) - 0.5
    step_s = Sinusoids(luck, doppler_hz).step_s
    assert STEP_CYCLES / 2 < doppler_hz * step_s <= STEP_CYCLES
    assert math.frexp(step_s)[0] == 0.5


def exact_power(user, slot):
    """|g|^2 with phases reduced in rational arithmetic."""
    thetas, phases = user._luck
    gain = 0j
    for n in range(WAVES):
        arrival = 2 * math.pi * (n + 1 + thetas[n]) / WAVES
        cycles = Fraction(math.cos(arrival) * DOPPLER_HZ * user.step_s) * (slot + Fraction(1, 2))
        angle = 2 * math.pi * float((cycles + Fraction(phases[n])) % 1)
        gain += complex(math.cos(angle), math.sin(angle))
    return abs(gain) ** 2 / WAVES


@pytest.mark.parametrize("at_s", [0.0, 1.0, 3600.0, 1e7, 1e9])
def test_late_is_as_precise_as_early(at_s):
    """1e-15 of relative error in each frequency is all that may show."""
    (user,) = sinusoids(8, 1)
    chunk = int(at_s / (SLOTS * user.step_s))
    powers = user.powers(chunk, 2)
    tolerance = 1e-12 + 1e-13 * at_s * DOPPLER_HZ
    for slot in (0, 1, 8, 63, 64, 100):
        assert powers[slot] == pytest.approx(exact_power(user, chunk * SLOTS + slot), abs=tolerance)


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


def test_directions_fade_apart():
    """Correlation of the two powers over users within 4 / sqrt(n) of 0."""
    rng = np.random.default_rng(12)
    links = [law().draw(rng) for _ in range(2000)]
    up, down = ([power(rate.rate_bps(1.0)) for rate in rates] for rates in zip(*links, strict=True))
    assert abs(np.corrcoef(up, down)[0, 1]) < 4 / math.sqrt(len(links))


def test_settings_of_one_direction_leave_the_luck_of_the_other():
    other = Shannon(mean_snr_db=-3.0, bandwidth_hz=77.0, snr_gap_db=2.0)
    rng, changed = np.random.default_rng(13), np.random.default_rng(13)
    for _ in range(3):
        before, after = law().draw(rng), law(uplink=other).draw(changed)
        assert before.down.bits(0.0, 5.0) == after.down.bits(0.0, 5.0)
        assert before.up.bits(0.0, 5.0) != after.up.bits(0.0, 5.0)


def test_bad_settings_name_the_value():
    for bad in ({"bandwidth_hz": 0.0}, {"mean_snr_db": 4000.0}, {"snr_gap_db": -1.0}):
        settings = {"mean_snr_db": 1.0, "bandwidth_hz": 1.0, "snr_gap_db": 1.0, **bad}
        with pytest.raises(ValueError, match=f"{next(iter(bad))}(.|\n)*{next(iter(bad.values()))}"):
            Shannon(**settings)


@pytest.mark.slow
def test_power_is_exponential_over_users_long():
    """As above with 200,000 samples: N = 32 is within 0.0077 of the exponential, 16 (0.0088) is not."""
    rng = np.random.default_rng(14)
    channel = law()
    powers = [power(rate.rate_bps(7.3)) for _ in range(100_000) for rate in channel.draw(rng)]
    assert stats.kstest(powers, "expon").statistic < 0.004 + 1.63 / math.sqrt(len(powers))
