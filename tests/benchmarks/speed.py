"""CPU time within one process: against the textbook, against bare SimPy, with and without logs, by users."""

from simulator.scenario import Scenario
from tests.benchmarks.measure import Figure, Goal, cpu_s, ratios
from tests.benchmarks.runs import (
    MIXED,
    bare,
    cpu_of_run_s,
    events_and_turns,
    logged,
    scenario,
    silent,
    simulate,
    textbook,
)

LONG = ("horizon_s=60000",)
"""About 9,000 turns of 100 users."""


def warm_up() -> None:
    """First calls are dearer than later ones."""
    cpu_of_run_s(scenario("users=10", "channel=rayleigh"))


def against_textbook(rounds: int) -> list[Figure]:
    """How much longer the textbook takes for the same columns."""
    figures = []
    cases = {
        "fixed channel": (("channel=fixed",), Goal(">=", 5)),
        "rayleigh": (("channel=rayleigh",), Goal(">=", 5)),
        "rayleigh by car": (("channel=rayleigh", "channel.speed_m_per_s=15"), Goal("")),
    }
    for name, (overrides, goal) in cases.items():
        of = scenario(*MIXED, *overrides, "horizon_s=20000")
        values = ratios(lambda of=of: cpu_s(lambda: textbook(of)), lambda of=of: cpu_of_run_s(of), rounds)  # type: ignore[misc]
        note = "both logs to disk; simulator with its summary"
        figures.append(Figure(f"textbook SimPy over simulator, {name}", goal, values, note))
    return figures


def events_per_turn() -> list[Figure]:
    """Events that the kernel handles for one turn, starts of sessions and of users included."""
    cases = {
        "mtbench101, mixed decisions": (MIXED, Goal("<=", 6)),
        "mtbench101, all edge": (("policy=always_edge",), Goal("")),
        "mtbench101, all device": (("policy=always_device",), Goal("")),
        "mmlu, mixed decisions": (("workload=mmlu", "policy.threshold=-1.0"), Goal("")),
    }
    figures = []
    for name, (overrides, goal) in cases.items():
        events, turns = events_and_turns(scenario(*overrides, *LONG))
        figures.append(Figure(f"events per turn, {name}", goal, [events / turns]))
    return figures


def against_bare_simpy(rounds: int) -> list[Figure]:
    """A run over as many timeouts as it has events, and what fading adds."""
    fixed, rayleigh = scenario(*MIXED, *LONG), scenario(*MIXED, *LONG, "channel=rayleigh")
    events, _ = events_and_turns(fixed)

    def timeouts() -> float:
        """The mean of a few, so that both sides take long enough to be timed."""
        return cpu_s(lambda: [bare(events, fixed.users) for _ in range(8)]) / 8

    over_bare = ratios(lambda: cpu_of_run_s(fixed), timeouts, rounds)
    over_fixed = ratios(lambda: cpu_of_run_s(rayleigh), lambda: cpu_of_run_s(fixed), rounds)
    return [
        Figure("run over as many bare timeouts, fixed channel", Goal("<=", 8), over_bare, f"{events} events"),
        Figure("rayleigh over fixed", Goal("<=", 2), over_fixed),
    ]


def logging_share(rounds: int) -> list[Figure]:
    """Share of a run's CPU that goes into its logs, conversion to Parquet included."""
    of = scenario(*MIXED, *LONG)
    quiet = ratios(lambda: cpu_s(lambda: silent(of)), lambda: cpu_s(lambda: logged(of)), rounds)
    name = "logging's share of the run's CPU"
    return [Figure(name, Goal("<=", 0.35), [1.0 - value for value in quiet], "summary on neither side")]


def by_users(rounds: int, turns: int = 60_000) -> list[Figure]:
    """A turn of many users over one of few: users and slots times 100, horizon over 100."""
    few_horizon_s = turns / (100 * 0.0005 * 3.0)  # three turns a session, on average

    def per_turn_s(of: Scenario) -> float:
        found: list[int] = []
        spent_s = cpu_s(lambda: found.append(simulate(of)["turns"]["done"]))
        return spent_s / found[0]

    few = scenario(*MIXED, "users=100", "scheduler.slots=4", f"horizon_s={few_horizon_s:.0f}")
    many = scenario(*MIXED, "users=10000", "scheduler.slots=400", f"horizon_s={few_horizon_s / 100:.0f}")
    values = ratios(lambda: per_turn_s(many), lambda: per_turn_s(few), rounds)
    note = f"same rate of each user and load of the edge (400 slots for 4), about {turns:,} turns"
    return [Figure("CPU per turn, 10,000 users over 100", Goal("<=", 1.5), values, note)]
