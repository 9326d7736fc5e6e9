"""Iteration-level batching, without an event per iteration.

`engine` is the state of one batch and knows neither SimPy nor events: it says when next something changes,
and moves there in closed form. `memory` keeps its blocks. The schedulers of `simulator.schedulers` make
servers of it.
"""
