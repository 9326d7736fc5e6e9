"""Whether a server keeps up with what comes."""

from simulator.batching.sequence import Sequence


class Arrived:
    """Tokens that came, beside those that were taken up, until the last job came.

    What a batching server could do in a second depends on the batch, so its capacity is what it did: while it
    keeps up, all that came but the queue was taken up in the time in which it was busy.
    """

    def __init__(self) -> None:
        self._jobs, self._tokens = 0, 0
        self._first_at_s = self._last_at_s = self._busy_s = 0.0
        self._earlier_tokens, self._waiting_tokens = 0, 0

    def came(self, at_s: float, sequence: Sequence, waiting_tokens: int, busy_s: float) -> None:
        """A job comes; so many tokens wait, and so long was the server busy."""
        if self._jobs == 0:
            self._first_at_s = at_s
        self._jobs, self._last_at_s, self._busy_s = self._jobs + 1, at_s, busy_s
        self._earlier_tokens, self._waiting_tokens = self._tokens, waiting_tokens
        self._tokens += sequence.all_tokens

    def offered_load(self, fewest_jobs: int) -> float:
        """Tokens that came over tokens that the server could have taken up, as `Server.offered_load`."""
        span_s = self._last_at_s - self._first_at_s
        taken_up = self._earlier_tokens - self._waiting_tokens
        if self._jobs < fewest_jobs or span_s <= 0 or taken_up <= 0:
            return 0.0
        return self._earlier_tokens / taken_up * self._busy_s / span_s
