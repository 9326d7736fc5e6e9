"""The page: figures side by side, and the claims, in Markdown."""

from collections.abc import Sequence

from simulator.conclusions.parts import Size
from simulator.conclusions.routers import TOLERANCE
from simulator.conclusions.study import Study, claims
from simulator.conclusions.verdicts import RULE

SYNTHETIC = """\
The judge scores of MT-Bench-101 are synthetic (workloads/tables/README.md). Qualities and lengths of replies
are those of the paper's pair on every hardware: only times differ, also where another model is named."""
SETTING = f"""\
MT-Bench-101 in the paper's empty network: one user, who pauses (median 123 s), no queue, Table I's link. All
routers fuse with alpha = 0.03/s and meet the same quality to {TOLERANCE:g}: 49 % of the way from the phone's
to the edge's, on the whole table 9.53. All meet the same prompts, scores and answers."""
BESIDE = """\
The paper: BERT 11.2 s, 11.1 % of edge turns; BERT without context 12.2 s, 22.2 %; Random 12.8 s, 44.4 %."""
LOADED = """\
Many users with Poisson arrivals after a warm-up, and the same thresholds. A load is the turns that come over
those that the edge can answer at most, as measured; a router sends its share of them there."""


def page(studies: list[Study], size: Size) -> str:
    """All tables."""
    quick = f"\n\nQuick: {size.dialogues} dialogues drawn at random." if size.dialogues else ""
    return "\n\n".join(
        (
            "# Which of the paper's conclusions survive\n\n" + SETTING + "\n\n" + SYNTHETIC + quick,
            "## The claims\n\n" + claims_table(studies),
            "In brackets the effect in the paper's direction, and its standard error over dialogues.\n"
            + RULE,
            "## Each site alone\n\n" + _sites(studies),
            "## Routers of equal quality\n\n" + _routers(studies) + "\n\n" + BESIDE,
            "## At load\n\n" + LOADED + "\n\n" + _loads(studies),
        )
    )


def claims_table(studies: list[Study]) -> str:
    """A row for each claim, a column for each hardware."""
    return _table(
        ("claim", "paper", *(f"`{one.hardware}`" for one in studies)),
        [
            (
                claim.text,
                claim.paper,
                *(f"**{found.verdict}** ({found.figure})" for found in claim.findings),
            )
            for claim in claims(studies)
        ],
    )


def _sites(studies: list[Study]) -> str:
    head = ("hardware", "MT-Bench-101: phone", "edge", "MMLU (single turn): phone", "edge")
    return _table(
        head,
        [
            (
                f"`{one.hardware}`",
                *(f"{site.mean('e2e_s'):.1f} s" for site in (*one.multi_turn, *one.single_turn)),
            )
            for one in studies
        ],
    )


def _routers(studies: list[Study]) -> str:
    head = (
        "hardware",
        "cache",
        "router",
        "latency",
        "edge turns",
        "quality",
        "scoring",
        "reading again",
        "θ",
    )
    rows = []
    for one in studies:
        for cache, found in one.routers.items():
            for name, (theta, played) in found.items():
                latency_s, again_s = played.mean("e2e_s"), played.reread_s
                rows.append(
                    (
                        f"`{one.hardware}`",
                        f"`{cache}`" + (" (own)" if cache == one.cache else ""),
                        name,
                        f"{latency_s:.2f} s",
                        f"{played.edge_share:.1%}",
                        f"{played.mean('quality'):.3f}",
                        f"{played.mean('router_s'):.2f} s",
                        f"{again_s:.3f} s ({again_s / latency_s:.1%})",
                        f"{theta:.4f}",
                    )
                )
    return _table(head, rows)


def _loads(studies: list[Study]) -> str:
    head = ("hardware", "load", "users", "policy", "latency", "wait", "edge turns", "quality", "an edge turn")
    rows = []
    for one in studies:
        for heavy in one.loads:
            alone = {"always_edge": heavy.edge} if heavy.edge else {}
            for name, played in (alone | heavy.routers).items():
                rows.append(
                    (
                        f"`{one.hardware}`",
                        f"{heavy.load:g}",
                        f"{heavy.users:,}",
                        name,
                        f"{played.mean('e2e_s'):.2f} s",
                        f"{played.mean('queue_s'):.2f} s",
                        f"{played.edge_share:.1%}",
                        f"{played.mean('quality'):.2f}",
                        f"{played.edge_turn_s:.2f} s",
                    )
                )
    return _table(head, rows)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
