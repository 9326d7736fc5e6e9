"""Two formulas, one for batches that only write and one for those that read prompts, each with a floor."""

from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from simulator.step_times import Batch, Pace
from simulator.step_times.parts.pairs import prefill_pairs
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Regime:
    """The greater of two lines over the tokens of an iteration, and what reading the KV cache takes.

    The first line is that of memory, which hands over all weights for however few tokens; the second that of
    arithmetic, which has more to do for every one (the roofline of Williams et al., CACM 2009).
    """

    floor_s: NonNegativeFloat
    """Of the first line [s]."""
    floor_s_per_token: NonNegativeFloat
    base_s: NonNegativeFloat
    """Of the second line [s]."""
    base_s_per_token: NonNegativeFloat
    s_per_context_token: NonNegativeFloat
    """A token of KV cache that a sequence reads to write [s]."""

    def step_s(self, tokens: int, context_tokens: int) -> float:
        """An iteration of so many tokens, prompts' and sequences' together."""
        floor_s = self.floor_s + self.floor_s_per_token * tokens
        base_s = self.base_s + self.base_s_per_token * tokens
        return max(floor_s, base_s) + self.s_per_context_token * context_tokens


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Regimes:
    """A fit for what a profile says: `python -m simulator.step_times.fit` makes one.

    Left out: steps where kernels change their tiles, and sequences of unequal length.
    """

    decode: Regime
    """Batches that only write."""
    mixed: Regime
    """Batches that read prompts, whether they write as well or not."""
    s_per_prefill_pair: NonNegativeFloat
    """A pair of a prompt's token and one before it, which it attends to [s]."""

    def __post_init__(self) -> None:
        for name, regime in (("decode", self.decode), ("mixed", self.mixed)):
            if regime.floor_s == regime.base_s == 0:
                raise ValueError(f"{name}.floor_s (0) or {name}.base_s (0) must be above 0: no work is free")

    def step_s(self, batch: Batch) -> float:
        """One of the two."""
        if not batch.prefill_tokens:
            return self.decode.step_s(batch.sequences, batch.context_tokens)
        tokens = batch.prefill_tokens + batch.sequences
        attention_s = self.s_per_prefill_pair * prefill_pairs(batch)
        return self.mixed.step_s(tokens, batch.context_tokens) + attention_s

    def pace(self, sequences: int, context_tokens: int, longest_tokens: int) -> Pace:
        """Each iteration reads one more token of every sequence."""
        first_s = self.decode.step_s(sequences, context_tokens)
        return Pace(first_s, self.decode.s_per_context_token * sequences)
