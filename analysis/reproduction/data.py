"""What the score tables bring back of the gap between the sites, and how few turns must hold the gain."""

from analysis.reproduction import units
from analysis.reproduction.pairs import NAMES
from analysis.reproduction.paper import BENCHMARKS, OPERATING, SITES, TARGETS
from analysis.reproduction.results import Results
from analysis.reproduction.rows import table
from analysis.reproduction.tallies import Tally, band

SHARES = (0.10, 0.20, 0.35, 0.50, 0.80)
"""Edge shares at which the recovered part of the gap is told."""
TABLES = {
    "paper": "MT-Bench-101, the default table (synthetic)",
    "paper_rho0": "the same scores of the judge, gains at random",
    "paper_rho1": "the same, gains fully in the score's order",
    "mtbench_real": "MT-Bench, 160 real turns",
}
"""Of which it is known what their highest scores bring."""


def section(results: Results) -> str:
    """Two tables and a sentence each."""
    return f"{_recovered(results)}\n\n{_concentration(results)}"


def at(grid: list[float], values: list[float], where: float) -> float:
    """A column over a rising grid, on a straight line between its points."""
    place = next((number for number, edge in enumerate(grid) if edge >= where), len(grid) - 1)
    if place == 0 or grid[place] == where:
        return values[place]
    part = (where - grid[place - 1]) / (grid[place] - grid[place - 1])
    return values[place - 1] + part * (values[place] - values[place - 1])


def recovered(results: Results, benchmark: str, router: str) -> tuple[list[float], list[float]]:
    """Edge shares, and the part of the gap in quality between the sites that comes back there."""
    point = f"paper/curves/{benchmark}/{router}"
    grid, quality = (results.column(point, "over_share", key) for key in ("edge_share", "quality"))
    low, high = (
        results.number(f"paper/sites/{benchmark}", site, "quality", "value") for site in SITES[benchmark]
    )
    return grid, [(value - low) / (high - low) for value in quality]


def claimed() -> float:
    """The part of MMLU's gap that the paper's BERT recovers."""
    low, high = (quality.value for quality, _ in SITES["mmlu"].values())
    return (TARGETS["mmlu"].value - low) / (high - low)


def _recovered(results: Results) -> str:
    rows = []
    for benchmark, name in BENCHMARKS.items():
        for router in ("bert", "random"):
            grid, parts = recovered(results, benchmark, router)
            area = sum(
                (right - left) * (one + other) / 2
                for left, right, one, other in zip(grid, grid[1:], parts, parts[1:], strict=False)
            )
            cells = (f"{at(grid, parts, share):.2f}" for share in SHARES)
            rows.append((f"{name}, {NAMES[router]}", *cells, f"{area:.3f}"))
    share = OPERATING["mmlu"]["bert"].share.value
    mine = at(*recovered(results, "mmlu", "bert"), share)
    head = (
        "part of the gap that comes back, by the fused score, at",
        *(f"{100 * one:.0f} %" for one in SHARES),
        "area",
    )
    return (
        f"On MMLU the paper's BERT recovers {claimed():.3f} of the gap between the two models with "
        f"{units.said(share, 'share')} of the calls; ours, with a small real encoder's scores, {mine:.3f}. "
        f"{_gsm8k(results)}\n\n{table(head, rows)}"
    )


def _gsm8k(results: Results) -> str:
    """Whether the general scores tell GSM8K's questions apart."""
    point = "paper/dominance/gsm8k"
    grid = results.column(point, "over_share", "edge_share")
    tally = Tally.of(zip(grid, band(results, point, "over_share", "bert - random"), strict=True))
    if not tally.above and not tally.below:
        return "On GSM8K they are nowhere surely better or worse than chance at equal LLM usage."
    return f"On GSM8K they are {tally.told('better than chance', 'worse')} at equal LLM usage."


def _concentration(results: Results) -> str:
    """What 9.53 at the paper's usage needs, beside what the tables' scores bring."""
    point = ("paper/arithmetic", "concentration")
    part, mean = (results.number(*point, key) for key in ("part_of_gain", "mean_gain"))
    routers = list(OPERATING["mtbench101"])
    shares = [OPERATING["mtbench101"][router].share.value for router in routers]
    times = results.number(*point, "needed", "bert", "times_mean")
    gain = results.number(*point, "needed", "bert", "gain_of_sent")
    real = results.number(*point, "brought_by_score", "mtbench_real", "by_score", "bert")
    reach = "less than" if real < part else "as much as"
    rows = []
    for name, told in TABLES.items():
        for key, order in (("by_score", "by score"), ("by_gain", "by an oracle")):
            cells = (
                f"{results.number(*point, 'brought_by_score', name, key, router):.2f}" for router in routers
            )
            rows.append((f"{told}, {order}", *cells))
    head = ("part of the gain, highest first", *(units.said(share, "share") for share in shares))
    return (
        f"On MT-Bench-101 {units.said(TARGETS['mtbench101'].value, 'score')} is {part:.2f} of the gain. "
        f"With {units.said(shares[0], 'share')} of the turns these must gain {gain:.2f} points on average "
        f"where all gain {mean:.2f}: {times:.1f} times as much. On the only real scores of two turns ours "
        f"bring {real:.2f} of the gain with so many turns, {reach} those {part:.2f}.\n\n{table(head, rows)}"
    )
