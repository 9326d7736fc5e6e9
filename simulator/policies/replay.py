"""The decisions of another run, made again."""

import json
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field
from pydantic.dataclasses import dataclass

from simulator.build import build
from simulator.mistakes import Mistake
from simulator.policies import Choice, Decision, Static
from workloads import STRICT, Site

Name = Annotated[tuple[int, ...], Field(min_length=3, max_length=3)]
"""Which turn: user, session, turn."""
NAME = ("user_id", "session_id", "turn_index")


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Replay(Static):
    """Every turn goes where another run sent the turn of the same name, and has the same fused score.

    Under that run's settings its turns come back bit for bit, as the router's time is spent if that run's
    policy spent it. Under others (another link, another edge) the same decisions meet another world. Turns
    that were under way when the run ended were decided, and are known.

    Raises ValueError where there is no such run, and where it has not decided a turn that is to be flipped;
    `Mistake` where its policy does not build.
    """

    run: str
    """The folder of the other run."""
    flipped: tuple[Name, ...]
    """Turns that go the other way: user, session and turn of each."""
    unrecorded: Site | None
    """Who answers a turn that the other run has not decided, as it ended before; null: that is an error."""

    def __post_init__(self) -> None:
        _ = self.reads_score, self._decided  # read now, at the start of a run
        if len(self._turned) < len(self.flipped):
            raise ValueError("flipped: names a turn twice")
        unknown = [list(name) for name in self.flipped if name not in self._decided]
        if unknown:
            raise ValueError(f"flipped: the run in {self.run} has not decided turn {unknown[0]}")

    @cached_property
    def reads_score(self) -> bool:
        """Whether the policy of that run does."""
        return bool(build(_first_policy(Path(self.run)), "policy").reads_score)

    @cached_property
    def _decided(self) -> dict[Name, Choice]:
        return decisions(Path(self.run))

    @cached_property
    def _turned(self) -> Collection[Name]:
        return frozenset(self.flipped)

    def choose(self, decision: Decision) -> Choice:
        """The same site, or the other where the turn is flipped. Raises `Mistake` as `unrecorded` says."""
        turn = decision.turn
        name = (turn.user_id, turn.session_id, turn.index)
        choice = self._decided.get(name)
        if choice is not None:
            return choice._replace(site=turned(choice.site)) if name in self._turned else choice
        if self.unrecorded is None:
            raise Mistake(
                f"the run in {self.run} has not decided turn {list(name)}, as it ended before or has other"
                " settings: say who answers such turns by policy.unrecorded=device or policy.unrecorded=edge"
            )
        return Choice(self.unrecorded, decision.score)


def turned(site: Site) -> Site:
    """The other site."""
    return Site.DEVICE if site is Site.EDGE else Site.EDGE


def decisions(folder: Path) -> dict[Name, Choice]:
    """Every decision of the run in `folder`, of turns that it did not finish too. Raises ValueError."""
    from pyarrow import parquet

    file = folder / "events.parquet"
    if not file.is_file():
        raise ValueError(f"no run in {folder}: it has no events.parquet")
    columns = ["kind", "entity", *NAME, "value"]
    rows = parquet.read_table(file, columns=columns, filters=[("kind", "==", "decided")])
    names: Any = zip(*(rows[column].to_pylist() for column in NAME), strict=True)
    return {
        name: Choice(Site.EDGE if entity == "edge" else Site.DEVICE, fused_score)
        for name, entity, fused_score in zip(
            names, rows["entity"].to_pylist(), rows["value"].to_pylist(), strict=True
        )
    }


def _first_policy(folder: Path) -> dict[str, Any]:
    """The settings of the policy that decided in the end, where runs replay runs. Raises ValueError."""
    seen: set[Path] = set()
    while (settings := _policy(folder))["_target_"] == f"{__name__}.{Replay.__name__}":
        seen.add(folder.resolve())
        folder = Path(str(settings["run"]))
        if folder.resolve() in seen:
            raise ValueError(f"the run in {folder} replays itself: its replay was written over it")
    return settings


def _policy(folder: Path) -> dict[str, Any]:
    """The settings of the run's policy. Raises ValueError."""
    try:
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        policy = dict(summary["config"]["policy"])
        return policy | {"_target_": str(policy["_target_"])}
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ValueError(f"no run in {folder}: it has no summary.json") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{folder / 'summary.json'} does not say which policy the run had") from error
