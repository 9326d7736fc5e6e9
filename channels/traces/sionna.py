"""Make a recording of a 3GPP TR 38.901 link with Sionna, for `channel=trace` to replay.

    pip install torch && pip install sionna-no-rt    # torch first; or edgewise[sionna]
    python -m channels.traces.sionna --model TDL-A --speed-m-per-s 1 --output tdl_a.csv
    python -m simulator channel=trace channel.path=tdl_a.csv

One antenna at either end. The rate is Shannon's formula (with a gap), averaged over resource blocks of
180 kHz: a frequency-selective link, which the laws of this room are not. Sionna's models begin a new
realisation with every call, so the whole recording is one call: about 20 kB of memory a row. Where the
recording begins anew, the fading jumps.

Left out: several antennas, path loss and shadowing (the mean SNR is given), interference, adaptation.
"""

import argparse
import sys
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from channels import Floats
from channels.parts.doppler import MOST_CYCLES, doppler
from channels.rate.shannon import Shannon

MODELS = [f"{family}-{profile}" for family in ("TDL", "CDL") for profile in "ABCDE"]
BLOCK_HZ = 180e3
"""A resource block at 15 kHz of subcarrier spacing; the response at its centre stands for it (TS 38.211)."""
MOST_ROWS = 250_000
"""About 5 GB."""
ROWS_AT_ONCE = 4096

Gains = NDArray[np.complex128]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the csv. Ends with one line where Sionna is missing or an option does not fit."""
    options = _options(arguments)
    if not options.output.parent.is_dir():
        sys.exit(f"--output: there is no folder {options.output.parent}")
    rows = round(options.duration_s / options.step_s)
    cycles = doppler(options.speed_m_per_s, options.carrier_hz).hz * options.step_s
    if cycles > MOST_CYCLES:
        sys.exit(f"--step-s ({options.step_s:g}) must be at most {options.step_s * MOST_CYCLES / cycles:.3g}")
    if not 2 <= rows <= MOST_ROWS:
        sys.exit(
            f"--duration-s / --step-s ({rows}) must be from 2 to {MOST_ROWS} rows: one call makes them all"
        )
    gains, delays_s = responses(options, rows)
    rates_bps = options.bandwidth_hz * efficiencies(
        gains, delays_s, options.bandwidth_hz, options.mean_snr_db, options.snr_gap_db
    )
    settings = ", ".join(f"{key}={value}" for key, value in vars(options).items() if key != "output")
    text = f"# TR 38.901 by Sionna: {settings}\nat_s,mbps\n" + "".join(
        f"{row * options.step_s:.12g},{mbps:.6g}\n" for row, mbps in enumerate((rates_bps / 1e6).tolist())
    )
    options.output.write_text(text, encoding="utf-8", newline="\n")
    print(f"{options.output}: {rows} rows, mean {rates_bps.mean() / 1e6:.4g} Mbit/s")


def responses(options: argparse.Namespace, rows: int) -> tuple[Gains, Floats]:
    """Gains of the paths, one row for each step, and the delays of the paths [s]: one realisation."""
    try:
        from sionna.phy import config
        from sionna.phy.channel.tr38901 import CDL, TDL, PanelArray
    except ImportError as error:
        sys.exit(f"Sionna is missing ({error}): pip install torch, and then pip install sionna-no-rt")
    config.seed = options.seed
    # In single precision the phases of a late row would be off.
    where = {"precision": "double", "device": "cpu"}
    common = {
        "model": options.model[-1],
        "delay_spread": options.delay_spread_s,
        "carrier_frequency": options.carrier_hz,
        "min_speed": options.speed_m_per_s,
        "max_speed": options.speed_m_per_s,
    }
    if options.model.startswith("TDL"):
        model: Any = TDL(**common, **where)
    else:
        antenna = PanelArray(
            num_rows_per_panel=1,
            num_cols_per_panel=1,
            polarization="single",
            polarization_type="V",
            antenna_pattern="omni",
            carrier_frequency=options.carrier_hz,
            **where,
        )
        model = CDL(**common, **where, ut_array=antenna, bs_array=antenna, direction="downlink")
    gains, delays_s = model(1, rows, 1.0 / options.step_s)
    return gains.numpy()[0, 0, 0, 0, 0].T, delays_s.numpy()[0, 0, 0]


def efficiencies(
    gains: Gains, delays_s: Floats, bandwidth_hz: float, mean_snr_db: float, snr_gap_db: float
) -> Floats:
    """Bit/s/Hz of each step: the mean over the resource blocks, each with the power of its own response."""
    blocks = max(1, round(bandwidth_hz / BLOCK_HZ))
    centres_hz = bandwidth_hz * ((np.arange(blocks) + 0.5) / blocks - 0.5)
    turns = np.exp(-2j * np.pi * np.outer(delays_s, centres_hz))
    law, mean_snr = Shannon(snr_gap_db=snr_gap_db), 10.0 ** (mean_snr_db / 10.0)
    efficiency = np.empty(len(gains))
    for first in range(0, len(gains), ROWS_AT_ONCE):
        snr = mean_snr * np.abs(gains[first : first + ROWS_AT_ONCE] @ turns) ** 2
        efficiency[first : first + ROWS_AT_ONCE] = law.bps_per_hz(snr, snr, False).mean(axis=1)
    return efficiency


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m channels.traces.sionna",
        description="Make a recording of a 3GPP TR 38.901 link with Sionna.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--model", choices=MODELS, default="TDL-A", help="A, B, C: no line of sight; D, E: with one")
    add("--speed-m-per-s", type=_positive, default=1.0, help="speed of the user")
    add("--carrier-hz", type=_positive, default=3.5e9, help="carrier frequency")
    add("--delay-spread-s", type=_positive, default=100e-9, help="nominal, TR 38.901 table 7.7.3-1")
    add("--mean-snr-db", type=_finite, default=10.0, help="mean SNR over the fading")
    add("--snr-gap-db", type=_not_negative, default=0.0, help="distance from Shannon's limit")
    add("--bandwidth-hz", type=_positive, default=1.08e6, help="bandwidth given to the user")
    add("--duration-s", type=_positive, default=60.0, help="length of the recording")
    add("--step-s", type=_positive, default=0.002, help="from row to row")
    add("--seed", type=_seed, default=1, help="of the realisation")
    add("--output", type=Path, required=True, help="csv file to write")
    return parser.parse_args(arguments)


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise argparse.ArgumentTypeError(f"{text} must be finite")
    return number


def _not_negative(text: str) -> float:
    if _finite(text) < 0.0:
        raise argparse.ArgumentTypeError(f"{text} must be at least 0")
    return float(text)


def _positive(text: str) -> float:
    if _not_negative(text) == 0.0:
        raise argparse.ArgumentTypeError(f"{text} must be above 0")
    return float(text)


def _seed(text: str) -> int:
    if not 0 <= int(text) < 2**64:
        raise argparse.ArgumentTypeError(f"{text} must be from 0 to 2**64 - 1")
    return int(text)


if __name__ == "__main__":
    main()
