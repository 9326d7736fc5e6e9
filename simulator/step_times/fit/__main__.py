"""The command line of the fits."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from simulator.build import build
from simulator.mistakes import Mistake
from simulator.step_times import StepTime
from simulator.step_times.fit.least_squares import DIGITS, errors, fit_linear, fit_regimes
from simulator.step_times.fit.sample import Sample, sample
from simulator.step_times.profile import Profile


def main(arguments: Sequence[str] | None = None) -> None:
    """Print both fits; exit code 1 and one line for a mistake."""
    try:
        print(report(_options(arguments)))
    except Mistake as mistake:
        print(f"error: {mistake}", file=sys.stderr)
        sys.exit(1)


def report(options: argparse.Namespace) -> str:
    """Both fits as yaml, with their errors. Raises `Mistake` for a profile that cannot be read."""
    batches = sample(options.kv_tokens)
    if not all(batches.values()):
        raise Mistake(f"--kv-tokens {options.kv_tokens}: too few for any batch; give at least 10000")
    settings = {"path": options.profile, "layers": options.layers, "skew": None}
    target = {"_target_": "simulator.step_times.profile.Profile"}
    truth: Profile = build(target | settings | {"tensor_parallel": _tensor_parallel(options)}, "profile")
    return "\n\n".join(
        _yaml(name, law, truth, batches)
        for name, law in (
            ("linear", fit_linear(truth, batches)),
            ("regimes", fit_regimes(truth, batches)),
        )
    )


def _yaml(name: str, law: StepTime, truth: Profile, batches: Sample) -> str:
    lines = [f"# {name}, fitted to {truth.path}; relative error (mean, 95 % of batches below):"]
    for part, some in batches.items():
        found = errors(law, truth, some)
        lines.append(f"# {part} {found.mean():.1%}, {np.quantile(found, 0.95):.1%} ({len(some)} batches)")
    lines.append(f"_target_: simulator.step_times.{name}.{type(law).__name__}")
    for key, value in asdict(law).items():  # type: ignore[call-overload]
        if isinstance(value, dict):
            lines += [f"{key}:", *(f"  {inner}: {_plain(price)}" for inner, price in value.items())]
        else:
            lines.append(f"{key}: {_plain(value)}")
    return "\n".join(lines)


def _plain(price: float) -> str:
    return f"{price:.{DIGITS - 1}e}" if price else "0.0"


def _tensor_parallel(options: argparse.Namespace) -> dict[str, float] | None:
    if options.gpus == 1:
        return None
    if options.bytes_per_token is None:
        raise Mistake("--bytes-per-token must be set with several GPUs: hidden size x 2, e.g. 10240")
    names = ("gpus", "bytes_per_token", "link_bytes_per_s", "link_latency_s")
    return {name: getattr(options, name) for name in names}


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m simulator.step_times.fit", description="Fit step-time laws to a profile."
    )
    parser.add_argument("profile", help="a folder, or an embedded profile's name")
    parser.add_argument("--layers", type=int, required=True, help="of the model")
    parser.add_argument(
        "--kv-tokens", type=int, default=400_000, help="largest batch, in tokens of KV cache (%(default)s)"
    )
    parser.add_argument("--gpus", type=int, default=1, help="that share the model (%(default)s)")
    parser.add_argument("--bytes-per-token", type=int, help="hidden size x bytes of a number")
    parser.add_argument("--link-bytes-per-s", type=float, default=16e9, help="between GPUs (%(default)g)")
    parser.add_argument("--link-latency-s", type=float, default=20e-6, help="likewise (%(default)g)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
