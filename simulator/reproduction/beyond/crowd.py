"""A crowd that asks the same whatever anybody decides: whom a study counts, and who is there besides."""

from collections.abc import Iterator
from dataclasses import replace

from pydantic import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from simulator.conclusions.load import TURNS_PER_SESSION
from simulator.scenario import Scenario
from workloads import STRICT, Session, Start
from workloads.arrivals import Thinking
from workloads.luck import Luck
from workloads.sessions import sessions

WARMUP_S, COOLDOWN_S = 600.0, 300.0
"""So long others come before and after the counted users. Half of all sessions are over within 4 minutes."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Once(Thinking):
    """Every user begins one session, at a uniform instant: a Poisson process, given how many come.

    Users from `first` on, `counted` of them, come within a window; later ones evenly before and after it,
    earlier ones never. So the same turns are counted under every policy, all of them to their end, and a user
    has the same dialogue, pauses, scores and answers at any load.
    """

    first: NonNegativeInt
    counted: PositiveInt
    warmup_s: NonNegativeFloat
    window_s: PositiveFloat
    cooldown_s: NonNegativeFloat

    def starts(self, user_id: int, users: int, luck: Luck) -> Iterator[Start]:
        """One instant, or none."""
        if user_id < self.first:
            return
        uniform = luck.uniform("arrival", user_id, 0)
        if user_id in self.whom:
            at_s = self.warmup_s + uniform * self.window_s
        else:
            at_s = uniform * (self.warmup_s + self.cooldown_s)
            at_s += self.window_s if at_s >= self.warmup_s else 0.0
        yield Start(at_s, after_previous=False)

    @property
    def whom(self) -> range:
        """The users who count."""
        return range(self.first, self.first + self.counted)


def crowd(scenario: Scenario, turns_per_s: float, whom: range, alone: bool = False) -> Scenario:
    """The scenario with so many turns a second while `whom` come, and for as long as most of them stay.

    `alone`: nobody comes before and after them, which does where hardly anybody meets anybody.

    The table in order: the first 1,388 users have each of its dialogues once.
    """
    sessions_per_s = turns_per_s / TURNS_PER_SESSION
    others = 0 if alone else round(sessions_per_s * (WARMUP_S + COOLDOWN_S))
    pauses = scenario.arrivals
    arrivals = Once(
        think_median_s=pauses.think_median_s,
        think_sigma=pauses.think_sigma,
        first=whom.start,
        counted=len(whom),
        warmup_s=WARMUP_S,
        window_s=len(whom) / sessions_per_s,
        cooldown_s=COOLDOWN_S,
    )
    return replace(
        scenario,
        arrivals=arrivals,
        users=whom.stop + others,
        sessions_per_user=1,
        horizon_s=None,
        warmup_s=0.0,
    )


def counted_sessions(scenario: Scenario) -> list[Session]:
    """The sessions that count, of a scenario that `crowd` made: with both answers to every turn."""
    luck = Luck(scenario.seed)
    parts = (scenario.workload, scenario.arrivals, scenario.lengths, scenario.attachments)
    return [
        next(sessions(*parts, user_id, scenario.users, luck, scenario.thinking))
        for user_id in scenario.arrivals.whom
    ]
