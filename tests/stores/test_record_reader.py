"""The reader of what is kept: in memory and in SQL it answers the same, a listing at a time as all at once."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telassure.kernel.errors import ConfigurationError, InvalidInput
from telassure.kernel.events import Alarm, Charge, KpiEpisode, PerceivedSeverity, RevenueLeakage, Tick
from telassure.kernel.events.kpi import BY_RANK
from telassure.kernel.instant import HOUR
from telassure.kernel.kept import BusinessRecord, Kept, kept_as, kept_types
from telassure.kernel.money import Money
from telassure.kernel.ports import ANY, AnyOf, Beginning, Between, Condition, Listing, NoneOf, RecordReader, Where
from telassure.store.memory import MemoryStateStore
from telassure.store.memory_reader import MemoryRecordReader
from telassure.store.sql import SqlReader, SqlStateStore
from tests.stores.adapters import START, alarm, charge, leakage, made, one_of_each, turn
from tests.stores.databases import Databases

EPISODE = next(record for record in one_of_each() if isinstance(record, KpiEpisode))
NAMES = st.text("ab\U0010ffffZ%_", min_size=1, max_size=3)
TIMES = st.integers(0, 3).map(lambda hour: START + hour * HOUR)


@st.composite
def episodes(draw: st.DrawFn) -> KpiEpisode:
    rank = draw(st.sampled_from([None, 0.1, 0.5, 0.9]))
    state, changed = draw(st.sampled_from(["open", "closed"])), draw(TIMES)
    return replace(EPISODE, episode_id=draw(NAMES), state=state, rank=rank, changed_at=changed, measurement=draw(NAMES))


@st.composite
def wheres(draw: st.DrawFn) -> Where:
    texts = NAMES | st.lists(NAMES, max_size=3).map(AnyOf) | st.lists(NAMES, max_size=3).map(NoneOf)
    texts |= NAMES.map(Beginning) | st.builds(Between, st.none() | NAMES, st.none() | NAMES)
    times = st.builds(Between, st.none() | TIMES, st.none() | TIMES) | TIMES
    asked: dict[str, st.SearchStrategy[Condition]] = {"episode_id": texts, "measurement": texts, "changed_at": times}
    return {name: draw(asked[name]) for name in draw(st.sets(st.sampled_from(sorted(asked))))}


ORDERS = st.sampled_from([(), BY_RANK, ("measurement", "-rank"), ("-episode_id",), ("state", "-changed_at")])


class Twins:
    """The same records in memory and in two databases of SQLite."""

    def __init__(self, directory: Path) -> None:
        urls = {name: made(directory, "state", name) for name in ("assurance", "charging")}
        self.stores = {name: SqlStateStore(url) for name, url in urls.items()}
        self.sql: RecordReader = SqlReader(f"sqlite:///{directory}/none.db", urls)
        self.memory: RecordReader = MemoryRecordReader()

    def keep(self, records: list[KpiEpisode]) -> None:
        """By their ids in one place or the other."""
        halves = {"assurance": [r for r in records if r.episode_id < "a"], "charging": []}
        halves["charging"] = [r for r in records if r.episode_id >= "a"]
        memories = []
        for topology, several in halves.items():
            store = self.stores[topology]
            with store._database.writing() as connection:
                connection.exec_driver_sql("DELETE FROM kpi_episode")
            at = store.checkpoint(topology, 0).offset
            store.commit(turn(at, at + 1, topology, records=several))
            memories.append(MemoryStateStore())
            memories[-1].commit(turn(0, 1, topology, records=several))
        self.memory = MemoryRecordReader(*memories)

    def close(self) -> None:
        for part in (self.sql, *self.stores.values()):
            part.close()  # type: ignore[attr-defined]  # the SQL ones


@pytest.fixture
def twins(tmp_path: Path) -> Iterator[Twins]:
    with closing(Twins(tmp_path)) as found:
        yield found


@given(records=st.lists(episodes(), max_size=12), where=wheres(), order=ORDERS)
@settings(max_examples=60, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sql_answers_as_memory_does(
    twins: Twins, records: list[KpiEpisode], where: Where, order: tuple[str, ...]
) -> None:
    twins.keep(records)
    found = list(twins.sql.every(KpiEpisode, where, order))
    assert found == list(twins.memory.every(KpiEpisode, where, order))
    assert twins.sql.count(KpiEpisode, where) == len(found)
    assert [twins.sql.get(KpiEpisode, episode.episode_id) for episode in found] == found


@given(records=st.lists(episodes(), max_size=12), order=ORDERS, limit=st.integers(1, 4))
@settings(max_examples=40, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_listings_after_each_other_are_all_of_it_once(
    twins: Twins, records: list[KpiEpisode], order: tuple[str, ...], limit: int
) -> None:
    twins.keep(records)
    whole = list(twins.sql.every(KpiEpisode, ANY, order))
    for reader in (twins.sql, twins.memory):
        assert [row for listing in listings(reader, order, limit) for row in listing.rows] == whole
        assert {listing.total for listing in listings(reader, order, limit)} == {len(whole)}


def listings(reader: RecordReader, order: tuple[str, ...], limit: int) -> Iterator[Listing[KpiEpisode]]:
    found = reader.find(KpiEpisode, order=order, limit=limit)
    yield found
    while found.after:
        found = reader.find(KpiEpisode, order=order, limit=limit, after=found.after)
        yield found


@pytest.fixture
def house(databases: Databases) -> Iterator[tuple[SqlStateStore, SqlReader]]:
    url = databases.url("state", "charging")
    with closing(SqlStateStore(url)) as store, closing(SqlReader(databases.unmade("log"), {"charging": url})) as reader:
        yield store, reader


def keep(store: SqlStateStore, *records: BusinessRecord) -> None:
    at = store.checkpoint("charging", 0).offset
    store.commit(turn(at, at + 1, records=records))


@pytest.mark.parametrize("record", one_of_each(), ids=lambda record: type(record).__name__)
def test_every_type_is_found_by_its_key(house: tuple[SqlStateStore, SqlReader], record: BusinessRecord) -> None:
    store, reader = house
    keep(store, record)
    kept = kept_as(type(record))
    assert reader.get(type(record), *(getattr(record, name) for name in kept.key)) == record
    assert reader.get(type(record), *(START if name == "time" else "another" for name in kept.key)) is None


def test_every_type_that_is_kept_is_tried_here() -> None:
    assert {type(record) for record in one_of_each()} == set(kept_types())


def test_a_listing_goes_on_where_it_was_while_records_come(house: tuple[SqlStateStore, SqlReader]) -> None:
    store, reader = house
    keep(store, *(alarm(f"al-{n}") for n in range(4)))
    first = reader.find(Alarm, limit=2)
    keep(store, alarm("al-00"), alarm("al-2a"))
    second = reader.find(Alarm, limit=9, after=first.after)
    assert [a.alarm_id for a in (*first.rows, *second.rows)] == ["al-0", "al-1", "al-2", "al-2a", "al-3"]
    assert (first.said, second.total) == ("2 of 4", 6)


def test_forty_of_a_hundred_says_so(house: tuple[SqlStateStore, SqlReader]) -> None:
    store, reader = house
    keep(store, *(alarm(f"al-{n:03d}") for n in range(100)))
    found = reader.find(Alarm, {"state": "active"}, limit=40)
    assert (len(found.rows), found.total, found.cut, found.said) == (40, 100, True, "40 of 100")


def test_severities_and_flags_are_asked_for_as_they_are(house: tuple[SqlStateStore, SqlReader]) -> None:
    store, reader = house
    keep(store, alarm("al-1", PerceivedSeverity.CRITICAL), alarm("al-2"))
    worst = AnyOf([PerceivedSeverity.CRITICAL])
    assert [a.alarm_id for a in reader.every(Alarm, {"perceived_severity": worst})] == ["al-1"]
    assert reader.count(Alarm, {"perceived_severity": Between(PerceivedSeverity.MAJOR)}) == 2


def test_money_orders_by_its_amount(house: tuple[SqlStateStore, SqlReader]) -> None:
    store, reader = house
    keep(store, leakage("a", "9"), leakage("b", "10"), replace(leakage("c", "8"), amount=Money.of("9.5", "EUR")))
    assert [gap.leakage_id for gap in reader.find(RevenueLeakage, limit=2).rows] == ["b", "c"]


def test_what_a_type_does_not_declare_is_refused_with_what_it_does(house: tuple[SqlStateStore, SqlReader]) -> None:
    _, reader = house
    with pytest.raises(InvalidInput, match=r"text.*no alarm can be asked for by it; ask by one of alarm_id, .*state"):
        reader.find(Alarm, {"text": "los"})
    with pytest.raises(InvalidInput, match=r"-text.*no alarm can be ordered by it; order by .*changed_at"):
        reader.find(Alarm, order=("-text",))
    with pytest.raises(InvalidInput, match="a charge is found by time, charge_id; give 2 values"):
        reader.get(Charge, "ch-1")
    with pytest.raises(InvalidInput, match="10,001 values at once; ask for 10,000 at a time"):
        reader.count(Alarm, {"alarm_id": AnyOf(["x"] * 10_001)})


@pytest.mark.parametrize("cursor", ["nonsense", "W10", "%%%", "WzFd"])
def test_a_cursor_that_is_none_is_refused(house: tuple[SqlStateStore, SqlReader], cursor: str) -> None:
    with pytest.raises(InvalidInput, match=r"after.*begin again without one"):
        house[1].find(Alarm, after=cursor)


def test_the_cursor_of_another_order_is_refused(house: tuple[SqlStateStore, SqlReader]) -> None:
    store, reader = house
    keep(store, charge("a"), charge("b"))
    after = reader.find(Charge, limit=1).after
    with pytest.raises(InvalidInput, match="another order's listing"):
        reader.find(Charge, order=("time",), after=after)


def test_a_type_without_a_declaration_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"Tick is not kept: declare Kept\(Tick"):
        kept_as(Tick)  # type: ignore[type-var]  # that is the point


def test_a_declaration_with_a_field_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="alarm: Alarm has no field colour"):
        Kept(Alarm, "alarm", time="changed_at", order=("-colour",), filters=(), shown_to=())
    with pytest.raises(ConfigurationError, match="the key ends with time, not with the id charge_id"):
        Kept(Charge, "charge", time="time", order=("time",), filters=(), shown_to=(), key=("charge_id", "time"))


def test_many_charges_stream_past_their_first_piece(house: tuple[SqlStateStore, SqlReader]) -> None:
    store, reader = house
    keep(store, *(charge(f"ch-{n:05d}", n) for n in range(2_500)))
    assert [c.amount_micros for c in reader.every(Charge)] == list(range(2_500))
