"""What a model thinks before it answers: the contract of every law of thoughts.

A reasoning model writes its thoughts first, then what the user is to read. Thoughts are decoded, and take
time and memory like any token; but they are not sent to the phone, nor kept in the dialogue (the model cards
of QwQ-32B and Qwen3: "No Thinking Content in History").
"""

from typing import Protocol

from workloads import Site


class Thinking(Protocol):
    """How much of a reply is thoughts."""

    @property
    def thinks(self) -> bool:
        """Whether any reply has thoughts."""

    def tokens(self, site: Site, response_tokens: float) -> float:
        """Thoughts among the `response_tokens` that `site` writes, from 0 to all of them."""
