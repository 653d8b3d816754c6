"""The laws of ports.EventLog, for every adapter found under telassure.store."""

from telassure.kernel.instant import SECOND
from telassure.kernel.ports import TICK, Appended, Entry, EventLog
from tests.stores.adapters import START, entry, letter

EVERYTHING = (1_000, 1 << 20)


def test_what_was_appended_is_read_in_order_from_offset_one(log: EventLog) -> None:
    answer = log.append([entry("1", b"a", rows=3, trace="t-1"), entry("2", b"b")])
    first, second = log.read("charging", 0, 0, *EVERYTHING)
    assert answer == Appended(2, 0)
    assert (first.offset, first.kind, first.payload, first.source, first.position) == (1, "tick", b"a", "feed", "1")
    assert (first.rows, first.trace) == (3, "t-1")
    assert (second.offset, second.payload) == (2, b"b")


def test_every_partition_and_topology_has_its_own_order(log: EventLog) -> None:
    log.append([entry("1", partition=0), entry("2", partition=1), entry("3", partition=1)])
    log.append([entry("1", topology="detection", partition=1)])
    assert [r.position for r in log.read("charging", 1, 0, *EVERYTHING)] == ["2", "3"]
    assert [log.end("charging", 0), log.end("charging", 1), log.end("detection", 1), log.end("none", 0)] == [1, 2, 1, 0]


def test_a_reading_goes_on_after_an_offset_within_its_bounds(log: EventLog) -> None:
    log.append([entry(str(n), bytes(100)) for n in range(10)])
    assert [r.position for r in log.read("charging", 0, 4, 2, 1 << 20)] == ["4", "5"]
    assert [r.position for r in log.read("charging", 0, 0, 10, 150)] == ["0", "1"]
    assert len(log.read("charging", 0, 0, 10, 1)) == 1
    assert list(log.read("charging", 0, 10, 10, 1)) == []


def test_a_repeat_is_counted_and_not_written(log: EventLog) -> None:
    log.append([entry(str(n)) for n in range(1_200)])
    answer = log.append([entry(str(n)) for n in range(1_100, 1_300)])
    assert answer == Appended(100, 100)
    assert log.end("charging", 0) == 1_300


def test_a_repeat_within_one_batch_counts_too(log: EventLog) -> None:
    assert log.append([entry("1", b"a"), entry("1", b"a"), entry("1", b"b")]) == Appended(1, 1, (2,))
    assert [r.payload for r in log.read("charging", 0, 0, *EVERYTHING)] == [b"a"]


def test_repeats_are_named_by_their_indices(log: EventLog) -> None:
    log.append([entry("2", b"b")])
    batch = [entry("1", b"a"), entry("2", b"b"), entry("1", b"other"), entry("1", b"a"), entry("3", b"c")]
    assert log.append(batch).repeats == (1, 3)


def test_a_conflict_is_named_by_its_index_and_the_others_are_taken(log: EventLog) -> None:
    log.append([entry("2", b"b")])
    answer = log.append([entry("1", b"a"), entry("2", b"other"), entry("3", b"c")])
    assert answer == Appended(2, 0, (1,))
    assert [r.payload for r in log.read("charging", 0, 0, *EVERYTHING)] == [b"b", b"a", b"c"]


def test_a_position_is_taken_per_topology_and_source_whatever_the_partition(log: EventLog) -> None:
    log.append([entry("1", partition=0)])
    assert log.append([entry("1", partition=3)]) == Appended(0, 1)
    assert log.append([entry("1", source="other"), entry("1", topology="detection")]) == Appended(2, 0)


def test_a_trimmed_position_stays_taken_and_offsets_go_on(log: EventLog) -> None:
    log.append([entry(str(n), b"payload") for n in range(5)])
    log.trim("charging", 0, 5)
    assert log.append([entry("3", b"payload"), entry("4", b"other")]) == Appended(0, 1, (1,))
    log.append([entry("5", b"new")])
    assert [(r.offset, r.payload) for r in log.read("charging", 0, 5, *EVERYTHING)] == [(6, b"new")]
    assert not any(r.payload for r in log.read("charging", 0, 0, *EVERYTHING) if r.offset <= 5)


def test_trim_leaves_other_partitions_alone(log: EventLog) -> None:
    log.append([entry("1", partition=0), entry("2", partition=1)])
    log.trim("charging", 0, 100)
    log.trim("never", 0, 100)
    assert [r.payload for r in log.read("charging", 1, 0, *EVERYTHING)] == [b"x"]


def tick(second: int, partition: int = 0) -> Entry:
    return entry(f"{START + second * SECOND}/{partition}", source=TICK, partition=partition)


def test_what_is_beyond_the_newest_bytes_is_surplus(log: EventLog) -> None:
    log.append([entry(str(n), bytes(100)) for n in range(10)])
    assert [log.surplus("charging", 0, size, 0) for size in (1_000, 999, 350, 0)] == [0, 1, 7, 10]
    assert (log.surplus("charging", 1, 0, 0), log.surplus("never", 0, 0, 0)) == (0, 0)


def test_what_is_before_the_newest_tick_that_is_too_old_is_surplus(log: EventLog) -> None:
    log.append([entry("1"), tick(1), tick(1, 1), entry("2"), tick(2), entry("3"), tick(3)])
    ages = [log.surplus("charging", 0, 1 << 40, START + second * SECOND) for second in (1, 2, 3, 9)]
    assert ages == [0, 2, 4, 6]


def test_ticks_are_forgotten_with_their_payload_and_nothing_else_is(log: EventLog) -> None:
    log.append([entry("1"), tick(1), entry("2"), tick(2)])
    log.trim("charging", 0, 3)
    assert log.prune("charging", 0, 1_000) == 1
    assert log.append([entry("1"), entry("2"), tick(2)]) == Appended(0, 3)
    assert log.append([tick(1)]) == Appended(1, 0)


def test_nothing_is_a_batch_too(log: EventLog) -> None:
    assert log.append([]) == Appended(0, 0)


def test_a_letter_is_buried_again_without_complaint(log: EventLog) -> None:
    log.bury([letter("l-1"), letter("l-1", "another reason"), letter("l-2")])
    log.bury([letter("l-1")])
    log.bury([])
