"""How long a transformer takes to read one text on this machine: measured, and as a line over the tokens."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PROSE = (
    "Could you explain to my younger sister, who is eleven, why the moon sometimes looks orange near the"
    " horizon? Our bakery sells 140 loaves on a weekday and twice as many on Saturdays; flour costs $0.85 a"
    " kilogram, so how much do we spend in June? Please rewrite the second paragraph in a friendlier tone,"
    " keep the footnotes, and don't change any of the quoted figures. Write a Python function that merges two"
    " sorted lists without using the built-in sort, then add three unit tests. I'm preparing a presentation"
    " on coastal erosion and would like a short outline with headings, sources and one counterargument. Which"
    " of these symptoms should worry me most: dizziness, a stiff neck or blurred vision? Translate the recipe"
    " below, convert ounces to grams, and suggest a vegetarian substitute for the anchovies."
)
"""Questions as people ask them; repeated to any length."""
SHORTEST_WORDS = 6


class Timing(NamedTuple):
    """One text, read again and again."""

    words: int
    tokens: int
    """In the encoder's own tokens, as far as it reads."""
    seconds: tuple[float, ...]
    """One entry for each round."""


class Cost(NamedTuple):
    """seconds = per_prompt_s + per_token_s * tokens; errors are standard errors, None for two lengths."""

    per_prompt_s: float
    per_prompt_error_s: float | None
    per_token_s: float
    per_token_error_s: float | None
    farthest: float
    """The largest distance of a median from the line, as a share of that median."""


def made_up_texts(tokens_of: Callable[[str], int], max_tokens: int) -> list[str]:
    """Texts of 6, 12, 24, ... words up to the first that the encoder cuts."""
    words, texts = PROSE.split(), list[str]()
    while not texts or tokens_of(texts[-1]) < max_tokens:
        count = SHORTEST_WORDS * 2 ** len(texts)
        texts.append(" ".join((words * (count // len(words) + 1))[:count]))
    return texts


def spread(lengths: Sequence[int], most: int) -> list[int]:
    """Which of these lengths stand for all: from the shortest to the longest, in even ratios, each once."""
    order = sorted(range(len(lengths)), key=lambda number: lengths[number])
    ends = max(1, lengths[order[0]]), max(1, lengths[order[-1]])
    nearest = {
        min(order, key=lambda number: abs(lengths[number] - wanted)): None
        for wanted in np.geomspace(*ends, most)
    }
    return list(nearest)


def timed(read: Callable[[str], object], texts: Sequence[str], rounds: int) -> list[tuple[float, ...]]:
    """Seconds of `read` for every text, one entry for each round.

    All texts are read once before. A round reads each of them, forwards and backwards in turn, so that other
    work on the machine strikes all alike.
    """
    from tqdm import tqdm

    took: list[list[float]] = [[] for _ in texts]
    numbers = range(len(texts))
    with tqdm(total=(rounds + 1) * len(texts), disable=None, leave=False, desc="timing") as bar:
        for turn in range(rounds + 1):
            for number in reversed(numbers) if turn % 2 else numbers:
                began_s = perf_counter()
                read(texts[number])
                took[number].append(perf_counter() - began_s)
                bar.update()
    return [tuple(seconds[1:]) for seconds in took]


def medians(timings: Sequence[Timing]) -> tuple[Floats, Floats]:
    """Lengths in tokens, rising, and the median seconds of each; equal lengths are one."""
    lengths = sorted({timing.tokens for timing in timings})
    pooled = [
        [s for timing in timings if timing.tokens == length for s in timing.seconds] for length in lengths
    ]
    return np.array(lengths, float), np.array([np.median(seconds) for seconds in pooled])


def fitted(tokens: Floats, seconds: Floats) -> Cost:
    """The line through these medians, by least squares of relative errors: short texts count as long ones.

    Raises ValueError for fewer than two lengths.
    """
    if len(set(tokens.tolist())) < 2:
        raise ValueError(f"texts of two lengths or more are needed, and all have {tokens[0]:g} tokens")
    weighted = np.stack([np.ones_like(tokens), tokens], axis=1) / seconds[:, None]
    found, *_ = np.linalg.lstsq(weighted, np.ones_like(seconds))
    off = weighted @ found - 1.0
    errors: list[float | None] = [None, None]
    if len(tokens) > 2:
        variance = float(off @ off) / (len(tokens) - 2)
        errors = np.sqrt(variance * np.diag(np.linalg.inv(weighted.T @ weighted))).tolist()
    per_prompt_s, per_token_s = found.tolist()
    return Cost(per_prompt_s, errors[0], per_token_s, errors[1], float(np.abs(off).max()))
