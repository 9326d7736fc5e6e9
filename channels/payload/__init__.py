"""What a message weighs on the air: the contract of every payload law."""

from typing import Protocol


class Payload(Protocol):
    """From tokens to bits."""

    def uplink_bits(self, context_tokens: float, missing_tokens: float, prompt_tokens: float) -> float:
        """Bits of an upload: C_t and L_p, of which the edge's model has not yet read `missing_tokens` of C_t."""

    def downlink_bits(self, response_tokens: float) -> float:
        """Bits of a reply."""

    def reprefill_tokens(self, missing_tokens: float) -> float:
        """How many of the missing tokens a model must still read itself (Delta C_t): those not carried along."""
