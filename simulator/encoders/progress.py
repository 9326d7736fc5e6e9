"""How far a long reading has come."""

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Self


class Progress:
    """A bar on a terminal, nothing elsewhere, and one line where the work is interrupted.

    It counts tokens, because long texts come first: a bar that counted texts would promise too late an end.
    """

    def __init__(self, lengths: Sequence[int]) -> None:
        from tqdm import tqdm

        self._lengths, self._texts = lengths, 0
        self._bar = tqdm(
            total=sum(lengths),
            disable=None,  # unless standard error is a terminal
            bar_format="{percentage:3.0f}% {bar} {desc} [{elapsed}<{remaining}]",
            leave=False,
        )

    def __enter__(self) -> Self:
        return self

    def add(self, batch: Sequence[int]) -> None:
        """These texts are done and kept."""
        self._texts += len(batch)
        told = f"{self._texts:,} of {len(self._lengths):,} texts"
        if elapsed_s := self._bar.format_dict["elapsed"]:
            told += f", {self._texts / elapsed_s:,.1f}/s"
        self._bar.set_description_str(told, refresh=False)
        self._bar.update(sum(self._lengths[text] for text in batch))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()
        if kind is KeyboardInterrupt:
            done = f"{self._texts:,} of {len(self._lengths):,} texts are read and kept"
            print(f"\n{done}; the same command goes on", file=sys.stderr)
