"""What another threshold costs: an event loop over MMLU, a walk through it, and a look at its curve."""

from dataclasses import replace

from simulator.build import scenario_of
from simulator.conclusions.played import play
from simulator.config import compose
from simulator.empty_network import EmptyNetwork
from simulator.thresholds.curve import curve
from simulator.walk import walk
from tests.benchmarks.measure import Figure, Goal, cpu_s, ratios

THETA = -0.998


def thetas(rounds: int) -> list[Figure]:
    """Both beside the event loop, which has the same sites and latencies (test_fast_path.py)."""
    scenario = scenario_of(compose(["experiment=paper_mmlu"]).settings)
    network = EmptyNetwork(scenario)
    policy = replace(scenario.policy, threshold=THETA)
    whole = curve(network, policy)

    def event_loop() -> float:
        return cpu_s(lambda: play(scenario, policy=policy))

    def walked() -> float:
        return cpu_s(lambda: walk(network, policy))

    def looked() -> float:
        return cpu_s(lambda: [whole.at(THETA) for _ in range(100)]) / 100

    questions = f"{len(network.dialogues):,} questions"
    note = f"{questions}; a walk took {walked():.2f} s of processor time here"
    found = ratios(event_loop, walked, rounds)
    known = ratios(event_loop, looked, rounds)
    return [
        Figure("event loop over walk, one theta", Goal(">=", 3.0), found, note),
        Figure("event loop over exact curve, one more theta", Goal(">=", 1000.0), known, questions),
    ]
