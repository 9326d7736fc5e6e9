"""Transfers over every fading, outage and rate law together: solved at once as if walked slot by slot.

test_piecewise.py has the solver alone, over made-up rates and in rational arithmetic.
"""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic.dataclasses import dataclass

from channels import STRICT, Rate
from channels.fading.block import Block
from channels.fading.nakagami import Nakagami
from channels.fading.none import NoFading
from channels.fading.rayleigh import Rayleigh
from channels.fading.rician import Rician
from channels.flat_fading import Direction, FlatFading
from channels.outage.gilbert_elliott import GilbertElliott
from channels.outage.none import NoOutage
from channels.parts.luck import split
from channels.rate.shannon import Shannon
from channels.rate.truncated_shannon import Direction as Truncated
from channels.rate.truncated_shannon import TruncatedShannon

HZ = 1e5
"""Bandwidth: payloads below are so many bits times this."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Late:
    """A rate law that looks back: nothing gets through that an old report did not promise."""

    report_delay_s: float

    def bps_per_hz(self, snr, reported_snr, uplink):
        return np.log2(1.0 + reported_snr) * (snr >= 0.5 * reported_snr)

    def peak_bps_per_hz(self, peak_snr, uplink):
        return math.log2(1.0 + peak_snr) * (1.0 + 1e-9)


FADINGS = [
    *(Rayleigh(), Rician(k_factor=4.0), Nakagami(m=0.5), NoFading()),
    *(Block(coherence_s=0.1), Block(coherence_s=1e-3)),
]
OUTAGES = [
    NoOutage(),
    GilbertElliott(mean_up_s=14.0, mean_gone_s=2.5),
    GilbertElliott(mean_up_s=0.05, mean_gone_s=0.1),
]
WITH_A_FLOOR = Truncated(attenuation=0.6, lowest_snr_db=-10.0, most_bps_per_hz=4.4)
RATES = [
    Shannon(snr_gap_db=0.0),
    TruncatedShannon(uplink=WITH_A_FLOOR, downlink=WITH_A_FLOOR),
    Late(report_delay_s=0.004),
    Late(report_delay_s=0.2),
]
together = pytest.mark.parametrize(("fading", "outage"), list(product(FADINGS, OUTAGES)), ids=str)


def law(fading, outage, rate=RATES[0], snr_db=0.0, doppler_hz=11.67, duplex="fdd"):
    direction = Direction(mean_snr_db=snr_db, bandwidth_hz=HZ)
    return FlatFading(
        fading=fading,
        rate=rate,
        outage=outage,
        uplink=direction,
        downlink=direction,
        duplex=duplex,
        speed_m_per_s=0.0,
        carrier_hz=3.5e9,
        doppler_hz=doppler_hz,
    )


@st.composite
def rates(draw, fading, outage):
    """One direction of some user."""
    settings = {
        "rate": draw(st.sampled_from(RATES)),
        "snr_db": draw(st.sampled_from([-10.0, 0.0, 20.0])),
        "doppler_hz": draw(st.sampled_from([0.0, 0.3, 11.67, 150.0])),
        "duplex": draw(st.sampled_from(["fdd", "tdd"])),
    }
    link = law(fading, outage, **settings).draw(np.random.default_rng(draw(st.integers(0, 9))))
    return draw(st.sampled_from(link))


starts = st.one_of(
    *(st.integers(0, 2**12).map(lambda n: n / 2**7), st.integers(0, 400).map(lambda n: n * 0.1)),
    *(st.floats(0, 50), st.floats(1e5, 1e6)),
)
payloads = st.one_of(st.just(0.0), st.floats(1e-9, 1e-3), st.floats(1e-3, 5.0)).map(lambda bits: bits * HZ)


def slots(rate: Rate, start_s):
    """Lengths and rates of consecutive slots, window by window; at their middles `rate_bps` says the same."""
    window_s = 0.3
    while True:
        offsets_s, rates_bps = rate.steps(start_s, start_s + window_s)
        middles_s = start_s + (offsets_s[:-1] + offsets_s[1:]) / 2
        for i in np.linspace(0, len(rates_bps) - 1, 5).astype(int):
            if offsets_s[i + 1] - offsets_s[i] > 1e-6:
                assert rate.rate_bps(float(middles_s[i])) == rates_bps[i]
        yield np.diff(offsets_s), rates_bps
        start_s, window_s = start_s + window_s, min(2.0 * window_s, 20.0)


def walked_s(rate, start_s, bits):
    """Finish time slot by slot."""
    now_s, left = np.longdouble(start_s), np.longdouble(bits)
    for lengths_s, rates_bps in slots(rate, start_s):
        carried = np.cumsum(lengths_s * rates_bps, dtype=np.longdouble)
        if left > carried[-1]:
            now_s, left = now_s + lengths_s.sum(), left - carried[-1]
            continue
        slot = int(carried.searchsorted(left))
        before = carried[slot] - np.longdouble(lengths_s[slot] * rates_bps[slot])
        return float(now_s + lengths_s[:slot].sum() + (left - before) / rates_bps[slot])
    raise AssertionError


few = settings(max_examples=7, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@together
@few
@given(data=st.data(), start_s=starts, bits=payloads)
def test_finish_is_that_of_a_walk(fading, outage, data, start_s, bits):
    rate = data.draw(rates(fading, outage))
    finish_s = rate.finish_s(start_s, bits)
    if finish_s == math.inf:
        assert rate.bits(0.0, 1e4) == 0.0
        return
    expected_s = walked_s(rate, start_s, bits) if bits else start_s
    # A payload that ends within rounding of an outage may finish on either side: compare bits there.
    if abs(finish_s - expected_s) > 1e-9:
        blur = 1e-12 * bits + 2e6 * math.ulp(finish_s)
        assert rate.bits(start_s, finish_s) == pytest.approx(bits, abs=blur)
        assert rate.bits(start_s, expected_s) == pytest.approx(bits, abs=blur)


@together
@few
@given(data=st.data(), start_s=starts, bits=payloads)
def test_finish_inverts_bits(fading, outage, data, start_s, bits):
    """To 1e-9, plus what two units in the last place of the clock carry at the fastest."""
    rate = data.draw(rates(fading, outage))
    finish_s = rate.finish_s(start_s, bits)
    if finish_s < math.inf:
        assert finish_s >= start_s
        blur = 12.0 * HZ * 2.0 * math.ulp(finish_s)
        assert rate.bits(start_s, finish_s) == pytest.approx(bits, rel=1e-9, abs=blur)


@together
@few
@given(data=st.data(), start_s=starts, length_s=st.floats(1e-6, 30.0))
def test_steps_add_up_to_bits(fading, outage, data, start_s, length_s):
    rate = data.draw(rates(fading, outage))
    end_s = start_s + length_s
    offsets_s, rates_bps = rate.steps(start_s, end_s)
    assert (rates_bps >= 0.0).all()
    assert (np.diff(offsets_s) >= 0.0).all()
    blur = 12.0 * HZ * 2.0 * math.ulp(end_s)
    assert (np.diff(offsets_s) * rates_bps).sum() == pytest.approx(
        rate.bits(start_s, end_s), rel=1e-9, abs=blur
    )


@together
@few
@given(data=st.data(), asked=st.lists(st.tuples(starts, payloads), min_size=2, max_size=6))
def test_any_order_gives_the_same_bits(fading, outage, data, asked):
    """To the last bit of every float, from a link that was asked other things before, or nothing."""
    air = law(
        fading, outage, data.draw(st.sampled_from(RATES)), duplex=data.draw(st.sampled_from(["fdd", "tdd"]))
    )

    def answers(questions):
        link, told = air.draw(np.random.default_rng(1)), {}
        for start_s, bits in questions:
            told[start_s, bits] = [
                (
                    rate.finish_s(start_s, bits),
                    rate.rate_bps(start_s),
                    rate.bits(start_s, start_s + 3.3),
                    rate.steps(start_s, start_s + 0.4).values.tolist(),
                )
                for rate in link
            ]
        return told

    forwards = answers(asked)
    assert forwards == answers(data.draw(st.permutations(asked)))
    for question in asked:
        assert answers([question])[question] == forwards[question]


@pytest.mark.parametrize("duplex", ["fdd", "tdd"])
@together
def test_the_rate_is_bandwidth_times_efficiency_of_fading_times_gate(fading, outage, duplex):
    """Its parts, drawn from the same luck, each looked at by itself."""
    snr_db, luck = 7.0, np.random.default_rng(2)
    up, down, gone = split(np.random.default_rng(3), 3)
    air = law(fading, outage, snr_db=snr_db, duplex=duplex)
    link = air.draw(np.random.default_rng(3))
    powers = [fading.draw(up, air._doppler()), fading.draw(down, air._doppler())]
    powers = powers[:1] * 2 if duplex == "tdd" else powers
    gate = outage.draw(gone)
    for at_s in [0.0, *luck.uniform(0.0, 100.0, 20).tolist(), 12345.6]:
        for rate, power in zip(link, powers, strict=True):
            snr = 10.0 ** (snr_db / 10.0) * value(power, at_s)
            up = value(gate, at_s) if gate else 1.0
            assert rate.rate_bps(at_s) == pytest.approx(HZ * math.log2(1.0 + snr) * up, rel=1e-12)


def value(process, at_s):
    span_s = process.grid_s or 1.0
    start_s = at_s // span_s * span_s
    offsets_s, values = process.during(start_s, span_s)
    return values[int(offsets_s.searchsorted(at_s - start_s, "right")) - 1]


@together
def test_a_transfer_over_many_chunks(fading, outage):
    """Ten minutes in one, against its pieces."""
    rate = law(fading, outage).draw(np.random.default_rng(4)).up
    bits = sum(rate.bits(600.0 + i, 601.0 + i) for i in range(600))
    assert rate.bits(600.0, 1200.0) == pytest.approx(bits, rel=1e-11)
    finish_s = rate.finish_s(600.0, bits)
    assert rate.bits(600.0, finish_s) == pytest.approx(bits, rel=1e-11)
    assert finish_s == pytest.approx(1200.0, abs=1e-6) or rate.bits(finish_s, 1200.0) < 1e-6 * HZ


def test_nothing_ever_gets_through_where_all_is_below_the_floor():
    """Without end, and without looking for it."""
    for doppler_hz in (0.0, 11.67):
        air = law(NoFading(), OUTAGES[1], RATES[1], snr_db=-30.0, doppler_hz=doppler_hz)
        for rate in air.draw(np.random.default_rng(5)):
            assert rate.finish_s(3.0, 1.0) == math.inf
            assert rate.finish_s(3.0, 0.0) == 3.0
            assert rate.bits(0.0, 1e3) == 0.0
