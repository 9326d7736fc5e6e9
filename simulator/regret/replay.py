"""The regret of a run's decisions: worked out in an empty network, else replayed for a sample of them."""

import json
from collections.abc import Sequence
from contextlib import closing
from functools import lru_cache
from math import isnan, nan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from simulator.build import scenario_of
from simulator.points import Measured, Point
from simulator.points.measure import measured
from simulator.regret import Name, Regret, Regrets
from simulator.regret.bench import Bench
from simulator.regret.empty import exact, is_empty
from simulator.regret.recorded import Recorded, answered, check_same
from simulator.scenario import Scenario
from workloads import Site
from workloads.luck import Luck

TURNS = 100
"""So many are replayed, unless told otherwise."""
TURNS_OF_A_POINT = 5
"""Few, for a bar that moves."""


def regret_of(
    scenario: Scenario, folder: Path | None, turns: int | None, seed: int, after_s: float = 0.0
) -> Regrets:
    """The regret of `turns` of a run's decisions, drawn under `seed`; None: of `TURNS`, or all where exact.

    With `folder`, where the run left its logs, it is checked that `scenario` makes it again. `after_s` counts
    what a flip does to others who are decided so much later, too (`Bench.regret`). Raises `Mistake` where the
    folder holds another run, or none.
    """
    found = worked_out(scenario, folder, turns, seed)
    if found:
        return found
    with closing(_bench_of(scenario, folder)) as bench:
        names = bench.names()
        sample = drawn(names, turns or TURNS, seed)
        return Regrets(tuple(bench.regret(name, after_s) for name in sample), len(names), False)


def shared_out(
    run: Recorded, folder: Path, turns: int | None, seed: int, after_s: float, workers: int
) -> Regrets:
    """The same of a run on record, by several processes, with a bar on a terminal. Raises `Mistake`."""
    found = worked_out(run.scenario, folder, turns, seed)
    if found:
        return found
    with closing(_bench_of(run.scenario, folder)) as bench:
        names = bench.names()
    sample = drawn(names, turns or TURNS, seed)
    with TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        common = {"settings": run.settings, "after_s": after_s, "scratch": scratch}
        points = [
            Point(
                f"{first:09}",
                f"{__name__}.replayed",
                {**common, "turns": sample[first : first + TURNS_OF_A_POINT]},
            )
            for first in range(0, len(sample), TURNS_OF_A_POINT)
        ]
        done = measured(points, Path(scratch), workers)
    rows = (_regret(row) for point in done.values() for row in point["regrets"])
    return Regrets(tuple(rows), len(names), False)


def worked_out(scenario: Scenario, folder: Path | None, turns: int | None, seed: int) -> Regrets | None:
    """Without replay, where the run was one in an empty network; None where it was not."""
    if not is_empty(scenario):
        return None
    rows = exact(scenario, answered(folder) if folder else Bench(scenario).answered())
    if rows is None:
        return None
    sample = set(drawn([row.name for row in rows], turns or max(1, len(rows)), seed))
    return Regrets(tuple(row for row in rows if row.name in sample), len(rows), True)


def drawn(names: Sequence[Name], turns: int, seed: int) -> list[Name]:
    """So many of the turns, or all if there are fewer, in order; a smaller sample is part of a larger one."""
    luck = Luck(seed)
    return sorted(sorted(names, key=lambda name: luck.uniform("regret", *name))[:turns])


def replayed(
    settings: dict[str, Any], turns: Sequence[Sequence[int]], after_s: float, scratch: str
) -> Measured:
    """The regret of the turns of a run, as a point measures it (`simulator.points`)."""
    bench = _bench(json.dumps(settings), scratch)
    rows = [bench.regret((user, session, turn), after_s) for user, session, turn in turns]
    return {"regrets": [[None if _unknown(figure) else figure for figure in row] for row in rows]}


def _unknown(figure: Any) -> bool:
    return isinstance(figure, float) and isnan(figure)


def _regret(row: Sequence[Any]) -> Regret:
    """Out of JSON."""
    (user, session, turn), site, *figures = row
    return Regret((user, session, turn), Site(site), *(nan if it is None else it for it in figures))


@lru_cache(maxsize=1)
def _bench(settings: str, scratch: str) -> Bench:
    """One for all points of a process."""
    return Bench(scenario_of(json.loads(settings)), Path(scratch))


def _bench_of(scenario: Scenario, folder: Path | None) -> Bench:
    """The run made again; what is on record must be the same."""
    bench = Bench(scenario)
    if folder:
        check_same(answered(folder), bench.answered(), folder)
    return bench
