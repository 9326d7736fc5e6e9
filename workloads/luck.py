"""Random numbers by name.

A number belongs to a purpose and to whom it concerns (user, session, turn), not to a place in a shared
sequence. So no event order, no policy, no number of users and no other draw can change it.

The numbers are BLAKE2b digests of the name, salted with the seed (RFC 7693): keyed by definition, equal on
every platform, and as uniform as a cryptographic hash is.
"""

from hashlib import blake2b
from statistics import NormalDist
from struct import Struct
from typing import Any

import numpy as np
from numpy.random.bit_generator import ISeedSequence

_standard_normal = NormalDist().inv_cdf
_four_integers = Struct("<4Q").unpack
_packers = [Struct(f"<{length}q").pack for length in range(9)]
_UNIT = 2.0**-52  # one bit less than a float holds, so that adding a half never rounds up to 1


class _Seed(ISeedSequence):
    """A digest as a seed. NumPy's own way hashes once more, at eight times the price."""

    def __init__(self, digest: bytes) -> None:
        self._digest = digest

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> Any:
        """The digest's bits as `n_words` words."""
        return np.frombuffer(self._digest, dtype)[:n_words]


class Luck:
    """All the luck of one run.

    `seed` is any integer from 0 to 2**128 - 1. A purpose is a word of at most 16 bytes in UTF-8, a key is
    up to eight integers.
    """

    def __init__(self, seed: int) -> None:
        self._salt = seed.to_bytes(16, "little")
        self._hashes: dict[str, blake2b] = {}

    def _digest(self, purpose: str, key: tuple[int, ...]) -> bytes:
        hashed = self._hashes.get(purpose)
        if hashed is None:
            person = purpose.encode()
            hashed = self._hashes[purpose] = blake2b(digest_size=32, salt=self._salt, person=person)
        hashed = hashed.copy()
        hashed.update(_packers[len(key)](*key))
        return hashed.digest()

    def uniform(self, purpose: str, *key: int) -> float:
        """The number of this name, uniform on the open interval (0, 1)."""
        return ((int.from_bytes(self._digest(purpose, key)[:8], "little") >> 12) + 0.5) * _UNIT

    def uniforms(self, purpose: str, *key: int) -> tuple[float, float, float, float]:
        """Four independent numbers of this name, at the price of one; the first is `uniform`'s."""
        a, b, c, d = _four_integers(self._digest(purpose, key))
        return (
            ((a >> 12) + 0.5) * _UNIT,
            ((b >> 12) + 0.5) * _UNIT,
            ((c >> 12) + 0.5) * _UNIT,
            ((d >> 12) + 0.5) * _UNIT,
        )

    def normal(self, purpose: str, *key: int) -> float:
        """The number of this name, standard normal."""
        return _standard_normal(self.uniform(purpose, *key))

    def generator(self, purpose: str, *key: int) -> np.random.Generator:
        """A NumPy generator of this name, for many numbers at once. It cannot be spawned from."""
        seed: Any = _Seed(self._digest(purpose, key))  # NumPy's types know only its own seed sequences
        return np.random.Generator(np.random.PCG64(seed))
