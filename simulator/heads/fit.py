"""Fitting Eq. 10's head: a logistic regression on [h_CLS; L_p], with every score out of fold.

The features are standardised on the training rows, and the standardisation is folded into W and b. The L2
penalty is strong, because a CLS vector has hundreds of noisy entries and the label rare. scikit-learn fits.
"""

# mypy: disable-error-code="import-not-found, import-untyped"

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from simulator.heads import Length
from simulator.mistakes import Mistake, nearest

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

Vector = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Label = Literal["edge_better", "device_fails"]
LABELS: tuple[str, ...] = get_args(Label)

SEED = 20250101
"""Of the folds."""
FOLDS = 5
INVERSE_L2 = 1e-3
"""scikit-learn's C."""


class Weights(NamedTuple):
    """W and b of Eq. 10 for features as they are, not standardised."""

    coefficients: tuple[float, ...]
    """One for each entry of h_CLS."""
    length_coefficient: float
    intercept: float


def features(vectors: npt.NDArray[np.float32], words: Vector, length: Length) -> Vector:
    """[h_CLS; L_p] of every turn, shape [turns, width + 1]."""
    return np.column_stack(
        [vectors.astype(np.float64), np.log1p(words) if length == "log1p_words" else words]
    )


def labels(device: Vector, edge: Vector, label: str, good_enough: float) -> Flags:
    """Which turns need the edge.

    `edge_better`: the edge's quality is above the device's; of right-or-wrong outcomes, edge right and device
    wrong. `device_fails`: the device's quality is below `good_enough`, whatever the edge does.
    """
    if label not in LABELS:
        raise Mistake(f"--label {label}: {nearest(label, LABELS)}a label is one of {', '.join(LABELS)}")
    return edge > device if label == "edge_better" else device < good_enough


def fit(inputs: Vector, wanted: Flags) -> Weights:
    """The head fitted on all rows."""
    scaler, regression = (step for _, step in _pipeline().fit(inputs, wanted).steps)
    weights = regression.coef_[0] / scaler.scale_
    *coefficients, length_coefficient = weights.tolist()
    return Weights(
        tuple(coefficients), length_coefficient, float(regression.intercept_[0] - weights @ scaler.mean_)
    )


def out_of_fold(inputs: Vector, wanted: Flags, dialogue: npt.NDArray[np.int64]) -> Vector:
    """Each row's probability from a head fitted on the folds without it; no fold splits a dialogue.

    `dialogue` is the number of each row's dialogue. The folds are stratified, shuffled and seeded.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, cross_val_predict

    alone = len(np.unique(dialogue)) == len(dialogue)
    folds: Any = (StratifiedKFold if alone else StratifiedGroupKFold)(FOLDS, shuffle=True, random_state=SEED)
    probabilities: Vector = cross_val_predict(
        _pipeline(), inputs, wanted, groups=None if alone else dialogue, cv=folds, method="predict_proba"
    )
    return probabilities[:, 1]


def check(name: str, wanted: Flags, dialogue: npt.NDArray[np.int64]) -> None:
    """Raise `Mistake` unless both classes are there in at least as many dialogues as there are folds."""
    for kind, rows in (("need the edge", wanted), ("do not need the edge", ~wanted)):
        found = len(np.unique(dialogue[rows]))
        if found < FOLDS:
            raise Mistake(
                f"{name}: {found} of {len(np.unique(dialogue)):,} dialogues have turns that {kind} by this "
                f"label; a fit in {FOLDS} folds takes at least {FOLDS}"
            )


def _pipeline() -> "Pipeline":
    """Standardisation, fitted with the head and so on its training rows only, and the regression."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=INVERSE_L2, max_iter=2000))
