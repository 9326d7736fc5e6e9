"""The paper's prices, as iterations: gamma for every token read, and gamma for an iteration that writes."""

from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from simulator.step_times import Batch, Pace
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Paper:
    """One price for each token read, another for each iteration in which any sequence writes.

    Eq. 1 and Eq. 5 price what one user sees, whoever else is served. So a batch writes as fast as one
    sequence alone, and what is read delays everybody.
    """

    prefill_s_per_token: NonNegativeFloat
    decode_s_per_token: NonNegativeFloat

    def step_s(self, batch: Batch) -> float:
        """Reading adds up, writing goes side by side."""
        reading_s = self.prefill_s_per_token * batch.prefill_tokens
        return reading_s + (self.decode_s_per_token if batch.sequences else 0.0)

    def pace(self, sequences: int, context_tokens: int, longest_tokens: int) -> Pace:
        """Always the same."""
        return Pace(self.decode_s_per_token, 0.0)
