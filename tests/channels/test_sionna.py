"""Recordings made with Sionna, and its taps as an oracle for our fading (slow, where it is installed)."""

import math
import sys

import numpy as np
import pytest
from scipy import special, stats

from channels.parts import sinusoids
from channels.parts.doppler import doppler
from channels.parts.recording_file import read_recording
from channels.parts.sinusoids import Sinusoids, scattered
from channels.trace import Trace
from channels.traces import sionna

DOPPLER_HZ = 11.67
MEAN_BPS_PER_HZ = 2.9065
"""log2(e) exp(1/snr) E1(1/snr) at 10 dB: Shannon under Rayleigh fading, whatever the taps."""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "made.csv"


def test_without_sionna_one_line_says_what_to_install(file, monkeypatch):
    monkeypatch.setitem(sys.modules, "sionna", None)
    monkeypatch.setitem(sys.modules, "sionna.phy", None)
    with pytest.raises(
        SystemExit, match=r"^Sionna is missing .*: pip install torch, and then .* sionna-no-rt$"
    ):
        sionna.main(["--output", str(file)])
    assert not file.exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--step-s", "0.1"], "--step-s (0.1) must be at most 0.00857"),
        (["--duration-s", "1e6"], "(500000000) must be from 2 to 250000 rows"),
        (["--duration-s", "0.002"], "(1) must be from 2"),
        (["--step-s", "0"], "--step-s: 0 must be above 0"),
        (["--bandwidth-hz", "-3"], "--bandwidth-hz: -3 must be at least 0"),
        (["--mean-snr-db", "nan"], "--mean-snr-db: nan must be finite"),
        (["--snr-gap-db", "-1"], "--snr-gap-db: -1 must be at least 0"),
        (["--seed", "-1"], "--seed: -1 must be from 0"),
        (["--model", "TDL-F"], "--model: invalid choice: 'TDL-F'"),
        (["--output", "nowhere/made.csv"], "--output: there is no folder nowhere"),
    ],
)
def test_bad_options_are_told(file, options, message, capsys):
    with pytest.raises(SystemExit) as stopped:
        sionna.main(["--output", str(file), *options])
    assert message in f"{stopped.value}{capsys.readouterr().err}"


def test_one_path_is_shannon():
    """Gains of 1, 2j and 0 at any delay: log2(1 + snr |g|^2) on every resource block."""
    gains = np.array([[1.0], [2j], [0.0]])
    efficiency = sionna.efficiencies(gains, np.array([3e-7]), 20e6, 10.0, 0.0)
    np.testing.assert_allclose(efficiency, np.log2([11.0, 41.0, 1.0]), rtol=1e-12)
    gapped = sionna.efficiencies(gains, np.array([3e-7]), 20e6, 13.0, 3.0)
    np.testing.assert_allclose(gapped, efficiency, rtol=1e-12)


def test_two_paths_fade_by_frequency():
    """Two equal paths 1/B apart: the power over the band is 4 cos^2, whose mean efficiency is known.

    The mean of log2(1 + 2s(1 + cos x)) over a turn is log2((1 + 2s + sqrt(1 + 4s)) / 2). Blocks are centred,
    so a band of one block sees the sum of both.
    """
    bandwidth_hz, snr = 20e6, 10.0
    delays_s = np.array([0.0, 1.0 / bandwidth_hz])
    (wide,) = sionna.efficiencies(np.ones((1, 2)), delays_s, bandwidth_hz, 10.0, 0.0)
    assert wide == pytest.approx(math.log2((1 + 2 * snr + math.sqrt(1 + 4 * snr)) / 2), rel=1e-6)
    (narrow,) = sionna.efficiencies(np.ones((1, 2)), delays_s, 180e3, 10.0, 0.0)
    assert narrow == pytest.approx(math.log2(1 + 4 * snr), rel=1e-12)


def test_rows_do_not_depend_on_how_many_are_solved_at_once(monkeypatch):
    gains = np.random.default_rng(1).normal(size=(50, 6)).view(complex)
    delays_s = np.array([0.0, 1e-7, 9e-7])
    whole = sionna.efficiencies(gains, delays_s, 5e6, 3.0, 1.0)
    monkeypatch.setattr(sionna, "ROWS_AT_ONCE", 7)
    np.testing.assert_allclose(sionna.efficiencies(gains, delays_s, 5e6, 3.0, 1.0), whole, rtol=1e-12)


def test_the_csv_is_what_trace_replays(file, monkeypatch, capsys):
    """With made-up responses: the rows, their times, the comment, the mean."""
    monkeypatch.setattr(
        sionna, "responses", lambda options, rows: (np.arange(rows)[:, None] + 0j, np.zeros(1))
    )
    sionna.main(
        ["--output", str(file), "--duration-s", "0.01", "--bandwidth-hz", "1e6", "--mean-snr-db", "0"]
    )
    assert file.read_text().startswith("# TR 38.901 by Sionna: model=TDL-A, speed_m_per_s=1.0,")
    read = read_recording(str(file), None, 0.1, 10.0)
    assert read.offsets_s == pytest.approx([0.0, 0.002, 0.004, 0.006, 0.008, 0.01], rel=1e-9)
    assert read.rates_bps == pytest.approx(1e6 * np.log2([1, 2, 5, 10, 17]), rel=1e-5)
    assert f"5 rows, mean {read.mean_bps / 1e6:.4g} Mbit/s" in capsys.readouterr().out


