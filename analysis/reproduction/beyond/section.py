"""The page's part beyond the paper: what flips, where, and what does not."""

from analysis.reproduction.beyond import air_words, load_words, price_words, stale_words
from analysis.reproduction.beyond.reading import Results, measured

PARTS = {
    "beyond/load/": load_words,
    "beyond/air/": air_words,
    "beyond/prices/": price_words,
    "beyond/stale/": stale_words,
}
"""Who tells of which points."""
OPENING = """\
The paper's conclusions at equal quality, MT-Bench-101 at 9.53 in the empty network: (i) BERT routing is
faster than Random; (ii) context makes it faster; (iii) it is faster than the edge alone; (iv) weighing
latency is faster than the score alone; (v) it asks the edge less than Random. Here the same operating
points meet other users, air, prices and knowledge. All routers of a seed meet the same users, prompts,
scores, answers and air, and every counted turn is counted to its end. Effects are in the paper's
direction, with 95 % intervals over dialogues and, where users meet, over seeds; below 0 a conclusion has
flipped. They differ a little from those above and among one another where seeds or dialogues do. A
router's gap in quality to BERT on the same turns is made good in seconds: the time that its edge turns
take beyond its phone turns, over what they gain. The edge alone, in (iii), and the phone alone keep their
own quality. (v) cannot change where neither router sees what changes. Judge scores are synthetic, as
above."""


def section(results: Results) -> str:
    """Markdown, with `FIGURES/` before the names of figures."""
    told = [words.told(results) for prefix, words in PARTS.items() if measured(results, prefix)]
    return "\n\n".join(("## Beyond the paper: where the conclusions flip", OPENING, *told))


def summary(results: Results) -> list[str]:
    """A line of each part for the head of the page."""
    return [words.summary(results) for prefix, words in PARTS.items() if measured(results, prefix)]
