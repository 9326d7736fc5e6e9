"""What a router is told of a link's rate: the contract of every report."""

from typing import Protocol

from channels import Rate


class Report(Protocol):
    """A law of what is known of a rate. It reads the past and the present, never the future."""

    def rate_bps(self, rate: Rate, at_s: float) -> float:
        """The rate [bit/s] that the phone believes in at `at_s` (at least 0): finite and above 0."""
