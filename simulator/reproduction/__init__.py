"""The paper's evaluation, measured here: `python -m simulator.reproduction`.

Everything of the paper's own part happens in an empty network, where one exact curve says what a router does
at every threshold (`simulator.thresholds.curve`); nothing is run once for each threshold, and a point checks
the curves against the event loop. Intervals are bootstraps over dialogues (`bootstrap`).
"""
