"""CSMA against Bianchi's model written out, and against a DCF that counts down its slots."""

import math

import numpy as np
import pytest

from channels.parts.bianchi import contention
from channels.parts.steady import Steady
from channels.sharing.csma import Csma

WINDOW, STAGES = 16, 6


def law(**changes):
    settings = {
        "slot_s": 9e-6,
        "sifs_s": 16e-6,
        "difs_s": 34e-6,
        "smallest_window": WINDOW,
        "backoff_stages": STAGES,
        "frame_bits": 1.2e5,
        "phy_bps": 8.67e7,
        "preamble_s": 40e-6,
        "ack_s": 32e-6,
    }
    return Csma(**{**settings, **changes})


@pytest.mark.parametrize(
    ("stations", "collision", "attempt"), [(5, 0.2715, 0.0761), (10, 0.384, 0.0525), (30, 0.533, 0.0259)]
)
def test_the_fixed_point(stations, collision, attempt):
    """For W = 16 and m = 6, as another solver found it."""
    found = contention(stations, WINDOW, STAGES)
    assert found.collision == pytest.approx(collision, abs=5e-4)
    assert found.attempt == pytest.approx(attempt, abs=5e-5)


@pytest.mark.parametrize("stations", [2, 3, 7, 19, 20, 21, 50, 400])
@pytest.mark.parametrize(("window", "stages"), [(16, 6), (32, 5), (2, 0), (1024, 0), (2, 15)])
def test_both_equations_hold(stations, window, stages):
    """Eq. 7 and 9 as they are printed; the first divides by 1 - 2p."""
    tau, p = contention(stations, window, stages)
    assert p == pytest.approx(1 - (1 - tau) ** (stations - 1), abs=1e-12)
    printed = 2 * (1 - 2 * p) / ((1 - 2 * p) * (window + 1) + p * window * (1 - (2 * p) ** stages))
    assert tau == pytest.approx(printed, rel=1e-9)


def test_one_station_meets_nobody():
    """It waits (W - 1) / 2 slots on average, sends, and is acknowledged."""
    found = contention(1, WINDOW, STAGES)
    assert found.collision == 0.0
    assert found.attempt == 2 / (WINDOW + 1)
    payload_s = 1.2e5 / 8.67e7
    cycle_s = 7.5 * 9e-6 + 34e-6 + 40e-6 + payload_s + 16e-6 + 32e-6
    assert law().efficiency(1) == pytest.approx(payload_s / cycle_s, rel=1e-12)


def test_efficiency_falls_with_the_crowd():
    found = [law().efficiency(n) for n in (1, 2, 3, 5, 10, 20, 50, 100, 300, 1000)]
    assert all(0.0 < one < 1.0 for one in found)
    assert found == sorted(found, reverse=True)
    assert found[-1] < 0.3 * found[0]


def test_longer_frames_pay_off():
    assert law(frame_bits=1.2e4).efficiency(5) < law().efficiency(5) < law(frame_bits=1e6).efficiency(5)


def test_a_wide_window_suits_a_crowd_and_not_the_lonely():
    wide = law(smallest_window=1024, backoff_stages=0)
    assert wide.efficiency(100) > 1.2 * law().efficiency(100)
    assert wide.efficiency(1) < law().efficiency(1)


def test_an_equal_part_of_the_useful_time():
    rates = [Steady(1e6), Steady(5e6), Steady(0.0)]
    for uplink in (True, False):
        shares = law().allot(rates, uplink)
        for share, rate in zip(shares, rates, strict=True):
            assert share.rate_bps(1.0) == pytest.approx(
                rate.rate_bps(1.0) * law().efficiency(3) / 3, rel=1e-12
            )


def test_hopeless_contention_carries_nothing_and_raises_nothing():
    (share, *_) = law(smallest_window=2, backoff_stages=0).allot([Steady(1e6)] * 5000, True)
    assert share.rate_bps(0.0) == 0.0
    assert share.finish_s(3.0, 1.0) == math.inf
    assert share.finish_s(3.0, 0.0) == 3.0


@pytest.mark.parametrize(
    "bad",
    [{"smallest_window": 1}, {"backoff_stages": -1}, {"frame_bits": 0}, {"slot_s": 0}, {"difs_s": 1e-6}],
)
def test_bad_settings_name_the_value(bad):
    ((name, value),) = bad.items()
    with pytest.raises(ValueError, match=f"{name}(.|\n)*{value}"):
        law(**bad)


def dcf(stations, accesses, seed):
    """Collided share of what is sent, and payload's share of time, in a DCF slot by slot."""
    luck = np.random.default_rng(seed)
    stage = np.zeros(stations, dtype=int)
    sends_in = luck.integers(0, WINDOW, stations)
    csma = law()
    payload_s = csma.frame_bits / csma.phy_bps
    collided_s = csma.preamble_s + payload_s + csma.difs_s
    sent = collided = delivered = idle = 0
    for _ in range(accesses):
        wait = sends_in.min()
        idle += wait
        sends_in -= wait + 1  # the busy slot counts down the others too, as in the model
        senders = np.flatnonzero(sends_in < 0)
        sent += len(senders)
        if len(senders) == 1:
            delivered += 1
            stage[senders] = 0
        else:
            collided += len(senders)
            stage[senders] = np.minimum(stage[senders] + 1, STAGES)
        sends_in[senders] = luck.integers(0, WINDOW * 2 ** stage[senders])
    busy_s = accesses * collided_s + delivered * (csma.sifs_s + csma.ack_s)
    return collided / sent, delivered * payload_s / (idle * csma.slot_s + busy_s)


def assert_like_the_dcf(stations, accesses):
    """The model takes collisions for independent: p is up to 0.01 high, S 1 % off (Bianchi, section V)."""
    collision, efficiency = dcf(stations, accesses, seed=stations)
    assert contention(stations, WINDOW, STAGES).collision == pytest.approx(collision, abs=0.01)
    assert law().efficiency(stations) == pytest.approx(efficiency, rel=0.01)


@pytest.mark.parametrize("stations", [2, 10])
def test_like_a_dcf(stations):
    assert_like_the_dcf(stations, 30_000)


@pytest.mark.slow
@pytest.mark.parametrize(("stations", "collision"), [(5, 0.270), (10, 0.380), (30, 0.528)])
def test_like_a_dcf_long(stations, collision):
    """The slot simulation itself agrees with another, 3 standard errors."""
    assert dcf(stations, 100_000, seed=1)[0] == pytest.approx(collision, abs=0.004)
    assert_like_the_dcf(stations, 100_000)
