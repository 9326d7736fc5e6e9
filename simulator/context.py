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
        """Length of the prefix that the phone's model has read or written itself."""
        self.held_edge_tokens = 0.0
        """The same at the edge."""

    def held_tokens(self, site: Site) -> float:
        """Length of the prefix that `site` has processed, were its KV cache never dropped."""
        return self.held_device_tokens if site is Site.DEVICE else self.held_edge_tokens

    def grow(self, site: Site, new_tokens: float) -> None:
        """Add a turn's prompt and reply; `site` has now processed everything."""
        self.tokens += new_tokens
        self.last_site = site
        if site is Site.DEVICE:
            self.held_device_tokens = self.tokens
        else:
            self.held_edge_tokens = self.tokens
