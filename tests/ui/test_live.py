"""Only what changed is sent, and a store that fails takes nothing off the page."""

from dataclasses import replace

from dash import Patch
from dash._utils import to_json

from dashboards.pages.live.chart import band, traces
from dashboards.pages.live.page import LIVE
from dashboards.pages.live.views import Explained, KpiChart
from dashboards.pages.live.why import why_strip
from dashboards.shell.reading import Screen
from dashboards.shell.refresh import answer
from dashboards.shell.theme import SEVERITIES
from telassure.kernel.errors import TransientError
from telassure.kernel.events.shares import UNKNOWN
from telassure.kernel.instant import MINUTE, SECOND
from telassure.kernel.money import Money
from tests.ui.night import CRITICAL, TOP, Night, alarm, leakage, problem


def later(night: Night, micros: int = SECOND) -> None:
    night.clock.time += micros


def test_a_new_viewer_gets_every_panel(screen: Screen) -> None:
    changed, seen = answer(screen, LIVE, "", {})
    assert set(changed) == {panel.name for panel in LIVE.panels}
    assert seen["graph"].startswith(TOP)


def test_nothing_is_sent_while_nothing_changes(screen: Screen, night: Night) -> None:
    _, seen = answer(screen, LIVE, "", {})
    later(night)
    assert answer(screen, LIVE, "", seen) == ({}, seen)


def test_a_new_alarm_changes_the_counts_alone(screen: Screen, night: Night) -> None:
    _, seen = answer(screen, LIVE, "", {})
    night.keep([alarm("al-new", "cell-trier-9", CRITICAL, night.now)])
    later(night)
    changed, _ = answer(screen, LIVE, "", seen)
    assert set(changed) == {"severities"}


def test_new_points_are_patched_into_the_figure(screen: Screen, night: Night) -> None:
    _, seen = answer(screen, LIVE, "", {})
    night.now += 15 * MINUTE
    night.measure(TOP, "LINK.Util", 2, 48.0)
    later(night)
    changed, _ = answer(screen, LIVE, "", seen)
    assert isinstance(changed["graph"], Patch)


def test_another_range_draws_another_figure(screen: Screen) -> None:
    _, seen = answer(screen, LIVE, "", {})
    changed, _ = answer(screen, LIVE, "?range=6h", seen)
    assert changed["graph"]["layout"]["uirevision"].endswith("|6h")


def test_a_store_that_cannot_be_read_leaves_the_page_as_it_was(screen: Screen, night: Night) -> None:
    _, seen = answer(screen, LIVE, "", {})

    def broken() -> None:
        raise TransientError("assurance.db: disk I/O error")

    night.reader.severity_counts = broken  # type: ignore[method-assign, assignment]
    later(night)
    changed, _ = answer(screen, LIVE, "", seen)
    assert set(changed) == {"trouble"}
    assert "assurance.db: disk" in to_json(changed["trouble"])


def test_every_panel_says_why_it_is_empty(quiet: Night) -> None:
    changed, _ = answer(Screen(quiet.ports), LIVE, "", {})
    text = to_json(changed)
    for words in ("No open incident", "No KPI has been stored", "No feed has sent", "No input has been refused"):
        assert words in text


def test_severities_are_told_in_words_and_shapes(screen: Screen) -> None:
    changed, _ = answer(screen, LIVE, "", {})
    text = to_json(changed["severities"])
    told = [f"shape {look.shape}" for look in SEVERITIES.values() if look.word != "Cleared"]
    words = [look.word for look in SEVERITIES.values() if look.word != "Cleared"]
    assert sorted(told, key=text.index) == told
    assert sorted(words, key=text.index) == words


def test_what_the_network_says_is_shown_as_text_never_as_markup(quiet: Night) -> None:
    quiet.keep([problem("sp-1", "<img src=x onerror=alert(1)>", CRITICAL, quiet.now)])
    changed, _ = answer(Screen(quiet.ports), LIVE, "", {})
    assert "dangerously" not in to_json(changed["hero"]).lower()


def test_leakage_without_a_price_says_so(night: Night, screen: Screen) -> None:
    night.keep([leakage("le-x", "missing_usage", "0", night.now, "XXX")], "charging")
    changed, _ = answer(screen, LIVE, "", {})
    text = to_json(changed["money"])
    assert text.count("not priced") == 1
    assert "XXX" not in text


def test_where_nothing_that_leaks_has_a_price_the_headline_says_so(quiet: Night) -> None:
    quiet.keep([leakage("le-x", "missing_usage", "0", quiet.now, "XXX")], "charging")
    changed, _ = answer(Screen(quiet.ports), LIVE, "", {})
    assert to_json(changed["money"]).count("not priced") == 2


def test_revenue_without_a_price_is_a_dash_and_no_rate(quiet: Night) -> None:
    unpriced = replace(problem("sp-1", "cell-1", CRITICAL, quiet.now), revenue_at_risk=Money.zero("XXX"))
    quiet.keep([unpriced])
    changed, _ = answer(Screen(quiet.ports), LIVE, "", {})
    text = to_json([changed["hero"], changed["incidents"]])
    assert text.count('"\\u2013"') + text.count('"–"') == 2
    assert "XXX" not in text
    assert '" / h"' not in text


def chart_of(score: tuple[float | None, ...], lower: tuple[float | None, ...]) -> KpiChart:
    time = tuple(n * 60_000 for n in range(len(score)))
    ones = tuple(1.0 for _ in score)
    upper = tuple(None if low is None else 2.0 for low in lower)
    columns = (time, ones, ones, lower, upper, score, (204,) * len(score))
    return KpiChart("cell-1", "prb", "", "24h", "", False, ("", ""), "d", 0, 1.0, 1.0, 0, None, *columns)


def test_the_band_is_parted_where_nothing_was_expected() -> None:
    outline, _ = band(chart_of((0.1,) * 5, (0.0, 0.0, None, 0.0, 0.0)), frozenset())
    assert outline == [0, 60_000, 60_000, 0, None, 180_000, 240_000, 240_000, 180_000, None]


def test_points_beyond_a_score_of_one_are_marked() -> None:
    marked = traces(chart_of((0.5, 1.0, 1.2, None), (0.0,) * 4))[3]
    assert marked["x"] == [120_000]
    assert marked["customdata"] == ["score 1.20: jump 70 %, level 25 %, rhythm 5 %"]


def test_the_panel_says_which_channel_contributed_how_much(screen: Screen) -> None:
    changed, _ = answer(screen, LIVE, "", {})
    text = to_json(changed["kpi-head"])
    assert all(words in text for words in ("02:30 UTC, score 6.4", "jump 65 %", "level 30 %", "rhythm 5 %"))


def test_a_score_whose_parts_were_not_kept_says_so() -> None:
    assert "not kept" in to_json(why_strip(Explained(0, 2.0, UNKNOWN)))


def test_the_expected_value_is_told_with_its_band() -> None:
    expected = traces(chart_of((0.5, None), (0.0, None)))[1]
    assert expected["customdata"] == [", 0 to 2", ""]
