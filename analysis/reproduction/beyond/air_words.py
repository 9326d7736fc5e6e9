"""What the air does to the conclusions, in words."""

from typing import Any

from analysis.reproduction.beyond.names import CLAIMS, SHORT
from analysis.reproduction.beyond.reading import Results, figure, measured
from analysis.reproduction.beyond.words import cell, image, percent
from analysis.reproduction.rows import joined, table

CAPTION = (
    "Effects in the paper's direction in every situation of the air, with 95 % intervals; circled: reversed."
)
MEANING = """\
An edge with room for all, so that nothing waits but the air; 25 users share a cell where an air is
shared. The paper's routers believe in Table I whatever happens; so they decide alike on every air, and only
their times differ. The last column's router sees the rate of the instant and what hangs on the prompt,
weighs latency as the paper does, and meets BERT's quality at a threshold looked for on each air."""
KINDS = {"none": "words", "images": "every tenth prompt with an image"}
SEEING = "informed"


def told(results: Results) -> str:
    """The figure, a list of what is reversed, and a table."""
    found = measured(results, "beyond/air/")
    lines = [_claim(found, claim, text) for claim, text in CLAIMS.items()]
    lines.append(_seeing(found))
    parts = ["### The air", f"{MEANING} {_counted(found)}", image("beyond_air", CAPTION)]
    return "\n\n".join([*parts, "\n".join(f"* {line}" for line in lines), _table(found)])


def summary(results: Results) -> str:
    """How many effects are reversed, and where."""
    found = measured(results, "beyond/air/")
    turned = [
        f"{SHORT[claim]} on {_where(name)}"
        for name, point in found.items()
        for claim in CLAIMS
        if figure(point, "claims", claim).sign < 0
    ]
    words = joined(turned) if turned else "none"
    told = f"**Air.** Over {len(found)} situations, conclusions that are surely reversed: {words}."
    seeing = [figure(point, "faster_than_bert", SEEING).sign for point in found.values()]
    return (
        f"{told} A router that believes the rate of the instant is surely faster than BERT in"
        f" {seeing.count(1)} of them, surely slower in {seeing.count(-1)}."
    )


def _counted(found: dict[str, Any]) -> str:
    """How many users, and where fewer."""
    users = {name: sum(point["counted_users"]) for name, point in found.items()}
    most = max(users.values())
    fewer = [f"{count:,} on {_where(name)}" for name, count in users.items() if count < most]
    return f"{most:,} users, each with another dialogue" + (f"; {joined(fewer)}." if fewer else ".")


def _claim(found: dict[str, Any], claim: str, text: str) -> str:
    effects = {name: figure(point, "claims", claim) for name, point in found.items()}
    unit = "points" if claim == "calls" else "%"
    least = min(effects, key=lambda name: effects[name].value)
    most = max(effects, key=lambda name: effects[name].value)
    ends = [f"{percent(effects[name], unit)} on {_where(name)}" for name in (least, most)]
    against = [_where(name) for name, one in effects.items() if one.sign < 0]
    doubtful = [_where(name) for name, one in effects.items() if one.sign == 0]
    verdict = f"flips on {joined(against)}" if against else "flips nowhere"
    doubt = f"; it may be nothing on {joined(doubtful)}" if doubtful else ""
    return f"**{text}: {verdict}**{doubt} (from {ends[0]} to {ends[1]})."


def _seeing(found: dict[str, Any]) -> str:
    effects = {name: figure(point, "faster_than_bert", SEEING) for name, point in found.items()}
    better = [f"{_where(name)} by {percent(one)}" for name, one in effects.items() if one.sign > 0]
    worse = [f"{_where(name)} by {percent(one.turned)}" for name, one in effects.items() if one.sign < 0]
    faster = f"is faster than BERT on {joined(better)}" if better else "is surely faster than BERT nowhere"
    slower = f"; slower on {joined(worse)}" if worse else ""
    return f"A router that sees the air {faster}{slower}."


def _where(name: str) -> str:
    air, kind = name.split("/")
    return f"`{air}`" + (" with images" if kind == "images" else "")


def _table(found: dict[str, Any]) -> str:
    head = ("air", "prompts", *SHORT.values(), "seeing the air")
    rows = []
    for name, point in found.items():
        air, kind = name.split("/")
        effects = [figure(point, "claims", claim) for claim in SHORT]
        effects.append(figure(point, "faster_than_bert", SEEING))
        rows.append((f"`{air}`", KINDS.get(kind, kind), *(cell(one) for one in effects)))
    return table(head, rows)
