"""The queue in a real browser: its grid, keys, drawer, and acts that are undone where they fail."""

from collections.abc import Iterator
from typing import Any

import pytest

from telassure.kernel.instant import SECOND
from tests.ui.browsing import SIZES, Served, Viewer
from tests.ui.night import CAUSES, CRITICAL, MINOR, TOP, Night, alarm, problem

pytestmark = pytest.mark.heavy
CELL = ".ag-row .what-cell"
BY_IMPACT = [cause[0] for cause in sorted(CAUSES, key=lambda cause: -float(cause[4]))]
BRIGHT = """() => [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && !e.closest('svg') &&
  (getComputedStyle(e).backgroundColor.match(/\\d+/g) || []).slice(0, 3).every(v => v > 200) &&
  !/, 0\\)$/.test(getComputedStyle(e).backgroundColor)).map(e => e.tagName + '.' + e.className)"""


@pytest.fixture
def queue(chromium: Any, served: Served) -> Iterator[Viewer]:
    viewer = Viewer(chromium, served.url + "queue", (1920, 1080), awaited=CELL)
    yield viewer
    viewer.tab.close()


def first(viewer: Viewer) -> str:
    return str(viewer.tab.inner_text(".ag-row[row-index='0'] .what-cell"))


@pytest.mark.parametrize("size", SIZES)
def test_the_queue_is_dark_and_fetches_nothing_from_elsewhere(
    chromium: Any, served: Served, size: tuple[int, int]
) -> None:
    viewer = Viewer(chromium, served.url + "queue", size, awaited=CELL)
    assert TOP in first(viewer)
    assert viewer.tab.evaluate(BRIGHT) == []
    assert viewer.complaints == []
    assert [url for url in viewer.fetched if not url.startswith((served.url, "data:"))] == []
    viewer.tab.close()


def test_keys_walk_the_lines_and_the_address_restores_the_drawer(queue: Viewer, chromium: Any, served: Served) -> None:
    queue.tab.keyboard.press("j")
    queue.await_text(".drawer .cause", BY_IMPACT[0])
    queue.tab.keyboard.press("j")
    queue.await_text(".drawer .cause", BY_IMPACT[1])
    queue.tab.click("text=loose alarms")
    queue.await_text(".how-many", f"3 of {len(CAUSES) + 3}")
    other = Viewer(chromium, queue.tab.url, (1366, 768), awaited=CELL)
    assert other.tab.inner_text(".drawer .cause") == BY_IMPACT[1]
    assert "cell-trier" in first(other)
    other.tab.close()
    queue.tab.keyboard.press("Escape")
    queue.tab.wait_for_function("() => !location.search.includes('incident')")


def test_an_incident_opens_into_its_alarms(queue: Viewer) -> None:
    queue.tab.click(".ag-row[row-index='0'] .expands")
    queue.tab.wait_for_selector(".ag-row[row-index='1'] .what-cell.inner")
    assert queue.tab.inner_text(".ag-row[row-index='1'] .what-cell") == TOP


def test_the_search_chooses_lines_and_stands_in_the_address(queue: Viewer) -> None:
    queue.tab.keyboard.press("/")
    queue.tab.keyboard.type("leipzig")
    queue.tab.keyboard.press("Enter")
    queue.await_text(".ag-row[row-index='0'] .what-cell", "leipzig")
    assert "q=leipzig" in queue.tab.url


def test_lines_come_back_after_a_search_that_found_none(queue: Viewer) -> None:
    for words, said, shown in (("nowhere", "0 of", ""), ("leipzig", "1 of", "leipzig"), ("", " lines", TOP)):
        queue.tab.keyboard.press("/")
        queue.tab.keyboard.press("Control+A")
        queue.tab.keyboard.press("Delete")
        queue.tab.keyboard.type(words)
        queue.tab.keyboard.press("Enter")
        queue.await_text(".how-many", said)
        if shown:
            queue.await_text(".ag-row[row-index='0'] .what-cell", shown)


def test_a_new_incident_comes_by_itself(queue: Viewer, night: Night) -> None:
    night.keep([problem("sp-new", "link-new", CRITICAL, night.now, 900, "99999")])
    night.clock.time += SECOND
    queue.await_text(".ag-row[row-index='0'] .what-cell", "link-new")


def test_ten_thousand_lines_are_a_handful_of_rows(chromium: Any, served: Served, night: Night) -> None:
    night.keep([alarm(f"al-m{n}", f"cell-{n:05d}", MINOR, night.now) for n in range(10_000)])
    viewer = Viewer(chromium, served.url + "queue?loose=1", awaited=CELL)
    viewer.await_text(".how-many", "10,003 of")
    assert viewer.tab.locator(".ag-center-cols-container .ag-row").count() < 100
    viewer.tab.close()


def test_an_act_that_fails_is_said_and_undone(queue: Viewer) -> None:
    queue.tab.keyboard.press("j")  # nothing takes commands behind this page
    queue.await_text(".drawer .cause", TOP)
    queue.tab.keyboard.press("a")
    queue.tab.wait_for_selector(".message.refused")
    queue.await_text(".ag-row[row-index='0'] [col-id=ack]", "no")


def test_markup_from_the_network_is_shown_as_it_is(queue: Viewer, night: Night) -> None:
    name = "<img src=x onerror=document.title='owned'>"
    night.keep([problem("sp-x", name, CRITICAL, night.now, 900, "99999")])
    night.clock.time += SECOND
    queue.await_text(".ag-row[row-index='0'] .what-cell", "<img")
    queue.tab.keyboard.press("j")
    queue.await_text(".drawer .cause", name)
    assert queue.tab.title() == "Telassure operations"


def test_on_a_phone_the_queue_does_not_scroll_aside(chromium: Any, served: Served) -> None:
    viewer = Viewer(chromium, served.url + "queue?incident=sp-17f3a9c21e04", (390, 844), awaited=CELL)
    assert viewer.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    viewer.tab.close()


def test_the_first_load_is_at_most_two_megabytes(chromium: Any, served: Served) -> None:
    tab = chromium.new_page()
    loaded: list[int] = []
    session = tab.context.new_cdp_session(tab)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: loaded.append(event["encodedDataLength"]))
    tab.goto(served.url + "queue")
    tab.wait_for_selector(CELL)
    assert 100_000 < sum(loaded) < 2 << 20
    tab.close()


def test_the_grid_fills_the_height_that_there_is(queue: Viewer) -> None:
    assert queue.tab.evaluate("document.querySelector('.queue-grid').clientHeight") > 800
