"""An encoding and its values as they stand in the store, with the checksums that tell damage."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray


class Encoding(NamedTuple):
    """Who computed a value, and how."""

    identity: str
    """Of the checkpoint: its weights' digest, or its name and commit."""
    kind: str
    """What was computed, as in "logits" or "cls"."""
    options: str
    """Canonical JSON of all settings that change the numbers."""


@dataclass(frozen=True)
class Stored:
    """An encoding as it stands in the store."""

    number: int
    """Names it on the command line; never used for another."""
    encoding: Encoding
    width: int
    """Numbers in a value."""
    about: str
    """JSON of what the first writer said of it."""

    @cached_property
    def seed(self) -> int:
        """Where the checksums of its values begin: a value that strays to another encoding does not fit."""
        return crc32(json.dumps([*self.encoding, self.width, self.about], default=repr).encode())

    def cells(self, digest: bytes, value: NDArray[np.float32]) -> tuple[int, bytes, bytes, int]:
        """Encoding, digest, value and checksum, as they are written."""
        cell = value.astype("<f4").tobytes()
        return self.number, digest, cell, crc32(cell, crc32(digest, self.seed))

    def value(self, digest: object, cell: object, checksum: object) -> NDArray[np.float32] | None:
        """The value in these cells, of shape (width,); None if one of them is damaged."""
        if not isinstance(digest, bytes) or not isinstance(cell, bytes) or len(cell) != 4 * self.width:
            return None
        if checksum != crc32(cell, crc32(digest, self.seed)):
            return None
        return np.frombuffer(cell, "<f4").astype(np.float32)


COLUMNS = "number, identity, kind, options, width, about"
"""Of a row of the table `encodings`, for `of_row`."""


def of_row(number: int, identity: str, kind: str, options: str, width: int, about: str) -> Stored:
    """What a row of the table `encodings` says."""
    return Stored(number, Encoding(identity, kind, options), width, about)
