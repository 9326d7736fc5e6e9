"""Tables I to III: what goes into every run, and whether runs of each site alone give it back."""

from analysis.reproduction import units
from analysis.reproduction.paper import ALPHA, SITES, TABLE_1
from analysis.reproduction.results import Results
from analysis.reproduction.rows import Row, of_number
from analysis.reproduction.verdicts import Word, given

POINT = "paper/arithmetic"
READ = {
    "device_s_per_token": ("mmlu", "device_s_per_token"),
    "edge_s_per_token": ("mmlu", "edge_s_per_token"),
    "tokens_per_s": ("mmlu", "tokens_per_s"),
    "overhead_s": ("mmlu", "overhead_s"),
    "alpha_mmlu": ("mmlu", "alpha_per_s"),
    "alpha_gsm8k": ("gsm8k", "alpha_per_s"),
    "alpha_mtbench101": ("mtbench101", "alpha_per_s"),
    "router_s_per_token": ("mmlu", "router_s_per_token"),
}
"""Where the runs' own values stand."""
MISSING = {
    "alpha_mtbench101": (
        f"{ALPHA}, MT-Bench-101",
        "1/s",
        "the paper gives none; MMLU's is taken, others are under Sensitivities",
    ),
    "router_s_per_token": (
        "τ_r, the router's time per token",
        "s/token",
        "not in Table I; measured on a server's CPU; moves the clock, never a decision",
    ),
}
"""What the equations need and the paper does not give."""


def rows(results: Results) -> list[Row]:
    """Every number of the three tables, and the two that are missing."""
    found = []
    for key, number in TABLE_1.items():
        ours = results.measure(POINT, "inputs", *READ[key])
        found.append(of_number(number, ours, given(number.value, ours)))
    for key, (what, unit, why) in MISSING.items():
        ours = results.measure(POINT, "inputs", *READ[key])
        text = units.ours(ours, unit)
        found.append(Row("Table I", what, "none given", text, "", Word.IMPOSSIBLE, why))
    for benchmark, sites in SITES.items():
        for site, (quality, tokens) in sites.items():
            point = f"paper/sites/{benchmark}"
            for number, key in ((quality, "quality"), (tokens, "response_tokens")):
                ours = results.measure(point, site, key)
                found.append(of_number(number, ours, given(number.value, ours)))
    return found
