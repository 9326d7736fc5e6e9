"""A chip that never gets too hot."""

from math import nan

from pydantic.dataclasses import dataclass

from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class NoThrottling:
    """Full speed for ever; nothing is known of the temperature."""

    def heated(self, heat: float, busy_s: float) -> float:
        """As before."""
        return heat

    def cooled(self, heat: float, idle_s: float) -> float:
        """As before."""
        return heat

    def work_s(self, heat: float, busy_s: float) -> float:
        """A second of work in a second."""
        return busy_s

    def busy_s(self, heat: float, work_s: float) -> float:
        """The same."""
        return work_s

    def temperature_c(self, heat: float) -> float:
        """Unknown."""
        return nan
