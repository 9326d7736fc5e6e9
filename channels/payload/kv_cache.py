"""A dialogue whose KV cache moves with the text, so that nobody reads anything again."""

from pydantic import PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from channels import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class KvCache:
    """Keys and values of every token that one site has processed and the other lacks, beside the text.

    Up: the text of C_t and L_p, as in Eq. 3, and the cache of the tokens of C_t that the edge lacks; it reads
    L_p itself. Down: the reply's text, and the cache of L_p and of the reply. So Delta C_t is 0 at both
    sites.

    It takes one model on both sites, for a cache means nothing to another: ValueError if they differ. Each
    site must keep what it has and gets (`kv_cache=keep_all`, which a scenario checks). The two answers of the
    workload should be that model's as well; nobody checks that.

    Left out: compression; transfer while computing; the scales of quantised values.
    """

    device_model: str
    """Name of the model on the phone."""

    edge_model: str
    """Name of the model at the edge; must be the same."""

    layers: PositiveInt
    """Layers that hold a cache."""

    kv_heads: PositiveInt
    """Heads of keys and values in each layer (not of queries)."""

    head_dim: PositiveInt
    """Values in a head."""

    bytes_per_value: PositiveFloat
    """Bytes of one value: 2 for 16-bit floats, 0.5 for 4-bit integers."""

    bits_per_token: PositiveFloat
    """Bits on the air for one token of text."""

    def __post_init__(self) -> None:
        if self.device_model != self.edge_model:
            raise ValueError(
                f"a KV cache of {self.device_model} cannot be read by {self.edge_model}:"
                " device_model and edge_model must be equal"
            )

    @property
    def kv_bytes_per_token(self) -> float:
        """One key and one value in every head of every layer [byte]."""
        return 2 * self.layers * self.kv_heads * self.head_dim * self.bytes_per_value

    @property
    def _kv_bits(self) -> float:
        return 8.0 * self.kv_bytes_per_token

    @property
    def carries_cache(self) -> bool:
        """Yes."""
        return True

    def uplink_bits(self, context_tokens: float, missing_tokens: float, prompt_tokens: float) -> float:
        """Text of C_t and L_p, and the cache of what the edge lacks of C_t."""
        return (context_tokens + prompt_tokens) * self.bits_per_token + missing_tokens * self._kv_bits

    def downlink_bits(self, prompt_tokens: float, response_tokens: float) -> float:
        """The reply, and the cache of prompt and reply."""
        return response_tokens * self.bits_per_token + (prompt_tokens + response_tokens) * self._kv_bits

    def reprefill_tokens(self, missing_tokens: float) -> float:
        """None: what was missing has come as a cache."""
        return 0.0
