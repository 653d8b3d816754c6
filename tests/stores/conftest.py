"""Finds every event log, ledger and state store under telassure.store and hands each to the laws, empty, by itself."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)

from telassure.kernel.ports import EventLog, PositionLedger, StateStore  # noqa: E402
from tests.postgres.server import postgres, postgres_ssl  # noqa: E402, F401 -- fixtures
from tests.stores.adapters import event_logs, ledgers, opened, state_stores  # noqa: E402 -- the path comes first
from tests.stores.databases import Databases, emptied  # noqa: E402


def _opened(request: pytest.FixtureRequest, directory: Path) -> Iterator[Any]:
    adapter = request.param
    place: Path | str = directory
    if adapter.kind:
        place = emptied(request.getfixturevalue("postgres"), adapter.kind, f"laws_{adapter.kind}")
    with opened(adapter, place) as found:
        yield found


@pytest.fixture(params=event_logs(), ids=lambda adapter: adapter.name)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventLog]:
    yield from _opened(request, tmp_path)


@pytest.fixture(params=state_stores(), ids=lambda adapter: adapter.name)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StateStore]:
    yield from _opened(request, tmp_path)


@pytest.fixture(params=ledgers(), ids=lambda adapter: adapter.name)
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PositionLedger]:
    yield from _opened(request, tmp_path)


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Databases:
    """Where a test of the SQL stores keeps its databases, once for each kind of server."""
    return Databases(tmp_path, request.getfixturevalue("postgres") if request.param == "PostgreSQL" else None)
