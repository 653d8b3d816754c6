"""The wall in a real browser: whole without scrolling, readable from afar, with nothing from elsewhere."""

from collections.abc import Iterator
from typing import Any

import pytest

from telassure.kernel.instant import SECOND
from tests.ui.browsing import CUT_IN, SIZES, SMALL, Served, Viewer
from tests.ui.night import CAUSES, CRITICAL, TOP, Night, problem

pytestmark = pytest.mark.heavy
OVERFLOW = "document.documentElement.scrollHeight > innerHeight || document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def wall(chromium: Any, served: Served, size: tuple[int, int]) -> Iterator[Viewer]:
    viewer = Viewer(chromium, served.url + "wall", size, awaited=".incident")
    yield viewer
    viewer.tab.close()


@pytest.mark.parametrize("size", SIZES)
def test_the_wall_is_whole_and_fetches_nothing_from_elsewhere(wall: Viewer, served: Served) -> None:
    assert not wall.tab.evaluate(OVERFLOW)
    assert wall.tab.evaluate(CUT_IN, ".health, .incident, .wall-figures .panel, .figure-large, .share") == []
    assert wall.complaints == []
    assert [url for url in wall.fetched if not url.startswith((served.url, "data:"))] == []


@pytest.mark.parametrize("size", [(1920, 1080)])
def test_no_text_of_the_wall_is_smaller_than_24_pixels(wall: Viewer) -> None:
    assert wall.tab.evaluate(SMALL, 24) == []


@pytest.mark.parametrize("size", [(390, 844)])
def test_on_a_phone_the_wall_scrolls_down_and_not_aside(wall: Viewer) -> None:
    assert wall.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert wall.tab.evaluate(SMALL, 12) == []


@pytest.mark.parametrize("size", [(1920, 1080)])
def test_the_dearest_incident_is_the_first(wall: Viewer) -> None:
    assert wall.tab.inner_text(".incident .what strong >> nth=0") == TOP
    assert wall.tab.locator(".incident").count() == 5
    assert f"of {len(CAUSES)} open" in wall.tab.inner_text(".worst-panel h2")


@pytest.mark.parametrize("size", [(1920, 1080)])
def test_a_hostile_name_is_shown_as_it_is(wall: Viewer, night: Night) -> None:
    night.keep([problem("sp-x", "<img src=x onerror=alert(1)>", CRITICAL, night.now, 900, "99999")])
    night.clock.time += SECOND
    wall.await_text(".incident .what strong", "<img src=x")
    assert wall.complaints == []
