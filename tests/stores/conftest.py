"""Finds every event log and state store under telassure.store and hands each to the laws, empty and by itself."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from telassure.ports import EventLog, StateStore  # noqa: E402
from tests.stores.adapters import Adapter, event_logs, opened, state_stores  # noqa: E402 -- the path comes first


@pytest.fixture(params=event_logs(), ids=lambda adapter: adapter.name)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventLog]:
    adapter: Adapter = request.param
    with opened(adapter, tmp_path) as found:
        yield found


@pytest.fixture(params=state_stores(), ids=lambda adapter: adapter.name)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StateStore]:
    adapter: Adapter = request.param
    with opened(adapter, tmp_path) as found:
        yield found
