"""Where the paper's own numbers exclude one another, in a line."""

from analysis.reproduction import units
from analysis.reproduction.audit_numbers import router_price_elsewhere
from analysis.reproduction.operating import least
from analysis.reproduction.paper import ALPHA, OPERATING
from analysis.reproduction.results import Results

ARITHMETIC = "paper/arithmetic"


def clashes(results: Results) -> str:
    """Where the paper's own numbers exclude one another."""
    found = []
    product, most, said = (
        results.number(ARITHMETIC, "gap", "mmlu", "alpha_times_mean"),
        results.number(ARITHMETIC, "gap", "mmlu", "share_above_0_with_score_1"),
        OPERATING["mmlu"]["bert"].share.value,
    )
    if most < said:
        found.append(
            f"{ALPHA} times the mean gap is {product:.2f} on MMLU, so with θ in [0, 1], were every p = 1, "
            f"{units.number(most, 'share')} % of the questions would go to the edge, not "
            f"{units.said(said, 'share')}"
        )
    price = results.number(ARITHMETIC, "router_price", "implied_s_per_token")
    change = router_price_elsewhere(results, price)
    if change is not None and change > 0.0:
        found.append(
            f"the τ_r that Fig. 3 implies, {price:.3f} s a word, makes BERT {units.number(change, 'cut')} % "
            "slower than Random on Fig. 6's benchmark"
        )
    paper_s, least_s = OPERATING["mtbench101"]["random"].latency.value, least(results, "mtbench101", "random")
    if paper_s < least_s:
        found.append(
            f"Random's {units.said(paper_s, 'ms')} in Fig. 6 is less than its own LLM usage takes "
            f"({units.said(least_s, 'ms')})"
        )
    return (
        f"**Among themselves** the paper's numbers {'do not fit: ' + '; '.join(found) if found else 'fit'}."
    )
