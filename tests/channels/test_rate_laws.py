"""Shannon's formula and its truncated form; tolerances of statistics are in standard errors (se)."""

import math

import numpy as np
import pytest

from channels.fading.rayleigh import Rayleigh
from channels.parts.doppler import doppler
from channels.parts.process import times
from channels.parts.snr_to_rate import radio_rate
from channels.rate.shannon import Shannon
from channels.rate.truncated_shannon import Direction, TruncatedShannon

UPLINK = {"attenuation": 0.4, "lowest_snr_db": -10.0, "most_bps_per_hz": 2.0}
DOWNLINK = {"attenuation": 0.6, "lowest_snr_db": -10.0, "most_bps_per_hz": 4.4}


def lte(**down):
    return TruncatedShannon(uplink=Direction(**UPLINK), downlink=Direction(**{**DOWNLINK, **down}))


def linear(db):
    return 10.0 ** (np.asarray(db, float) / 10.0)


def test_a_gap_is_snr_that_is_lost():
    snr = linear([-20.0, 0.0, 10.0, 30.0])
    law = Shannon(snr_gap_db=3.0)
    np.testing.assert_allclose(law.bps_per_hz(snr, snr, True), np.log2(1.0 + snr / 10**0.3), rtol=1e-12)
    assert law.peak_bps_per_hz(10.0, False) >= law.bps_per_hz(np.array([10.0]), snr, False)[0]


@pytest.mark.parametrize(("uplink", "corner_db", "most"), [(False, 22.1, 4.4), (True, 14.9, 2.0)])
def test_the_corners_of_tr_36942(uplink, corner_db, most):
    """The ceiling is met at the annex's SNR to 0.1 dB, and only there; the floor at -10 dB."""
    law, share = lte(), 0.4 if uplink else 0.6
    around = linear([corner_db - 0.1, corner_db + 0.1])
    below, above = law.bps_per_hz(around, around, uplink)
    assert below < most == above
    snr = linear([-40.0, -10.001, -10.0, 0.0, 10.0, 60.0])
    expected = np.where(snr < 0.1, 0.0, np.minimum(share * np.log2(1.0 + snr), most))
    np.testing.assert_allclose(law.bps_per_hz(snr, snr, uplink), expected, rtol=1e-12)
    assert np.count_nonzero(expected) == 4


def test_the_peak_is_never_exceeded():
    """And it is tight, so that an absurd payload is recognised."""
    for law in (lte(), Shannon(snr_gap_db=1.87)):
        for uplink in (False, True):
            for peak in linear([-15.0, -10.0, 5.0, 40.0]):
                snr = np.linspace(0.0, peak, 101)
                most = law.bps_per_hz(snr, snr, uplink).max()
                assert most <= law.peak_bps_per_hz(float(peak), uplink) <= most * (1.0 + 1e-6)


@pytest.mark.parametrize("law", [lte(), Shannon(snr_gap_db=1.87)])
def test_a_new_array_each_time(law):
    snr, late = np.array([1.0, 10.0]), np.array([1.0])
    kept = snr.copy()
    first = law.bps_per_hz(snr, late, True)
    first *= 0.0
    assert (snr == kept).all()
    assert (law.bps_per_hz(snr, late, True) > 0.0).all()
    assert law.report_delay_s == 0.0


@pytest.mark.parametrize("lowest_snr_db", [-10.0, 3.0])
def test_outage_probability_under_rayleigh_fading(lowest_snr_db):
    """1 - exp(-threshold / mean): 4 se over far stretches, and 0.004 for the 32 sinusoids."""
    mean, clock = 10.0**0.5, doppler(1.0, 3.5e9)
    law, gone = lte(lowest_snr_db=lowest_snr_db), []
    for seed in range(400):
        power = Rayleigh().draw(np.random.default_rng(seed), clock)
        rate = radio_rate(times(power, mean), None, law, bandwidth_hz=1.0, uplink=False)
        gone.append(np.mean([rate.rate_bps(100.0 * i) == 0.0 for i in range(20)]))
    expected = 1.0 - math.exp(-(10.0 ** (lowest_snr_db / 10.0)) / mean)
    assert np.mean(gone) == pytest.approx(expected, abs=4.0 * np.std(gone) / math.sqrt(len(gone)) + 0.004)
    assert expected == pytest.approx({-10.0: 0.0311, 3.0: 0.4680}[lowest_snr_db], abs=1e-4)


@pytest.mark.parametrize(
    ("name", "bad"),
    [("attenuation", 0.0), ("attenuation", 1.01), ("lowest_snr_db", -101.0), ("most_bps_per_hz", 0.0)],
)
def test_bad_settings_name_the_value(name, bad):
    with pytest.raises(ValueError, match=f"{name}(.|\n)*input_value={bad}"):
        lte(**{name: bad})
