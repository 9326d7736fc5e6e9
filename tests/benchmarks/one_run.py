"""One run in a process of its own: `python -m tests.benchmarks.one_run OVERRIDE...` prints what it cost."""

import json
import resource
import sys
from pathlib import Path

from tests.benchmarks.measure import cpu_s
from tests.benchmarks.runs import scenario, simulate


def main() -> None:
    """A small run first, so that imports and first calls are not counted; then the one that is."""
    simulate(scenario("users=10"))
    of = scenario(*sys.argv[1:])
    found: list[dict[str, dict[str, int]]] = []
    spent_s = cpu_s(lambda: found.append(simulate(of)))
    print(json.dumps({"turns": found[0]["turns"]["done"], "cpu_s": spent_s, "peak_mb": _peak_mb()}))


def _peak_mb() -> float:
    """Most memory this process ever held. Linux' `ru_maxrss` would begin with the peak of the parent."""
    status = Path("/proc/self/status")
    if status.exists():
        peak_kb = next(
            line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM")
        )
        return int(peak_kb) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


if __name__ == "__main__":
    main()
