"""A generator for every part of a law, so that no part moves another's luck."""

from typing import Any

import numpy as np
from numpy.random.bit_generator import ISeedSequence

_SEED_BYTES = 32


class _Seed(ISeedSequence):
    """Random bytes as a seed: numpy's own way would hash them once more, at several times the price."""

    def __init__(self, drawn: bytes) -> None:
        self._drawn = drawn

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> Any:
        """The bytes as `n_words` words."""
        return np.frombuffer(self._drawn, dtype)[:n_words]


def split(rng: np.random.Generator, parts: int) -> list[np.random.Generator]:
    """Independent generators, seeded from `rng` (which is itself not fit for spawning)."""
    drawn = rng.bytes(_SEED_BYTES * parts)
    seeds: list[Any] = [
        _Seed(drawn[begin : begin + _SEED_BYTES]) for begin in range(0, len(drawn), _SEED_BYTES)
    ]
    return [np.random.Generator(np.random.PCG64(seed)) for seed in seeds]
