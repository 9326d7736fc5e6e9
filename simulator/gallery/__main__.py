"""The command line: `python -m simulator.gallery` draws the situations of the air, with their figures."""

import sys
from pathlib import Path

import numpy as np

from simulator.commands import Parser, exit_code
from simulator.config import CONF
from simulator.gallery.sample import OUTAGE_BPS, Sample, sample, situation
from simulator.mistakes import Mistake, nearest

ORDER = ("paper", "good_5g", "indoor_wifi", "vehicular", "cell_edge", "congested_cell", "nbiot")
"""From fast to slow; others follow."""
USERS, INSTANTS = 40, 25
"""A thousand points a curve."""


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; exit code 0, or 1 after one line that says what is wrong."""
    known = [file.stem for file in (CONF / "air").glob("*.yaml")]
    known.sort(key=lambda name: (name not in ORDER, ORDER.index(name) if name in ORDER else 0, name))
    parser = Parser(prog="python -m simulator.gallery", description="Draw the situations of the air.")
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"choices of air: {', '.join(known)}")
    parser.add_argument("--out", metavar="DIR", type=Path, default=Path("gallery"), help="folder of the page")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws other users")
    parser.add_argument(
        "--routing", action="store_true", help="print where the air changes decisions instead"
    )

    def act() -> None:
        options = parser.parse_args(arguments)
        if not 0 <= options.seed < 2**63:
            raise Mistake(f"--seed {options.seed}: must be from 0 to 2**63 - 1")
        if options.routing:
            from simulator.gallery.routing import table

            print(table(options.seed))
        else:
            _gallery(options.names or known, known, options.out, options.seed)

    return exit_code(act)


def _gallery(names: list[str], known: list[str], folder: Path, seed: int) -> None:
    for name in names:
        if name not in known:
            raise Mistake(f"air={name}: {nearest(name, known)}air is one of {', '.join(known)}")
    airs = [situation(name, USERS, seed) for name in names]
    rows = [(air, sample(air, INSTANTS)) for air in airs]
    print(f"{'air':<16}{'up':>10}{'down':>10}{'outage':>9}{'p50':>9}{'p99':>9}")
    for air, seen in rows:
        print(f"{air.name:<16}" + _figures(seen))
    print(
        "mean rates in Mbit/s; share of uplink instants at 0.1 Mbit/s or less; uploads of 1,000 tokens in s",
        flush=True,
    )
    from simulator.gallery.page import draw

    folder.mkdir(parents=True, exist_ok=True)
    draw(rows, folder / "gallery.png")
    print(folder / "gallery.png")


def _figures(seen: Sample) -> str:
    p50_s, p99_s = np.quantile(seen.transfers_s[1_000], (0.5, 0.99), method="higher")
    outage = (seen.up_bps <= OUTAGE_BPS).mean()
    return (
        f"{seen.up_bps.mean() / 1e6:>10.3g}{seen.down_bps.mean() / 1e6:>10.3g}"
        f"{outage:>9.1%}{p50_s:>9.3g}{p99_s:>9.3g}"
    )


if __name__ == "__main__":
    sys.exit(main())
