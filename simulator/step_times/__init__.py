"""How long one iteration of a model takes: the contract of every step-time law.

A GPU that batches works in iterations: in each, every decoding sequence writes one token, and prompts are
read in chunks. Time depends on what the batch holds. Between two changes of the batch nothing changes but the
contexts, which grow by a token each: there a law tells its pace, so that a thousand iterations cost one sum.
All lengths are in the model's own tokens.
"""

from math import inf
from typing import NamedTuple, Protocol


class Batch(NamedTuple):
    """What one iteration works on."""

    prefill_tokens: int = 0
    """Tokens of prompts that are read."""
    prefill_context_tokens: float = 0.0
    """How many tokens stand before the chunk that each of them belongs to: the mean over the tokens read."""
    prefills_ending: int = 0
    """Prompts that are read to their end, and so write their first token."""
    sequences: int = 0
    """Sequences that decode: one token each."""
    context_tokens: int = 0
    """Tokens of KV cache that these read, over all of them, the token at hand included."""
    longest_tokens: int = 0
    """The same for the longest of them."""


class Pace(NamedTuple):
    """How iterations that only decode follow one another: each is `growth_s` longer than the one before."""

    first_s: float
    growth_s: float
    iterations: float = inf
    """For how many iterations this holds, at least 1."""

    def time_s(self, iterations: int) -> float:
        """What the first so many take together."""
        return iterations * self.first_s + self.growth_s * (iterations * (iterations - 1) / 2)


class StepTime(Protocol):
    """A law of iteration times."""

    def step_s(self, batch: Batch) -> float:
        """One iteration, in seconds."""

    def pace(self, sequences: int, context_tokens: int, longest_tokens: int) -> Pace:
        """From an iteration that only decodes (`Batch` of these three) on: the same times as `step_s` has."""
