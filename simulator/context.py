"""What a session's models remember: the context C_t, and how much of it each site still holds."""

from workloads import Site


class Context:
    """The dialogue so far, in tokens."""

    __slots__ = ("held_device_tokens", "held_edge_tokens", "last_site", "tokens")

    def __init__(self) -> None:
        self.tokens = 0.0
        """C_t: everything said before."""
        self.last_site: Site | None = None
        """Who answered the previous turn; None before the first."""
        self.held_device_tokens = 0.0
        """Length of the prefix that the phone's model has read, or written itself, word for word."""
        self.held_edge_tokens = 0.0
        """The same at the edge."""

    def held_tokens(self, site: Site) -> float:
        """Length of the prefix that `site` could still use, were its KV cache never dropped."""
        return self.held_device_tokens if site is Site.DEVICE else self.held_edge_tokens

    def grow(self, site: Site, new_tokens: float, after_thoughts: float = 0.0) -> None:
        """Add a turn's prompt and what the user saw of the reply; `site` has now processed everything.

        The last `after_thoughts` of the new tokens were written after thoughts that the dialogue does not
        keep. Without the thoughts a cache of them is of no use, so even `site` has to read them again.
        """
        self.tokens += new_tokens
        self.last_site = site
        if site is Site.DEVICE:
            self.held_device_tokens = self.tokens - after_thoughts
        else:
            self.held_edge_tokens = self.tokens - after_thoughts
