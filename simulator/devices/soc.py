"""A phone's system on a chip: a small model on the NPU or the CPU, with heat, a battery and little memory."""

from math import inf
from typing import Annotated, Literal

import simpy
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from channels import Part
from simulator.clock import Clock
from simulator.columns import Note
from simulator.devices import Body, Spent
from simulator.devices.parts.cpu import Cpu
from simulator.devices.parts.cpu_model import CpuModel
from simulator.devices.parts.npu import Npu
from simulator.devices.parts.scores import ScoresApart, ScoresBeside
from simulator.devices.parts.small_model import SmallModel
from workloads import STRICT, Site, Turn


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Soc:
    """Prices of a measured phone, and what wears them down.

    The model reads in chunks and writes token by token, one job at a time, at a speed that falls as its chip
    heats up. On the CPU it shares the chip with the router's scores; on an NPU the two do not meet. The
    model remembers its last few sessions; others, and those that outgrow its window, it reads again.

    The battery pays for tokens and radio, when a turn is over. Left out: standby and screen; charging (an
    empty phone goes on as if on a charger); loading the model; what a slower chip saves; the heat of the
    radio, and of scores on an NPU phone; that writing slows down as the context grows.
    """

    runs_on: Literal["npu", "cpu"]
    """Where the small model is."""
    chunk_tokens: PositiveInt
    """The model reads so many tokens at once."""
    chunk_s: PositiveFloat
    """Time of a chunk, however full [s]."""
    decode_s_per_token: PositiveFloat
    """Time of a token written [s]."""
    tokens_per_word: PositiveFloat
    """The model's tokens in a word of the workload, and the router's."""
    window_tokens: PositiveInt | None
    """Longest context, prompt and reply together; null: no limit."""
    kv_sessions: Annotated[int, Field(ge=0)]
    """How many sessions keep their cache between turns: those used last."""
    router_s_per_token: NonNegativeFloat
    """tau_r of Eq. 4: time of a token scored [s]."""
    router_window_tokens: PositiveInt | None
    """The router reads the end of the dialogue, up to so many tokens; null: all of it, as in Eq. 4."""
    battery_j: PositiveFloat
    """What a full battery holds [J]."""
    prefill_j_per_token: NonNegativeFloat
    """Energy of a token read [J]."""
    decode_j_per_token: NonNegativeFloat
    """Energy of a token written [J]."""
    router_j_per_token: NonNegativeFloat
    """Energy of a token scored [J]."""
    thermal: Part
    """How the model's chip slows down (`simulator.devices.thermal`)."""
    modem: Part
    """What the radio costs (`simulator.devices.modem`)."""

    def scored_tokens(self, context_words: float, prompt_words: float) -> float:
        """What the router reads."""
        tokens = self.tokens_per_word * (context_words + prompt_words)
        return tokens if self.router_window_tokens is None else min(tokens, self.router_window_tokens)

    def router_s(self, context_tokens: float, prompt_tokens: float) -> float:
        """Eq. 4, for what fits the router's window."""
        return self.router_s_per_token * self.scored_tokens(context_tokens, prompt_tokens)

    @property
    def keeps_all(self) -> bool:
        """No: it has room for a few sessions."""
        return False

    def open(self, clock: Clock, note: Note) -> "SocChips":
        """A cold, charged phone."""
        return SocChips(self, clock, note)

    def small_model(self) -> SmallModel:
        """The model's prices."""
        return SmallModel(
            chunk_tokens=self.chunk_tokens,
            chunk_s=self.chunk_s,
            decode_s_per_token=self.decode_s_per_token,
            tokens_per_word=self.tokens_per_word,
            window_tokens=self.window_tokens or inf,
            kv_sessions=self.kv_sessions,
        )


class SocChips:
    """The live side of `Soc`."""

    def __init__(self, law: Soc, clock: Clock, note: Note) -> None:
        self._law, self._clock = law, clock
        self._meter = law.modem.open()
        self._spent_j = 0.0
        model = law.small_model()
        self.model: Npu | CpuModel
        self._scores: ScoresApart | ScoresBeside
        if law.runs_on == "npu":
            self.model, self._scores = Npu(clock, model, law.thermal, note), ScoresApart(clock)
        else:
            cpu = Cpu(clock, law.thermal)
            self.model, self._scores = (
                CpuModel(clock, cpu, model, law.thermal, note),
                ScoresBeside(clock, cpu),
            )

    def route(self, turn: Turn, context_tokens: float, prompt_tokens: float) -> simpy.Event:
        """Scores queue for the CPU; where the model runs there too, they share it."""
        return self._scores.ask(turn, self._law.router_s(context_tokens, prompt_tokens))

    def after(self, spent: Spent) -> Body:
        """Pay for the turn."""
        law, job = self._law, spent.job
        energy_j = self._model_j(spent) if spent.site is Site.DEVICE else self._radio_j(spent)
        if spent.scored:
            energy_j += law.router_j_per_token * law.scored_tokens(job.context_tokens, job.prompt_tokens)
        self._spent_j += energy_j
        left = max(0.0, 1.0 - self._spent_j / law.battery_j)
        return Body(energy_j, left, self.model.temperature_c())

    def _model_j(self, spent: Spent) -> float:
        """Tokens read and written."""
        law, work = self._law, spent.work
        read_j = law.prefill_j_per_token * (work.reprefill_tokens + spent.job.prompt_tokens)
        return law.tokens_per_word * (read_j + law.decode_j_per_token * work.response_tokens)

    def _radio_j(self, spent: Spent) -> float:
        """Both transfers: the download ends now, and the edge worked between the two.

        A reply that is streamed keeps the radio on from its first token to its last.
        """
        now_s, (queue_s, prefill_s, decode_s, *_) = self._clock.env.now, spent.work
        down, first_seen_s = spent.down
        up_until_s = now_s - down.took_s - (queue_s + prefill_s + decode_s)
        down_at_s = now_s - max(down.took_s, first_seen_s)
        up_j = self._meter.transfer_j(up_until_s - spent.up.took_s, up_until_s, spent.up.bits, True)
        down_j = self._meter.transfer_j(down_at_s, now_s, down.bits, False)
        return float(up_j + down_j)
