"""How much work a phone's model is asked for, over what its chip could do."""

from simulator.devices.thermal import Thermal


class Demand:
    """Counts from the first job to the last, whose own work says nothing about a rate."""

    def __init__(self) -> None:
        self._jobs = 0
        self._first_at_s = self._last_at_s = 0.0
        self._before_first_s = self._before_last_s = 0.0

    def job(self, at_s: float, asked_s: float) -> None:
        """A job comes, after the chip was asked for `asked_s` of work in all, in seconds at full speed."""
        if self._jobs == 0:
            self._first_at_s, self._before_first_s = at_s, asked_s
        self._jobs, self._last_at_s, self._before_last_s = self._jobs + 1, at_s, asked_s

    def offered_load(self, thermal: Thermal, fewest_jobs: int) -> float:
        """`Server.offered_load`: the chip could have worked all the time, cold at first and hot soon."""
        could_s = thermal.work_s(0.0, self._last_at_s - self._first_at_s)
        if could_s == 0.0 or self._jobs < fewest_jobs:
            return 0.0
        return (self._before_last_s - self._before_first_s) / could_s
