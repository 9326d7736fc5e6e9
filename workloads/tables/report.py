"""Print the figures of README.md, from the committed tables alone: `python -m workloads.tables.report`."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from workloads.recovery import area, recovered_at
from workloads.tables import judge
from workloads.tables.calibrate import Pair, crosstab, odds_ratio

HERE = Path(__file__).parent
PAPER_SHARES = (0.111, 0.222, 0.444)
"""Shares of edge calls in the paper's Fig. 6 text."""
SHARES = tuple(sorted((0.10, 0.20, 0.35, 0.50, 0.80, *PAPER_SHARES)))
STRENGTHS = (0.0, 0.2, 0.3, 0.35, 0.4, 0.5, 0.6, 0.65, 0.7, 0.8, 1.0)
PAIRS = ("routellm", "paper", "paper_rho0", "paper_rho1")


def read(name: str) -> pd.DataFrame:
    """One committed table."""
    return pd.read_csv(HERE / f"{name}.csv")


def gain(table: pd.DataFrame, pair: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Edge quality minus device quality, per turn."""
    return (table[f"{pair}_edge_quality"] - table[f"{pair}_device_quality"]).to_numpy(dtype=float)


def right(table: pd.DataFrame, pair: str) -> Pair:
    """Right-or-wrong outcomes of one pair."""
    device, edge = (table[f"{pair}_{site}_quality"].to_numpy() == 1 for site in ("device", "edge"))
    return Pair(device, edge)


def marginals(name: str, table: pd.DataFrame, pair: str) -> str:
    """Mean and total quality of both sites."""
    device, edge = table[f"{pair}_device_quality"], table[f"{pair}_edge_quality"]
    totals = f"totals {device.sum():.10g} and {edge.sum():.10g}"
    return f"{name} {pair}: device {device.mean():.6f}, edge {edge.mean():.6f}, {totals}"


def recovery(table: pd.DataFrame, pair: str, picked_by: str) -> str:
    """Recovered share of the gap at each share of edge calls, picked by a column or by an oracle."""
    gains = gain(table, pair)
    score = gains if picked_by == "oracle" else table[picked_by].to_numpy()
    points = " ".join(f"{share:.1%}:{recovered_at(share, score, gains):.3f}" for share in SHARES)
    rank = spearmanr(score, gains).statistic
    return f"{pair} by {picked_by}: {points} area {area(score, gains):.3f} rank correlation {rank:+.3f}"


def calibration(name: str, table: pd.DataFrame) -> str:
    """Flips per site and the 2x2 tables before and after."""
    before, after = right(table, "routellm"), right(table, "paper")
    flips = [int((old != new).sum()) for old, new in zip(before, after, strict=True)]
    cells = [crosstab(pair) for pair in (before, after)]
    ratios = [f"{odds_ratio(table):.3f}" for table in cells]
    order = [f"{task_order_kept(table, site):.3f}" for site in ("device", "edge")]
    return f"{name}: flips {flips}, tables {[c.tolist() for c in cells]}, odds {ratios}, task order {order}"


def task_order_kept(table: pd.DataFrame, site: str) -> float:
    """Rank correlation of a site's accuracies per task before and after the calibration."""
    before, after = (table.groupby("task")[f"{pair}_{site}_quality"].mean() for pair in ("routellm", "paper"))
    return float(spearmanr(before.to_numpy(dtype=float), after.to_numpy(dtype=float)).statistic)


def sensitivity(table: pd.DataFrame, follows: float, deals: int = 20) -> str:
    """What the score recovers of synthetic judge scores at one strength of dependence, over many deals."""
    score = table["score"].to_numpy()
    shared = judge.observed(*(table[f"paper_{site}_quality"].to_numpy(dtype=float) for site in Pair._fields))
    law = judge.whole(shared, len(table))
    recovered = np.empty((deals, len(PAPER_SHARES)))
    for seed in range(deals):
        device, edge = judge.assign(law, score, follows, seed)
        recovered[seed] = [
            recovered_at(share, score, (edge - device).astype(float)) for share in PAPER_SHARES
        ]
    means, spreads = recovered.mean(axis=0), recovered.std(axis=0)
    points = " ".join(
        f"{s:.1%}:{m:.3f}±{d:.3f}" for s, m, d in zip(PAPER_SHARES, means, spreads, strict=True)
    )
    return f"gain_follows_score {follows:g}: {points}"


def interval(table: pd.DataFrame, share: float, resamples: int = 2000) -> str:
    """90 % bootstrap interval, over sessions, of what the score recovers of the real pair."""
    rng = np.random.default_rng(0)
    rows = list(table.groupby("session").indices.values())
    gains, score = gain(table, "routellm"), table["score"].to_numpy()
    recovered = np.empty(resamples)
    for sample in range(resamples):
        picked = np.concatenate([rows[session] for session in rng.integers(len(rows), size=len(rows))])
        recovered[sample] = recovered_at(share, score[picked], gains[picked])
    low, high = np.quantile(recovered, [0.05, 0.95])
    return f"routellm by score at {share:.1%}: 90 % interval {low:.2f} to {high:.2f}"


def main() -> None:
    """Every figure, a line each."""
    for name in ("mmlu", "gsm8k", "mtbench101", "mtbench"):
        table = read(name)
        print(f"{name}: {len(table)} turns, {table['session'].nunique()} sessions")
        for pair in PAIRS:
            if f"{pair}_device_quality" in table:
                print(" ", marginals(name, table, pair))
                for picked_by in (*table.filter(like="score"), "oracle"):
                    print("   ", recovery(table, pair, picked_by))
        if name in ("mmlu", "gsm8k"):
            print(" ", calibration(name, table))
        if name == "mtbench":
            print(" ", interval(table, PAPER_SHARES[0]))
        if name == "mtbench101":
            for follows in STRENGTHS:
                print(" ", sensitivity(table, follows))


if __name__ == "__main__":
    main()
