"""One heat store that fills while the chip works and empties while it rests."""

from math import exp, expm1
from typing import Annotated

from pydantic import Field, NonNegativeFloat, PositiveFloat
from pydantic.dataclasses import dataclass

from workloads import STRICT

MOST_STEPS, LAST_STEP = 64, 1e-9
"""Of Newton's method. After a relative step as short as the latter, the next would be rounding."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FirstOrder:
    """Heat h, from 0 (an idle phone) to 1 (after endless work), and a speed of 1 - loss h.

    dh/dt = (1 - h) / heating_s while the chip is busy, -h / cooling_s while it is idle: Newton's law of
    cooling, both ways. So the speed falls exponentially towards 1 - loss, about as sustained runs show it.
    Left out: a governor that holds full speed until a limit is met; the room and the hand; other apps.
    """

    loss: Annotated[float, Field(ge=0.0, lt=1.0)]
    """Part of the full speed that a hot chip has lost."""
    heating_s: PositiveFloat
    """Time constant of busy stretches [s]."""
    cooling_s: PositiveFloat
    """Time constant of idle stretches [s]."""
    idle_c: float
    """Temperature at h = 0 [C]."""
    rise_c: NonNegativeFloat
    """How much warmer it is at h = 1 [C]."""

    def heated(self, heat: float, busy_s: float) -> float:
        """1 - (1 - h) exp(-t / heating_s)."""
        return heat - (1.0 - heat) * expm1(-busy_s / self.heating_s)

    def cooled(self, heat: float, idle_s: float) -> float:
        """h exp(-t / cooling_s)."""
        return heat * exp(-idle_s / self.cooling_s)

    def work_s(self, heat: float, busy_s: float) -> float:
        """The integral of the speed: (1 - loss) t + loss (1 - h) heating_s (1 - exp(-t / heating_s))."""
        headroom_s = self.loss * (1.0 - heat) * self.heating_s
        return (1.0 - self.loss) * busy_s - headroom_s * expm1(-busy_s / self.heating_s)

    def busy_s(self, heat: float, work_s: float) -> float:
        """Newton's method. The integral is concave, so from a start below the answer no step overshoots."""
        slowest, lossy = 1.0 - self.loss, self.loss * (1.0 - heat)
        heating_s, headroom_s = self.heating_s, lossy * self.heating_s
        time_s = max(work_s, (work_s - headroom_s) / slowest)
        for _ in range(MOST_STEPS):
            decay = expm1(-time_s / heating_s)
            missing_s = work_s - slowest * time_s + headroom_s * decay
            step_s = missing_s / (slowest + lossy + lossy * decay)
            time_s += step_s
            if step_s <= LAST_STEP * time_s:
                break
        return time_s

    def temperature_c(self, heat: float) -> float:
        """Linear in the heat."""
        return self.idle_c + self.rise_c * heat
