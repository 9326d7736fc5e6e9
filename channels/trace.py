"""A link that was recorded, replayed to every user."""

from functools import cached_property
from typing import Annotated

import numpy as np
from pydantic import Field, PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT, Link
from channels.parts.piecewise import Piecewise
from channels.parts.recording import Recording, Replay
from channels.parts.recording_file import Format, read_recording


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Trace:
    """A recording of the rate, held from each row to the next and repeated for ever.

    A csv has two columns, seconds and rate, parted by commas, tabs or blanks; a row holds until the next, the
    last as long as the median row. Without a header the rate is in Mbit/s; a header's words end in the units,
    as in `at_s,mbps` or `time (ms), rate (kbit/s)`. A Mahimahi file (Netravali et al., USENIX ATC 2015) has
    one column: a millisecond for each packet of 1,500 bytes, and begins anew after the last.

    Left out: what the recording's own load did to it. A throughput is what one download got, at most the rate
    of the link. Raises FileNotFoundError for an absent file, and ValueError for one that cannot be replayed.
    """

    path: str
    """A bundled recording's name, or a file: the downlink."""

    uplink_path: str | None = None
    """Likewise the uplink; null for the downlink's recording times `uplink_scale`."""

    uplink_scale: PositiveFloat
    """Uplink rate over downlink rate, where `uplink_path` is null."""

    format: Format | None = None
    """Of both files; null to tell it from the columns: two are a csv, one is Mahimahi's."""

    shift: bool
    """Whether each user begins at a random instant of it, or all at its start and so fade together."""

    bin_s: Annotated[float, Field(ge=1e-3)]
    """Mahimahi: the span over which packets are counted into a rate [s]."""

    longest_gap_s: PositiveFloat
    """csv: a longer step between two rows is a hole in the recording, and an error [s]."""

    def __post_init__(self) -> None:
        _ = self._up, self._down  # read and checked now, at the start of a run

    @cached_property
    def _down(self) -> Recording:
        return read_recording(self.path, self.format, self.bin_s, self.longest_gap_s)

    @cached_property
    def _up(self) -> Recording:
        if self.uplink_path is None:
            return self._down.times(self.uplink_scale)
        return read_recording(self.uplink_path, self.format, self.bin_s, self.longest_gap_s)

    def draw(self, rng: np.random.Generator) -> Link:
        """One user's place in the recording, the same share of it both ways."""
        drawn = rng.random()
        share = drawn if self.shift else 0.0
        return Link(_replayed(self._up, share), _replayed(self._down, share))


def _replayed(recording: Recording, share: float) -> Piecewise:
    return Piecewise(Replay(recording, share * recording.period_s))
