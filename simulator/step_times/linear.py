"""One formula for every batch: a price for an iteration, and for each thing in it."""

from pydantic import NonNegativeFloat, PositiveFloat
from pydantic.dataclasses import dataclass

from simulator.step_times import Batch, Pace
from simulator.step_times.parts.pairs import prefill_pairs
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Linear:
    """Prices that add up: the common form of fitted models (BLIS, Splitwise and others).

    Left out: that small batches cost what reading the weights does, whatever they hold. Fitted to reading and
    writing at once it is a good deal worse for either than `regimes`.
    """

    t0_s: PositiveFloat
    """Any iteration: the weights are read, kernels are launched [s]."""
    s_per_prefill_token: NonNegativeFloat
    """A token of a prompt [s]."""
    s_per_sequence: NonNegativeFloat
    """A sequence that writes its next token [s]."""
    s_per_context_token: NonNegativeFloat
    """A token of KV cache that a sequence reads to write [s]."""
    s_per_prefill_pair: NonNegativeFloat
    """A pair of a prompt's token and one before it, which it attends to [s]."""

    def step_s(self, batch: Batch) -> float:
        """The sum."""
        writing_s = self.s_per_sequence * batch.sequences + self.s_per_context_token * batch.context_tokens
        if not batch.prefill_tokens:
            return self.t0_s + writing_s
        attention_s = self.s_per_prefill_pair * prefill_pairs(batch)
        return self.t0_s + writing_s + self.s_per_prefill_token * batch.prefill_tokens + attention_s

    def pace(self, sequences: int, context_tokens: int, longest_tokens: int) -> Pace:
        """Each iteration reads one more token of every sequence."""
        first_s = self.step_s(Batch(sequences=sequences, context_tokens=context_tokens))
        return Pace(first_s, self.s_per_context_token * sequences)
