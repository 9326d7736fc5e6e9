"""A run and its variations: the same turns with one decision the other way."""

from contextlib import closing
from dataclasses import replace
from math import fsum, inf, nan
from pathlib import Path
from typing import Any, NamedTuple

from pydantic.dataclasses import dataclass

from simulator.estimators import Expected, Query, Unheeding
from simulator.policies import Choice, Decision, Static
from simulator.policies.replay import Replay, turned
from simulator.regret import Name, Regret
from simulator.regret.world import NEVER, Done, World, name_of
from simulator.scenario import Scenario
from simulator.scorers.uniform import Uniform
from workloads import STRICT, Site

PATIENCE_S = 3600.0
"""After the end, and as long again as the run took, so much longer is waited for turns that do not end."""
NOTHING_EXPECTED = Expected(0.0, 0.0)


class Undecided(Exception):
    """A turn that the run itself never comes to: one before it never ends."""


class Answered(NamedTuple):
    """What is known of a turn of the run."""

    arrived_at_s: float
    site: Site
    e2e_s: float


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Unasked(Unheeding):
    """An estimator for decisions that are made already."""

    def expect(self, query: Query) -> Expected:
        """Nothing."""
        return NOTHING_EXPECTED


class Flip(Static):
    """The decisions of a run, one of them the other way."""

    def __init__(self, bench: "Bench", name: Name) -> None:
        self._bench, self._name, self.reads_score = bench, name, bench.reads_score

    def choose(self, decision: Decision) -> Choice:
        """As the run decided. Where it has not come to the turn yet, it goes on until it does."""
        name = name_of(decision.turn)
        choice = self._bench.choice(name)
        return choice._replace(site=turned(choice.site)) if name == self._name else choice


class Bench:
    """A run made again, up to its end at first, and further where a variation of it goes on for longer.

    Its policy decides, one that learns too, and beyond the horizon as it would have; where it replays another
    run, the phone answers what that run did not come to. Logs that nobody reads are written to `scratch`.
    """

    def __init__(self, scenario: Scenario, scratch: Path | None = None) -> None:
        self._scratch = scratch
        self._base = base = World(scenario, _endless(scenario.policy), scratch)
        self._other: Any = replace(scenario, scorer=Uniform(), estimator=Unasked())
        self._warmup_s, horizon_s = scenario.warmup_s, scenario.horizon_s
        self.reads_score = bool(scenario.policy.reads_score)
        base.until(lambda: horizon_s is not None and base.now_s >= horizon_s)
        self._end_s = inf if horizon_s is None else horizon_s
        self._limit_s = 2.0 * min(self._end_s, base.now_s) + PATIENCE_S

    def answered(self) -> dict[Name, Answered]:
        """The turns that were done when the run ended."""
        decided = self._base.decided
        return {
            name: Answered(decided[name].arrived_at_s, decided[name].choice.site, done.e2e_s)
            for name, done in self._base.done.items()
            if done.at_s < self._end_s
        }

    def names(self) -> list[Name]:
        """The turns that arrived after the warm-up and were decided when the run ended."""
        return [
            name
            for name, decided in self._base.decided.items()
            if decided.arrived_at_s >= self._warmup_s and decided.at_s < self._end_s
        ]

    def choice(self, name: Name) -> Choice:
        """What the run decided, or decides when it comes to the turn."""
        base = self._base
        if name not in base.decided:
            base.until(lambda: name in base.decided or base.now_s > self._limit_s)
        if name not in base.decided or base.decided[name].at_s > self._limit_s:
            raise Undecided
        return base.decided[name].choice

    def regret(self, name: Name, after_s: float) -> Regret:
        """One decision against the other; others count who are decided up to `after_s` after both are over.

        NaN is what never comes to an end.
        """
        with closing(World(self._other, Flip(self, name), self._scratch)) as world:
            return self._regret(world, name, after_s)

    def _regret(self, world: World, name: Name, after_s: float) -> Regret:
        base = self._base
        turn, site = base.decided[name].turn, base.decided[name].choice.site
        base.until(lambda: name in base.done or base.now_s > self._limit_s)
        others_s = self._others_s(world, name, after_s)
        own, other = (self._done(one, name).e2e_s for one in (base, world))
        good, also = (turn.answer(one).quality for one in (site, turned(site)))
        return Regret(name, site, own, other, good, also, others_s)

    def _others_s(self, world: World, name: Name, after_s: float) -> float:
        """Let the other world go on until all is known; how much longer its other turns take."""
        base = self._base
        try:
            world.until(lambda: name in world.done or world.now_s > self._limit_s)
            end_s = max(self._done(one, name).at_s for one in (base, world)) + after_s
            others = self._beside(name, end_s)
            world.until(lambda: world.now_s > self._limit_s or all(it in world.done for it in others))
        except Undecided:
            return nan
        if end_s == inf:
            return nan
        return fsum(self._done(world, it).e2e_s - self._done(base, it).e2e_s for it in others)

    def _done(self, world: World, name: Name) -> Done:
        """What became of a turn, as far as was waited for."""
        done = world.done.get(name, NEVER)
        return done if done.at_s <= self._limit_s else NEVER

    def _beside(self, name: Name, end_s: float) -> list[Name]:
        """The turns of other dialogues that the run decided before `end_s`, and finished after this one's."""
        base, at_s, end_s = self._base, self._base.decided[name].at_s, min(end_s, self._limit_s)
        base.until(lambda: base.now_s > end_s)
        beside = [it for it, one in base.decided.items() if one.at_s < end_s and it[:2] != name[:2]]
        base.until(lambda: base.now_s > self._limit_s or all(it in base.done for it in beside))
        return [it for it in beside if base.done.get(it, NEVER).at_s > at_s]

    def close(self) -> None:
        """Nobody wants to know more."""
        self._base.close()


def _endless(policy: Any) -> Any:
    """The policy, with an answer for turns after the end of a run that it replays."""
    if isinstance(policy, Replay) and policy.unrecorded is None:
        return replace(policy, unrecorded=Site.DEVICE)
    return policy
