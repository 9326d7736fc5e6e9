"""Evidence of the audit about the link of Table I."""

from analysis.reproduction.results import Results
from analysis.reproduction.units import number

POINT = "paper/arithmetic"
LITTLE = 0.01
"""A part of an edge turn below this is none."""


def air(results: Results) -> str:
    """An upload beside the overhead."""
    upload_s = results.number(POINT, "upload_s")
    overhead_s = results.number(POINT, "inputs", "mtbench101", "overhead_s")
    edge_s = results.number("paper/sites/mtbench101", "edge", "latency_s", "value")
    shows = "only δ shows" if upload_s < LITTLE * edge_s and upload_s < overhead_s else "it shows"
    tokens = upload_s * results.number(POINT, "inputs", "mtbench101", "tokens_per_s")
    return (
        f"{tokens:,.0f} tokens go up in {1000 * upload_s:.3g} ms beside {1000 * overhead_s:.3g} ms of "
        f"δ and {number(edge_s, 's')} s of an edge turn: {shows}. Channels beyond the paper are slower."
    )


def transfers(results: Results) -> str:
    """What the whole context costs on Table I's link."""
    upload_s = results.number(POINT, "upload_s")
    overhead_s, per_s = (
        results.number(POINT, "inputs", "mtbench101", key) for key in ("overhead_s", "tokens_per_s")
    )
    cheap = "is cheap" if upload_s < overhead_s else "is dear"
    return (
        f"All figures here keep Eq. 3. Sending the context again on Table I's link {cheap} "
        f"({1000 * upload_s:.3g} ms for {upload_s * per_s:,.0f} tokens). A streamed reply is read while "
        "it is written."
    )
