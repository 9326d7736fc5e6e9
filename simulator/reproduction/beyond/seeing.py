"""Routers that see more than the paper's: queues, caches, the link; and what becomes of their thresholds.

What they see changes what they send where. At the paper's alpha a second of waiting weighs as much as 0.03
of the score: at load such a router keeps off the edge, and no threshold brings its quality back to the
target. So there are two of them. `SHARP` weighs latency as the paper does, at the threshold of the empty
network; what it gives away in quality is told, and priced. The others weigh it by `GENTLY` times that, at a
threshold that is looked for on the very crowd, where their answers are as good as BERT's.
"""

from collections.abc import Callable
from dataclasses import replace

from simulator.reproduction.beyond.routers import GENTLE, GENTLY, Calm, part, weighing
from simulator.reproduction.beyond.runs import Run, run
from simulator.scenario import Scenario

INFORMED = "informed"
SHARP = "informed_sharp"
ALL_KNOWING = "all_knowing"
TOLERANCE = 0.004
"""A quality so near the target meets it; what is missing is priced."""
MOST_RUNS = 4
MOST_FACTOR = 4.0
"""A slope that is measured may differ from the empty network's by this factor, else it is noise."""


def aged(age_s: float) -> str:
    """The name of the informed router whose reports, of the link and of the load, are so old."""
    return f"{INFORMED}_{age_s:g}" if age_s else INFORMED


def estimator(name: str) -> tuple[str, ...]:
    """The overrides that make its estimator."""
    chosen = f"estimator={INFORMED}"
    if name in (INFORMED, SHARP):
        return (chosen,)
    if name == ALL_KNOWING:
        return (chosen, "estimator.knows_lengths=true")
    age_s = name.removeprefix(f"{INFORMED}_")
    report = ("estimator/report=delayed", f"estimator.report.delay_s={age_s}", "estimator.report.step_db=0")
    return (chosen, f"estimator.load_delay_s={age_s}", *report)


def seen(scenario: Scenario, known: Calm, name: str, bert: Run, begin: str = GENTLE) -> tuple[Scenario, Run]:
    """A router that sees, on a crowd: the scenario at its threshold, and the run.

    `bert` is whose quality it must reach; `begin` is whose alpha it has, and near whose threshold the search
    begins.
    """
    seeing = replace(scenario, estimator=part("estimator", *estimator(name)))
    if begin == GENTLE and name != SHARP:
        seeing = replace(seeing, policy=weighing(seeing.policy, GENTLY))

    def at(theta: float) -> tuple[Scenario, Run]:
        there = replace(seeing, policy=replace(seeing.policy, threshold=theta))
        return there, run(there, known.gain, bert)

    if name == SHARP:
        return at(known.thresholds["bert"])
    return _searched(at, bert.mean_quality, known.thresholds[begin], known.slopes[begin])


def _searched(
    at: Callable[[float], tuple[Scenario, Run]], target: float, theta: float, slope: float
) -> tuple[Scenario, Run]:
    """First by the slope in the empty network, then by the secant of the two nearest to the target."""
    found: list[tuple[float, float, tuple[Scenario, Run]]] = []
    least, most = slope / MOST_FACTOR, slope * MOST_FACTOR
    for _ in range(MOST_RUNS):
        played = at(theta)
        found.append((played[1].mean_quality - target, theta, played))
        found.sort(key=lambda one: abs(one[0]))
        (off, near, _), *others = found
        if abs(off) <= TOLERANCE:
            break
        if others and others[0][1] != near:
            slope = min(max((off - others[0][0]) / (others[0][1] - near), least), most)
        theta = near + off / slope
    return found[0][2]
