"""Runs of this study: a scenario is played in a folder that vanishes, and its turns are kept."""

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from simulator.machines import Machine
from simulator.scenario import Scenario
from simulator.simulation import Simulation

Numbers = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

SESSIONS, TURNS = 2**20, 2**10
"""More than a user has sessions, and a session turns."""
KEY = ("user_id", "session_id", "turn_index")
FIGURES = (
    *("arrived_at_s", "done_at_s", "prompt_tokens", "context_tokens", "reprefill_tokens"),
    *("score", "expected_device_s", "expected_edge_s", "router_s", "queue_s", "e2e_s", "quality"),
)


class Played:
    """The finished turns of a run by column of `turns.parquet`, without those that arrived in the warm-up."""

    def __init__(self, columns: dict[str, Numbers], machines: tuple[Machine, Machine]) -> None:
        self.columns, self._machines = columns, machines

    def mean(self, name: str) -> float:
        """Of a column, over turns."""
        return float(self.columns[name].mean())

    @property
    def edge_share(self) -> float:
        """Share of the turns that the edge answered."""
        return self.mean("at_edge")

    @property
    def edge_turn_s(self) -> float:
        """Mean time to a whole reply of the edge."""
        return float(self.columns["e2e_s"][self.columns["at_edge"] > 0].mean())

    @cached_property
    def reread_s(self) -> float:
        """Mean seconds of reading parts of the context again, a turn: Delta C_t's part of Eq. 1.

        What the idle, cold machine would take, less what it would take were all of the context in its cache.
        """
        names = ("at_edge", "prompt_tokens", "context_tokens", "reprefill_tokens")
        rows = zip(*(self.columns[name].tolist() for name in names), strict=True)
        return sum(self._again_s(*row) for row in rows) / len(self.columns["at_edge"])

    def _again_s(self, at_edge: float, prompt: float, context: float, again: float) -> float:
        if again == 0.0:
            return 0.0
        machine = self._machines[int(at_edge)]
        missed = machine.alone_s(context - again, again + prompt, 1.0).prefill_s
        return missed - machine.alone_s(context, prompt, 1.0).prefill_s

    @cached_property
    def keys(self) -> Numbers:
        """One number for each turn, the same in every run that has it."""
        user, session, turn = (self.columns[name] for name in KEY)
        return (user * SESSIONS + session) * TURNS + turn


def play(scenario: Scenario, **changes: Any) -> Played:
    """Simulate `scenario` with other parts or extents; nothing stays on disk."""
    from pyarrow import parquet

    if changes:
        scenario = replace(scenario, **changes)
    with TemporaryDirectory() as folder:
        simulation = Simulation(scenario, Path(folder))
        simulation.run()
        file = simulation.log.close(simulation.last_s)
        table = parquet.read_table(file, columns=[*KEY, *FIGURES, "site"])
    columns = {name: np.array(table[name].to_pylist(), float) for name in (*KEY, *FIGURES)}
    columns["at_edge"] = np.array([site == "edge" for site in table["site"].to_pylist()], float)
    counted = columns["arrived_at_s"] >= scenario.warmup_s
    phone = simulation.phones[0].model.machine
    return Played(
        {name: values[counted] for name, values in columns.items()},
        (phone, simulation.edge.machine),
    )
