"""Looking into an object in a real browser: the figure is drawn, a search leads to an object, a link restores it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.ui.browsing import SIZES, SMALL, Served, Viewer
from tests.ui.night import TOP

pytestmark = pytest.mark.heavy
DRAWN = "#investigate-multiples .main-svg .heatmaplayer image, #investigate-multiples .main-svg .hm"


@pytest.fixture
def opened(chromium: Any, served: Served, size: tuple[int, int]) -> Iterator[Viewer]:
    viewer = Viewer(chromium, f"{served.url}investigate?object={TOP}", size, awaited=".investigate-changed tbody tr")
    yield viewer
    viewer.tab.close()


@pytest.mark.parametrize("size", SIZES)
def test_the_kpis_are_drawn_and_nothing_is_fetched_from_elsewhere(opened: Viewer, served: Served) -> None:
    opened.tab.wait_for_selector(DRAWN, state="attached")
    assert opened.tab.evaluate(SMALL, 12) == []
    assert opened.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert opened.complaints == []
    assert [url for url in opened.fetched if not url.startswith((served.url, "data:"))] == []


@pytest.mark.parametrize("size", [(1366, 768)])
def test_a_search_leads_to_an_object_and_the_address_restores_it(opened: Viewer, chromium: Any) -> None:
    opened.tab.keyboard.press("/")
    opened.tab.keyboard.type("leipzig")
    opened.await_text(".found-list", "router-leipzig")
    opened.tab.keyboard.press("Enter")
    opened.await_text(".subject .cause", "router-leipzig")
    other = Viewer(chromium, opened.tab.url, (1366, 768), awaited=".investigate-changed tbody tr")
    other.await_text(".subject .cause", "router-leipzig")
    other.tab.close()
    assert opened.complaints == []
