"""Text, as in the paper: so many bits for each token, and whoever missed some of it reads it again."""

from pydantic import PositiveFloat
from pydantic.dataclasses import dataclass

from channels import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Text:
    """Context and prompt go up, the reply comes down, both as text."""

    bits_per_token: PositiveFloat
    """Bits on the air for one token; turns the paper's tokens/s into bit/s."""

    @property
    def carries_cache(self) -> bool:
        """No."""
        return False

    def uplink_bits(self, context_tokens: float, missing_tokens: float, prompt_tokens: float) -> float:
        """All of C_t and L_p, as in Eq. 3."""
        return (context_tokens + prompt_tokens) * self.bits_per_token

    def downlink_bits(self, prompt_tokens: float, response_tokens: float) -> float:
        """The reply."""
        return response_tokens * self.bits_per_token

    def reprefill_tokens(self, missing_tokens: float) -> float:
        """All that is missing: text is no cache."""
        return missing_tokens
