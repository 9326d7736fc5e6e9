"""One user's phone: processors and two radio directions."""

from collections.abc import Callable
from functools import cached_property

from simulator.clock import Clock
from simulator.columns import Note
from simulator.devices import Device
from simulator.radio import Radio, Radios
from simulator.schedulers import Server


class Phone:
    """A live phone. `open_radios` fixes its air when a radio is first used; the air does not mind when."""

    def __init__(self, clock: Clock, device: Device, open_radios: Callable[[], Radios], note: Note) -> None:
        self.clock, self._open_radios = clock, open_radios
        chips = device.open(clock, note)
        self.route, self.after = chips.route, chips.after
        self.model: Server = chips.model

    @cached_property
    def _radios(self) -> Radios:
        return self._open_radios()

    @cached_property
    def up(self) -> Radio:
        """The uplink, with the overhead delta."""
        return self._radios.up

    @cached_property
    def down(self) -> Radio:
        """The downlink."""
        return self._radios.down
