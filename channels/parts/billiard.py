"""A ball in a disc: its angle of reflection is that of incidence."""

import math

import numpy as np

from channels import Floats
from channels.mobility import Positions
from channels.parts.track import Block, State

_BOUNCES = 100
"""Most bounces in one step: only who glides along the rim meets the rim more than once."""


def bounced(velocities: Positions, state: State, step_s: float, radius_m: float) -> Block:
    """The way of a ball: one velocity for each step, all those to come mirrored at each bounce."""
    moves, clock_s = velocities * step_s, state.at_s + step_s * np.arange(len(velocities) + 1.0)
    times_s: list[Floats | list[float]] = [clock_s[:1]]
    nodes: list[Positions | list[complex]] = [[state.place]]
    place, now = state.place, 0
    while now < len(moves):
        ahead = place + np.add.accumulate(moves[now:])
        outside = np.abs(ahead) > radius_m
        free = int(outside.argmax())
        if not outside[free]:
            free = len(ahead)
        times_s.append(clock_s[now + 1 : now + 1 + free])
        nodes.append(ahead[:free])
        now += free
        if now < len(moves):
            shares, ends, normals = bounces(
                ahead.item(free - 1) if free else place, moves.item(now), radius_m
            )
            before_s = clock_s.item(now)
            times_s.append([*(before_s + step_s * share for share in shares), clock_s.item(now + 1)])
            nodes.append(ends)
            rest = moves[now:]
            for normal in normals:
                np.multiply(rest.conj(), -normal * normal, out=rest)
            place, now = ends[-1], now + 1
    return Block(np.concatenate(times_s), np.concatenate(nodes), moves.item(-1) / step_s)


def bounces(
    place: complex, move: complex, radius_m: float
) -> tuple[list[float], list[complex], list[complex]]:
    """One step that ends outside: shares of it at which the rim is met, places there and at the end."""
    shares: list[float] = []
    places: list[complex] = []
    normals: list[complex] = []
    left = 1.0
    while abs(place + left * move) > radius_m and len(shares) < _BOUNCES:
        squared, outward = abs(move) ** 2, (place * move.conjugate()).real
        inside = max(radius_m**2 - abs(place) ** 2, 0.0)
        until = (math.sqrt(outward**2 + squared * inside) - outward) / squared
        left = max(left - until, 0.0)
        normal = place + until * move
        normal /= abs(normal)
        place, move = normal * radius_m, -normal * normal * move.conjugate()
        shares.append(1.0 - left)
        places.append(place)
        normals.append(normal)
    end = place + left * move
    return shares, [*places, end if abs(end) <= radius_m else place], normals
