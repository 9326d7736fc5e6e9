"""Nobody beats the oracles in what they are for: quality first, and latency at a quality."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from simulator.build import build
from simulator.context import Context
from simulator.empty_network import EmptyNetwork
from simulator.mistakes import Mistake
from simulator.policies import Choice, Decision, Static
from simulator.policies.oracle import Oracle
from simulator.policies.threshold_only import ThresholdOnly
from simulator.regret.best_possible import Frontier, frontier
from simulator.thresholds.curve import curve, pieces
from simulator.walk import walk
from tests import CHOICES, part, scenario
from workloads import Site

BENCHMARKS = ["mmlu", "gsm8k", "mtbench101", "mtbench"]
POLICIES = [name for group, name in CHOICES if group == "policy" and name != "replay"]
MOST_DIALOGUES = 400
ROUNDING = 1e-9


def empty(*overrides: str) -> EmptyNetwork:
    """A benchmark, cut short: a walk takes the first dialogues as well as all."""
    network = EmptyNetwork(scenario(*overrides))
    network.dialogues = network.dialogues[:MOST_DIALOGUES]
    return network


@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_no_policy_has_a_better_answer(benchmark: str) -> None:
    """Turn by turn, whatever the policy; so on average."""
    network = empty(f"workload={benchmark}")
    best = walk(network, Oracle())
    for name in POLICIES:
        walked = walk(network, build(part("policy", name), "policy"))
        assert (walked.quality <= best.quality).all(), name
        assert walked.quality.mean() <= best.quality.mean(), name
        assert (walked.quality < best.quality).any() or name == "oracle", name


class Ties(Static):
    """The better answer always; between equals one site."""

    reads_score = False

    def __init__(self, site: Site) -> None:
        self._site = site

    def choose(self, decision: Decision) -> Choice:
        gain = decision.turn.edge.quality - decision.turn.device.quality
        return Choice(Site.EDGE if gain > 0 else Site.DEVICE if gain < 0 else self._site, 0.0)


@pytest.mark.parametrize("benchmark", ["mmlu", "gsm8k"])
def test_among_equals_nobody_is_quicker(benchmark: str) -> None:
    """Others that always have the better answer: by a score that knows it, and with ties to one site."""
    network = empty(f"workload={benchmark}", "scorer=oracle")
    best = walk(network, Oracle())
    slower = []
    for policy in (Ties(Site.EDGE), Ties(Site.DEVICE), ThresholdOnly(threshold=0.5)):
        walked = walk(network, policy)
        assert (walked.quality == best.quality).all()
        assert (walked.latency_s >= best.latency_s).all()
        slower.append(walked.latency_s.sum() > best.latency_s.sum())
    assert slower[0]


def rows(sessions: bool) -> Any:
    """Turns of a small table: whose, words, and the quality of both answers."""
    return st.lists(
        st.tuples(
            st.integers(0, 2) if sessions else st.just(-1),
            st.integers(0, 2000),
            st.integers(0, 3),
            st.integers(0, 3),
        ),
        min_size=1,
        max_size=6,
    )


def network_of(table: list[tuple[int, int, int, int]], **changes: Any) -> EmptyNetwork:
    """An empty network in which a long prompt is for the edge and a short one for the phone."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "table.csv"
        lines = [
            f"{session if session >= 0 else row},{words},{device},{edge},0.5"
            for row, (session, words, device, edge) in enumerate(sorted(table, key=lambda row: row[0]))
        ]
        head = "session,prompt_tokens,device_quality,edge_quality,score\n"
        file.write_text(head + "\n".join(lines) + "\n")
        chosen = {"workload.quality": "''", "workload.device_tokens": 100, "workload.edge_tokens": 300}
        pairs = [f"{key}={value}" for key, value in (chosen | changes).items()]
        return EmptyNetwork(scenario("workload=table", f"workload.path={file}", *pairs))


