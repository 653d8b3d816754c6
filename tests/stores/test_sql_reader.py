"""What the reader shows of the databases of several topologies, and its fingerprint of them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import (
    Alarm,
    Charge,
    DeadLetter,
    KpiEpisode,
    PerceivedSeverity,
    RevenueLeakage,
    ServiceProblem,
    TroubleTicket,
)
from telassure.kernel.events.kpi import BY_RANK
from telassure.kernel.instant import DAY, HOUR, MINUTE
from telassure.kernel.ports import AnyOf, Between, BusinessRecord, still_open
from telassure.store.sql import SqlPositionLedger, SqlReader, SqlStateStore
from telassure.store.sql.digest import tables
from telassure.store.sql.records import table_of
from tests.stores.adapters import START, alarm, charge, leakage, letter, one_of_each, problem, ticket, turn
from tests.stores.databases import Databases, asked

MAJOR, CRITICAL, MINOR = PerceivedSeverity.MAJOR, PerceivedSeverity.CRITICAL, PerceivedSeverity.MINOR


class House:
    """A log, two topologies, and the reader over them and over a third that was never started."""

    def __init__(self, databases: Databases) -> None:
        urls = self.urls = {name: databases.url("state", name) for name in ("assurance", "charging")}
        log = databases.url("log", "log")
        self.log = SqlPositionLedger(log)
        self.states = {name: SqlStateStore(address) for name, address in urls.items()}
        self.reader = SqlReader(log, urls | {"unborn": databases.unmade("unborn")})

    def keep(self, topology: str, records: Sequence[BusinessRecord] = (), **writes: Any) -> None:
        at = self.states[topology].checkpoint(topology, 0).offset
        self.states[topology].commit(turn(at, at + 1, topology, records=records, **writes))

    def close(self) -> None:
        for store in (self.log, *self.states.values(), self.reader):
            store.close()


@pytest.fixture
def house(databases: Databases) -> Iterator[House]:
    built = House(databases)
    yield built
    built.close()


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[House]:
    """On SQLite, whatever the other house is on."""
    built = House(Databases(tmp_path / "twin"))
    yield built
    built.close()


def test_what_was_never_made_reads_as_empty(databases: Databases) -> None:
    reader = SqlReader(databases.unmade("no"), {"charging": databases.unmade("none")})
    (databases.directory / "none.db").touch()
    assert set(reader.severity_counts().values()) == {0}
    assert (reader.find(Alarm).rows, reader.letters().rows, reader.charged_since(0)) == ([], [], {})
    assert (list(reader.every(Alarm)), reader.get(Alarm, "al-1"), reader.count(Alarm)) == ([], None, 0)
    assert (reader.feeds(), reader.counters(), set(reader.counts().values())) == ({}, {}, {0})
    assert len(reader.digest()) == 64
    reader.close()
    assert not (databases.directory / "no.db").exists()


@pytest.mark.parametrize("record", one_of_each(), ids=lambda record: type(record).__name__)
def test_a_record_comes_back_as_it_was_kept(house: House, record: BusinessRecord) -> None:
    house.keep("charging", [record])
    assert list(house.reader.every(type(record))) == [record]


def test_a_missing_value_comes_back_as_nan(house: House) -> None:
    (episode,) = (record for record in one_of_each() if type(record).__name__ == "KpiEpisode")
    house.keep("assurance", [replace(episode, value=float("nan"))])
    (found,) = house.reader.every(KpiEpisode)
    assert found.value != found.value


def test_open_episodes_come_by_rank_and_closed_ones_by_time(house: House) -> None:
    (one,) = (record for record in one_of_each() if isinstance(record, KpiEpisode))
    ranks = {"sure": 0.9, "unknown": None, "unlikely": 0.1, "probable": 0.6}
    several = [
        replace(one, episode_id=f"{name} {state}", state=state, rank=rank, changed_at=START + place)
        for state in ("open", "closed")
        for place, (name, rank) in enumerate(ranks.items())
    ]
    house.keep("assurance", several)
    shown = {
        state: [e.episode_id.split()[0] for e in house.reader.find(KpiEpisode, {"state": state}, order, 3).rows]
        for state, order in (("open", BY_RANK), ("closed", ()))
    }
    assert shown == {"open": ["sure", "probable", "unknown"], "closed": ["probable", "unlikely", "unknown"]}


def test_episodes_are_found_by_their_ids_however_many(house: House) -> None:
    (one,) = (record for record in one_of_each() if isinstance(record, KpiEpisode))
    names = [f"ep-{number}" for number in range(1_201)]
    house.keep("assurance", [replace(one, episode_id=name) for name in names])
    found = house.reader.every(KpiEpisode, {"episode_id": AnyOf([*names, "unknown"])})
    assert {e.episode_id for e in found} == {*names}


def test_the_later_record_of_an_id_replaces_the_earlier(house: House) -> None:
    house.keep("assurance", [alarm("al-1"), alarm("al-1", CRITICAL)])
    house.keep("assurance", [alarm("al-1", MINOR)])
    assert list(house.reader.every(Alarm, {"state": "active"})) == [alarm("al-1", MINOR)]


def test_alarms_are_counted_by_severity_while_active(house: House) -> None:
    house.keep("assurance", [alarm("a", CRITICAL), alarm("b", CRITICAL), alarm("c", MINOR, "cleared")])
    house.keep("charging", [alarm("d", MINOR)])
    assert {s: n for s, n in house.reader.severity_counts().items() if n} == {CRITICAL: 2, MINOR: 1}


def test_problems_come_worst_first_then_newest(house: House) -> None:
    house.keep("assurance", [problem("old", MAJOR), problem("new", MAJOR, START + 1), problem("worst", CRITICAL)])
    assert [p.problem_id for p in house.reader.every(ServiceProblem)] == ["worst", "new", "old"]
    assert [p.problem_id for p in house.reader.find(ServiceProblem, limit=2).rows] == ["worst", "new"]


def test_open_tickets_leave_out_the_closed_and_the_cancelled(house: House) -> None:
    house.keep("assurance", [ticket(state, state) for state in ("acknowledged", "resolved", "closed", "cancelled")])
    found = house.reader.every(TroubleTicket, still_open(TroubleTicket))
    assert [t.ticket_id for t in found] == ["acknowledged", "resolved"]
    assert house.reader.count(TroubleTicket) == 4


def test_open_leakage_comes_largest_first_from_an_instant_on(house: House) -> None:
    gaps = [leakage("small", "1"), leakage("large", "9"), leakage("mended", "5", state="recovered")]
    house.keep("charging", [*gaps, leakage("early", "7", time=START - 1)])
    found = house.reader.every(RevenueLeakage, {"state": "open", "time": Between(START)})
    assert [gap.leakage_id for gap in found] == ["large", "small"]


def test_open_leakage_is_summed_by_what_is_alike(house: House) -> None:
    gaps = [leakage("a", "1"), replace(leakage("b", "9"), subject="other"), leakage("c", "5", state="recovered")]
    house.keep("charging", [*gaps, replace(leakage("d", "2"), service="data")])
    control = gaps[0].control
    found = house.reader.leakage_sums(("service",), [control])
    assert [(each.alike, each.cases, each.subjects) for each in found] == [
        ((gaps[0].service,), 2, 2),
        (("data",), 1, 1),
    ]
    assert house.reader.leakage_sums(("service",), ["nothing"]) == []


@pytest.mark.parametrize("field", ["reason", "time", "amount"])
def test_leakage_is_summed_by_texts_that_can_be_asked_for(house: House, field: str) -> None:
    with pytest.raises(InvalidInput):
        house.reader.leakage_sums((field,), ["missing_usage"])


def test_charges_for_usage_are_summed_from_any_instant(house: House) -> None:
    at = START + HOUR + MINUTE
    lines = [charge("before", 1, at - 1), charge("at", 20, at), charge("later", 300, at + DAY)]
    house.keep("charging", [*lines, charge("recharge", -4_000, at, service=""), charge("refund", -5, at)])
    assert house.reader.charged_since(at) == {"EUR": 315}
    assert house.reader.charged_since(0) == {"EUR": 316}


def test_the_hours_of_charges_go_with_their_lines_and_those_of_today_stay(house: House) -> None:
    lines = [charge(f"{hours}", 1, START - hours * HOUR) for hours in range(0, 100, 7)]
    house.keep("charging", [*lines, charge("partly", 1, START - 24 * HOUR - 1)])
    house.states["charging"].remove(Charge, DAY, START + 1, lambda _: None)
    assert house.reader.charged_since(START - DAY) == {"EUR": 4}
    assert asked(house.urls["charging"], "SELECT count(*) FROM charged_hour") == [(4,)]


def test_a_charge_that_comes_again_is_not_summed_again(house: House) -> None:
    house.keep("charging", [charge("a", 10), charge("b", 200)])
    house.keep("charging", [charge("b", 300), charge("c", 4_000), charge("c", 4_000)])
    assert house.reader.charged_since(START) == {"EUR": 4_310}
    assert house.reader.counts()["charge"] == 4


def test_a_charge_that_says_otherwise_stays_and_is_corrected_by_the_difference(house: House) -> None:
    house.keep("charging", [charge("b", 200)])
    house.keep("charging", [charge("b", 300)])
    house.keep("charging", [charge("b", 250), charge("b", 250)])
    lines = house.reader.every(Charge)
    assert sorted((line.amount_micros, line.corrects) for line in lines) == [(-50, "b"), (100, "b"), (200, "")]


def test_letters_of_the_log_and_of_every_topology_come_newest_first(house: House) -> None:
    house.log.bury([letter("log", time=START + 1), letter("log", "again", time=START + 1)])
    house.keep("charging", letters=[letter("first"), letter("last", time=START + 2)])
    found: Sequence[DeadLetter] = house.reader.letters(limit=9).rows
    assert [(x.letter_id, x.reason) for x in found] == [
        ("last", "not a number"), ("log", "again"), ("first", "not a number")
    ]  # fmt: skip
    assert house.reader.counts()["dead_letter"] == 3


def test_counters_add_up_over_topologies_and_feeds_keep_their_newest(house: House) -> None:
    house.keep("charging", counters={"records": 2, "feed:cdr": START + 5})
    house.keep("charging", counters={"records": 3, "feed:cdr": START})
    house.keep("assurance", counters={"records": 10, "feed:cdr": START + 1, "feed:snmp": START})
    assert house.reader.counters() == {"records": 15}
    assert house.reader.feeds() == {"cdr": START + 5, "snmp": START}


def test_the_reader_sees_a_commit_at_once_and_cannot_write(house: House) -> None:
    before = house.reader.severity_counts()[MAJOR]
    house.keep("assurance", [alarm("a")])
    assert (before, house.reader.severity_counts()[MAJOR]) == (0, 1)


def test_the_digest_is_the_same_whatever_the_order_and_the_turns(house: House, twin: House) -> None:
    records = one_of_each()
    house.keep("charging", [*records, charge("ch-2")], letters=[letter("l-1"), letter("l-2")])
    for record in [charge("ch-2"), *reversed(records)]:
        twin.keep("charging", [record], counters={"records": 1})
    twin.log.bury([letter("l-2", time=START + DAY), letter("l-1")])
    assert house.reader.digests() == twin.reader.digests()
    assert house.reader.digest() == twin.reader.digest()


def test_a_record_changes_the_digest_of_its_own_table_and_the_whole(house: House) -> None:
    before, whole, changes = house.reader.digests(), house.reader.digest(), []
    for record in one_of_each():
        house.keep("charging", [record])
        after = house.reader.digests()
        changes.append([name for name in tables() if after[name] != before[name]])
        assert house.reader.digest() != whole
        before, whole = after, house.reader.digest()
    assert changes == [[table_of(type(record)).table.name] for record in one_of_each()]


def test_numbers_have_one_fingerprint_whatever_the_database_makes_of_them(house: House, twin: House) -> None:
    (episode,) = (record for record in one_of_each() if type(record).__name__ == "KpiEpisode")
    strange = [float("nan"), float("inf"), float("-inf"), -0.0, 5e-324, 0.1 + 0.2, 1e300, 3.0]
    for built in (house, twin):
        built.keep("assurance", [replace(episode, episode_id=f"Ep-{n}", value=x) for n, x in enumerate(strange)])
        built.keep("assurance", [replace(episode, episode_id=name) for name in ("ep_a", "EP-b", "\u00fcp", "%p", "-p")])
    assert house.reader.digests() == twin.reader.digests()


def test_what_no_database_takes_in_a_letter_becomes_what_each_does(house: House) -> None:
    house.keep("charging", letters=[letter("l-1", "a\0b \ud800 \u00fc")])
    assert [x.reason for x in house.reader.letters(limit=5).rows] == ["a\u2400b ? \u00fc"]


def test_the_trace_is_kept_and_is_no_part_of_the_digest(house: House, twin: House) -> None:
    house.keep("assurance", [replace(alarm("a"), trace="00-abc-def-01")])
    twin.keep("assurance", [alarm("a")])
    assert [each.trace for each in house.reader.every(Alarm)] == ["00-abc-def-01"]
    assert house.reader.digest() == twin.reader.digest()


def test_the_digest_changes_with_a_letters_reason(house: House, twin: House) -> None:
    house.keep("charging", letters=[letter("l-1", "one reason")])
    twin.keep("charging", letters=[letter("l-1", "another")])
    assert house.reader.digest() != twin.reader.digest()


def test_one_tables_digest_streams_past_its_first_piece(house: House, twin: House) -> None:
    for built in (house, twin):
        built.keep("charging", [charge(f"c-{n:05d}", n) for n in range(4_100)])
    twin.keep("charging", [charge("c-04099", -1)])
    assert house.reader.digest() != twin.reader.digest()
