"""What knowledge is worth, and how stale it may be, in words."""

from typing import Any

from analysis.reproduction.beyond.names import aged, called
from analysis.reproduction.beyond.reading import Results, figure, measured
from analysis.reproduction.beyond.words import cell, hundred, image, percent, seconds
from analysis.reproduction.rows import joined, table

CAPTION = "Latency saved at equal quality against the age of reports, and regrets, with 95 % intervals."
MEANING = """\
The paper's edge with log-normal replies, as reasoning models write them. *Informed* routers hear of the
edge's load and of the link's rate so many seconds late, and count the wait down themselves; the all-knowing
one has the present and the length of both replies. All at BERT's quality, at thresholds looked for on the
very users, and with a tenth of the paper's weight on latency, as is the router beside BERT that believes in
Table I. The regret of a decision is what it took longer than the other site would have, all other decisions
as they were, by replay of a sample; avoidable is what the other site would have saved with an answer no
worse."""
TITLES = {"congested_cell": "images over a congested cell, load 0.5"}


def told(results: Results) -> str:
    """The figure, sentences, and tables."""
    found = measured(results, "beyond/stale/")
    lines = [_sentence(name, point) for name, point in found.items()]
    parts = ["### Stale knowledge", MEANING, image("beyond_stale", CAPTION)]
    parts += ["\n".join(f"* {line}" for line in lines), _table(found)]
    for name, point in measured(results, "beyond/regret/").items():
        parts.append(_regrets(name, point))
    return "\n\n".join(parts)


def summary(results: Results) -> str:
    """Up to which age reports help."""
    found = measured(results, "beyond/stale/")
    words = [f"{_title(name)}: {_until(point)} ({_widest(point)})" for name, point in found.items()]
    knowing = [figure(point, "faster_than_gentle", "all_knowing").value for point in found.values()]
    saved = " to ".join(dict.fromkeys(hundred(end) for end in (min(knowing), max(knowing))))
    return (
        "**Reports of load and link**, with log-normal replies, beside a router that believes in Table I:"
        f" {'; '.join(words)}. Knowing the present and both replies' lengths saves {saved} %."
    )


def _widest(point: Any) -> str:
    """How much could not have been seen."""
    halves = [figure(point, "faster_than_gentle", name).half for _, name in _ages(point)]
    return f"intervals of up to \N{PLUS-MINUS SIGN}{hundred(max(halves))} %"


def _ages(point: Any) -> list[tuple[float, str]]:
    return sorted((age, name) for name in point["routers"] if (age := aged(name)) is not None)


def _until(point: Any) -> str:
    """The oldest reports that surely help."""
    helpful = [age for age, name in _ages(point) if figure(point, "faster_than_gentle", name).sign > 0]
    harmful = [age for age, name in _ages(point) if figure(point, "faster_than_gentle", name).sign < 0]
    words = f"help up to an age of {max(helpful):g} s" if helpful else "not told from no help at any age"
    return words + (f", harm from {min(harmful):g} s on" if harmful else "")


def _sentence(name: str, point: Any) -> str:
    every = [(age, figure(point, "faster_than_gentle", one)) for age, one in _ages(point)]
    effects = joined([f"{percent(effect)} at {age:g} s" for age, effect in every])
    knowing = figure(point, "faster_than_gentle", "all_knowing")
    return (
        f"**{_title(name)}: reports {_until(point)}.** Seeds {joined([str(one) for one in point['seeds']])};"
        f" {sum(point['counted_users']):,} users, {sum(point['turns']):,} turns. Beside the same router that"
        f" believes in Table I they save {effects}; all-knowing {percent(knowing)}."
    )


def _title(name: str) -> str:
    return TITLES.get(name, name.replace("_", " "))


def _table(found: dict[str, Any]) -> str:
    head = ["router", *(f"{_title(name)}: latency [s]" for name in found)]
    head += [f"{_title(name)}: edge turns [%]" for name in found]
    rows = []
    for router in next(iter(found.values()))["routers"]:
        cells = [seconds(figure(point, "routers", router, "equal_s")) for point in found.values()]
        cells += [cell(figure(point, "routers", router, "edge_share")) for point in found.values()]
        rows.append((_router(router), *cells))
    return table(head, rows)


def _router(name: str) -> str:
    believes = " (Table I)" if name in ("bert", "gentle") else ""
    return called(name) + believes


def _regrets(name: str, point: Any) -> str:
    head = (
        "router",
        "avoidable [s]",
        "regret [s]",
        "other site quicker [%]",
        "other site quicker and no worse [%]",
        "spared to others [s]",
    )
    rows = [
        (
            _router(router),
            seconds(figure(one, "avoidable_s")),
            seconds(figure(one, "latency_regret_s")),
            cell(figure(one, "quicker_share")),
            cell(figure(one, "quicker_and_no_worse_share")),
            seconds(figure(one, "externality_s")),
        )
        for router, one in point["routers"].items()
    ]
    told = (
        f"Regrets at {_title(name)}, {point['decisions']} decisions of each router, seed {point['seeds'][0]}:"
    )
    every = [figure(one, "avoidable_s") for one in point["routers"].values()]
    apart = max(one.value - one.half for one in every) > min(one.value + one.half for one in every)
    verdict = "tell some routers apart" if apart else "do not tell the routers apart: all intervals overlap"
    said = f"Avoidable seconds {verdict}. *Spared to others*: what these together would have taken longer."
    return f"{told}\n\n{table(head, rows)}\n\n{said}"
