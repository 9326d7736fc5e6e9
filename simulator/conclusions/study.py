"""Everything about one hardware, and what it says about the paper's claims."""

from typing import NamedTuple

from simulator.conclusions.load import Loaded, loaded
from simulator.conclusions.parts import BERT, BLIND, RANDOM, Size, multi_turn, single_turn
from simulator.conclusions.played import Played
from simulator.conclusions.routers import CACHES, Routed, Say, Sites, routed, sites
from simulator.conclusions.verdicts import Effect, less, verdict
from simulator.mistakes import Mistake


class Study(NamedTuple):
    """The figures of one choice of `hardware`."""

    hardware: str
    multi_turn: Sites
    single_turn: Sites
    cache: str
    """Which rule of `CACHES` the hardware has."""
    routers: dict[str, dict[str, Routed]]
    """By rule and name."""
    loads: list[Loaded]

    @property
    def own(self) -> dict[str, Played]:
        """The routers under the hardware's own rule."""
        return {name: found.played for name, found in self.routers[self.cache].items()}


class Finding(NamedTuple):
    """A claim on one hardware."""

    figure: str
    verdict: str


class Claim(NamedTuple):
    """What the paper says, and by how much."""

    text: str
    paper: str
    findings: list[Finding]
    """One for each study."""


def study(hardware: str, size: Size, seed: int, say: Say) -> Study:
    """Simulate all of it. Raises `Mistake` where the hardware has another rule than those of `CACHES`."""
    scenario = multi_turn(hardware, size, seed)
    cache = next((name for name, rule in CACHES.items() if rule == scenario.kv_cache), None)
    if cache is None:
        raise Mistake(f"hardware={hardware}: its kv_cache must be one of {', '.join(CACHES)}")
    say("MMLU")
    questions = sites(single_turn(hardware, size, seed))
    say("both sites alone")
    dialogues = sites(scenario)
    found = routed(scenario, dialogues, say)
    return Study(hardware, dialogues, questions, cache, found, loaded(scenario, found[cache], size, say))


def claims(studies: list[Study]) -> list[Claim]:
    """The paper's claims (Fig. 6, Tables I and III, abstract), each with its figure on every hardware."""
    told = [
        Claim("the phone alone is quicker than the edge alone", "48 %", [_quicker(one) for one in studies]),
        Claim("routing takes a time between the two", "yes", [_between(one) for one in studies]),
        _compare("BERT is faster than Random", "e2e_s", RANDOM, 1 - 11_157 / 12_840, studies),
        _compare("BERT asks the edge less than Random", "at_edge", RANDOM, 0.444 - 0.111, studies),
        _compare("context makes BERT faster", "e2e_s", BLIND, 1 - 11_157 / 12_233, studies),
        _compare("context makes BERT ask the edge less", "at_edge", BLIND, 0.222 - 0.111, studies),
    ]
    for cache in CACHES:
        text = f"reading again is dear for a router without context, `{cache}`"
        told.append(Claim(text, "8.8 %", [_reading(one, cache) for one in studies]))
    for place, heavy in enumerate(studies[0].loads if studies else []):
        text = f"BERT is faster than Random, load {heavy.load:g}"
        told.append(_compare(text, "e2e_s", RANDOM, 1 - 11_157 / 12_840, studies, place))
        text = f"context makes BERT faster, load {heavy.load:g}"
        told.append(_compare(text, "e2e_s", BLIND, 1 - 11_157 / 12_233, studies, place))
    return told


def _compare(
    text: str, column: str, other: str, paper: float, studies: list[Study], place: int | None = None
) -> Claim:
    """BERT with context beside another router, in the empty network or at a load."""
    relative = column == "e2e_s"
    unit = "%" if relative else "points"
    findings = []
    for one in studies:
        played = one.own if place is None else one.loads[place].routers
        found = less(column, played[BERT], played[other], one.multi_turn.gain, relative)
        findings.append(Finding(shown(found, unit), verdict(found, paper)))
    return Claim(text, f"{100 * paper:.1f} {unit}", findings)


def shown(effect: Effect, unit: str) -> str:
    """An effect and its standard error."""
    size = round(100 * effect.size, 1) + 0.0  # never -0.0
    return f"{size:.1f} ± {100 * effect.error:.1f} {unit}"


def _quicker(one: Study) -> Finding:
    """Beside 226.37 tokens at 0.04 s and 879.16 at 0.02 s."""
    device_s, edge_s = (site.mean("e2e_s") for site in one.multi_turn)
    saved = Effect(1 - device_s / edge_s)
    return Finding(f"{100 * saved.size:.0f} %", verdict(saved, 1 - 226.37 * 0.04 / (879.16 * 0.02)))


def _between(one: Study) -> Finding:
    """BERT with context."""
    low_s, high_s = sorted(site.mean("e2e_s") for site in one.multi_turn)
    ours_s = one.own[BERT].mean("e2e_s")
    inside = low_s <= ours_s <= high_s
    return Finding(f"{ours_s:.1f} s of {low_s:.1f} to {high_s:.1f}", "holds" if inside else "does not hold")


def _reading(one: Study, cache: str) -> Finding:
    """Seconds of Delta C_t over all seconds; the paper's figure is what such a router loses."""
    played = one.routers[cache][BLIND].played
    share = Effect(played.reread_s / played.mean("e2e_s"))
    return Finding(f"{100 * share.size:.1f} %", verdict(share, 1 - 11_157 / 12_233))
