"""REPRODUCTION.md: the whole page, out of the results. The same results give the same bytes."""

from importlib import import_module
from types import ModuleType

from analysis.reproduction import abstract, audit, claims, data, inputs, operating, summary, variants
from analysis.reproduction.results import COMMAND, Results
from analysis.reproduction.rows import Row, listed
from analysis.reproduction.verdicts import RULES

FIGURES = "FIGURES/"
"""Stands in the text for the folder of the figures."""
NEEDED = [
    *(f"paper/curves/{name}" for name in ("mmlu/bert", "mmlu/random", "gsm8k/bert", "gsm8k/random")),
    *(f"paper/curves/mtbench101/{name}" for name in ("bert", "bert_blind", "random", "random_blind")),
    *(
        f"paper/{kind}/{name}"
        for kind in ("sites", "targets", "dominance")
        for name in ("mmlu", "gsm8k", "mtbench101")
    ),
    *("paper/shares/mmlu", "paper/shares/mtbench101", "paper/crossing/gsm8k"),
    *("paper/arithmetic", "paper/checks/event_loop"),
    *(f"paper/sensitivity/score_table/mmlu/{name}" for name in ("score", "uniform", "oracle")),
    *(f"paper/sensitivity/thinking/mtbench101/{name}" for name in ("none", "share")),
]
"""The points without which there is no page of the paper's part."""
CAPTIONS = {
    "fig3": "Fig. 3: MMLU, accuracy against average latency.",
    "fig4": "Fig. 4: GSM8K, accuracy against average latency.",
    "fig5": "Fig. 5: GSM8K, accuracy against LLM usage.",
    "fig6": "Fig. 6: MT-Bench-101, score against average latency, with and without context.",
}
READ = """\
Bands are 95 % (dialogues resampled, and Random's luck with them). A filled diamond is our operating point at
the target quality (the paper's; on GSM8K half-way between the sites), a hollow square the paper's: mean
latency and share of LLM calls. The oracle takes the better answer, and the quicker site between equals."""
IMPLIED = "The reductions that the published operating points imply, read in every way:"
VARIANTS = """\
At the same target quality: each cell has the difference and the verdict on it beside the paper's; on GSM8K,
for which the paper has no numbers, only its side of 0 counts. Negative: the first is better."""
SYNTHETIC = """\
**Synthetic data.** MT-Bench-101 has no published score of any turn: both sites' judge scores are drawn from a
stated law with Table III's means. The outcomes on MMLU and GSM8K are those of a real pair of models (Mixtral
and GPT-4), the fewest flipped that give Table II's means. Scores p_t come from a real encoder
([tables](workloads/tables/README.md)). No language model runs here."""


def page(results: Results) -> str:
    """The page in Markdown, with `FIGURES/` before the names of figures. Raises `Unreadable`."""
    if has(results, "paper"):
        results.require(NEEDED)
    parts = ["# The paper, reproduced and audited", _head(results)]
    parts += [f"## In short\n\n{_short(results)}", f"## How it was made\n\n{_made(results)}"]
    if has(results, "paper"):
        parts += _paper(results)
    if has(results, "beyond"):
        parts.append(beyond().section(raw(results)))
    return "\n\n".join(part.strip() for part in parts) + "\n"


def has(results: Results, part: str) -> bool:
    """Whether any point of this part was measured."""
    return bool(results.named(f"{part}/"))


def beyond() -> ModuleType:
    """What presents the points beyond the paper."""
    return import_module("analysis.reproduction.beyond")


def raw(results: Results) -> dict[str, object]:
    """The file as JSON had it."""
    return {"about": results.about, "points": results.points}


def groups(results: Results) -> dict[str, list[Row]]:
    """Every number and claim of the paper, by where it stands."""
    return {
        "MMLU (Fig. 3)": [*operating.rows(results, "mmlu"), claims.mmlu(results)],
        "GSM8K (Figs. 4 and 5)": claims.gsm8k(results),
        "MT-Bench-101 (Fig. 6)": [*operating.rows(results, "mtbench101"), *claims.mtbench101(results)],
        "The abstract": abstract.rows(results),
        "What goes in (Tables I to III)": inputs.rows(results),
    }


def rows(results: Results) -> list[Row]:
    """All of them."""
    return [row for group in groups(results).values() for row in group]


def _head(results: Results) -> str:
    text = """\
[Bao et al. 2025](https://arxiv.org/abs/2508.11291), "Dynamic Quality-Latency Aware Routing for LLM Inference
in Wireless Edge-Device Networks": what it claims, what holds here, what does not, and why. This page is
generated; every number that is not the paper's comes from runs of this repository."""
    if results.about.get("quick"):
        text += (
            "\n\n**A quick run: few questions and seeds, wide intervals. Many verdicts are easy with these.**"
        )
    return text


def _short(results: Results) -> str:
    lines = summary.lines(results, rows(results)) if has(results, "paper") else []
    if has(results, "beyond") and hasattr(beyond(), "summary"):
        lines += beyond().summary(raw(results))
    return "\n".join(f"* {line}" for line in lines)


def _made(results: Results) -> str:
    about = results.about
    quick = " --quick" if about.get("quick") else ""
    seeds, few = (_listed(about.get(key, [])) for key in ("seeds", "seeds_of_sensitivities"))
    versions = ", ".join(f"{name} {version}" for name, version in about.get("versions", {}).items())
    lines = [
        f"`{COMMAND}{quick}` measures everything, draws the figures and writes this page. Seeds {seeds} "
        f"(sensitivities: {few}); {about.get('resamples', 'some')} resamples; "
        f"source {about.get('source', 'unknown')}; {versions}."
    ]
    if has(results, "paper"):
        lines += [summary.checks(results), SYNTHETIC]
    return "\n\n".join(lines)


def _listed(seeds: list[int]) -> str:
    return ", ".join(str(seed) for seed in seeds) or "none"


def _paper(results: Results) -> list[str]:
    """The sections of the paper's part."""
    images = "\n\n".join(
        f"![{text}]({FIGURES}{name}.png)\n\n*{text}* [SVG]({FIGURES}{name}.svg)"
        for name, text in CAPTIONS.items()
    )
    tables = "\n\n".join(f"### {title}\n\n{listed(own)}" for title, own in groups(results).items())
    return [
        f"## The figures\n\n{READ}\n\n{images}",
        f"## Number by number\n\n{summary.counts(rows(results))}\n\n{RULES}\n\n{tables}",
        f"## The abstract beside the paper's own points\n\n{IMPLIED}\n\n{abstract.own_numbers()}",
        f"## At the paper's own LLM usage\n\n{operating.at_shares(results)}",
        f"## Where the paper does not fit together\n\n{audit.section(results)}",
        f"## What the score tables know\n\n{data.section(results)}",
        f"## If something is taken otherwise\n\n{VARIANTS}\n\n{variants.section(results)}",
    ]