# Against Sionna itself.


@pytest.fixture
def tapped():
    pytest.importorskip("sionna")
    from sionna.phy import config
    from sionna.phy.channel.tr38901 import TDL

    config.seed = 1
    speed_m_per_s = DOPPLER_HZ * 299_792_458.0 / 3.5e9

    def taps(users, steps, step_s):
        """Unit-power gains of every tap of TDL-A, [users x taps, steps]."""
        model = TDL("A", 100e-9, 3.5e9, min_speed=speed_m_per_s, precision="double", device="cpu")
        gains = model(users, steps, 1.0 / step_s)[0].numpy()[:, 0, 0, 0, 0]
        gains /= np.sqrt((np.abs(gains) ** 2).mean(axis=(0, 2), keepdims=True))
        return gains.reshape(-1, steps)

    return taps


@pytest.fixture
def ours(monkeypatch):
    monkeypatch.setattr(sinusoids, "WAVES", 20)

    def gains(users, steps, every):
        """The same of our sum of as many sinusoids as Sionna's, every so many slots, and the step."""
        rng, clock = np.random.default_rng(2), doppler(1.0, 3.5e9, DOPPLER_HZ)
        chunks = -(-steps * every // 64)
        users_gains = [Sinusoids(scattered(rng), clock).gains(0, chunks)[::every] for _ in range(users)]
        found = np.array(users_gains)[:, :steps]
        return found / math.sqrt((np.abs(found) ** 2).mean()), clock.step_s * every

    return gains


@pytest.mark.slow
def test_taps_and_our_sinusoids_have_the_same_autocorrelation(tapped, ours):
    """E[g(t + tau) g*(t)] = J0(2 pi f_d tau) within 0.02, both; and so of the powers."""
    mine, step_s = ours(9200, 64, 2)
    theirs = tapped(400, 64, step_s)
    assert theirs.shape == mine.shape
    for lag in (1, 2, 4, 6, 9, 13, 18, 24, 31):
        expected = special.j0(2 * math.pi * DOPPLER_HZ * step_s * lag)
        found = [(g[:, lag:] * g[:, :-lag].conj()).mean() for g in (theirs, mine)]
        powers = [(np.abs(g[:, lag:] * g[:, :-lag]) ** 2).mean() for g in (theirs, mine)]
        print(
            f"lag {1e3 * lag * step_s:.1f} ms: J0 {expected:+.4f}, Sionna and ours",
            np.round([*found, *powers], 4),
        )
        assert max(abs(one - expected) for one in found) < 0.02
        assert powers[0] == pytest.approx(powers[1], abs=0.03)


@pytest.mark.slow
def test_taps_and_our_sinusoids_have_the_same_marginal(tapped, ours):
    """E|g|^4 = 2 - 1/20 within 0.02, and one law: two-sample Kolmogorov distance, users 1 s apart."""
    mine, step_s = ours(9200, 20, 512)
    theirs = tapped(400, 20, step_s)
    powers = [np.abs(gains) ** 2 for gains in (theirs, mine)]
    fourth = [(one**2).mean() for one in powers]
    distance = stats.ks_2samp(powers[0][:, 0], powers[1][:, 0]).statistic
    print(f"E|g|^4: Sionna {fourth[0]:.4f}, ours {fourth[1]:.4f}; distance {distance:.4f}")
    assert fourth == pytest.approx([2 - 1 / 20] * 2, abs=0.02)
    assert distance < 1.63 * math.sqrt(2 / 9200)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["TDL-A", "TDL-C", "CDL-C"])
def test_a_recording_made_with_sionna_has_the_right_mean(file, model):
    """30 m/s for 10 s: the ergodic rate within 4 %, within 8 % for a CDL, whose rays are fixed."""
    pytest.importorskip("sionna")
    fast = ["--model", model, "--speed-m-per-s", "30", "--step-s", "0.0002", "--duration-s", "10"]
    sionna.main(["--output", str(file), *fast])
    law = Trace(path=str(file), uplink_scale=0.5, shift=True, bin_s=0.1, longest_gap_s=1.0)
    up, down = law.draw(np.random.default_rng(3))
    mean = down.bits(0.0, 30.0) / 30.0 / 1.08e6
    print(f"{model}: {mean:.4f} bit/s/Hz, expected {MEAN_BPS_PER_HZ}")
    assert mean == pytest.approx(MEAN_BPS_PER_HZ, rel=0.08 if model.startswith("CDL") else 0.04)
    assert up.bits(0.0, 30.0) == pytest.approx(0.5 * down.bits(0.0, 30.0), rel=1e-12)


@pytest.mark.slow
def test_a_seed_is_a_realisation(file):
    pytest.importorskip("sionna")
    texts = []
    for seed in ("1", "1", "2"):
        sionna.main(["--output", str(file), "--duration-s", "0.2", "--seed", seed, "--model", "TDL-D"])
        texts.append(file.read_text().partition("\n")[2])
    assert texts[0] == texts[1] != texts[2]
