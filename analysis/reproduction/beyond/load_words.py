"""What load does to the conclusions, in words."""

from typing import Any

from analysis.reproduction.beyond.names import CLAIMS, SHORT, called, machine
from analysis.reproduction.beyond.reading import Figure, Results, by_load, figure, machines
from analysis.reproduction.beyond.words import cell, course, hundred, image, percent, seconds, sides
from analysis.reproduction.rows import joined, table

CAPTION = "Latency at equal quality against load; hollow: more work than the edge can do."
MEANING = """\
Load 1 is where the paper's router at its operating point gives the edge just as much work as it can do; the
number of users follows. From load 1 on, and for Random and the edge alone long before, queues grow for as
long as users come: such figures are of runs of this length, no steady state. Thresholds are those of the
empty network. *Informed* routers know queues, caches and the link of the instant; at the paper's weight on
latency they keep off a busy edge and give up quality that no threshold brings back, so they also come with a
tenth of it, at a threshold looked for at each load. *Constrained* holds the average quality online by its own
rule. Either site alone keeps its own quality, which no threshold changes. `python -m simulator.conclusions`
counts another load: all turns that come, whoever answers them, over what the edge can do."""


def told(results: Results) -> str:
    """The figure, and a list and a table for each hardware."""
    parts = ["### Load on the edge", MEANING, image("beyond_load", CAPTION)]
    for hardware in machines(results):
        rows = by_load(results, hardware)
        loads = [load for load, _ in rows]
        lines = [course(text, loads, _effects(rows, claim), _unit(claim)) for claim, text in CLAIMS.items()]
        lines += [_between(rows), _shares(rows), *_seeing(rows)]
        parts.append(f"**{machine(hardware)[0].upper()}{machine(hardware)[1:]}.** {_played(rows)}")
        parts.append("\n".join(f"* {line}" for line in lines if line))
        parts += [_claims(rows), _routers(rows)]
    return "\n\n".join(parts)


def summary(results: Results) -> str:
    """Which claims flip at load, and where."""
    found = []
    for hardware in machines(results):
        rows = by_load(results, hardware)
        loads = [load for load, _ in rows]
        words = [f"{SHORT[claim]} {sides(loads, _effects(rows, claim))}" for claim in CLAIMS]
        found.append(f"{machine(hardware)}: {'; '.join(words)}")
    told = ". ".join(one[0].upper() + one[1:] for one in found)
    return f"**Load**, from {_range(results)} of the edge's capacity. {told}."


def _range(results: Results) -> str:
    loads = [load for hardware in machines(results) for load, _ in by_load(results, hardware)]
    return f"{min(loads):g} to {max(loads):g}"


def _effects(rows: list[tuple[float, Any]], claim: str) -> list[Figure]:
    return [figure(point, "claims", claim) for _, point in rows]


def _unit(claim: str) -> str:
    return "points" if claim == "calls" else "%"


def _played(rows: list[tuple[float, Any]]) -> str:
    points = [point for _, point in rows]
    users = [sum(point["counted_users"]) for point in points]
    turns = [sum(point["turns"]) for point in points]
    rates = [point["turns_per_s"] for point in points]
    seeds = joined([str(seed) for seed in points[0]["seeds"]])
    return (
        f"Seeds {seeds}, together {users[0]:,} counted users with {turns[0]:,} turns at each load;"
        f" {rates[0]:.2f} to {rates[-1]:.2f} turns a second."
    )


def _between(rows: list[tuple[float, Any]]) -> str:
    """The second half of (iii)."""
    above = [figure(point, "claims", "above_device") for _, point in rows]
    below = [figure(point, "claims", "edge") for _, point in rows]
    inside = [
        load for (load, _), up, down in zip(rows, above, below, strict=True) if up.value > 0 < down.value
    ]
    ends = f"the phone alone takes {percent(above[0])} less than BERT at load {rows[0][0]:g}"
    ends += f" and {percent(above[-1])} less at {rows[-1][0]:g}" if len(rows) > 1 else ""
    if len(inside) == len(rows):
        return f"BERT lies between the sites at every load: {ends}."
    if not inside:
        return f"BERT never lies between the sites: {ends}."
    return f"BERT lies between the sites at load {joined([f'{load:g}' for load in inside])} only: {ends}."


def _shares(rows: list[tuple[float, Any]]) -> str:
    """Why load turns (ii) and (iv): who asks the edge more."""
    asked = {
        name: figure(rows[-1][1], "routers", name, "edge_share") for name in ("bert", "bert_blind", "score")
    }
    more = all(asked["bert"].value > asked[name].value for name in ("bert_blind", "score"))
    words = ", ".join(f"{called(name)} {hundred(one.value)} %" for name, one in asked.items())
    told = "Context and latency make BERT ask the edge more" if more else "Context and latency spare the edge"
    return f"{told}, whatever the load: {words} of the turns."


def _seeing(rows: list[tuple[float, Any]]) -> list[str]:
    """What other routers save beside BERT, and what one that sees queues gives up."""
    lines = []
    for name in ("gentle", "informed", "informed_sharp", "constrained", "constrained_informed"):
        if all(name in point["faster_than_bert"] for _, point in rows):
            effects = [figure(point, "faster_than_bert", name) for _, point in rows]
            claim = f"{called(name)[0].upper()}{called(name)[1:]} is faster than BERT"
            lines.append(course(claim, [load for load, _ in rows], effects))
    if all("informed" in point.get("faster_than_gentle", ()) for _, point in rows):
        effects = [figure(point, "faster_than_gentle", "informed") for _, point in rows]
        claim = f"Seeing queues at that weight ({called('informed')}) is faster than not ({called('gentle')})"
        lines.append(course(claim, [load for load, _ in rows], effects))
    if all("informed_sharp" in point["routers"] for _, point in rows):
        load, point = rows[-1]
        lost = figure(point, "routers", "informed_sharp", "quality").value
        kept = figure(point, "routers", "bert", "quality").value
        lines.append(
            f"At load {load:g} the informed router at the paper's weight on latency answers with quality"
            f" {lost:.3f}, BERT with {kept:.3f}."
        )
    return lines


def _claims(rows: list[tuple[float, Any]]) -> str:
    head = ("effect in the paper's direction [%, points]", *(f"load {load:g}" for load, _ in rows))
    return table(
        head,
        [
            (text, *(cell(figure(point, "claims", claim)) for _, point in rows))
            for claim, text in SHORT.items()
        ],
    )


def _routers(rows: list[tuple[float, Any]]) -> str:
    """Latency at equal quality; a star where the queue grows for as long as users come."""
    head = ("latency at equal quality [s]", *(f"load {load:g}" for load, _ in rows))
    lines = []
    for name in rows[0][1]["routers"]:
        cells = []
        for _, point in rows:
            star = " *" if point["edge_load"][name] >= 1.0 else ""
            cells.append(seconds(figure(point, "routers", name, "equal_s")) + star)
        lines.append((called(name), *cells))
    return table(head, lines) + "\n\n\\* More work than the edge can do: no steady state."
