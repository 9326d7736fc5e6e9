"""Make the bundled recordings from the published ones.

    python -m channels.traces.build --raw DIR [--out DIR] [--check]

`--raw` holds the files norway_KIND_NUMBER; README.md says where they come from and by which rule one of each
kind is chosen. With `--check` nothing is written: the committed files are compared, byte for byte.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from channels import Floats
from channels.parts.recording import Recording

HERE = Path(__file__).parent
KINDS = ("bus", "car", "ferry", "metro", "train", "tram")
SHORTEST_S = 200.0
"""A recording must last so long to be chosen."""
LONGEST_GAP_S = 10.0
"""And must not have a longer step between two rows."""


def read(file: Path) -> Recording:
    """A published recording. A row is what was measured since the row before: the first has no span."""
    at_s, mbps = np.loadtxt(file, unpack=True)
    return Recording(at_s - at_s[0], mbps[1:] * 1e6)


def quantile_bps(recordings: Sequence[Recording], share: float) -> float:
    """The least rate [bit/s] that is not exceeded for that share of the time."""
    rates_bps = np.concatenate([recording.rates_bps for recording in recordings])
    spans_s = np.concatenate([np.diff(recording.offsets_s) for recording in recordings])
    order = rates_bps.argsort()
    passed_s = np.add.accumulate(spans_s[order])
    return float(rates_bps[order[passed_s.searchsorted(share * passed_s[-1])]])


def chosen(recordings: Sequence[Recording]) -> Recording:
    """Of those long enough and without holes, the one whose median is nearest that of all, taken together."""
    middle_bps = quantile_bps(recordings, 0.5)
    fit = [one for one in recordings if one.period_s >= SHORTEST_S and _steps_s(one).max() <= LONGEST_GAP_S]
    return min(fit, key=lambda one: abs(quantile_bps([one], 0.5) - middle_bps))


def _steps_s(recording: Recording) -> Floats:
    return np.diff(recording.offsets_s)


def as_csv(recording: Recording) -> str:
    """Rows of centiseconds, the clock's resolution, and kbit/s."""
    rows = zip(recording.offsets_s.tolist(), (recording.rates_bps / 1e6).tolist(), strict=False)
    return "at_s,mbps\n" + "".join(f"{at_s:.2f},{mbps:.3f}\n" for at_s, mbps in rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the recordings, or say whether the committed ones are what the sources give."""
    parser = argparse.ArgumentParser(description="Make the bundled recordings from the published ones.")
    parser.add_argument("--raw", type=Path, required=True, help="folder with the published recordings")
    parser.add_argument("--out", type=Path, default=HERE, help="folder to write to (default: this one)")
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    options = parser.parse_args(arguments)
    for kind in KINDS:
        files = sorted(options.raw.glob(f"norway_{kind}_*"))
        recordings = [read(file) for file in files]
        best = chosen(recordings)
        name, text = f"hsdpa_{kind}.csv", as_csv(best)
        if not options.check:
            (options.out / name).write_text(text, encoding="utf-8", newline="\n")
        elif (options.out / name).read_text(encoding="utf-8") != text:
            sys.exit(f"{name} differs from what {options.raw} gives")
        source = files[next(i for i, one in enumerate(recordings) if one is best)].name
        spread = ", ".join(f"{quantile_bps([best], q) / 1e6:.2f}" for q in (0.05, 0.25, 0.5, 0.75, 0.95))
        mean_mbps = float((best.rates_bps * _steps_s(best)).sum()) / best.period_s / 1e6
        print(f"{name}: {source}, {best.period_s:.0f} s, mean {mean_mbps:.3f}, quantiles {spread} Mbit/s")


if __name__ == "__main__":
    main()
