"""The threshold at which a router's answers are as good as wanted."""

from collections.abc import Callable
from typing import TypeVar

Run = TypeVar("Run")

MOST_RUNS = 16
NEAREST_END = 0.1
"""An interpolated guess keeps so far from both ends of the bracket, or the bracket would shrink from one."""


def threshold(
    measure: Callable[[float], tuple[float, Run]],
    target: float,
    tolerance: float,
    start: float,
    step: float,
) -> tuple[float, Run]:
    """Where a figure that falls with the threshold, but for noise, meets `target`: threshold and run.

    `measure` runs at a threshold and tells the figure. From `start`, steps that double bracket the target;
    then the bracket shrinks by false position. Ends within `tolerance`, or after `MOST_RUNS` runs with
    the nearest that was seen.
    """
    best: tuple[float, float, Run] | None = None
    above: tuple[float, float] | None = None
    below: tuple[float, float] | None = None
    theta = start
    for _ in range(MOST_RUNS):
        figure, run = measure(theta)
        off = abs(figure - target)
        if best is None or off < best[0]:
            best = (off, theta, run)
        if off <= tolerance:
            break
        if figure > target:
            above = (theta, figure)
        else:
            below = (theta, figure)
        if above and below:
            theta = _between(above, below, target)
        else:
            theta += step if above else -step
            step *= 2.0
    assert best is not None
    return best[1:]


def _between(above: tuple[float, float], below: tuple[float, float], target: float) -> float:
    """False position, kept away from the ends."""
    (low, high_figure), (high, low_figure) = above, below
    part = (high_figure - target) / (high_figure - low_figure)
    return low + (high - low) * min(max(part, NEAREST_END), 1.0 - NEAREST_END)
