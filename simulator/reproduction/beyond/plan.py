"""The points beyond the paper: loads, airs, prices, and ages of what is known."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from simulator.points import Point
from simulator.reproduction.beyond.played import CONSTRAINED, CONSTRAINED_INFORMED
from simulator.reproduction.beyond.routers import FIXED, GENTLE, SITES
from simulator.reproduction.beyond.seeing import ALL_KNOWING, INFORMED, SHARP, aged

HERE = "simulator.reproduction.beyond"
AIRS = ("paper", "good_5g", "indoor_wifi", "vehicular", "cell_edge", "congested_cell", "nbiot")
ATTACHMENTS = ("none", "images")
DEAR = ("vehicular", "congested_cell", "nbiot")
"""A transfer takes long to simulate: half as many users do."""
AGES_S = (0.0, 0.1, 1.0, 10.0, 60.0)
PARTS = (1.0, 0.1, 0.01)
"""Of gamma, for reading."""
TURNS_PER_S = 2.0
"""On the air. The users of a cell come within the same twenty minutes: a turn every 14 s."""
FEW_SEEDS_TO = 0.5
"""Load up to which few seeds do."""
OTHERS = tuple(name for name in FIXED if name != "bert")
AT_LOAD = (*OTHERS, *SITES, SHARP, INFORMED, CONSTRAINED, CONSTRAINED_INFORMED)
ON_AIR = ("bert_blind", "random", "score", *SITES, INFORMED)
KNOWING = (GENTLE, *(aged(age_s) for age_s in AGES_S), ALL_KNOWING)


class Size(NamedTuple):
    """How much is measured."""

    loads: dict[str, tuple[float, ...]]
    """By hardware."""
    seeds: int
    parts: int
    """A seed counts so large a part of the table's 1,388 dialogues."""
    air_parts: int
    """On the air there are as many seeds as parts: every dialogue is played once, or those of some seeds."""
    air_seeds: int
    stale_parts: int
    stale_seeds: int
    """Where queues are long, and much is chance."""
    few_seeds: int
    resamples: int
    every: int
    decisions: int
    """Sampled for regrets, of each router."""
    counted: int
    """Users of a run whose decisions are replayed."""


FULL = Size(
    loads={"paper": (0.1, 0.4, 0.7, 0.9, 1.0, 1.2), "h100_qwq_32b": (0.1, 0.5, 1.0, 1.2)},
    seeds=4,
    parts=2,
    air_parts=2,
    air_seeds=2,
    stale_parts=4,
    stale_seeds=6,
    few_seeds=3,
    resamples=400,
    every=1,
    decisions=50,
    counted=150,
)
QUICK = Size(
    loads={"paper": (0.4, 1.2), "h100_qwq_32b": (0.5,)},
    seeds=1,
    parts=16,
    air_parts=16,
    air_seeds=1,
    stale_parts=16,
    stale_seeds=1,
    few_seeds=1,
    resamples=50,
    every=8,
    decisions=3,
    counted=30,
)


def points(quick: bool) -> list[Point]:
    """All of them. A quick study has fewer loads and users, and one air, price and age of each kind."""
    size = QUICK if quick else FULL
    return [*_load(size), *_air(size, quick), *_prices(size, quick), *_stale(size, quick)]


def _load(size: Size) -> Iterator[Point]:
    for hardware, loads in size.loads.items():
        seeds = _seeds(size.seeds if hardware == "paper" else size.few_seeds)
        arguments = {"seeds": seeds, "parts": size.parts, "routers": list(AT_LOAD)}
        for load in loads:
            where = {"hardware": hardware, "load": load}
            cost = 30.0 if hardware == "paper" else 50.0
            yield Point(f"beyond/load/{hardware}/{load:g}", f"{HERE}.load.at_load", where | arguments, cost)


def _air(size: Size, quick: bool) -> Iterator[Point]:
    arguments: dict[str, Any] = {"turns_per_s": TURNS_PER_S, "seeds": _seeds(size.air_seeds)}
    arguments |= {"routers": list(ON_AIR), "parts": size.air_parts}
    for air in ("nbiot",) if quick else AIRS:
        for attachments in ATTACHMENTS:
            where = {"air": air, "attachments": attachments} | arguments
            if air in DEAR:
                where["parts"] = 2 * size.air_parts
            cost = 40.0 if air in DEAR else 15.0
            yield Point(f"beyond/air/{air}/{attachments}", f"{HERE}.air.on_air", where, cost)


def _prices(size: Size, quick: bool) -> Iterator[Point]:
    arguments = {"seeds": 1 if quick else 3, "resamples": size.resamples, "every": size.every}
    parts = PARTS[::2] if quick else PARTS
    for device in parts:
        for edge in parts:
            for knows in (True, False) if device == edge < 1.0 else (True,):
                where = {"device_part": device, "edge_part": edge, "knows": knows}
                name = f"beyond/prices/{'known' if knows else 'table_1'}/{device:g}_{edge:g}"
                yield Point(name, f"{HERE}.prices.at_prices", where | arguments, 4.0)


def _stale(size: Size, quick: bool) -> Iterator[Point]:
    knowing = [name for name in KNOWING if not quick or name in (GENTLE, INFORMED, aged(10.0), ALL_KNOWING)]
    arguments = {"routers": knowing}
    wheres: list[tuple[str, dict[str, Any]]] = [
        (f"load_{load:g}", {"load": load, "air": "paper", "attachments": "none"})
        for load in ((0.8,) if quick else (0.5, 0.8, 1.0))
    ]
    if not quick:
        wheres.append(("congested_cell", {"load": 0.5, "air": "congested_cell", "attachments": "images"}))
    for name, where in wheres:
        more: dict[str, Any] = {"seeds": _seeds(size.few_seeds), "parts": size.stale_parts}
        if where["load"] > FEW_SEEDS_TO:
            more["seeds"] = _seeds(size.stale_seeds)
        if where["air"] != "paper":
            more["parts"] *= 2
        yield Point(f"beyond/stale/{name}", f"{HERE}.stale.with_reports", where | more | arguments, 30.0)
    replayed = {"seed": 1, "counted": size.counted, "decisions": size.decisions, "routers": knowing}
    where = dict(wheres)["load_0.8"]
    yield Point("beyond/regret/load_0.8", f"{HERE}.stale.regrets", where | replayed, 40.0)


def _seeds(count: int) -> list[int]:
    return list(range(1, 1 + count))
