"""The paper's estimator with eyes for the air: Eq. 1-7 at Table I's prices and the rate that is reported."""

from pydantic.dataclasses import dataclass

from channels import Part
from simulator import latency
from simulator.estimators import Expected, Query, Unheeding
from simulator.expectation import Prices
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Reported(Prices, Unheeding):
    """Believes in fixed prices and mean replies, and that the link stays as its report has it.

    The report tells what the user would have alone: who else is sending is not known, nor are queues.
    """

    report: Part
    """What is known of the rate (`channels.report`)."""

    def expect(self, query: Query) -> Expected:
        """Eq. 6 and Eq. 7, with Eq. 3 in bits and bit/s."""
        radios, report = query.phone, self.report
        communication_s = latency.edge_communication_s(
            query.uplink_bits,
            query.mean_downlink_bits,
            report.rate_bps(radios.up.rate, query.at_s),
            report.rate_bps(radios.down.rate, query.at_s),
            self.overhead_s,
        )
        return self.expected(query, communication_s)
