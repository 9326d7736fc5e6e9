"""A link that never changes, for figures without a clock."""

from typing import NamedTuple

from channels import Link
from channels.delta.constant import Constant
from channels.fixed import Fixed
from channels.parts.steady import Steady
from simulator.mistakes import Mistake
from simulator.scenario import Scenario
from workloads.luck import Luck


class Air(NamedTuple):
    """A link that never changes."""

    link: Link
    overhead_s: float
    """Delta of Eq. 3."""


def steady(scenario: Scenario) -> bool:
    """Whether the scenario's link never changes, and is nobody else's."""
    fixed = isinstance(scenario.channel, Fixed) and isinstance(scenario.delta, Constant)
    return fixed and bool(scenario.sharing.apart)


def air_of(scenario: Scenario) -> Air:
    """The scenario's link if it is steady, else the one in which its estimator believes. Raises `Mistake`."""
    if steady(scenario):
        nothing = Luck(scenario.seed).generator("channel", 0)
        return Air(scenario.channel.draw(nothing), scenario.delta.delta_s)
    names = ("uplink_tokens_per_s", "downlink_tokens_per_s", "overhead_s")
    believed = [getattr(scenario.estimator, name, None) for name in names]
    if None in believed:
        raise Mistake(
            "the link changes, and the estimator believes in none that does not: choose estimator=nominal or"
            " estimator=unloaded, or a steady link by channel=fixed delta=constant sharing=alone"
        )
    token_bits = scenario.payload.uplink_bits(0.0, 0.0, 1.0)
    up_tokens_per_s, down_tokens_per_s, overhead_s = (float(figure or 0.0) for figure in believed)
    return Air(Link(Steady(up_tokens_per_s * token_bits), Steady(down_tokens_per_s * token_bits)), overhead_s)
