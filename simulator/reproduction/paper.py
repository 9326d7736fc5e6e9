"""What the paper reports, as far as something is measured or computed at its points."""

BENCHMARKS = ("mmlu", "gsm8k", "mtbench101")

BERT, RANDOM, BERT_BLIND, RANDOM_BLIND = "bert", "random", "bert_blind", "random_blind"
ROUTERS = {
    "mmlu": (BERT, RANDOM),
    "gsm8k": (BERT, RANDOM),
    "mtbench101": (BERT, BERT_BLIND, RANDOM, RANDOM_BLIND),
}
"""Blind ones know no context, which questions of one turn do not have."""
EXPERIMENT = {BERT: "", RANDOM: "_random", BERT_BLIND: "_blind", RANDOM_BLIND: "_random_blind"}
"""How the name of a router's experiment ends."""
PAIRS = (
    (BERT, RANDOM),
    (BERT, BERT_BLIND),
    (RANDOM, RANDOM_BLIND),
    (BERT_BLIND, RANDOM),
    (BERT_BLIND, RANDOM_BLIND),
)
"""Which routers are held against which."""

TARGETS = {"mmlu": 0.76, "mtbench101": 9.53}
"""The qualities of the points that the text names (Section IV)."""
ACCURACIES = {"mmlu": (0.6579, 0.8524), "gsm8k": (0.7309, 0.8901), "mtbench101": (9.29, 9.78)}
"""Of the phone's model and the edge's (Tables II and III)."""
SHARES = {
    "mmlu": {BERT: 0.35, RANDOM: 0.54},
    "gsm8k": {},
    "mtbench101": {BERT: 0.111, BERT_BLIND: 0.222, RANDOM: 0.444},
}
"""Of edge turns at these points."""
LATENCIES_S = {
    "mmlu": {BERT: 70.784, RANDOM: 75.039},
    "gsm8k": {},
    "mtbench101": {BERT: 11.157, BERT_BLIND: 12.233, RANDOM: 12.840},
}
"""Mean latencies there."""
