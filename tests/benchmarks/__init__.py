"""How fast the simulator is, as ratios measured within one run: `python -m tests.benchmarks`."""
