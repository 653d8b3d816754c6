"""Money in a real browser: from a cause to its case and records, and to the incident that explains it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.ui.browsing import SIZES, SMALL, Served, Viewer
from tests.ui.leaks import DOWN, SWITCH, let_leak
from tests.ui.night import Night

pytestmark = pytest.mark.heavy
CAUSE = ".money-causes tbody tr"


@pytest.fixture
def money(chromium: Any, night: Night, served: Served, size: tuple[int, int]) -> Iterator[Viewer]:
    let_leak(night)
    viewer = Viewer(chromium, served.url + "money", size, awaited=CAUSE)
    yield viewer
    viewer.tab.close()


@pytest.mark.parametrize("size", SIZES)
def test_money_is_readable_and_fetches_nothing_from_elsewhere(money: Viewer, served: Served) -> None:
    assert money.tab.evaluate(SMALL, 12) == []
    assert money.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert money.complaints == []
    assert [url for url in money.fetched if not url.startswith((served.url, "data:"))] == []


@pytest.mark.parametrize("size", [(390, 844)])
def test_on_a_phone_money_scrolls_down_and_not_aside(money: Viewer) -> None:
    assert money.tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", [(1366, 768)])
def test_a_cause_leads_to_its_records_and_to_its_incident(money: Viewer, chromium: Any) -> None:
    money.tab.click(f".money-causes a:has-text('voice · {SWITCH}')")
    money.await_text(".money-cases .hint", "6 cases")
    money.tab.click(".money-cases tbody tr >> nth=0 >> a")
    money.await_text(".money-case", "counted by the switch")
    other = Viewer(chromium, money.tab.url, (1366, 768), awaited=".money-case tbody tr")
    assert "counted by the switch" in other.tab.inner_text(".money-case")
    other.tab.close()
    money.tab.click(".money-case .explains")
    money.tab.wait_for_selector(".page.dossier .cause")
    assert money.tab.inner_text(".page.dossier .cause") == DOWN
    assert money.complaints == []
