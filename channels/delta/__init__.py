"""Laws of the message-size-independent overhead delta (Eq. 3)."""
