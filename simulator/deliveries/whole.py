"""A reply is sent when its last token is out: Eq. 3."""

from collections.abc import Generator
from typing import Any

import simpy
from pydantic.dataclasses import dataclass

from simulator.deliveries import Delivered, Reply
from simulator.radio import Radio
from workloads import STRICT, Turn


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Whole:
    """The paper's way: the user waits for the last token, and sees the whole reply at once."""

    @property
    def looks_back(self) -> bool:
        """No: nothing is sent before."""
        return False

    def bring(self, radio: Radio, turn: Turn, reply: Reply) -> Generator[simpy.Event, Any, Delivered]:
        """The first token is seen with the last."""
        return Delivered((yield radio.send(turn, reply.bits)), 0.0)
