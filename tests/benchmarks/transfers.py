"""What the air costs: exact transfers against a loop over slots, sparse traffic against a fixed channel."""

import cmath
import math
from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from channels import Rate
from channels.parts.sinusoids import WAVES
from simulator.build import build
from simulator.config import compose
from tests.benchmarks.measure import Figure, Goal, cpu_s, ratios
from tests.benchmarks.runs import scenario, simulate

APART_S = 17.31
"""Transfers begin so far apart that none finds anything worked out before."""
SLOT_S = 1e-3
DAY_S = 86_400.0


def exact_transfers(rounds: int) -> list[Figure]:
    """Rayleigh fading at walking pace: CPU time of a transfer that takes 0.1 s or 1 s at the mean rate."""
    law = build(compose(["channel=rayleigh"]).settings["channel"], "channel")
    rate = law.draw(np.random.default_rng(1)).up
    mean_bps = rate.bits(0.0, 2_000.0) / 2_000.0
    figures = []
    for length_s, goal, cost in ((0.1, Goal(""), Goal("<=", 60.0)), (1.0, Goal(">=", 100.0), Goal(""))):
        bits, name = length_s * mean_bps, f"{length_s:g} s"

        def exact(bits: float = bits) -> float:
            return _exact_s(rate, bits, 400)

        spent_us = [1e6 * exact() for _ in range(rounds)]
        figures.append(
            Figure(f"exact transfer of {name} [us of CPU]", cost, spent_us, "absolute: mind the machine")
        )
        by_slots = ratios(lambda bits=bits: _slots_s(bits, law, 5), exact, rounds)  # type: ignore[misc]
        note = "the loop works out each slot's gain"
        figures.append(Figure(f"SimPy slot by slot over exact, {name}", goal, by_slots, note))
        known = ratios(lambda bits=bits: _known_slots_s(rate, bits, 10), exact, rounds)  # type: ignore[misc]
        note = "the loop finds every slot's rate worked out"
        figures.append(Figure(f"SimPy slot by slot, rates given, over exact, {name}", Goal(""), known, note))
    return figures


def sparse_traffic(rounds: int) -> list[Figure]:
    """1,000 users over a day, three sessions each: turns per CPU second over those on a fixed channel."""
    quiet = (
        "users=1000",
        f"horizon_s={DAY_S}",
        f"arrivals.sessions_per_s={3 / DAY_S}",
        "policy.threshold=-0.12",
    )
    fixed = scenario(*quiet, "scheduler.slots=40")
    figures = []
    for name, goal in (("rayleigh", Goal(">=", 0.5)), ("cell", Goal("")), ("trace", Goal(""))):
        faded = scenario(*quiet, "scheduler.slots=40", f"channel={name}")
        values = ratios(lambda: _turns_per_s(fixed), lambda faded=faded: _turns_per_s(faded), rounds)  # type: ignore[misc]
        figures.append(
            Figure(f"turns per s, {name} over fixed, a sparse day", goal, [1.0 / value for value in values])
        )
    return figures


def _turns_per_s(of: Any) -> float:
    found: list[int] = []
    spent_s = cpu_s(lambda: found.append(simulate(of)["turns"]["done"]))
    return found[0] / spent_s


def _exact_s(rate: Rate, bits: float, count: int) -> float:
    """CPU seconds of one transfer, from the mean of `count`."""
    starts_s = [5.0 + APART_S * number for number in range(count)]
    return cpu_s(lambda: [rate.finish_s(start_s, bits) for start_s in starts_s]) / count


def _slots_s(bits: float, law: Any, count: int) -> float:
    """The same by an event for each slot, with the gain worked out where it is needed."""
    luck = np.random.default_rng(1)
    doppler_hz = law.speed_m_per_s * law.carrier_hz / 299_792_458.0
    waves = [
        (2 * math.pi * doppler_hz * math.cos((2 * math.pi * n + theta) / WAVES), phase)
        for n, (theta, phase) in enumerate(luck.uniform(-math.pi, math.pi, (WAVES, 2)).tolist())
    ]
    snr = 10 ** ((law.uplink.mean_snr_db - law.rate.snr_gap_db) / 10)

    def bps(at_s: float) -> float:
        gain = sum(cmath.exp(1j * (w * at_s + phase)) for w, phase in waves)
        return float(law.uplink.bandwidth_hz) * math.log2(1 + snr * abs(gain) ** 2 / WAVES)

    return _loop_s(bps, bits, count)


def _known_slots_s(rate: Rate, bits: float, count: int) -> float:
    """The same where an array holds all rates beforehand (which is not counted)."""
    horizon_s = (count + 1) * (APART_S + 60.0 * bits / 5e5)
    offsets_s, values = rate.steps(0.0, horizon_s)
    slots = values[
        offsets_s.searchsorted(np.arange(0.0, horizon_s, SLOT_S), "right").clip(1, len(values)) - 1
    ]
    given = slots.tolist()
    return _loop_s(lambda at_s: given[int(at_s / SLOT_S)], bits, count)


def _loop_s(bps: Any, bits: float, count: int) -> float:
    env = simpy.Environment()

    def transfers() -> Generator[simpy.Event, Any, None]:
        for _ in range(count):
            yield env.timeout(APART_S)
            left = bits
            while left > 0.0:
                slot_bits = bps(env.now) * SLOT_S
                yield env.timeout(SLOT_S * min(1.0, left / slot_bits))
                left -= slot_bits

    env.process(transfers())
    return cpu_s(env.run) / count
