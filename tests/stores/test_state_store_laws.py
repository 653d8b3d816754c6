"""The laws of ports.StateStore, for every adapter found under telassure.store."""

from dataclasses import replace
from fractions import Fraction

import pytest

from telassure.kernel.errors import StaleOwner
from telassure.kernel.events import Alarm, Charge, PolicyValue, Price, Subscriber, SwitchCount, Tariff
from telassure.kernel.instant import DAY
from telassure.kernel.ports import BusinessRecord, Checkpoint, StateStore
from telassure.store.memory import MemoryStateStore
from tests.stores.adapters import START, alarm, applied, cell, charge, letter, one_of_each, outgoing, turn


def test_a_partition_never_seen_stands_at_zero(state: StateStore) -> None:
    assert state.checkpoint("charging", 0) == Checkpoint(0, b"")


def test_a_commit_moves_the_checkpoint_of_its_partition_only(state: StateStore) -> None:
    state.commit(turn(0, 7))
    state.commit(turn(7, 9))
    assert state.checkpoint("charging", 0) == Checkpoint(9, b"clocks-9")
    assert state.checkpoint("charging", 1) == Checkpoint(0, b"")


@pytest.mark.parametrize("expected", [0, 6, 8])
def test_a_stale_owner_changes_nothing_at_all(state: StateStore, expected: int) -> None:
    state.commit(turn(0, 7, cells=[cell("a", b"old")], counters={"records": 1}))
    writes = {
        "cells": [cell("a", b"new"), cell("b")],
        "records": one_of_each(),
        "outbox": [outgoing("o-1")],
        "letters": [letter("l-1")],
        "catalogue": [Subscriber("s-1", "a-1")],
        "counters": {"records": 1},
        "taken": [applied("1")],
    }
    with pytest.raises(StaleOwner):
        state.commit(turn(expected, 9, **writes))
    assert state.checkpoint("charging", 0) == Checkpoint(7, b"clocks-7")
    assert {key: row.blob for key, row in state.cells("charging", 0, "charge", ["a", "b"]).items()} == {"a": b"old"}
    assert list(state.outbox("charging", 10)) == []
    assert list(state.catalogue("charging", 0)) == []
    assert state.taken("charging", 0, [("feed", "1")]) == {}
    assert state.counters("charging") == {"records": 1}


def test_a_partition_never_seen_has_no_other_offset_than_zero(state: StateStore) -> None:
    with pytest.raises(StaleOwner):
        state.commit(turn(3, 4))


def test_a_turn_may_leave_the_offset_where_it_is(state: StateStore) -> None:
    state.commit(turn(0, 7))
    state.commit(turn(7, 7, counters={"late": 1}))
    assert state.counters("charging") == {"late": 1}


def test_cells_come_back_as_they_were_given(state: StateStore) -> None:
    rows = [cell(f"k-{n}", bytes([n % 256, 0]), wake=START + n if n % 2 else None) for n in range(1_100)]
    state.commit(turn(cells=rows))
    assert state.cells("charging", 0, "charge", [row.key for row in rows]) == {row.key: row for row in rows}
    assert state.cells("charging", 0, "charge", ["k-3", "missing"]) == {"k-3": rows[3]}


def test_cells_are_kept_apart_by_operator_and_partition(state: StateStore) -> None:
    state.commit(turn(cells=[cell("a", b"charge"), cell("a", b"rate", operator="rate")]))
    assert state.cells("charging", 0, "rate", ["a"])["a"].blob == b"rate"
    assert state.cells("charging", 1, "rate", ["a"]) == {}
    assert state.cells("charging", 0, "dedupe", ["a"]) == {}


def test_a_cell_is_replaced_and_deleted(state: StateStore) -> None:
    state.commit(turn(0, 1, cells=[cell("a", wake=1), cell("b")]))
    state.commit(turn(1, 2, cells=[cell("a", None), cell("b", b"new", wake=3)]))
    assert state.cells("charging", 0, "charge", ["a", "b"]) == {"b": cell("b", b"new", wake=3)}
    assert list(state.timers("charging", 0)) == [("charge", "b", 3)]


@pytest.mark.parametrize(("first", "last"), [(b"x", None), (None, b"x")])
def test_of_two_rows_of_one_cell_the_later_counts(state: StateStore, first: bytes | None, last: bytes | None) -> None:
    state.commit(turn(cells=[cell("a", first), cell("a", last)]))
    assert [row.blob for row in state.cells("charging", 0, "charge", ["a"]).values()] == ([last] if last else [])


def test_timers_are_listed_for_their_partition(state: StateStore) -> None:
    state.commit(turn(cells=[cell("a", wake=5), cell("b"), cell("c", wake=-1, operator="rate")]))
    state.commit(turn(partition=1, cells=[cell("d", wake=9)]))
    assert sorted(state.timers("charging", 0)) == [("charge", "a", 5), ("rate", "c", -1)]


