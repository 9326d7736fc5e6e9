"""`threshold`: the threshold that sends a share of the turns to the edge, or meets a quality or a latency."""

import re
from argparse import Namespace
from functools import partial
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.commands import Parser
from simulator.mistakes import Mistake

if TYPE_CHECKING:
    from simulator.thresholds.calibrate import Target

NAME = "threshold"
HELP = "choose policy.threshold by the share of edge turns, by quality, or by latency, in an empty network"
SWEEP_POINTS = 21
"""Every 5 % of edge turns."""


def configure(parser: Parser) -> None:
    """One target, or the whole curve."""
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument(
        "--edge-share", metavar="SHARE", type=float, help="share of turns at the edge, 0 to 1: the nearest"
    )
    asked.add_argument(
        "--quality", metavar="MEAN", type=float, help="mean quality, at least: with the fewest edge turns"
    )
    asked.add_argument(
        "--latency-s", metavar="MEAN", type=float, help="mean seconds to a whole reply, at most: best quality"
    )
    asked.add_argument(
        "--sweep", action="store_true", help="the whole curve instead, every 5 %% of edge turns"
    )
    parser.add_argument("--out", metavar="FILE.csv", type=Path, help="write the table of figures here too")


def act(arguments: Namespace, overrides: list[str]) -> None:
    """Calibrate, and print what to paste. Raises `Mistake`."""
    from simulator.build import build, scenario_of
    from simulator.config import compose
    from simulator.empty_network import EmptyNetwork
    from simulator.thresholds.calibrate import calibrated, references, swept
    from simulator.thresholds.page import notes, table, write_csv

    target = None if arguments.sweep else _target(arguments)
    _check_out(arguments.out)
    configuration = compose(overrides)
    name = str(configuration.choices["policy"])
    if not hasattr(build(configuration.settings["policy"], "policy"), "threshold"):
        known = ", ".join(_with_threshold())
        raise Mistake(f"policy={name} has no threshold; those that have one are {known}")
    scenario = scenario_of(configuration.settings)
    network = EmptyNetwork(scenario)
    lengths = [len(turns) for turns in network.dialogues]
    if target is None:
        rows = [row._replace(router=name) for row in swept(network, scenario.policy, SWEEP_POINTS)]
    else:
        row = calibrated(network, scenario.policy, target)
        rows = [row._replace(router=name), *references(network, row.figures.edge_share.value)]
    print(table(rows), *notes(scenario, configuration.choices, lengths), sep="\n")
    if target is not None and max(lengths) > 1:
        print("the coin is tossed once for each turn")
    if arguments.edge_share is not None:
        _tell_miss(arguments.edge_share, rows[0].figures.edge_share.value, sum(lengths))
    if arguments.out:
        write_csv(arguments.out, rows)
        print(arguments.out)
    if target is not None:
        print(f"policy.threshold={rows[0].threshold}")


def _target(arguments: Namespace) -> "Target":
    """What was asked for. Raises `Mistake`."""
    from simulator.thresholds.target import best_within, fewest_for, nearest_share

    share, quality, latency_s = arguments.edge_share, arguments.quality, arguments.latency_s
    if share is not None:
        if not 0.0 <= share <= 1.0:
            hint = f" ({share / 100:g} for {share:g} %)" if 1.0 < share <= 100.0 else ""
            raise Mistake(f"--edge-share {share:g}: must be from 0 to 1{hint}")
        return partial(nearest_share, edge_share=share)
    for option, value in (("--quality", quality), ("--latency-s", latency_s)):
        if value is not None and not isfinite(value):
            raise Mistake(f"{option} {value}: must be a finite number")
    return (
        partial(best_within, latency_s=latency_s) if quality is None else partial(fewest_for, quality=quality)
    )


def _check_out(file: Path | None) -> None:
    """Mistakes that would otherwise show after the work."""
    if file and file.suffix != ".csv":
        raise Mistake(f"--out {file}: a csv file is written, so the name must end in .csv")
    if file and not file.parent.is_dir():
        raise Mistake(f"--out {file}: {file.parent} is no folder")


def _with_threshold() -> list[str]:
    """The policies whose yaml sets one."""
    from simulator.config import CONF

    files = sorted((CONF / "policy").glob("*.yaml"))
    return [file.stem for file in files if re.search(r"^threshold:", file.read_text("utf-8"), re.MULTILINE)]


def _tell_miss(asked: float, got: float, turns: int) -> None:
    """Shares come in steps; one that is wider than a turn surprises."""
    if abs(asked - got) > 1.0 / turns:
        print(f"no threshold comes nearer to {asked:g}: equal scores, or turns of one dialogue, go together")
