"""What arrives: the contract of every workload.

A workload fixes everything that does not depend on a decision: who says what when, and how *both* sites
would answer. A policy reveals an answer; it never causes a draw. Every random number is asked for by its
name (`workloads.luck.Luck`), so no draw moves another.

One token is one word of the prompt, as in the paper (Section IV-A), unless a table says otherwise.
This room knows neither the simulator nor SimPy.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from pydantic import ConfigDict

from workloads.luck import Luck

STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)
"""How every law reads its settings: unknown keys, NaN and infinities are errors."""


class Site(StrEnum):
    """Where a turn is answered. The paper's d_t is 1 for `DEVICE` and 0 for `EDGE` (Eq. 8, 12)."""

    DEVICE = "device"
    EDGE = "edge"


class Answer(NamedTuple):
    """How one site would answer one turn."""

    tokens: float
    """Length of the reply, L_r^k, in tokens (the paper's means are not whole)."""
    quality: float
    """How good it is, on the workload's own scale; NaN where nothing is known."""
    think_tokens: float = 0.0
    """How many of the tokens, the first ones, are thoughts: neither sent nor kept (`workloads.thinking`)."""


class Exchange(NamedTuple):
    """What was said in one turn, word for word."""

    prompt: str
    reply: str = ""
    """The reply on record, if any; a simulated site's answer has a length and a quality, but no words."""


Transcript = tuple[Exchange, ...]
"""A dialogue up to and including a turn, whose own reply no router may read."""


class Prompt(NamedTuple):
    """One turn as the workload's table holds it, before a length law touched the replies."""

    tokens: float
    """New text of the user, L_p, in tokens."""
    device: Answer
    edge: Answer
    score: float
    """Table score p_t of Eq. 10 in [0, 1]: how much this prompt needs the edge; NaN where unknown."""
    task: str
    """What kind of question it is (a subject, a task); free text for grouping."""
    said: Exchange | None = None
    """The words, where the workload holds any; routers that read text ask for them."""


class Turn(NamedTuple):
    """One prompt and the two answers it could get; drawn before anyone decides."""

    user_id: int
    session_id: int
    """Counts one user's sessions from 0."""
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody misses here
    """Counts the session's turns from 0."""
    pause_s: float
    """Seconds between the previous reply and this prompt; 0 on the first turn."""
    prompt_tokens: float
    device: Answer
    edge: Answer
    score: float
    task: str
    attached_bits: float = 0.0
    """Image or file that goes up with the prompt, once, if the edge answers."""
    transcript: Transcript = ()
    """The dialogue word for word, up to this turn; empty where the workload holds figures only."""

    def answer(self, site: Site) -> Answer:
        """The answer that `site` would give."""
        return self.device if site is Site.DEVICE else self.edge


class Start(NamedTuple):
    """When a session begins: at an instant, or some time after the user's previous session ended."""

    seconds: float
    after_previous: bool


class Session(NamedTuple):
    """One user's conversation."""

    user_id: int
    session_id: int
    start: Start
    turns: tuple[Turn, ...]


class Workload(Protocol):
    """What users ask."""

    @property
    def device_tokens(self) -> float:
        """Mean reply length of the small model: what a router may expect."""

    @property
    def edge_tokens(self) -> float:
        """Mean reply length of the large model: what a router may expect."""

    def dialogue(self, user_id: int, session_id: int, luck: Luck) -> Sequence[Prompt]:
        """The turns of one session, at least one."""

    def transcripts(self) -> Iterator[Transcript]:
        """What any of its turns may say, each once or more; nothing where it holds figures only."""


class Lengths(Protocol):
    """How long replies are, given their means."""

    def tokens(self, mean_tokens: float, uniform: float) -> float:
        """Reply length at quantile `uniform` in (0, 1) of a law with mean `mean_tokens`."""


class Arrivals(Protocol):
    """When users begin a session, and how long they pause between turns."""

    def starts(self, user_id: int, users: int, luck: Luck) -> Iterator[Start]:
        """The starts of one user's sessions, in order; endless unless the law itself ends."""

    def pause_s(self, uniform: float) -> float:
        """Pause between a reply and the next prompt, at quantile `uniform` in (0, 1), in seconds."""
