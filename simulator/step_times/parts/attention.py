"""Attention of one layer as it was measured, and everything between."""

from collections.abc import Mapping
from pathlib import Path

from simulator.step_times.parts.columns import read_rows
from simulator.step_times.parts.grid import Grid, Point, doublings, grid, place

COLUMNS = ("prefill_chunk", "kv_prefill", "n_decode", "kv_decode")
"""Tokens of a prompt, tokens before them, sequences that decode, tokens of KV cache of each of these."""


class Attention:
    """Times of `attention.csv` in microseconds, linear between its points and beyond them.

    The rows must form three full grids: decoding alone, reading alone, and both. Where they do not, those
    rows are taken whose numbers are 0 or powers of two: profilers measure these, and then some more between.
    Raises ValueError where that is no grid either.
    """

    def __init__(self, folder: Path) -> None:
        rows = read_rows(folder, "attention", COLUMNS)
        keys = [rows.whole(column, name) for column, name in enumerate(COLUMNS)]
        points: dict[Point, float] = dict(zip(zip(*keys, strict=True), rows.times_us, strict=True))
        try:
            self._decode, self._prefill, self._mixed = _grids(points)
        except ValueError as error:
            chosen = doublings(points)
            if len(chosen) == len(points):
                raise ValueError(f"{rows.file}: {error}") from None
            try:
                self._decode, self._prefill, self._mixed = _grids({at: points[at] for at in chosen})
            except ValueError as without:
                raise ValueError(f"{rows.file}: {without}; nor do all its rows: it {error}") from None
        self.contexts = self._decode.axes[1]
        """The knots of `decode_us`."""

    def decode_us(self, sequences: int) -> list[float]:
        """A batch that only decodes, for a mean context of each of `contexts`."""
        lower, share = place(self._decode.axes[0], sequences)
        few, many = self._decode.values[lower : lower + 2]
        return [a + share * (b - a) for a, b in zip(few, many, strict=True)]

    def read_us(self, tokens: int, context: float, prompts: int = 1) -> float:
        """A batch that only reads: so many tokens, of equally long prompts, after so many others.

        A prompt longer than the largest chunk counts as several of these, each after the mean of what stands
        before them: the same number of pairs of tokens. What even the smallest takes is paid once a batch.
        """
        (sizes, _), chunks = self._prefill.axes, self._prefill.values
        each = max(tokens / prompts, sizes[0])
        times = max(1.0, each / sizes[-1])
        (i, x), (j, y) = place(sizes, each / times), place(self._prefill.axes[1], _mean(context, each, times))
        few = chunks[i][j] + y * (chunks[i][j + 1] - chunks[i][j])
        many = chunks[i + 1][j] + y * (chunks[i + 1][j + 1] - chunks[i + 1][j])
        one_us = times * (few + x * (many - few))
        least_us = chunks[0][0]
        return float(one_us if prompts == 1 else least_us + prompts * max(0.0, one_us - least_us))

    def mixed_us(
        self,
        tokens: int,
        context: float,
        prompts: int,
        sequences: int,
        mean: float,
        longest: float,
        alpha: float,
    ) -> float:
        """A batch that does both: (1 - alpha) of the time at the mean context, alpha of that at the longest.

        That of one prompt of at most the largest chunk, and by how much reading alone would differ.
        """
        axes = self._mixed.axes
        chunk = min(max(tokens, axes[0][0]), axes[0][-1])
        before = _mean(context, tokens, max(1.0, tokens / chunk))
        sum_us = self._one_us(place(axes[0], chunk), place(axes[1], before), sequences, mean, longest, alpha)
        if prompts > 1 or chunk < tokens:
            sum_us += self.read_us(tokens, context, prompts) - self.read_us(chunk, before)
        return sum_us

    def _one_us(
        self,
        chunk: tuple[int, float],
        before: tuple[int, float],
        sequences: int,
        mean: float,
        longest: float,
        alpha: float,
    ) -> float:
        (i, x), (j, y), axes, values = chunk, before, self._mixed.axes, self._mixed.values
        (k, z), (a, u), (b, v) = place(axes[2], sequences), place(axes[3], mean), place(axes[3], longest)
        sum_us = 0.0
        for plane, of_plane in ((values[i], 1 - x), (values[i + 1], x)):
            for rows, of_rows in ((plane[j], 1 - y), (plane[j + 1], y)):
                for row, of_row in ((rows[k], 1 - z), (rows[k + 1], z)):
                    mean_us = row[a] + u * (row[a + 1] - row[a])
                    longest_us = row[b] + v * (row[b + 1] - row[b])
                    sum_us += of_plane * of_rows * of_row * (mean_us + alpha * (longest_us - mean_us))
        return float(sum_us)


def _mean(context: float, tokens: float, times: float) -> float:
    """What stands before a chunk, where `tokens` are read in so many."""
    return context + (tokens - tokens / times) / 2


def _grids(points: Mapping[Point, float]) -> tuple[Grid, Grid, Grid]:
    """Decoding alone, reading alone, both. A longer context never takes less to decode: the rest is noise."""
    alone = {at[2:]: time_us for at, time_us in points.items() if at[0] == 0 and at[2]}
    reading = {at[:2]: time_us for at, time_us in points.items() if at[0] and at[2] == 0}
    both = {at: time_us for at, time_us in points.items() if at[0] and at[2]}
    found = []
    for what, part, columns in (
        ("of decoding alone (prefill_chunk=0)", alone, COLUMNS[2:]),
        ("of reading alone (n_decode=0)", reading, COLUMNS[:2]),
        ("of both at once", both, COLUMNS),
    ):
        if not part:
            raise ValueError(f"has no rows {what}")
        found.append(grid(part, columns))
    decode, prefill, mixed = found
    return decode._replace(values=[_rising(row) for row in decode.values]), prefill, mixed


def _rising(row: list[float]) -> list[float]:
    return [max(row[: end + 1]) for end in range(len(row))]
