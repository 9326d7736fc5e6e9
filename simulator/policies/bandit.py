"""A router that learns from outcomes alone what either site's answer is worth: a contextual bandit."""

from math import isnan, sqrt
from statistics import NormalDist
from typing import Annotated, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeFloat, PositiveFloat
from pydantic.dataclasses import dataclass

from simulator.policies import Choice, Decision, Learner, Outcome
from workloads import STRICT, Site

FEATURES = (
    "one",
    "score",
    "prompt in thousands of tokens",
    "context in thousands of tokens",
    "gap in minutes",
)
"""What a turn is known by: the same for both sites."""
LEAST_WEIGHT = 1e-9
"""Of evidence that has faded away, in turns: never divided by 0."""
_normal = NormalDist().inv_cdf

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Bandit(Learner):
    """Thompson sampling with a linear belief for each site (Agrawal & Goyal, ICML 2013).

    A turn's reward is its quality - `latency_weight_per_s` x its seconds, and only that of the site that
    answered is ever seen. What the estimator expects of the seconds is taken as known; what is learnt is the
    quality, and by how much the seconds differ, as a linear function of `FEATURES`. Each site's belief is the
    posterior of a ridge regression; for each turn one value is drawn from either, and the higher one answers.
    So a site of which little is known is tried more often, also where many turns are under way. Beliefs fade
    with the turns that have been judged since, so that what has changed is tried again. Until both sites have
    been judged `trial_turns` times a coin decides. Turns whose quality is not known teach nothing.
    """

    latency_weight_per_s: NonNegativeFloat
    """What a second is worth, in the workload's own quality [1/s]."""
    trial_turns: Annotated[int, Field(ge=2 * len(FEATURES))]
    """Judged turns of either site before beliefs count; fewer say nothing of what stays unexplained."""
    memory_turns: Annotated[float, Field(ge=10.0)] | None
    """Judged turns after which evidence counts 1/e; null: it never fades."""
    exploration: NonNegativeFloat
    """How wide values are drawn, in standard deviations of the posterior; 0: always the best guess."""
    ridge: PositiveFloat
    """Weight of the prior belief that features do not matter, in turns."""

    reads_score: ClassVar[bool] = True

    def open(self) -> "Sampler":
        """Nothing known."""
        return Sampler(self)


class Sampler:
    """`Bandit` in a run."""

    reads_score: ClassVar[bool] = True

    def __init__(self, law: Bandit) -> None:
        self._law = law
        self._keep = 1.0 if law.memory_turns is None else float(np.exp(-1.0 / law.memory_turns))
        self._beliefs = {site: Belief(law.ridge) for site in Site}

    def open(self) -> "Sampler":
        """Another run."""
        return self._law.open()

    def choose(self, decision: Decision) -> Choice:
        """The site of the higher value; the fused score is by how much the edge's is higher."""
        law, turn = self._law, decision.turn
        tosses = decision.luck.uniforms("bandit", turn.user_id, turn.session_id, turn.index)
        if min(belief.turns for belief in self._beliefs.values()) < law.trial_turns:
            fused_score = tosses[2] - 0.5
        else:
            features = _features(decision)
            device, edge = (
                self._beliefs[site].draw(features, law.exploration * _normal(toss))
                for site, toss in zip((Site.DEVICE, Site.EDGE), tosses, strict=False)
            )
            fused_score = edge - device - law.latency_weight_per_s * decision.expected.gap_s
        return Choice(Site.EDGE if fused_score > 0.0 else Site.DEVICE, fused_score)

    def observe(self, decision: Decision, outcome: Outcome) -> None:
        """One more turn of the site that answered; all that was known before fades a little."""
        if isnan(outcome.quality):
            return
        site, expected = outcome.choice.site, decision.expected
        expected_s = expected.edge_s if site is Site.EDGE else expected.device_s
        late_s = outcome.e2e_s - expected_s
        for belief in self._beliefs.values():
            belief.fade(self._keep)
        reward = outcome.quality - self._law.latency_weight_per_s * late_s
        self._beliefs[site].learn(_features(decision), reward)


class Belief:
    """A ridge regression whose evidence may fade, and the spread of what it does not explain."""

    def __init__(self, ridge: float) -> None:
        width = len(FEATURES)
        self._prior = ridge * np.diag([1e-6] + [1.0] * (width - 1))  # no prior belief in the level
        self._squares, self._products = np.zeros((width, width)), np.zeros(width)
        self._weight, self._rewards = 0.0, 0.0
        self._known: Posterior | None = None
        self.turns = 0
        """How many have taught it."""

    def fade(self, keep: float) -> None:
        """Evidence so far counts less."""
        self._squares *= keep
        self._products *= keep
        self._weight, self._rewards = self._weight * keep, self._rewards * keep
        self._known = None

    def learn(self, features: Floats, reward: float) -> None:
        """One more."""
        self._squares += np.outer(features, features)
        self._products += reward * features
        self._weight, self._rewards = self._weight + 1.0, self._rewards + reward * reward
        self._known, self.turns = None, self.turns + 1

    def draw(self, features: Floats, deviations: float) -> float:
        """The expected reward, so many standard deviations of the posterior off."""
        if self._known is None:
            self._known = self._posterior()
        mean, covariance, variance = self._known
        spread = variance * max(0.0, float(features @ covariance @ features))
        return float(features @ mean) + deviations * sqrt(spread)

    def _posterior(self) -> "Posterior":
        covariance = np.asarray(np.linalg.inv(self._squares + self._prior), np.float64)
        mean: Floats = covariance @ self._products
        unexplained = max(0.0, self._rewards - float(mean @ self._products))
        # Below a turn of evidence both fade alike, or the spread would vanish, and the site with it.
        degrees = max(min(1.0, self._weight), self._weight - len(FEATURES), LEAST_WEIGHT)
        return Posterior(mean, covariance, unexplained / degrees)


class Posterior(NamedTuple):
    """Of a regression's coefficients."""

    mean: Floats
    covariance: Floats
    """For rewards of variance 1."""
    variance: float
    """Of rewards about what features explain."""


def _features(decision: Decision) -> Floats:
    query = decision.query
    lengths = query.prompt_tokens / 1e3, query.context_tokens / 1e3
    return np.array([1.0, decision.score, *lengths, decision.expected.gap_s / 60.0])
