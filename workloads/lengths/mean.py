"""Every reply has its mean length: the paper's reading of L_r^k."""

from pydantic.dataclasses import dataclass

from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Mean:
    """The mean itself, whole or not (Tables II and III give 1254.4 tokens)."""

    def tokens(self, mean_tokens: float, uniform: float) -> float:
        """`mean_tokens`, whatever the quantile."""
        return mean_tokens
