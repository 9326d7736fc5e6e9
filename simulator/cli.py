"""The command line: `python -m simulator`."""

import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from simulator.config import CONF, Configuration, configuration_of, hydra_version_base, normalise
from simulator.mistakes import Mistake

FAILED, INTERRUPTED = 1, 130


def main() -> None:
    """Run what the command line says; exit code 0, 1 for a mistake, 130 after Ctrl-C."""
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    overrides: list[str] = []
    if "" not in sys.path:  # the short command finds parts in the current folder, as python -m does
        sys.path.insert(0, "")
    try:
        # argparse takes no flag between overrides; the sweep flag may stand anywhere all the same.
        overrides = sorted(_arguments(), key=lambda argument: argument not in ("-m", "--multirun"))
        sys.argv[1:] = overrides
        sys.exit(_dispatch(overrides))
    except Mistake as mistake:
        error = mistake
    except (HydraException, OmegaConfBaseException) as problem:
        from simulator.explain import explain

        error = explain(problem, overrides)
    except ValueError as problem:
        from simulator.explain import NO_CHOICE, explain

        if NO_CHOICE not in str(problem):
            raise
        error = explain(problem, overrides)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        no_more_output()
        sys.exit(0)
    except OSError as problem:
        error = Mistake(f"{problem.filename or 'file system'}: {problem.strerror or problem}")
    print(f"error: {error}", file=sys.stderr)
    sys.exit(FAILED)


def _arguments() -> list[str]:
    """The command line, with `--config-dir DIR` as the override that it stands for: errors know it too."""
    arguments = normalise(sys.argv[1:])
    for place, argument in enumerate(arguments):
        flag, equals, folder = argument.partition("=")
        if flag in ("--config-dir", "-cd"):
            rest = arguments[place + 1 :]
            folder = folder if equals else rest.pop(0) if rest else "."
            if not Path(folder).is_dir():
                raise Mistake(f"{flag}: no folder {folder!r}")
            path = str(Path(folder).absolute()).replace("'", r"\'")
            return [f"hydra.searchpath=['file://{path}']", *arguments[:place], *rest]
    return arguments


def _dispatch(overrides: list[str]) -> int:
    """One plain run by the short way, everything else (sweeps, --help, --cfg) by Hydra's own main."""
    import hydra
    from hydra.core.global_hydra import GlobalHydra

    job = _Job()
    if any(argument.startswith(("-", "hydra.mode")) for argument in overrides):
        logging.raiseExceptions = False  # Hydra logs to stdout, which may be a closed pipe
        os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # errors come to us whole, and leave as one line
        hydra.main(config_path=str(CONF), config_name="config", **hydra_version_base())(job)()
    else:
        # hydra.main composes every configuration twice; this is what it then does, at half the cost.
        with hydra.initialize_config_dir(str(CONF), job_name="simulator", **hydra_version_base()):
            GlobalHydra.instance().hydra.run("config", job, overrides)  # type: ignore[union-attr]
    return job.exit_code


class _Job:
    """What Hydra calls for every run, and how the runs of this process ended."""

    def __init__(self) -> None:
        self.exit_code = 0

    def __call__(self, config: Any) -> None:
        """One run in Hydra's output folder. In a sweep a mistake is told and the other runs go on."""
        from hydra.core.hydra_config import HydraConfig
        from omegaconf import OmegaConf

        job = HydraConfig.get()
        overrides = OmegaConf.to_container(job.overrides.task, resolve=False)
        assert isinstance(overrides, list)
        try:
            configuration = configuration_of(config, job.runtime.choices, overrides)
            self._run(configuration, Path(job.runtime.output_dir))
        except Mistake as mistake:
            if "BasicLauncher" not in str(job.launcher._target_):
                raise  # other processes: only an exception reaches the parent
            print(f"error: {mistake}", file=sys.stderr)
            self.exit_code = FAILED

    def _run(self, configuration: Configuration, folder: Path) -> None:
        from simulator.build import scenario_of
        from simulator.report import table, watcher
        from simulator.run import execute

        scenario = scenario_of(configuration.settings)
        with _interrupts() as interrupted:
            watch, end = watcher(lambda: bool(interrupted))
            try:
                summary = execute(scenario, configuration, folder, watch)
            finally:
                end()
        _tell(f"{table(summary)}\n{_shown(folder)}")
        if not summary["complete"]:
            sys.exit(INTERRUPTED)


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Collects Ctrl-C instead of dying of it, so that the run can end cleanly; a second one is final."""
    caught: list[int] = []
    before = signal.getsignal(signal.SIGINT)

    def catch(number: int, frame: Any) -> None:
        caught.append(number)
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, catch)
    try:
        yield caught
    finally:
        signal.signal(signal.SIGINT, before)


def _tell(text: str) -> None:
    """Print, unless whoever read our output has gone, as with "| head"."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        no_more_output()


def no_more_output() -> None:
    """Send what is still printed nowhere: whoever read it has gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _shown(folder: Path) -> str:
    """The folder as a user would type it."""
    try:
        return f"{folder.relative_to(Path.cwd())}{os.sep}"
    except ValueError:
        return f"{folder}{os.sep}"
