"""What realistic prices for reading do to the conclusions, in words."""

from typing import Any

from analysis.reproduction.beyond.names import CLAIMS, SHORT
from analysis.reproduction.beyond.reading import Results, figure, measured
from analysis.reproduction.beyond.words import cell, percent
from analysis.reproduction.rows import joined, table

MEANING = """\
The paper prices a token read like a token written. Measured, an edge GPU reads 120 to 210 times faster than
it writes, a phone 3.6 to 58 times. Here writing costs what it does in the paper, and reading a part of that
at either site: 1/0.1 is as much on the phone, and a tenth at the edge; the empty network, exactly,
thresholds calibrated anew in every case and every resample of dialogues."""
MEASURED = "known/0.1_0.01"
"""Within the measured prices of both sites."""
TOLD = ("random", "context", "fusing", "calls")


def told(results: Results) -> str:
    """A list, and a table."""
    found = measured(results, "beyond/prices/")
    lines = [*(_claim(found, claim) for claim in TOLD), *_whose(found)]
    return "\n\n".join(
        ["### What reading costs", MEANING, "\n".join(f"* {line}" for line in lines), _table(found)]
    )


def summary(results: Results) -> str:
    """What is left of each claim at the cheapest reading."""
    found = measured(results, "beyond/prices/")
    dear, cheap = _ends(found)
    cheap = MEASURED if MEASURED in found else cheap
    words = [
        f"{SHORT[claim]} goes from {percent(figure(found[dear], 'claims', claim))} to"
        f" {percent(figure(found[cheap], 'claims', claim))}"
        for claim in TOLD[:3]
    ]
    return f"**Prices.** With reading at {_case(cheap)} of writing (phone/edge): {'; '.join(words)}."


def _ends(found: dict[str, Any]) -> tuple[str, str]:
    """The dearest reading that routers reckon with, and the cheapest."""
    known = sorted((name for name in found if name.startswith("known/")), key=lambda name: sum(_of(name)))
    return known[-1], known[0]


def _of(name: str) -> tuple[float, float]:
    device, edge = name.split("/")[1].split("_")
    return float(device), float(edge)


def _claim(found: dict[str, Any], claim: str) -> str:
    unit = "points" if claim == "calls" else "%"
    effects = {name: figure(found[name], "claims", claim) for name in found}
    dear, cheap = _ends(found)
    ends = ", ".join(f"{percent(effects[name], unit)} at {_case(name)}" for name in (dear, cheap))
    against = [_case(name) for name, one in effects.items() if one.sign < 0]
    doubtful = [_case(name) for name, one in effects.items() if one.sign == 0]
    verdict = f"flips at {joined(against)}" if against else "flips nowhere"
    doubt = f"; it may be nothing at {joined(doubtful)}" if doubtful else ""
    return f"**{CLAIMS[claim]}: {verdict}**{doubt} ({ends})."


def _whose(found: dict[str, Any]) -> list[str]:
    """Which site's price it is that (ii) and (iv) live on."""
    dear, cheap = (_of(name)[0] for name in _ends(found))
    phone, edge = f"known/{cheap:g}_{dear:g}", f"known/{dear:g}_{cheap:g}"
    if phone not in found or edge not in found:
        return []
    lines = []
    for claim in ("context", "fusing"):
        left = {
            site: figure(found[name], "claims", claim) for site, name in (("phone", phone), ("edge", edge))
        }
        whose = min(left, key=lambda site: left[site].value)
        words = " and ".join(
            f"{percent(one)} with cheap reading {'on the phone' if site == 'phone' else 'at the edge'} only"
            for site, one in left.items()
        )
        lines.append(f"{SHORT[claim]}: what is left is {words}, so it lives on the {whose}'s price.")
    return lines


def _case(name: str) -> str:
    device, edge = _of(name)
    believed = " (believing in Table I)" if name.startswith("table_1/") else ""
    return f"{device:g}/{edge:g}{believed}"


def _table(found: dict[str, Any]) -> str:
    head = (
        "reading over writing: phone",
        "edge",
        "routers reckon with",
        *(SHORT[claim] for claim in TOLD),
        "BERT [s]",
    )
    rows = []
    for name, point in found.items():
        device, edge = _of(name)
        belief = "Table I" if name.startswith("table_1/") else "these prices"
        effects = (cell(figure(point, "claims", claim)) for claim in TOLD)
        bert = figure(point, "routers", "bert", "latency_s").value
        rows.append((f"{device:g}", f"{edge:g}", belief, *effects, f"{bert:.2f}"))
    return table(head, rows)
