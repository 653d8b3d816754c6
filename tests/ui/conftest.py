"""What the page's tests share: a busy night, an empty one, and the page over the busy one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboards.shell.reading import Screen
from telassure.kernel.instant import parse_instant
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
