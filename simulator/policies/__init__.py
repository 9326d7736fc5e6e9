"""Who answers: the contract of every policy (Eq. 11 and 12).

A policy sees one `Decision` and makes one `Choice`. Afterwards it is told how the turn went, so that a policy
that learns keeps to the same contract. Settings never learn: `open` gives the rule that does, anew for every
run. All phones of a run ask and tell the same one.
"""

from typing import ClassVar, NamedTuple, Protocol, Self

from simulator.estimators import Expected, Query
from workloads import Site, Turn
from workloads.luck import Luck


class Decision(NamedTuple):
    """All that a policy may look at."""

    score: float
    """p_t, Eq. 10."""
    expected: Expected
    """Expected latency of both sites, Eq. 6 and 7."""
    query: Query
    """Prompt, context, time, and the live phone and edge."""
    turn: Turn
    """The turn itself. Its two answers are for oracles only: no real router knows them."""
    luck: Luck
    """Random numbers by name, for policies that toss coins."""


class Choice(NamedTuple):
    """A decision made."""

    site: Site
    fused_score: float
    """The score after the policy's own weighing; the plain score where it weighs nothing."""


class Outcome(NamedTuple):
    """How a turn went at the chosen site."""

    choice: Choice
    e2e_s: float
    quality: float


class Policy(Protocol):
    """A rule that sends each turn to a site."""

    reads_score: ClassVar[bool]
    """Whether it looks at the score. One that does not spends no T_router (Eq. 4)."""

    def open(self) -> "Policy":
        """The rule as it is at the start of a run: one that learns has learnt nothing yet."""

    def choose(self, decision: Decision) -> Choice:
        """The site that answers this turn."""

    def observe(self, decision: Decision, outcome: Outcome) -> None:
        """Learn how a turn went, when it is done. Most policies do not care."""


class Static:
    """What policies that do not learn have in common."""

    def open(self) -> Self:
        """Itself: every run begins alike."""
        return self

    def observe(self, decision: Decision, outcome: Outcome) -> None:
        """Nothing to learn."""


class Learner:
    """What the settings of policies that learn have in common: asked themselves, they have learnt nothing."""

    def open(self) -> Policy:
        """A rule that learns from now on."""
        raise NotImplementedError

    def choose(self, decision: Decision) -> Choice:
        """What the rule would say of a run's first turn."""
        return self.open().choose(decision)

    def observe(self, decision: Decision, outcome: Outcome) -> None:
        """Settings do not learn."""
