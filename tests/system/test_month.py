"""A month of traffic in a minute: what a home keeps levels off, its files shrink, and no ledger line is lost."""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from telassure import wiring
from telassure.kernel.events import Alarm, Charge, Measurements, ScoredPoints
from telassure.kernel.instant import DAY, HOUR, SECOND, Instant
from telassure.kernel.ports import TICK
from telassure.store.archive import FOLDER, Archive
from telassure.store.sql import SqlEventLog, SqlStateStore, dialect
from telassure.wiring.removal import archiving, remove_old
from telassure.wiring.settings import RetentionSettings, Settings, isolated
from tests.stores.adapters import START, alarm, charge, entry, letter, ticket, turn

_DAYS = 28
_KEPT = 3
_CHARGES = 40  # an hour
_SERIES = 50
pytestmark = pytest.mark.heavy


class Month:
    """A home whose stores are driven an hour at a time, and tended once a day as a live worker tends them."""

    def __init__(self, settings: Settings, open_ones: ExitStack) -> None:
        self.settings, self.time, self.offset = settings, START, 0
        wiring.home(settings)
        self.log: SqlEventLog = open_ones.enter_context(closing(wiring.places.log_database(settings)))
        self.state: SqlStateStore = open_ones.enter_context(closing(wiring.state_store(settings, "charging")))
        self.metrics = open_ones.enter_context(closing(wiring.metric_store(settings, read_only=False)))

    def now(self) -> Instant:
        return self.time

    def hour(self) -> None:
        name, at = str(self.time // HOUR), self.time
        ticks = [entry(f"{at + second * SECOND}/0", source=TICK) for second in range(0, 3_600, 60)]
        self.log.append([*ticks, *(entry(f"{name}-{n}", bytes(2_000)) for n in range(20))])
        cleared = replace(alarm(name, state="cleared"), changed_at=at)
        records = [cleared, replace(ticket(name, "closed"), changed_at=at)]
        records += [charge(f"{name}-{n}", time=at + n) for n in range(_CHARGES)]
        self.state.commit(turn(self.offset, self.offset + 1, records=records, letters=[letter(name, time=START)]))
        self.log.bury([letter(name, time=at)])
        self.metrics.write(points(at), "detection", self.offset + 1)
        self.offset, self.time = self.offset + 1, at + HOUR

    def tend(self) -> None:
        kept, first = self.settings.retention, self.time - _KEPT * DAY
        remove_old(self.state, self.settings, self)
        for store in (self.state, self.log):
            store.forget_letters(first, first)
        self.log.trim("charging", 0, self.log.surplus("charging", 0, kept.log_bytes, first))
        self.log.prune("charging", 0, kept.log_positions)
        self.metrics.retain(first)
        self.metrics.compact()
        for store in (self.state, self.log):
            store.shrink()

    def bytes(self) -> int:
        """What the databases have grown to, each with its write-ahead log, which is bounded, written back into it."""
        home = self.settings.home
        files = [*home.glob("*.db"), home / "metrics" / "points.db"]
        for place in files:
            with closing(sqlite3.connect(place)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return sum(place.stat().st_size for place in files)


def points(at: Instant) -> ScoredPoints:
    rows, value = np.arange(_SERIES), np.cos(np.arange(_SERIES) + at / HOUR)
    measured = Measurements(
        "north", "pm", HOUR, tuple(f"cell-{n}" for n in rows), ("prb",), rows.astype(np.int32),
        np.zeros(_SERIES, np.int32), np.full(_SERIES, at), value, np.zeros(_SERIES, bool),
    )  # fmt: skip
    return ScoredPoints(measured, value, value, value, value, np.zeros(_SERIES, np.uint8))


@pytest.fixture
def month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Month]:
    retention = RetentionSettings(records_days={"charge": _KEPT}, most_days=_KEPT, log_positions=10_000)
    settings = isolated(tmp_path / "home").model_copy(update={"retention": retention})
    with ExitStack() as open_ones:
        made = Month(settings, open_ones)
        monkeypatch.setattr(dialect, "now", lambda _: made.time)
        yield made


def test_a_month_levels_off_and_loses_no_ledger_line(month: Month) -> None:
    sizes = []
    for _ in range(_DAYS):
        for _ in range(24):
            month.hour()
        month.tend()
        sizes.append(month.bytes())

    assert max(sizes[21:]) <= 1.1 * max(sizes[7:14])
    with closing(wiring.reader(month.settings)) as reader:
        stay = [each.charge_id for each in reader.every(Charge, {})]
        assert reader.count(Alarm, {}) <= 24 * (_KEPT + 1)
    gone = [line["charge_id"] for line in Archive(month.settings.home / FOLDER).lines("charge")]
    assert len(gone) > _CHARGES * 24 * (_DAYS - _KEPT - 2)
    assert len({*stay, *gone}) == len(stay) + len(gone) == _CHARGES * 24 * _DAYS
    assert archiving(month.settings) is not None
