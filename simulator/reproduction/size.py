"""How much is measured: the whole study, or a minute's worth of it."""

from typing import Any, NamedTuple

from simulator.reproduction.paper import BENCHMARKS


class Size(NamedTuple):
    """The extent of the paper's part."""

    seeds: int
    """Of the main figures, where luck matters."""
    few_seeds: int
    """Of the sensitivities."""
    resamples: int
    every: dict[str, int]
    """Every so many dialogues of each table are used."""
    event_loop_sessions: int | None
    """Of each experiment; None for all."""

    def arguments(self, benchmark: str, few: bool = False) -> dict[str, Any]:
        """Of a measure."""
        seeds = self.few_seeds if few else self.seeds
        return {
            "benchmark": benchmark,
            "seeds": seeds,
            "resamples": self.resamples,
            "every": self.every[benchmark],
        }


FULL = Size(10, 3, 1000, dict.fromkeys(BENCHMARKS, 1), None)
QUICK = Size(2, 1, 100, {"mmlu": 20, "gsm8k": 2, "mtbench101": 4}, 100)
