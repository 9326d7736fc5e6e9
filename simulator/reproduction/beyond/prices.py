"""The paper's conclusions at other prices for reading a token than for writing one, in the empty network.

The paper has one price for both (Table I). Measured, an edge GPU reads 120 to 210 times faster than it
writes, a phone 3.6 to 58 times.
"""

import numpy as np

from simulator.conclusions.routers import TARGET_GAIN
from simulator.points import Measured
from simulator.reproduction.asked import Asked
from simulator.reproduction.beyond.played import CLAIMS
from simulator.reproduction.bootstrap import figure, resampled
from simulator.reproduction.sweep import Sweep, Weighed
from simulator.thresholds.figures import Floats

GAMMA_S = {"device": 0.04, "edge": 0.02}
"""Of Table I [s/token]."""
ROUTERS = ("bert", "bert_blind", "random")
SHARE, QUALITY, LATENCY = range(3)
"""The columns of `Weighed.at`."""


def at_prices(
    device_part: float, edge_part: float, knows: bool, seeds: int, resamples: int, every: int
) -> Measured:
    """Routers of equal quality where reading costs these parts of gamma; `knows`: they reckon with it, too.

    Calibrated anew under every resample of the dialogues, as the paper's own part.
    """
    prices = {"device": device_part * GAMMA_S["device"], "edge": edge_part * GAMMA_S["edge"]}
    overrides = [f"{site}.prefill_s_per_token={price!r}" for site, price in prices.items()]
    if knows:
        overrides += [f"estimator.{site}_prefill_s_per_token={price!r}" for site, price in prices.items()]
    asked = Asked("mtbench101", seeds, resamples, every, tuple(overrides))
    unweighed = asked._replace(bert_overrides=("policy.latency_weight_per_s=0.0",))
    sweeps = {name: asked.sweeps_of(name) for name in ROUTERS} | {"score": unweighed.sweeps_of("bert")}
    target = _target(sweeps["bert"][0])
    found = resampled(sweeps, resamples, lambda _, curve: curve.at(curve.fewest_for(target)))
    return {
        "seeds": list(range(1, 1 + seeds)),
        "users": 1,
        "target": target,
        "prefill_s_per_token": prices,
        "routers": {name: _figures(values) for name, values in found.items()},
        "claims": _claims(found),
    }


def _target(sweep: Sweep) -> float:
    """The paper's 9.53, as a part of the way between the sites' qualities."""
    ends: Weighed = sweep.weighed(np.ones((1, len(sweep.start.turns))))
    device, edge = (float(ends.quality[0, end]) for end in (-1, 0))
    return device + TARGET_GAIN * (edge - device)


def _figures(values: Floats) -> Measured:
    columns = {"latency_s": LATENCY, "edge_share": SHARE, "quality": QUALITY}
    return {name: figure(values[:, column]) for name, column in columns.items()}


def _claims(found: dict[str, Floats]) -> Measured:
    """As `played.claims`."""
    bert = found["bert"]
    others = {claim: other for claim, other in CLAIMS.items() if other in found}
    claims = {
        claim: figure(1.0 - bert[:, LATENCY] / found[other][:, LATENCY]) for claim, other in others.items()
    }
    return {**claims, "calls": figure(found["random"][:, SHARE] - bert[:, SHARE])}
