"""A run on disk: logs while it lasts, a summary when it ends, whatever ends it."""

import json
from collections.abc import Callable
from importlib.metadata import version
from math import inf
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING, Any

from simulator.config import Configuration
from simulator.mistakes import Mistake
from simulator.policies import Learner
from simulator.scenario import Scenario
from simulator.simulation import Simulation

if TYPE_CHECKING:
    from simulator.stability import Stability

Summary = dict[str, Any]
MOST_IN_FLIGHT = 0.05
"""With a larger share of turns under way at the end the figures are those of the quicker turns."""


def execute(
    scenario: Scenario,
    configuration: Configuration,
    folder: Path,
    watch: Callable[[Simulation], bool] = lambda simulation: True,
) -> Summary:
    """Simulate `scenario`, leave `events.parquet`, `turns.parquet` and `summary.json` in `folder`.

    `configuration` is written into the summary. `watch` sees the simulation now and then and ends
    it early by returning False; the summary then says `"complete": false`. Raises `Mistake` where the
    folder cannot be written, and leaves what was logged until then.
    """
    summary: Summary = {
        "complete": False,
        "seed": scenario.seed,
        "overrides": configuration.overrides,
        "choices": configuration.choices,
        "config": configuration.settings,
        "scores": dict(scenario.scores.source),
        "versions": _versions(),
    }
    try:
        _write(folder, summary)
        simulation = Simulation(scenario, folder)
        summary["complete"] = simulation.run(lambda: watch(simulation))
        turns = simulation.log.close(simulation.last_s)
        summary |= _figures(simulation, turns)
        _write(folder, summary)
    except OSError as error:
        raise Mistake(f"cannot write to {folder}: {error.strerror or error}") from error
    return summary


def _versions() -> dict[str, str]:
    names = ("edgewise", "simpy", "numpy", "pyarrow")
    return {"python": python_version(), **{name: version(name) for name in names}}


def _write(folder: Path, summary: Summary) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(summary, indent=2, allow_nan=False)
    (folder / "summary.json").write_text(text + "\n", encoding="utf-8")


def _figures(simulation: Simulation, turns: Path) -> Summary:
    from simulator.stability import stability
    from simulator.summary import summarise

    log, scenario, machine = simulation.log, simulation.scenario, simulation.edge.machine
    models = [phone.model for phone in simulation.phones]
    found = stability(simulation)
    window_words = machine.window_tokens / machine.tokens_per_word
    figures = summarise(turns, scenario.warmup_s, scenario.outage_bps, found.sites, window_words)
    figures["edge_cache"]["memory_tokens"] = None if machine.kv_tokens == inf else machine.kv_tokens
    return {
        "simulated_s": simulation.clock.now_s,
        "turns": {
            "arrived": log.arrived_turns,
            "done": log.done_turns,
            "in_flight": log.arrived_turns - log.done_turns,
        },
        **figures,
        "utilisation": {
            "edge": simulation.edge.utilisation(),
            "device": sum(model.utilisation() for model in models) / len(models) if models else 0.0,
        },
        "warnings": _warnings(simulation, found)
        + _about_machines(scenario, figures)
        + _about_policy(scenario, figures),
    }


def _about_machines(scenario: Scenario, figures: Summary) -> list[str]:
    """What machines do that a reader may not expect of them."""
    told = []
    if scenario.edge.kv_tokens < inf and not scenario.scheduler.shares_memory:
        told.append(
            "this scheduler gives every slot a machine of its own, memory and all: for one that batches, and"
            " whose memory is shared, choose scheduler=continuous"
        )
    if figures.get("phones", {}).get("battery_share", {}).get("lowest") == 0:
        told.append("a battery ran empty; its phone went on as if on a charger")
    return told


def _about_policy(scenario: Scenario, figures: Summary) -> list[str]:
    """Learners who were taught nothing, and a target out of reach or on another scale."""
    policy, quality = scenario.policy, figures["metrics"]["quality"]
    if not isinstance(policy, Learner):
        return []
    if quality["mean"] is None:
        return ["the policy learns from the quality of answers, and nobody knows any: set workload.quality"]
    target = getattr(policy, "target_quality", None)
    interval = quality["ci95"]
    if target is not None and interval and interval[1] < target:
        missed = f"the mean quality, {quality['mean']:.4g}, is surely below policy.target_quality={target:g}"
        return [f"{missed}: out of reach, on another scale, or too few turns to learn it"]
    return []


def _warnings(simulation: Simulation, found: "Stability") -> list[str]:
    """What a reader of the figures must know."""
    told, log = [], simulation.log
    if log.done_turns == 0:
        told.append("no turn was finished: give the run a longer horizon_s, more users or more arrivals")
    elif log.arrived_turns - log.done_turns > MOST_IN_FLIGHT * log.arrived_turns:
        share = 1 - log.done_turns / log.arrived_turns
        told.append(f"{share:.0%} of the turns were still under way at the end; the figures leave them out")
    if found.edge_load:
        busiest = "it" if simulation.scenario.servers == 1 else "its busiest server"
        told.append(
            f"the edge queue is unstable: work came at {found.edge_load:.2f} times what {busiest} can do,"
            f" {found.edge_load - 1:.0%} too much; waits grow with the length of the run"
        )
    if found.unstable_phones:
        told.append(
            f"the queue is unstable on {found.unstable_phones} of {len(simulation.phones)} phones: work came"
            f" at {found.phone_load:.2f} times what they can do (the median of these)"
        )
    never = simulation.clock.never_events + sum(cell.stuck_transfers for cell in simulation.cells)
    if never:
        told.append(f"{never} transfers were given up: their link carries (almost) nothing any more")
    return told
