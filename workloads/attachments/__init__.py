"""What comes with a prompt beside its text: the contract of every law of attachments."""

from typing import Protocol


class Attachments(Protocol):
    """Which prompts come with an image, and how large it is."""

    def bits(self, index: int, uniform: float) -> float:
        """Bits of what comes with turn `index` of a session (0 is the first); 0 for text alone.

        `uniform`, in (0, 1), is the turn's luck. It is the turn's own (user, session, turn), so that every
        policy meets the same images.
        """
