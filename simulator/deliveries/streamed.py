"""A reply is sent token by token while it is written, as chats do."""

from collections.abc import Generator
from functools import partial
from typing import Any

import simpy
from pydantic.dataclasses import dataclass

from simulator.deliveries import Delivered, Reply
from simulator.deliveries._stream import sent
from simulator.radio import OwnRadio, Radio
from workloads import STRICT, Turn


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Streamed:
    """Each token goes down when it is out, and the user reads along.

    The tokens leave the server evenly between the first and the last, each with an equal part of the reply's
    bits, and wait for the link first come, first served. The link is a function of time, so all of that is
    worked out when the last token is out: exactly, in one event.

    Of replies to one phone that are written at the same time, each shares the link, first come, first served,
    with the tokens of those that ended before it, and knows nothing of those that end after it. So each is
    through as if the reply that ends first had precedence, and the link never carries more than it can.

    Left out: headers of the many small packets; how unevenly a batch writes, as the spacing is the reply's
    mean. A KV cache that comes along is spread over the tokens.
    """

    @property
    def looks_back(self) -> bool:
        """Yes."""
        return True

    def bring(self, radio: Radio, turn: Turn, reply: Reply) -> Generator[simpy.Event, Any, Delivered]:
        """Wait for what is left of the reply when its last token is out. Raises TypeError on shared air."""
        if not isinstance(radio, OwnRadio):
            raise TypeError("what a shared link could have carried is not known afterwards")
        transfer, stream = yield radio.stream(turn, partial(sent, radio.rate, reply))
        return Delivered(transfer, stream.through_s - stream.seen_at_s)
