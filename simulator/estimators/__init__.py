"""What a turn is expected to cost at either site: the contract of every estimator (Eq. 6 and 7)."""

from typing import TYPE_CHECKING, NamedTuple, Protocol, Self

from channels.payload import Payload
from simulator.schedulers import EdgeServer
from workloads import Site, Turn

if TYPE_CHECKING:
    from simulator.phone import Phone


class Query(NamedTuple):
    """What the phone knows of a turn when it asks what each site would cost."""

    at_s: float
    prompt_tokens: float
    """L_p."""
    context_tokens: float
    """C_t."""
    device_reprefill_tokens: float
    """Delta C_t on the phone."""
    edge_reprefill_tokens: float
    """Delta C_t at the edge."""
    mean_device_tokens: float
    """The workload's mean reply of the small model: the paper's expected L_r^s."""
    mean_edge_tokens: float
    """The workload's mean reply of the large model: the paper's expected L_r^e."""
    uplink_bits: float
    """What the upload would weigh, whatever is attached to the prompt included."""
    mean_downlink_bits: float
    """What the large model's mean reply would weigh."""
    router_s: float
    """T_router, already spent."""
    phone: "Phone"
    """The phone itself, for estimators that look at its link and its queue."""
    edge: EdgeServer
    """The edge server, for estimators that are told its queue."""
    turn: Turn
    """The turn itself. The lengths of its two answers are for the all-knowing only."""
    payload: Payload
    """What a message weighs."""

    def reprefill_tokens(self, site: Site) -> float:
        """Delta C_t at `site`."""
        return self.device_reprefill_tokens if site is Site.DEVICE else self.edge_reprefill_tokens


class Expected(NamedTuple):
    """Expected latency of the turn at either site, in seconds."""

    device_s: float
    """T_total^s, Eq. 6."""
    edge_s: float
    """T_total^e, Eq. 7."""

    @property
    def gap_s(self) -> float:
        """T_total^e - T_total^s: what Eq. 11 weighs."""
        return self.edge_s - self.device_s


class Estimator(Protocol):
    """A belief about latency."""

    def open(self, edge: EdgeServer) -> "Estimator":
        """The belief as it is at the start of a run on this edge, of which it may hear from now on."""

    def expect(self, query: Query) -> Expected:
        """Expected latency at both sites, from now-known quantities only."""


class Unheeding:
    """What estimators that listen to nobody have in common."""

    def open(self, edge: EdgeServer) -> Self:
        """Itself: every run begins alike."""
        return self
