"""Edgewise: which model should answer this turn, the small one on the phone or the large one at the edge?

`simulate` runs a configuration and returns its logs as pandas frames. The command line is
`python -m simulator`; what one turn does is `simulator.turn`, its equations are `simulator.latency`.
"""

from simulator.notebook import Run, simulate

__all__ = ["Run", "simulate"]
