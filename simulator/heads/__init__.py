"""Eq. 10's linear head: p_t = sigmoid(W [h_CLS; L_p] + b), as a file that a person can read.

A head belongs to the encoder on whose vectors it was fitted; it names that encoder and how the text was cut.
`fit.py` makes heads, `metrics.py` says how good they are, `card.py` writes it down. The embedded heads lie
beside this file as NAME.json.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from hashlib import sha256
from math import exp, fsum, log1p
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import NonNegativeInt, PositiveInt, ValidationError
from pydantic.dataclasses import dataclass

from simulator.encoders.text import digest
from simulator.mistakes import nearest
from workloads import STRICT

HEADS = Path(__file__).parent
"""Where the embedded heads lie."""

MARK = 12
"""Hexadecimal digits of a text's mark."""

Length = Literal["log1p_words", "words"]
"""How the prompt length L_p enters Eq. 10: as log(1 + words), or as the words themselves."""


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Head:
    """W and b of Eq. 10, with the standardisation of the features folded in, and what they were fitted on."""

    checkpoint: str
    """The encoder: a hub id, or a local folder's path."""
    revision: str
    """The encoder's commit; empty for a local folder."""
    weights: str
    """SHA-256 of the encoder's weights file, in hexadecimal digits."""
    history_turns: NonNegativeInt
    """How many turns before the last were read with it."""
    truncation_side: Literal["left", "right"]
    """Which end of a text that is too long was cut."""
    max_tokens: PositiveInt | None
    """Where the encoder cut a text, in its own tokens; None: after as many as it takes."""
    dtype: Literal["float32", "float16", "bfloat16"]
    """Of the encoder's arithmetic: entries that are next to nothing in one may be nothing in another."""
    length: Length
    """How the prompt length L_p enters."""
    label: str
    """Whose probability p_t is."""
    trained_on: str
    """Which rows it was fitted on."""
    intercept: float
    """b."""
    length_coefficient: float
    """The last entry of W, that of L_p."""
    coefficients: tuple[float, ...]
    """The other entries of W, one for each entry of h_CLS."""
    texts: str
    """Marks of the texts it was fitted on (`marks`), so that a run can tell when it scores them again."""

    def score(self, vector: npt.NDArray[np.float32], words: float) -> float:
        """p_t of a turn whose text has the CLS state `vector`, shape [width], and whose prompt has `words`.

        Products in float64, added exactly: the same bits in any batch and any order of turns.
        Raises ValueError where the vector's width is not the head's.
        """
        return sigmoid(self.logit(vector, words))

    @property
    def sha256(self) -> str:
        """Of all that the head is, whatever its file is called."""
        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def seen(self, texts: Iterable[str]) -> int:
        """How many of these texts it was fitted on: on them its scores are better than it is."""
        own = {self.texts[start : start + MARK] for start in range(0, len(self.texts), MARK)}
        return sum(mark(text) in own for text in texts)

    def logit(self, vector: npt.NDArray[np.float32], words: float) -> float:
        """W [h_CLS; L_p] + b, before the sigmoid. Raises ValueError where the widths differ."""
        if np.shape(vector) != (len(self.coefficients),):
            raise ValueError(
                f"the head has {len(self.coefficients)} coefficients, but the encoder's vector has "
                f"{np.size(vector)} entries: this head was fitted on {self.checkpoint}"
            )
        terms = [w * h for w, h in zip(self.coefficients, vector.tolist(), strict=True)]
        return fsum([*terms, self.length_coefficient * length_feature(self.length, words), self.intercept])


def mark(text: str) -> str:
    """A text's mark: too short to tell anything of it, long enough to know it again."""
    return digest(text).hex()[:MARK]


def marks(texts: Iterable[str]) -> str:
    """The marks of different texts, sorted, one after another."""
    return "".join(sorted({mark(text) for text in texts}))


def length_feature(length: Length, words: float) -> float:
    """L_p as it enters Eq. 10."""
    return log1p(words) if length == "log1p_words" else words


def sigmoid(logit: float) -> float:
    """The logistic function, without overflow."""
    if logit >= 0.0:
        return 1.0 / (1.0 + exp(-logit))
    odds = exp(logit)
    return odds / (1.0 + odds)


def embedded() -> list[str]:
    """Names of the embedded heads."""
    return sorted(file.stem for file in HEADS.glob("*.json"))


def read_head(name: str) -> Head:
    """The head that `name` means: an embedded one's name, or a file's path.

    A folder means the head.json in it. Raises ValueError in one line for an absent or unreadable file and for
    a file that holds no head.
    """
    file = HEADS / f"{name}.json" if name in embedded() else _home(name)
    file = file / "head.json" if file.is_dir() else file
    if not file.is_file():
        names = embedded()
        known = f", or one of {', '.join(names)}" if names else ""
        raise ValueError(
            f"no head {name!r}: {nearest(name, names)}give the file head.json of a trained head{known}"
        )
    try:
        entries = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{name}: not a readable head ({str(error).splitlines()[0]})") from error
    return _checked(entries, name)


def _home(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError as error:
        raise ValueError(f"{name}: {error}") from error


def write_head(file: Path, head: Head) -> None:
    """Write a head; every number comes back from the file with the same bits."""
    entries = asdict(head)
    rows = _rows(entries.pop("coefficients"))
    text = json.dumps(entries, indent=2, ensure_ascii=False).removesuffix("\n}")
    file.write_text(f'{text},\n  "coefficients": [\n{rows}\n  ]\n}}\n', encoding="utf-8")


def _rows(numbers: Sequence[float], in_a_row: int = 4) -> str:
    """Numbers as JSON, a few in a line: 384 lines help nobody."""
    cells = [repr(number) for number in numbers]
    lines = [", ".join(cells[start : start + in_a_row]) for start in range(0, len(cells), in_a_row)]
    return ",\n".join(f"    {line}" for line in lines)


def _checked(entries: object, name: str) -> Head:
    """The head with these entries. Raises ValueError in one line, naming the first that does not fit."""
    keys = [field.name for field in fields(Head)]
    if not isinstance(entries, dict):
        raise ValueError(f"{name}: no head, but a JSON {type(entries).__name__}; it needs {', '.join(keys)}")
    for key in entries:
        if key not in keys:
            raise ValueError(f"{name}: unknown key {key!r}; {nearest(key, keys)}a head has {', '.join(keys)}")
    for key in keys:
        if key not in entries:
            raise ValueError(f"{name}: no key {key!r}; a head has {', '.join(keys)}")
    try:
        head = Head(**entries)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where, told = ".".join(map(str, problem["loc"])), problem["msg"]
        raise ValueError(f"{name}: {where}: {told[0].lower()}{told[1:]}, not {problem['input']!r}") from error
    if not head.coefficients:
        raise ValueError(f"{name}: the head has no coefficients; it needs one for each entry of h_CLS")
    return head
