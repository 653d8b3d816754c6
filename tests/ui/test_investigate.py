"""Looking into an object: its window, how much its KPIs changed, the ranking, its peers, and the figure."""

from itertools import pairwise
from typing import Any

import pytest
from dash._utils import to_json

from dashboards.pages.investigate.changes import change_of, most_changed, own_changes
from dashboards.pages.investigate.inquiry import LONGEST, Inquiry
from dashboards.pages.investigate.multiples import figure_of
from dashboards.pages.investigate.page import INVESTIGATE
from dashboards.pages.investigate.peers import peers_of
from dashboards.shell.reading import Screen
from dashboards.shell.refresh import answer
from telassure.kernel.events import Resource
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND, iso
from tests.ui.conftest import NOW
from tests.ui.night import DOMAIN, TOP, Night, episode

WINDOW = (NOW - DAY, NOW)
HOSTILE = "<img src=x onerror=alert(1)>"


def drawn(night: Night, panel: str, query: str = "", **texts: str) -> str:
    return str(to_json(answer(Screen(night.ports), INVESTIGATE, query, {}, texts)[0][panel]))


@pytest.mark.parametrize(
    ("query", "window"),
    [
        ("", (NOW - DAY + MINUTE, NOW + MINUTE)),
        (f"?to={iso(NOW - DAY)}", (NOW - 2 * DAY, NOW - DAY)),
        (f"?from={iso(NOW - HOUR)}", (NOW - HOUR, NOW + MINUTE)),
        (f"?from={iso(NOW - 2 * HOUR)}&to={iso(NOW - HOUR)}", (NOW - 2 * HOUR, NOW - HOUR)),
        (f"?from={iso(NOW)}&to={iso(NOW - HOUR)}", (NOW - DAY + MINUTE, NOW + MINUTE)),
        ("?from=yesterday&to=12", (NOW - DAY + MINUTE, NOW + MINUTE)),
        (f"?from={iso(NOW - 400 * DAY)}&to={iso(NOW)}", (NOW - LONGEST, NOW)),
    ],
)
def test_the_window_is_what_the_address_says_and_a_day_without(query: str, window: tuple[int, int]) -> None:
    assert Inquiry.read(query.replace("+", "%2B")).window(NOW) == window


@pytest.mark.parametrize("name", ["cell 1&2", "a/b?c=d", HOSTILE, "zürich-é"])
def test_a_link_to_a_series_is_read_as_that_series(name: str) -> None:
    found = Inquiry.read(Inquiry(start=NOW - HOUR, end=NOW).of_series(name, "m%1"))
    assert found == Inquiry(name, "m%1", NOW - HOUR, NOW)


@pytest.mark.parametrize(("odd", "sign"), [(6, 1), (0, 0)])
def test_a_kpi_above_its_band_has_changed_by_more_than_the_band(quiet: Night, odd: int, sign: int) -> None:
    quiet.measure("cell-1", "PRB", odd=odd)
    found = change_of(quiet.metrics, ("cell-1", "PRB"), WINDOW)
    assert found.anomalous == odd
    assert (found.change > 1) == bool(sign)
    assert abs(found.change) < 1 or sign


def test_the_mean_is_that_of_the_points_in_the_window(quiet: Night) -> None:
    quiet.measure("cell-1", "PRB", odd=3)
    found = change_of(quiet.metrics, ("cell-1", "PRB"), WINDOW)
    frame = quiet.metrics.read("cell-1", "PRB", *WINDOW)
    assert (found.points, found.mean) == (len(frame), frame["value"].mean())


def test_a_window_without_points_shows_no_kpi(quiet: Night) -> None:
    quiet.measure("cell-1", "PRB")
    assert own_changes(quiet.metrics, "cell-1", (NOW + DAY, NOW + 2 * DAY)) == ()


def test_only_the_objects_own_kpis_are_its_own(quiet: Night) -> None:
    for name in ("cell-1", "cell-11"):
        quiet.measure(name, "PRB")
    quiet.measure("cell-1", "cell-11 drops", odd=4)
    assert [each.measurement for each in own_changes(quiet.metrics, "cell-1", WINDOW)] == ["cell-11 drops", "PRB"]


