"""What a message weighs on the air: the contract of every payload law."""

from typing import Protocol


class Payload(Protocol):
    """From tokens to bits."""

    @property
    def carries_cache(self) -> bool:
        """Whether a KV cache goes along, so that neither site must read what the other has read."""

    def uplink_bits(self, context_tokens: float, missing_tokens: float, prompt_tokens: float) -> float:
        """Bits of an upload: C_t and L_p. The edge's model has not yet read `missing_tokens` of C_t."""

    def downlink_bits(self, prompt_tokens: float, response_tokens: float) -> float:
        """Bits of a reply to a prompt of L_p tokens."""

    def reprefill_tokens(self, missing_tokens: float) -> float:
        """How many of the missing tokens a model must still read itself: Delta C_t."""
