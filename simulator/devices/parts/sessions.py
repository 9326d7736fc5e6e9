"""Which sessions a phone's model still has in its memory."""


class Sessions:
    """The caches of the sessions that were used last, so many of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held_tokens: dict[int, float] = {}
        """In the order of use, the latest last."""

    def held_tokens(self, session_id: int) -> float:
        """How much of a session's context is still there, from its start, in words."""
        return self._held_tokens.get(session_id, 0.0)

    def keep(self, session_id: int, tokens: float) -> None:
        """A session was used, and now holds this much; whoever has waited longest may lose all."""
        held = self._held_tokens
        held.pop(session_id, None)
        held[session_id] = tokens
        if len(held) > self._most:
            del held[next(iter(held))]
