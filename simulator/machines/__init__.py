"""A model on some hardware: the contract of every machine that a scheduler may run.

Workloads count words, as the paper does. A machine counts its model's tokens: `tokens_per_word` of them each.
"""

from typing import NamedTuple, Protocol

from simulator.step_times import StepTime


class Alone(NamedTuple):
    """What a job takes where nobody else is served."""

    prefill_s: float
    """Reading: T_comp of Eq. 1."""
    decode_s: float
    """Writing: T_gen of Eq. 5."""
    first_token_s: float
    """How much of `decode_s` passes until the first token is out."""


class Machine(Protocol):
    """What a model's work costs, and for how much the hardware has room."""

    @property
    def step_time(self) -> StepTime:
        """Time of an iteration."""

    @property
    def tokens_per_word(self) -> float:
        """The model's tokens in one word of the workload."""

    @property
    def window_tokens(self) -> float:
        """Most tokens of context, prompt and reply together that the model takes; inf: any number."""

    @property
    def kv_tokens(self) -> float:
        """Tokens of KV cache for which the memory has room; inf: any number."""

    @property
    def block_tokens(self) -> int:
        """Tokens in a block: KV cache is given and taken in blocks."""

    def alone_s(self, context_words: float, read_words: float, response_words: float) -> Alone:
        """A job that has the machine to itself.

        It reads `read_words` after `context_words` that are still in its cache, and writes a reply.
        """
