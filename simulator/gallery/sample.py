"""Figures of one situation of the air: what its rate and its transfers do, user by user."""

from typing import NamedTuple

import numpy as np

from channels import Delay, Floats, Link
from simulator.build import build
from simulator.config import compose
from workloads.luck import Luck

SHOWN_S = 10.0
HOUR_S = 3600.0
TOKENS = (100, 1_000, 10_000)
OUTAGE_BPS = 1e5


class Situation(NamedTuple):
    """A choice of the group `air`, drawn for some users."""

    name: str
    links: list[Link]
    delays: list[Delay]
    bits_per_token: float
    """What a token of a reply weighs."""
    luck: Luck


class Sample(NamedTuple):
    """What was seen of a situation."""

    up_bps: Floats
    """Rates of the uplink at random instants of an hour, over all users [bit/s]."""
    down_bps: Floats
    transfers_s: dict[int, Floats]
    """For each number of tokens, times of uploads alone on the air, delta included [s]; inf: never."""


def situation(name: str, users: int, seed: int) -> Situation:
    """`users` users of the situation `name`; the same air that a run with this seed would have."""
    settings, luck = compose([f"air={name}"]).settings, Luck(seed)
    channel, delta, payload = (build(settings[group], group) for group in ("channel", "delta", "payload"))
    return Situation(
        name,
        [channel.draw(luck.generator("channel", user)) for user in range(users)],
        [delta.draw(luck.generator("delta", user)) for user in range(users)],
        payload.downlink_bits(0.0, 1.0),
        luck,
    )


def sample(air: Situation, instants: int) -> Sample:
    """Ask every user's link at `instants` random instants of an hour."""
    at_s = air.luck.generator("gallery").uniform(0.0, HOUR_S, (len(air.links), instants)).tolist()
    asked = [
        (link, delay, t) for link, delay, own in zip(air.links, air.delays, at_s, strict=True) for t in own
    ]
    return Sample(
        np.array([link.up.rate_bps(t) for link, _, t in asked]),
        np.array([link.down.rate_bps(t) for link, _, t in asked]),
        {
            tokens: np.array(
                [_upload_s(link, delay, t, tokens * air.bits_per_token) for link, delay, t in asked]
            )
            for tokens in TOKENS
        },
    )


def _upload_s(link: Link, delay: Delay, at_s: float, bits: float) -> float:
    """Time of an upload: Eq. 3's first two terms, as they happen."""
    through_s = link.up.finish_s(at_s, bits)
    return through_s - at_s + delay.delay_s(through_s) if through_s < np.inf else np.inf
