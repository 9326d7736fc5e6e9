import matplotlib
import numpy as np
import pytest

from analysis import figures, load
from analysis.axes import SITES

matplotlib.use("Agg")
from matplotlib import pyplot


@pytest.fixture(scope="module")
def runs(multirun):
    return load(multirun)


@pytest.fixture
def ax():
    yield pyplot.subplots()[1]
    pyplot.close("all")


@pytest.fixture
def turns(runs):
    """Turns at both sites."""
    return runs.turns[runs.turns["run"] != "0"]


def _points(ax):
    return {item.get_label().split(",")[0]: item.get_offsets() for item in ax.collections}


@pytest.mark.parametrize("draw", [figures.decisions, figures.expected_realised])
def test_one_point_per_turn(turns, ax, draw):
    assert draw(turns, ax) is ax
    counts = turns["site"].value_counts()
    assert {site: len(points) for site, points in _points(ax).items()} == counts.to_dict()


def test_points_lie_where_the_turns_are(turns, ax):
    figures.expected_realised(turns, ax)
    edge = turns[turns["site"] == "edge"]
    np.testing.assert_allclose(_points(ax)["edge"], edge[["expected_s", "e2e_s"]])


def test_many_turns_are_thinned_and_the_legend_says_so(turns, ax, monkeypatch):
    monkeypatch.setattr("analysis.axes.MOST_POINTS", 5)
    figures.decisions(turns, ax)
    assert all(len(points) <= 5 for points in _points(ax).values())
    assert all("shown" in text.get_text() for text in ax.get_legend().get_texts())


def test_the_threshold_is_drawn(turns, ax):
    figures.decisions(turns.assign(**{"policy.threshold": -0.15}), ax)
    assert [line.get_ydata()[0] for line in ax.lines] == [-0.15]


def test_the_distribution_reaches_one_at_the_slowest_turn(turns, ax):
    figures.latency(turns, ax)
    for line, site in zip(ax.lines, SITES, strict=True):
        assert line.get_xdata()[-1] == turns.loc[turns["site"] == site, "e2e_s"].max()
        assert line.get_ydata()[-1] == 1
        assert line.get_color() == SITES[site][0]


def test_bars_of_the_six_parts_add_up_to_the_mean(turns, ax):
    figures.latency_parts(turns, ax)
    assert len(ax.patches) == 6 * 2
    widths = {}
    for bar in ax.patches:
        widths[round(bar.get_y(), 1)] = widths.get(round(bar.get_y(), 1), 0) + bar.get_width()
    means = turns.groupby("site", observed=True)["e2e_s"].mean()
    assert sorted(widths.values()) == pytest.approx(sorted(means))


def test_shares_by_turn_of_the_session(turns, ax):
    figures.edge_share(turns, ax)
    edge, device = ax.containers
    share = (turns["site"] == "edge").groupby(turns["turn_index"]).mean()
    assert [bar.get_height() for bar in edge] == pytest.approx(list(share))
    assert [bar.get_height() for bar in device] == pytest.approx(list(1 - share))


def test_the_queue_is_drawn_to_the_end_of_the_run(runs, ax):
    events = runs.events[runs.events["policy"] == "always_edge"]
    figures.queue(events, ax)
    assert ax.lines[0].get_xdata()[-1] == events["at_s"].max()
    assert max(ax.lines[0].get_ydata()) >= 1
    assert ax.get_xlabel() == "Time [s]"


def test_long_runs_are_drawn_in_hours(runs, ax):
    events = runs.events[runs.events["policy"] == "always_edge"]
    figures.queue(events.assign(at_s=events["at_s"] * 100), ax)
    assert ax.get_xlabel() == "Time [h]"
    assert ax.get_xlim()[1] == pytest.approx(events["at_s"].max() / 36)


FIGURES = ["latency", "latency_parts", "decisions", "edge_share", "queue", "expected_realised"]


@pytest.mark.parametrize("name", FIGURES)
def test_without_axes_a_figure_is_made(runs, name):
    ax = getattr(figures, name)(runs.events if name == "queue" else runs.turns)
    assert ax.get_xlabel()
    assert ax.get_legend() is not None
    pyplot.close("all")


@pytest.mark.parametrize("name", FIGURES)
def test_nothing_to_draw_is_told(runs, ax, name):
    frame = runs.events if name == "queue" else runs.turns
    getattr(figures, name)(frame.iloc[:0], ax)
    ax.figure.canvas.draw()
    assert any(text.get_text() in ("no turns", "no jobs") for text in ax.texts)