def test_the_outbox_gives_the_oldest_first_until_acknowledged(state: StateStore) -> None:
    state.commit(turn(0, 1, outbox=[outgoing("z"), outgoing("m")]))
    state.commit(turn(1, 2, outbox=[outgoing("a"), outgoing("m")]))
    assert list(state.outbox("charging", 2)) == [outgoing("z"), outgoing("m")]
    state.acknowledge("charging", ["z", "unknown"])
    assert list(state.outbox("charging", 9)) == [outgoing("m"), outgoing("a")]


def test_an_emptied_outbox_keeps_its_order(state: StateStore) -> None:
    state.commit(turn(0, 1, outbox=[outgoing("z")]))
    state.acknowledge("charging", ["z"])
    state.commit(turn(1, 2, outbox=[outgoing("b"), outgoing("a")]))
    assert [row.outbox_id for row in state.outbox("charging", 9)] == ["b", "a"]


def test_the_outbox_of_another_topology_is_another(state: StateStore) -> None:
    state.commit(turn(topology="detection", outbox=[outgoing("o-1")]))
    state.acknowledge("charging", ["o-1"])
    assert len(state.outbox("detection", 9)) == 1
    assert list(state.outbox("charging", 9)) == []


def test_the_outbox_of_one_partition_can_be_asked_for(state: StateStore) -> None:
    state.commit(turn(outbox=[outgoing("a"), outgoing("b")]))
    state.commit(turn(partition=1, outbox=[outgoing("c")]))
    assert [row.outbox_id for row in state.outbox("charging", 9, partition=1)] == ["c"]
    assert [row.outbox_id for row in state.outbox("charging", 1, partition=0)] == ["a"]
    assert len(state.outbox("charging", 9)) == 3


def test_a_partition_knows_what_it_has_taken_by_source_and_position(state: StateStore) -> None:
    state.commit(turn(0, 9, taken=[applied(str(n), n, bytes([n])) for n in range(9)] + [applied("1", 9, b"z", "b")]))
    places = [("feed", "1"), ("feed", "8"), ("feed", "9"), ("b", "1"), ("b", "2"), ("c", "1")]
    assert state.taken("charging", 0, places) == {("feed", "1"): b"\1", ("feed", "8"): b"\x08", ("b", "1"): b"z"}
    assert state.taken("charging", 1, places) == {}
    assert state.taken("charging", 0, []) == {}


def test_a_position_that_is_taken_again_stays_as_it_was_first(state: StateStore) -> None:
    state.commit(turn(0, 1, taken=[applied("1", 1, b"first")]))
    state.commit(turn(1, 2, taken=[applied("1", 2, b"second")]))
    assert state.taken("charging", 0, [("feed", "1")]) == {("feed", "1"): b"first"}


def test_positions_are_forgotten_through_an_offset_in_their_partition_only(state: StateStore) -> None:
    for partition in (0, 1):
        state.commit(turn(0, 9, partition=partition, taken=[applied(str(n), n) for n in range(1, 10)]))
    assert (state.forget("charging", 0, 4), state.forget("charging", 0, 4)) == (4, 0)
    places = [("feed", str(n)) for n in range(1, 10)]
    assert sorted(position for _, position in state.taken("charging", 0, places)) == ["5", "6", "7", "8", "9"]
    assert len(state.taken("charging", 1, places)) == 9
    assert state.forget("charging", 0, 99) == 5
    state.commit(turn(9, 10, taken=[applied("1", 10)]))
    assert len(state.taken("charging", 0, places)) == 1


def test_counters_of_all_partitions_add_up(state: StateStore) -> None:
    for partition in range(3):
        state.commit(turn(partition=partition, counters={"records": 2, "feed:cdr": START}))
    assert state.counters("charging") == {"records": 6}


def test_the_catalogue_replaces_by_identity_and_keeps_its_order(state: StateStore) -> None:
    price = (Price("voice", "49", "per_unit", Fraction(1, 3), 60, 60),)
    first = Tariff("t-1", START, None, "EUR", price)
    second = Tariff("t-1", START + 1, None, "EUR", ())
    policy = PolicyValue("ticketing", "minimum_severity", "4")
    state.commit(turn(0, 1, catalogue=[first, policy, Subscriber("s-1", "a-1")]))
    state.commit(turn(1, 2, catalogue=[second, Subscriber("s-1", "a-2")]))
    assert list(state.catalogue("charging", 0)) == [first, policy, Subscriber("s-1", "a-2"), second]
    assert list(state.catalogue("charging", 1)) == []


def test_counters_add_up_by_topology(state: StateStore) -> None:
    state.commit(turn(0, 1, counters={"records": 2, "late": 1}))
    state.commit(turn(1, 2, counters={"records": 3}))
    assert state.counters("charging") == {"records": 5, "late": 1}
    assert state.counters("detection") == {}


