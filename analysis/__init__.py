"""Reading the logs of runs: frames, comparisons, figures.

The contract is `load`: it opens one run's folder, or a folder of runs at any depth, and returns `Runs`, three
tidy frames. Everything else here takes those frames. What their columns mean is in `COLUMNS.md`.

This package knows the files alone; it imports nothing of the simulator.
"""

from analysis.compare import paired
from analysis.loading import Runs, load
from analysis.logs import Unreadable
from analysis.queues import queue_over_time

__all__ = ["Runs", "Unreadable", "load", "paired", "queue_over_time"]
