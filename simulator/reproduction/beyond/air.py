"""The paper's conclusions in the situations of the air, at an edge with room for all."""

from dataclasses import replace

from simulator.points import Measured
from simulator.reproduction.beyond.crowd import crowd
from simulator.reproduction.beyond.played import Runs, of_table, play_all, said
from simulator.reproduction.beyond.routers import base, calm

HARDWARE = "paper"
SLOTS = 1000
USERS_PER_CELL = 25
"""Who share an air that can be shared."""


def on_air(
    air: str, attachments: str, turns_per_s: float, seeds: list[int], parts: int, routers: list[str]
) -> Measured:
    """BERT and `routers` in one situation; seeds count other parts of the table.

    Users have airs of their own and hardly meet, so the interval is over dialogues, each of which is played
    once, on one user's air.
    """
    overrides = (f"air={air}", f"attachments={attachments}", f"scheduler.slots={SLOTS}")
    runs: Runs = {}
    users = []
    for turn, seed in enumerate(seeds):
        changed = replace(base(HARDWARE, overrides), seed=seed, users_per_cell=USERS_PER_CELL)
        scenario = crowd(changed, turns_per_s, of_table(turn, parts), alone=True)
        users.append(scenario.users)
        play_all(runs, scenario, calm(HARDWARE, seed), routers, begin="bert")
    return {"turns_per_s": turns_per_s, "users": users, **said(runs)}