def test_records_and_letters_are_taken_any_number_of_times(state: StateStore) -> None:
    for offset in range(3):
        state.commit(turn(offset, offset + 1, records=one_of_each(), letters=[letter("l-1")]))
    assert state.checkpoint("charging", 0).offset == 3


def test_the_outbox_can_be_asked_for_what_goes_to_one_kind_of_target(state: StateStore) -> None:
    rows = [replace(outgoing(name), target=to) for name, to in (("a", "notify"), ("b", "hop:x:0"), ("c", "notify"))]
    state.commit(turn(outbox=rows))
    state.commit(turn(partition=1, outbox=[replace(outgoing("d"), target="hop:y:1")]))
    assert [row.outbox_id for row in state.outbox("charging", 9, target="hop:")] == ["b", "d"]
    assert [row.outbox_id for row in state.outbox("charging", 9, 0, "hop:")] == ["b"]
    assert [row.outbox_id for row in state.outbox("charging", 1, target="notify")] == ["a"]


def aged(name: str, days: int, state: str = "cleared") -> Alarm:
    return replace(alarm(name, state=state), changed_at=START - days * DAY)


def left(state: StateStore) -> list[str]:
    """The ids of the alarms that a store still has."""
    if isinstance(state, MemoryStateStore):
        return sorted(state.records[Alarm])
    with state._database.reading() as connection:  # type: ignore[attr-defined]  # every other one is in SQL
        return sorted(connection.exec_driver_sql("SELECT alarm_id FROM alarm").scalars())


def test_records_that_are_old_and_done_with_are_removed(state: StateStore) -> None:
    records = [aged("new", 0), aged("edge", 30), aged("old", 31), aged("older", 400), aged("open", 400, "active")]
    state.commit(turn(records=records))
    assert (state.remove(Alarm, 30 * DAY, START), left(state)) == (2, ["edge", "new", "open"])
    assert state.remove(Alarm, 30 * DAY, START) == 0


def test_age_is_counted_from_the_newest_record_or_from_now_if_that_is_earlier(state: StateStore) -> None:
    state.commit(turn(records=[aged("a", 0), aged("b", 31), aged("c", 400)]))
    assert state.remove(Alarm, 30 * DAY, START - 100 * DAY) == 1
    assert state.remove(Alarm, 30 * DAY, START + 4_000 * DAY) == 1


def test_a_record_without_a_state_is_removed_by_its_age(state: StateStore) -> None:
    (count,) = (record for record in one_of_each() if isinstance(record, SwitchCount))
    state.commit(turn(records=[count, replace(count, count_id="old", period_end=START - 40 * DAY)]))
    assert state.remove(SwitchCount, 30 * DAY, START) == 1


def test_a_ledger_stays_where_there_is_no_archive(state: StateStore) -> None:
    state.commit(turn(records=[charge("a"), charge("b", time=START - 4_000 * DAY)]))
    assert state.remove(Charge, DAY, START) == 0


def test_lines_of_a_ledger_are_given_to_the_archive_before_they_go(state: StateStore) -> None:
    old, given = [charge("b", time=START - 3 * DAY), charge("c", time=START - 2 * DAY)], []
    state.commit(turn(records=[charge("a"), *old]))
    assert state.remove(Charge, DAY, START, given.extend) == 2
    assert given == old
    assert state.remove(Charge, DAY, START, given.extend) == 0


def test_lines_stay_where_the_archive_fails(state: StateStore) -> None:
    def full(_: object) -> None:
        raise OSError("no space left")

    state.commit(turn(records=[charge("a"), charge("b", time=START - 3 * DAY)]))
    with pytest.raises(OSError, match="no space"):
        state.remove(Charge, DAY, START, full)
    given: list[BusinessRecord] = []
    assert (state.remove(Charge, DAY, START, given.extend), len(given)) == (1, 1)


def test_letters_go_by_when_they_were_written_whatever_their_own_time(state: StateStore) -> None:
    state.commit(turn(letters=[letter("l-1", time=START), letter("l-2", time=START - 4_000 * DAY)]))
    if not isinstance(state, MemoryStateStore):  # which knows no other time
        assert state.forget_letters(START, START) == 0
    assert state.forget_letters(1 << 60, 0) == 2
    assert state.forget_letters(1 << 60, 0) == 0


def test_nothing_to_remove_is_nothing_removed(state: StateStore) -> None:
    assert state.remove(Alarm, DAY, START) == 0


def test_more_than_one_transaction_removes_is_removed(state: StateStore) -> None:
    state.commit(turn(records=[aged("new", 0), *(aged(f"old-{n}", 90) for n in range(4_100))]))
    assert (state.remove(Alarm, 30 * DAY, START), left(state)) == (4_100, ["new"])
