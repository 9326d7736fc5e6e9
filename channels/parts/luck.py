"""A generator for every part of a law, so that no part moves another's luck."""

import numpy as np


def split(rng: np.random.Generator, parts: int) -> list[np.random.Generator]:
    """Independent generators, seeded from `rng` (which is itself not fit for spawning)."""
    seeds = rng.integers(2**63, size=(parts, 2), dtype=np.int64)
    return [np.random.Generator(np.random.PCG64(seed.tolist())) for seed in seeds]
