"""What the page's tests share: a busy night, an empty one, and the page over the busy one."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards.shell.reading import Screen
from telassure.kernel.instant import parse_instant
from tests.ui.browsing import ARGS, CHROMIUM, Served
from tests.ui.night import Night, busy_night

NOW = parse_instant("2026-03-12T02:40:00Z")


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    found = busy_night(tmp_path, NOW)
    yield found
    found.close()


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Night]:
    found = Night(tmp_path, NOW)
    yield found
    found.close()


@pytest.fixture
def screen(night: Night) -> Screen:
    return Screen(night.ports)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if CHROMIUM is None:
        if os.environ.get("TELASSURE_REQUIRE_BROWSER") == "1":
            pytest.fail("TELASSURE_REQUIRE_BROWSER=1, but there is no chromium; apt-get install chromium")
        pytest.skip("no chromium on this machine; apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def served(night: Night) -> Iterator[Served]:
    page = Served(night)
    yield page
    page.end()
