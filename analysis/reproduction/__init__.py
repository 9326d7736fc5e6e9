"""The paper reproduced, for readers: figures, verdicts and a page, out of one file of results.

`python -m simulator.reproduction` measures and writes `results.json`; nothing is simulated here, and the only
numbers typed by hand are the paper's own (`paper.py`).
"""
