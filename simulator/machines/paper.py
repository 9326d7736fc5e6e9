"""The paper's machine: a price for a token read, one for a token written, and room for everything."""

from functools import cached_property
from math import inf

from pydantic import NonNegativeFloat
from pydantic.dataclasses import dataclass

from simulator import latency
from simulator.machines import Alone
from simulator.step_times import StepTime
from simulator.step_times.paper import Paper as Prices
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Paper:
    """What one token costs on some hardware; the paper's gamma_k is both prices. A word is a token."""

    prefill_s_per_token: NonNegativeFloat
    decode_s_per_token: NonNegativeFloat

    @cached_property
    def step_time(self) -> StepTime:
        """The same prices for a batch."""
        return Prices(
            prefill_s_per_token=self.prefill_s_per_token, decode_s_per_token=self.decode_s_per_token
        )

    @property
    def tokens_per_word(self) -> float:
        """Section IV-A counts words."""
        return 1.0

    @property
    def window_tokens(self) -> float:
        """No limit."""
        return inf

    @property
    def kv_tokens(self) -> float:
        """No limit."""
        return inf

    @property
    def block_tokens(self) -> int:
        """Blocks do not matter where memory is endless."""
        return 1

    def alone_s(self, context_words: float, read_words: float, response_words: float) -> Alone:
        """Eq. 1 and Eq. 5; the context costs nothing that is not read again."""
        decode_s = latency.generation_s(self.decode_s_per_token, response_words)
        prefill_s = latency.computation_s(self.prefill_s_per_token, 0.0, read_words)
        return Alone(prefill_s, decode_s, decode_s / max(response_words, 1.0))
