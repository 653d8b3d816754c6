"""A month of traffic over PostgreSQL and InfluxDB: what they keep levels off, and no ledger line is lost."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from telassure import wiring
from telassure.kernel.events import Charge
from telassure.kernel.instant import DAY, HOUR, Instant
from telassure.kernel.kept import kept_types
from telassure.store.archive import Archive
from telassure.store.sql import SqlPositionLedger, SqlStateStore, dialect
from telassure.wiring.removal import remove_old
from telassure.wiring.settings import RetentionSettings, Settings
from tests.influx.influxd import ORG, Influxd, influxd
from tests.postgres.installations import Servers, servers
from tests.postgres.server import postgres
from tests.stores.adapters import START, alarm, charge, entry, leakage, letter, one_of_each, ticket, turn
from tests.stores.databases import asked
from tests.system.test_month import points

__all__ = ["influxd", "postgres", "servers"]  # fixtures
_DAYS, _KEPT, _CHARGES = 28, 3, 10
pytestmark = pytest.mark.heavy


class ServerMonth:
    """Schemas that are driven an hour at a time, and tended once a day as a live worker over Kafka tends them."""

    def __init__(self, settings: Settings, open_ones: ExitStack) -> None:
        self.settings, self.time, self.offset = settings, START, 0
        wiring.home(settings)
        self.log: SqlPositionLedger = open_ones.enter_context(closing(wiring.places.log_database(settings)))
        self.state: SqlStateStore = open_ones.enter_context(closing(wiring.state_store(settings, "charging")))

    def now(self) -> Instant:
        return self.time

    def hour(self) -> None:
        name, at = str(self.time // HOUR), self.time
        with self.log.claiming([[entry(f"{name}-{n}") for n in range(20)]]):
            pass
        records = [replace(alarm(name, state="cleared"), changed_at=at), replace(ticket(name, "closed"), changed_at=at)]
        records += [leakage(name, "1", time=at, state="recovered")]
        records += [charge(f"{name}-{n}", time=at + n) for n in range(_CHARGES)]
        self.state.commit(turn(self.offset, self.offset + 1, records=records, letters=[letter(name, time=START)]))
        self.log.bury([letter(name, time=at)])
        self.offset, self.time = self.offset + 1, at + HOUR

    def tend(self) -> None:
        first = self.time - _KEPT * DAY
        remove_old(self.state, self.settings, self)
        for store in (self.state, self.log):
            store.forget_letters(first, first)
        self.log.prune("charging", first)

    def rows(self) -> int:
        """Of all tables of the log and of the topology."""
        tables = [("log", each) for each in ("log_position", "log_source", "dead_letter")]
        tables += [("charging", each.table) for each in kept_types().values()]
        tables += [("charging", each) for each in ("dead_letter", "charged_hour", "cell", "outbox", "taken_position")]
        found = 0
        for schema, table in tables:
            ((count,),) = asked(wiring.places.database_url(self.settings, schema), f"SELECT count(*) FROM {table}")
            found += int(str(count))
        return found


@pytest.fixture
def month(servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServerMonth]:
    retention = RetentionSettings(records_days={"charge": _KEPT}, most_days=_KEPT, archive=tmp_path / "archive")
    with ExitStack() as open_ones:
        made = ServerMonth(servers.settings(tmp_path / "home", retention=retention), open_ones)
        monkeypatch.setattr(dialect, "now", lambda _: made.time)
        yield made


def test_a_month_in_postgresql_levels_off_and_loses_no_ledger_line(month: ServerMonth) -> None:
    sizes = []
    for _ in range(_DAYS):
        for _ in range(24):
            month.hour()
        month.tend()
        sizes.append(month.rows())

    assert max(sizes[21:]) <= 1.1 * max(sizes[7:14])
    with closing(wiring.reader(month.settings)) as reader:
        stay = [each.charge_id for each in reader.every(Charge, {})]
    gone = [line["charge_id"] for line in Archive(month.settings.retention.archive or Path()).lines("charge")]
    assert len({*stay, *gone}) == len(stay) + len(gone) == _CHARGES * 24 * _DAYS


def test_what_is_open_stays_in_postgresql_however_old(month: ServerMonth) -> None:
    month.state.commit(turn(0, 1, records=one_of_each()))
    month.offset, month.time = 1, START + 100 * DAY
    month.hour()
    month.tend()
    with closing(wiring.reader(month.settings)) as reader:
        counts = reader.counts()
    assert (counts["service_problem"], counts["trouble_ticket"], counts["case_decision"]) == (1, 2, 1)


def test_points_in_influxdb_level_off(servers: Servers, influxd: Influxd, tmp_path: Path) -> None:
    bucket = influxd.connection("month")
    influx = {"url": bucket.url, "org": ORG, "bucket": bucket.bucket, "token": bucket.token}
    settings = servers.settings(tmp_path / "home", influx=influx)
    sizes = []
    with closing(wiring.metric_store(settings, read_only=False)) as store:
        for day in range(_DAYS):
            for hour in range(24):
                at = START + day * DAY + hour * HOUR
                store.write(points(at), "detection", (at - START) // HOUR + 1)
            store.flush()
            store.retain(START + (day + 1 - _KEPT) * DAY)
            sizes.append(int(store.digest().rpartition("-")[2]))
    assert sizes[_KEPT:] == [sizes[_KEPT]] * (_DAYS - _KEPT)