def test_the_most_changed_are_those_with_an_episode_in_the_window(quiet: Night) -> None:
    quiet.measure("mild", "PRB", odd=1)
    quiet.measure("bad", "PRB", odd=8)
    quiet.measure("well", "PRB")
    quiet.keep([episode("e-1", "mild", "PRB", NOW - HOUR), episode("e-2", "bad", "PRB", NOW - HOUR)])
    found = most_changed(quiet.reader, quiet.metrics, WINDOW)
    assert sorted(each.managed_object for each in found) == ["bad", "mild"]
    changes = [abs(each.change) for each in found]
    assert changes == sorted(changes, reverse=True)


def test_an_episode_that_began_after_the_window_is_not_ranked(quiet: Night) -> None:
    quiet.measure("bad", "PRB", odd=8)
    quiet.keep([episode("e-2", "bad", "PRB", NOW - HOUR)])
    assert most_changed(quiet.reader, quiet.metrics, (NOW - DAY, NOW - 2 * HOUR)) == ()


def test_peers_are_of_one_kind_and_those_that_hang_on_the_same_come_first(quiet: Night) -> None:
    for name in ("cell-1", "cell-2", "cell-3", "router-1"):
        quiet.measure(name, "PRB")
    known = {
        "cell-1": Resource("cell-1", "cell", "", DOMAIN, ("bts-1",)),
        "cell-2": Resource("cell-2", "cell", "", DOMAIN, ("bts-2",)),
        "cell-3": Resource("cell-3", "cell", "", DOMAIN, ("bts-1",)),
        "router-1": Resource("router-1", "router", "", DOMAIN),
    }
    assert peers_of("cell-1", "PRB", quiet.metrics, known) == ("cell-3", "cell-2")
    assert peers_of("router-1", "PRB", quiet.metrics, known) == ()


def test_without_an_inventory_all_objects_are_peers(quiet: Night) -> None:
    for name in ("a", "b"):
        quiet.measure(name, "PRB")
    quiet.measure("c", "PRB.other")
    assert peers_of("a", "PRB", quiet.metrics, {}) == ("b",)


@pytest.mark.parametrize("count", [1, 2, 6])
def test_each_kpi_has_a_band_a_line_and_a_strip_in_a_room_of_its_own(quiet: Night, count: int) -> None:
    for number in range(count):
        quiet.measure("cell-1", f"kpi-{number}", odd=number)
    figure: dict[str, Any] = figure_of(own_changes(quiet.metrics, "cell-1", WINDOW), WINDOW)
    assert len(figure["data"]) == 4 * count
    axes = [figure["layout"][name]["domain"] for name in figure["layout"] if name.startswith("yaxis")]
    assert len(axes) == 2 * count
    ordered = sorted(axes)
    assert all(first[1] <= second[0] for first, second in pairwise(ordered))


def test_the_object_is_shown_with_its_kpis_and_its_peers(night: Night) -> None:
    query = f"?object={TOP}"
    assert "1 of 1 KPIs" in drawn(night, "subject", query)
    assert "LINK.Util" in drawn(night, "changed", query)
    assert "No other object of its kind" in drawn(night, "peers", query)


def test_what_is_typed_finds_objects(night: Night) -> None:
    found = drawn(night, "found", find="leipzig")
    assert "router-leipzig" in found
    assert TOP not in found


def test_without_an_object_or_points_the_page_says_what_to_do(quiet: Night) -> None:
    assert "Search an object" in drawn(quiet, "missing")
    assert "No point of this object" in drawn(quiet, "missing", "?object=gone")
    assert "No KPI left its band" in drawn(quiet, "changed")


def test_nothing_is_drawn_anew_while_no_point_comes(night: Night) -> None:
    screen, query = Screen(night.ports), f"?object={TOP}&from={iso(WINDOW[0])}&to={iso(WINDOW[1])}"
    _, seen = answer(screen, INVESTIGATE, query, {})
    night.clock.time += 20 * SECOND
    assert answer(screen, INVESTIGATE, query, seen)[0] == {}


def test_names_in_the_figure_are_no_markup(quiet: Night) -> None:
    quiet.measure("cell-1", HOSTILE)
    (title,) = figure_of(own_changes(quiet.metrics, "cell-1", WINDOW), WINDOW)["layout"]["annotations"]
    assert "<img" not in title["text"]


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "0001-12-31T00:00:00Z", "9999-12-31T23:59:59Z", "nonsense"])
@pytest.mark.parametrize("name", ["from", "to"])
def test_an_end_of_the_calendar_is_no_window(name, at):
    found = Inquiry.read(f"?object=cell-1&{name}={at}")
    assert found.window(NOW) == Inquiry().window(NOW)
    assert found.href == "?object=cell-1"