def outcomes(network: EmptyNetwork) -> Iterator[tuple[float, float]]:
    """Mean quality and latency of every way to answer all turns, without a router."""
    router = network.router(Oracle())
    turns = sum(map(len, network.dialogues))
    for sites in product(Site, repeat=turns):
        chosen, latency_s, quality = iter(sites), 0.0, 0.0
        for dialogue in network.dialogues:
            context = Context()
            for turn in dialogue:
                site = next(chosen)
                latency_s += network.answer(router, network.weigh(router, turn, context), site, context)
                quality += turn.answer(site).quality
        yield quality / turns, latency_s / turns


@given(table=rows(sessions=False))
@effort(max_examples=25)
def test_the_oracle_is_the_best_of_all_ways(table: list[tuple[int, int, int, int]]) -> None:
    """Quality first, then latency, where no dialogue has a second turn: against all 2^n."""
    network = network_of(table)
    walked = walk(network, Oracle())
    best_quality, latency_s = min(outcomes(network), key=lambda pair: (-pair[0], pair[1]))
    assert walked.quality.mean() == pytest.approx(best_quality, rel=ROUNDING)
    assert walked.latency_s.mean() == pytest.approx(latency_s, rel=ROUNDING)


@given(table=rows(sessions=True), cache=st.sampled_from(["keep_last", "keep_all", "none"]))
@effort(max_examples=25)
def test_the_frontier_is_below_all_ways_and_touches_them(
    table: list[tuple[int, int, int, int]], cache: str
) -> None:
    """Eq. 9 solved, in dialogues too: no choice is quicker at its quality, and the corners are choices."""
    network = network_of(table, kv_cache=cache)
    found, ways = frontier(network), list(outcomes(network))
    for quality, latency_s in ways:
        assert latency_s >= found.latency_for(quality - ROUNDING) * (1 - ROUNDING)
    for quality, latency_s in zip(found.quality, found.latency_s, strict=True):
        assert any(pair == pytest.approx((quality, latency_s), rel=ROUNDING, abs=ROUNDING) for pair in ways)
    slopes = np.diff(found.latency_s) / np.diff(found.quality)
    assert (np.diff(slopes) >= -ROUNDING * np.abs(slopes[1:])).all(), "each step of quality costs more"


@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_no_threshold_is_below_the_frontier(benchmark: str) -> None:
    """At every theta of the paper's router, and of one that knows which answer is better."""
    for scorer in ("table", "oracle"):
        network = empty(f"workload={benchmark}", f"scorer={scorer}")
        found = frontier(network)
        swept = pieces(curve(network, build(part("policy", "fused"), "policy")))
        assert (swept.quality <= found.quality[-1] + ROUNDING).all()
        least_s = np.array([found.latency_for(quality - ROUNDING) for quality in swept.quality.tolist()])
        assert (swept.latency_s >= least_s - ROUNDING).all()
        assert len(swept.quality) > 10


def test_the_frontiers_ends_and_between() -> None:
    """Two questions of no words: 4 s and 6 s (edge). The first gains 2 at the edge, the second 1."""
    network = network_of([(-1, 0, 0, 2), (-1, 0, 1, 2)], **{"delta.delta_s": 0, "channel.downlink_bps": 1e18})
    found = frontier(network)
    assert found.latency_s == pytest.approx([4.0, 5.0, 6.0])
    assert found.quality == pytest.approx([0.5, 1.5, 2.0])
    assert found.edge_share == pytest.approx([0.0, 0.5, 1.0])
    assert found.latency_for(0.1) == pytest.approx(4.0)
    assert found.latency_for(1.0) == pytest.approx(4.5)
    assert np.isnan(found.latency_for(2.1))


def test_what_the_frontier_cannot_know() -> None:
    with pytest.raises(Mistake, match="quality of both answers"):
        frontier(empty("workload=gsm8k", "workload.quality=null"))
    with pytest.raises(Mistake, match="too many courses"):
        frontier(network_of([(0, 5, 1, 1)] * 13))
    assert isinstance(frontier(empty("workload=mtbench")), Frontier)
