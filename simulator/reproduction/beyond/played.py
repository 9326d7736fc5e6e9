"""All routers on the same users: who is played, in which order, and what a point then says."""

from collections.abc import Sequence
from dataclasses import replace

from simulator.conclusions.parts import ALL_DIALOGUES
from simulator.points import Measured
from simulator.reproduction.beyond.routers import FIXED, GENTLE, SITES, Calm, fixed, part
from simulator.reproduction.beyond.runs import Figure, Run, faster, fewer, figures, run
from simulator.reproduction.beyond.seeing import INFORMED, estimator, seen
from simulator.scenario import Scenario

CONSTRAINED, CONSTRAINED_INFORMED = "constrained", "constrained_informed"
CLAIMS = {"random": "random", "context": "bert_blind", "edge": "edge", "fusing": "score"}
"""Whose latency BERT's is said to be below: conclusions (i), (ii), (iii) and (iv)."""

Runs = dict[str, list[Run]]


def of_table(turn: int, parts: int) -> range:
    """The users who have one of `parts` equal parts of the table's dialogues; the parts take turns."""
    size = ALL_DIALOGUES // parts
    first = turn % parts * size
    return range(first, first + size)


def play_all(runs: Runs, scenario: Scenario, known: Calm, names: Sequence[str], begin: str = GENTLE) -> None:
    """Append every router's run to `runs`, BERT's first: the quality of the others is held against its own.

    `begin` is whose alpha routers that see have.
    """
    bert = run(fixed(scenario, "bert", known.thresholds["bert"]), known.gain)
    runs.setdefault("bert", []).append(bert)
    for name in names:
        if name in FIXED or name in SITES:
            played = run(fixed(scenario, name, known.thresholds.get(name)), known.gain, bert)
        elif name in (CONSTRAINED, CONSTRAINED_INFORMED):
            played = run(_constrained(scenario, known, name), known.gain, bert)
        else:
            played = seen(scenario, known, name, bert, begin)[1]
        runs.setdefault(name, []).append(played)


def _constrained(scenario: Scenario, known: Calm, name: str) -> Scenario:
    """Eq. 9 online, from the share of edge turns that would do in the empty network."""
    settings = (f"target_quality={known.target!r}", f"edge_share={known.shares[GENTLE]!r}")
    policy = part("policy", "policy=constrained", *(f"policy.{setting}" for setting in settings))
    if name == CONSTRAINED_INFORMED:
        scenario = replace(scenario, estimator=part("estimator", *estimator(INFORMED)))
    return replace(scenario, policy=policy)


def said(runs: Runs) -> Measured:
    """What every point says of its runs."""
    bert = runs["bert"]
    return {
        "seeds": [one.seed for one in bert],
        "counted_users": [len(one.users) for one in bert],
        "turns": [int(one.turns.sum()) for one in bert],
        "routers": {name: figures(many) for name, many in runs.items()},
        "claims": claims(runs),
        **{f"faster_than_{name}": _faster_than(runs, name) for name in ("bert", GENTLE) if name in runs},
    }


def _faster_than(runs: Runs, than: str) -> dict[str, Figure]:
    return {name: faster(many, runs[than]) for name, many in runs.items() if name != than}


def claims(runs: Runs) -> dict[str, Figure]:
    """The paper's conclusions, each as an effect in its own direction: below 0 it has flipped.

    Latencies at equal quality, as parts of the latency that is said to be the longer one; shares in turns.
    A site alone keeps its own quality, as in the paper.
    """
    bert = runs["bert"]
    found = {claim: faster(bert, runs[other]) for claim, other in CLAIMS.items() if other in runs}
    if "device" in runs:
        found["above_device"] = faster(runs["device"], bert)
    if "random" in runs:
        found["calls"] = fewer(bert, runs["random"])
    return found
