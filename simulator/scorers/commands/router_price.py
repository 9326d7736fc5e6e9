"""tau_r of Eq. 4: one price for a word or token that makes a workload's mean router time right."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.encoders.timing import Cost
from workloads import Prompt

Floats = NDArray[np.float64]
Charged = Callable[[float, float], float]
"""What a device multiplies by tau_r, from C_t and L_p."""


class Reader(NamedTuple):
    """What an encoder takes to read a text, from its words."""

    tokens: Floats
    """Lengths that were measured, rising."""
    seconds: Floats
    """The median of each."""
    cost: Cost
    tokens_per_word: float
    empty_tokens: int
    """Tokens of a text without words: those that mark its ends."""
    max_tokens: int
    """Where it stops reading."""

    @property
    def max_words(self) -> float:
        """From here on a text is cut."""
        return (self.max_tokens - self.empty_tokens) / self.tokens_per_word

    def seconds_of(self, words: Floats) -> Floats:
        """Seconds for texts of so many words: as measured; beyond the longest as the line rises."""
        tokens = np.minimum(self.max_tokens, self.empty_tokens + self.tokens_per_word * words)
        beyond = np.maximum(0.0, tokens - self.tokens[-1])
        found: Floats = np.interp(tokens, self.tokens, self.seconds) + self.cost.per_token_s * beyond
        return found


class Turns(NamedTuple):
    """The lengths of a workload's turns in words, one entry for each."""

    context: Floats
    """C_t, with replies as long as the mean of both sites'."""
    prompt: Floats
    """L_p."""
    read: Floats
    """What a scorer with so many history_turns reads."""


class Price(NamedTuple):
    """tau_r of one device, and what it charges."""

    tau_s: float
    charged_s: tuple[float, ...]
    """tau_r (C_t + L_p), as this device counts it: the mean, then the turns that `picked` picks [s]."""


def turns_of(dialogues: Iterable[Sequence[Prompt]], history_turns: int) -> Turns:
    """Every turn of these dialogues, as long as the simulator takes it to be."""
    rows = []
    for dialogue in dialogues:
        spoken = [0.0]
        for prompt in dialogue:
            reply = (prompt.device.tokens + prompt.edge.tokens) / 2.0
            spoken.append(spoken[-1] + prompt.tokens + reply)
        for turn, prompt in enumerate(dialogue):
            unread = spoken[max(0, turn - history_turns)]
            rows.append((spoken[turn], prompt.tokens, spoken[turn] - unread + prompt.tokens))
    context, prompts, read = np.array(rows, float).T
    return Turns(context, prompts, read)


def picked(lengths: Floats, turns: Turns) -> Floats:
    """`lengths` of a turn of mean lengths, of the shortest turn and of the longest, by C_t + L_p."""
    said = turns.context + turns.prompt
    return np.array([lengths.mean(), lengths[said.argmin()], lengths[said.argmax()]])


def price(charged: Charged, turns: Turns, taken_s: Floats) -> Price:
    """The price with which the charges of all turns together are what reading them takes, `taken_s`."""
    units = np.array(list(map(charged, turns.context.tolist(), turns.prompt.tolist())))
    if not units.sum() > 0:
        raise ValueError("no turn of the workload has any words, so there is no price for one")
    tau_s = float(taken_s.sum() / units.sum())
    some = zip(picked(turns.context, turns).tolist(), picked(turns.prompt, turns).tolist(), strict=True)
    charged_s = (tau_s * charged(context, prompt) for context, prompt in some)
    return Price(tau_s, (tau_s * float(units.mean()), *charged_s))
