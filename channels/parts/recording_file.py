"""Reading a recorded link from a file, with errors that a user can act on."""

import math
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from channels.parts.recording import Recording, recording

TRACES = Path(__file__).parents[1] / "traces"
"""Where the bundled recordings lie."""

PACKET_BITS = 12_000.0
"""What a line of a Mahimahi file delivers: 1,500 bytes."""

PREFIXES = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}
RATE_UNITS = {prefix + unit: PREFIXES[prefix] for unit in ("bps", "bit/s") for prefix in PREFIXES}
TIME_UNITS = dict.fromkeys(("s", "sec", "seconds", "t", "at", "time", "timestamp"), 1.0) | {"ms": 1e-3}
NO_HEADER = TIME_UNITS["s"], RATE_UNITS["mbps"]
"""What a one stands for in each column, where no header says."""

Format = Literal["csv", "mahimahi"]


class Line(NamedTuple):
    """A line that says something."""

    where: str
    """File and line number, for errors."""
    cells: Sequence[str]

    def number(self, column: int) -> float:
        """The number in a column. Raises ValueError if there is none."""
        try:
            found = float(self.cells[column])
        except ValueError:
            raise ValueError(f"{self.where}: {self.cells[column]!r} is not a number") from None
        if not math.isfinite(found):
            raise ValueError(f"{self.where}: {found} is not finite")
        return found


def read_recording(path: str, form: Format | None, bin_s: float, longest_gap_s: float) -> Recording:
    """The recording that `path` names: a bundled one, or a file's path; `form` None tells it by its columns.

    Blank lines and lines that begin with # do not count. Raises FileNotFoundError for an absent file and
    ValueError, with the number of the line, for what cannot be replayed.
    """
    try:
        text = find_recording(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: not a text file ({error})") from error
    numbered = enumerate(map(str.strip, text.splitlines()), start=1)
    lines = [Line(f"{path}, line {n}", _split(line)) for n, line in numbered if line and line[0] != "#"]
    header = lines.pop(0) if lines and not _is_number(lines[0].cells[0]) else None
    if not lines:
        raise ValueError(f"{path}: the recording has no rows")
    form = form or ("mahimahi" if len(lines[0].cells) == 1 else "csv")
    for line in (header, *lines) if header else lines:
        if len(line.cells) != (2 if form == "csv" else 1):
            columns = len(line.cells)
            raise ValueError(f"{line.where}: {columns} columns; a csv has 2 (seconds, rate), Mahimahi 1")
    return _csv(path, header, lines, longest_gap_s) if form == "csv" else _mahimahi(header, lines, bin_s)


def find_recording(path: str) -> Path:
    """The file that `path` means. Raises FileNotFoundError, naming the bundled recordings."""
    bundled = TRACES / f"{path}.csv"
    file = bundled if bundled.is_file() else Path(path).expanduser()
    if file.is_file():
        return file
    names = sorted(trace.stem for trace in TRACES.glob("*.csv"))
    near = get_close_matches(path, names, n=1)
    hint = f"did you mean {near[0]}? " if near else ""
    raise FileNotFoundError(f"no recording {path!r}: {hint}give a file, or one of {', '.join(names)}")


def _split(line: str) -> list[str]:
    separator = "," if "," in line else "\t" if "\t" in line else None
    return [cell.strip() for cell in line.split(separator)]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _csv(path: str, header: Line | None, lines: Sequence[Line], longest_gap_s: float) -> Recording:
    """Each row holds until the next; the last as long as the median row."""
    second, unit = _units(header) if header else NO_HEADER
    at_s = [line.number(0) * second for line in lines]
    rates_bps = [line.number(1) * unit for line in lines]
    for line, rate_bps in zip(lines, rates_bps, strict=True):
        if rate_bps < 0.0:
            raise ValueError(f"{line.where}: the rate ({line.cells[1]}) must be at least 0")
    for line, before_s, now_s in zip(lines[1:], at_s, at_s[1:], strict=False):
        if not before_s < now_s:
            raise ValueError(f"{line.where}: time must rise, but {now_s:.12g} s follows {before_s:.12g} s")
        if now_s - before_s > longest_gap_s:
            hole_s = now_s - before_s
            raise ValueError(f"{line.where}: a hole of {hole_s:g} s; longest_gap_s is {longest_gap_s:g}")
    if len(lines) == 1:
        raise ValueError(f"{lines[0].where}: one row alone does not say how long it lasts")
    if not any(rates_bps):
        raise ValueError(f"{path}: all rates are 0; nothing would ever pass")
    offsets_s = np.array(at_s) - at_s[0]
    gap_s = float(np.median(np.diff(offsets_s)))
    return recording(np.append(offsets_s, offsets_s[-1] + gap_s), np.array(rates_bps))


def _units(header: Line) -> tuple[float, float]:
    """Seconds and bit/s that a one in each column stands for."""
    time, rate = (["", *re.findall("[A-Za-z/]+", cell)][-1] for cell in header.cells)
    second = _unit(header, 0, time.lower(), TIME_UNITS)
    # Only the first letter's case is free: MBps are bytes.
    return second, _unit(header, 1, rate[:1].lower() + rate[1:], RATE_UNITS)


def _unit(header: Line, column: int, word: str, units: Mapping[str, float]) -> float:
    if word not in units:
        raise ValueError(
            f"{header.where}: column {header.cells[column]!r} must end in its unit, one of {', '.join(units)}"
        )
    return units[word]


def _mahimahi(header: Line | None, lines: Sequence[Line], bin_s: float) -> Recording:
    """Packets counted in bins (from, to]; the recording ends with its last packet, as in `mm-link`."""
    if header:
        header.number(0)  # which raises: there are no headers
    at_ms = np.array([line.number(0) for line in lines])
    for line, before_ms, now_ms in zip(lines, [0.0, *at_ms.tolist()], at_ms.tolist(), strict=False):
        if now_ms < before_ms:
            raise ValueError(f"{line.where}: time must not fall, but {now_ms:g} ms follows {before_ms:g} ms")
    end_ms = at_ms.item(-1)
    if end_ms == 0.0:
        raise ValueError(f"{lines[-1].where}: the last packet must come after 0 ms")
    bins = max(1, round(end_ms / (1e3 * bin_s)))
    borders_ms = 1e3 * bin_s * np.arange(bins + 1)
    borders_ms[-1] = end_ms  # the last bin takes what remains, half a bin to one and a half
    counts = np.diff(at_ms.searchsorted(borders_ms[1:], "right"), prepend=0)
    offsets_s = borders_ms / 1e3
    return recording(offsets_s, counts * PACKET_BITS / np.diff(offsets_s))
