"""The paper's "w/o context": the nominal estimator that forgets the dialogue so far."""

from pydantic.dataclasses import dataclass

from simulator.estimators import Expected, Query
from simulator.estimators.nominal import Nominal
from workloads import STRICT


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Blind(Nominal):
    """`Nominal` with C_t = 0 and Delta C_t = 0: every turn looks like a first one."""

    def expect(self, query: Query) -> Expected:
        """Eq. 6 and Eq. 7 of the prompt alone."""
        first_turn = query._replace(
            context_tokens=0.0, device_reprefill_tokens=0.0, edge_reprefill_tokens=0.0
        )
        return super().expect(first_turn)
