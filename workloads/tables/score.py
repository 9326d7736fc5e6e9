"""The `score` column: a stand-in for the paper's BERT router (Eq. 10), trained on public outcomes.

    python -m workloads.tables.score --raw DIR --encoder DIR --out DIR [--cache DIR]

For every turn: the CLS vector of its own text (`encode.py`) with the prompt length L_p appended, as
log(1 + words); all features standardised; a logistic regression with strong L2 on the label "the edge was
right and the device was wrong" of MMLU. MMLU itself gets five-fold out-of-fold probabilities; the other
benchmarks get the head fitted on all of MMLU, a general router that never saw them, as in the paper. GSM8K
has a second column, `score_tuned`: out-of-fold probabilities of a head fitted on its own outcomes. Of a
dialogue only the last message is read, as RouteLLM does.

Needs torch, transformers and scikit-learn in an environment of its own; about 12 minutes on one core,
nearly all of it encoding. `--cache` keeps the vectors.
"""

# mypy: disable-error-code="import-not-found, import-untyped"

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from workloads.tables.encode import cached_vectors
from workloads.tables.recovery import area, recovered_at
from workloads.tables.sources import BENCHMARKS, Query

Vector = npt.NDArray[np.float64]

SEED = 20250101
FOLDS = 5
INVERSE_L2 = 1e-3
"""scikit-learn's C: small, because the 385 features are noisy and the labels few."""
DECIMALS = 4
SHARES = (0.10, 0.20, 0.35, 0.50, 0.80)


def features(queries: Sequence[Query], vectors: npt.NDArray[np.float32]) -> Vector:
    """The CLS vector with log(1 + words) appended, shape [turns, 385]: [h_CLS; L_p] of Eq. 10."""
    log_words = np.log1p([query.words for query in queries])
    return np.column_stack([vectors.astype(np.float64), log_words])


def needs_edge(queries: Sequence[Query]) -> npt.NDArray[np.bool_]:
    """The label: edge right and device wrong."""
    return np.array([query.edge == 1.0 and query.device == 0.0 for query in queries])


def head() -> Pipeline:
    """Standardisation (fitted with the head, so on training rows only) and the logistic regression."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=INVERSE_L2, max_iter=2000))


def out_of_fold(inputs: Vector, labels: npt.NDArray[np.bool_]) -> Vector:
    """Each row's probability from the head fitted on the four folds without it."""
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    probabilities: Vector = cross_val_predict(head(), inputs, labels, cv=folds, method="predict_proba")
    return probabilities[:, 1]


def scores(benchmarks: dict[str, list[Query]], inputs: dict[str, Vector]) -> dict[str, dict[str, Vector]]:
    """The score columns of every benchmark."""
    fitted = head().fit(inputs["mmlu"], needs_edge(benchmarks["mmlu"]))
    made = {name: {"score": fitted.predict_proba(rows)[:, 1]} for name, rows in inputs.items()}
    made["mmlu"]["score"] = out_of_fold(inputs["mmlu"], needs_edge(benchmarks["mmlu"]))
    made["gsm8k"]["score_tuned"] = out_of_fold(inputs["gsm8k"], needs_edge(benchmarks["gsm8k"]))
    return made


def write(file: Path, queries: Sequence[Query], columns: dict[str, Vector]) -> None:
    """One file of scores: session, turn and the score columns."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(["session", "turn", *columns])
        for query, *values in zip(queries, *columns.values(), strict=True):
            writer.writerow([query.session, query.turn, *(f"{value:.{DECIMALS}f}" for value in values)])


def report(name: str, queries: Sequence[Query], values: Vector) -> str:
    """One line: the share of the quality gap recovered at each share of edge calls, and the area."""
    gain = np.array([query.edge - query.device for query in queries])
    if np.isnan(gain).any():
        return f"{name}: no outcomes"
    points = " ".join(f"{share:.0%}:{recovered_at(share, values, gain):.3f}" for share in SHARES)
    return f"{name}: {points} area {area(values, gain):.3f}"


def main() -> None:
    """Encode, fit, write one file per benchmark, print how good each score is."""
    parser = argparse.ArgumentParser(description="Make the score files that workloads.tables.build merges.")
    parser.add_argument("--raw", type=Path, required=True, help="folder with the downloaded sources")
    parser.add_argument("--encoder", type=Path, required=True, help="folder with all-MiniLM-L6-v2")
    parser.add_argument("--out", type=Path, required=True, help="folder for the score files")
    parser.add_argument("--cache", type=Path, help="folder that keeps the vectors between calls")
    arguments = parser.parse_args()
    benchmarks = {name: read(arguments.raw) for name, read in BENCHMARKS.items()}
    with TemporaryDirectory() as scratch:
        cache = arguments.cache or Path(scratch)
        inputs = {
            name: features(
                queries,
                cached_vectors([query.text for query in queries], arguments.encoder, cache / f"{name}.npy"),
            )
            for name, queries in benchmarks.items()
        }
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, columns in scores(benchmarks, inputs).items():
        write(arguments.out / f"{name}.csv", benchmarks[name], columns)
        for column, values in columns.items():
            print(report(f"{name} {column}", benchmarks[name], values))


if __name__ == "__main__":
    main()
