"""Measuring many points on several processes, those that are kept already left out."""

import json
import os
import signal
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

from simulator.mistakes import Mistake
from simulator.points import Measured, Point
from simulator.points.kept import keep, kept


def measured(points: Sequence[Point], folder: Path, workers: int) -> dict[str, Measured]:
    """What all points measure, by name and in their order; each is written to `folder` as soon as it is done.

    Points that ask for the same are measured together. With one worker everything happens in this process. A
    bar shows on a terminal how far it is. Raises `Mistake` where a point is a mistake, or the folder takes no
    files; what was done by then is kept.
    """
    names = [point.name for point in points]
    if len(set(names)) < len(names):
        raise ValueError("two points have one name")
    found = {point.name: done for point in points if (done := kept(folder, point)) is not None}
    rest = sorted((point for point in points if point.name not in found), key=lambda point: -point.cost)
    alike: dict[str, list[Point]] = {}
    for point in rest:
        alike.setdefault(_asked(point), []).append(point)
    firsts = [same[0] for same in alike.values()]
    with _bar(points, rest) as passed, closing(_all(firsts, workers)) as coming:
        for first, done in coming:
            for point in alike[_asked(first)]:
                keep(folder, point, done)
                found[point.name] = done
                passed(point)
    return {name: found[name] for name in names}


def _asked(point: Point) -> str:
    return json.dumps([point.measure, point.arguments], sort_keys=True)


def _all(points: Sequence[Point], workers: int) -> Generator[tuple[Point, Measured], None, None]:
    if workers == 1 or len(points) < 2:
        for point in points:
            yield point, one(point)
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_leave_interrupts)
    try:
        running = {pool.submit(one, point): point for point in points}
        for future in as_completed(list(running)):
            if future.exception() is not None:
                yield from _finished(running)
            yield running.pop(future), future.result()
        pool.shutdown()  # all is done: let them tidy up
    except BrokenProcessPool as error:
        raise Mistake(
            "a process that measured was killed, for want of memory? try fewer --workers"
        ) from error
    finally:
        for process in list((getattr(pool, "_processes", None) or {}).values()):
            process.terminate()  # what they have under way is lost, what is done is kept
        pool.shutdown(cancel_futures=True)


def _finished(running: dict[Future[Measured], Point]) -> Iterator[tuple[Point, Measured]]:
    """Those that are done and whose turn would not come, now that one of them has failed."""
    for future, point in running.items():
        if future.done() and not future.cancelled() and future.exception() is None:
            yield point, future.result()


def one(point: Point) -> Measured:
    """Measure a point in this process."""
    module, _, function = point.measure.rpartition(".")
    done: Measured = getattr(import_module(module), function)(**point.arguments)
    return done


def _leave_interrupts() -> None:
    """Ctrl-C is for the process that waits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _bar(points: Iterable[Point], rest: Sequence[Point]) -> Iterator[Callable[[Point], None]]:
    """How far it is, on a terminal; what was kept already counts as done."""
    from tqdm import tqdm

    total = sum(point.cost for point in points)
    ahead = sum(point.cost for point in rest)
    bar = tqdm(
        total=total,
        initial=total - ahead,
        disable=None,  # unless standard error is a terminal
        bar_format="{percentage:3.0f}% {bar} {desc} [{elapsed}<{remaining}]",
        leave=False,
    )

    def passed(point: Point) -> None:
        bar.set_description_str(point.name, refresh=False)
        bar.update(point.cost)

    with bar:
        yield passed


def processors() -> int:
    """How many processes can run at once here."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def checked_workers(workers: int) -> int:
    """The number if it can be one. Raises `Mistake`."""
    if workers < 1:
        raise Mistake(f"--workers {workers}: must be at least 1")
    return workers
