"""The laws of ports.PositionLedger, for every adapter found under telassure.store; the answers are an event log's."""

import pytest

from telassure.kernel.instant import HOUR
from telassure.kernel.ports import Appended, Entry, PositionLedger
from telassure.store.memory import MemoryLog
from tests.stores.adapters import entry

LATE = 1 << 62  # long after any wall clock


def claimed(ledger: PositionLedger, *batches: list[Entry]) -> tuple[list[Appended], list[str]]:
    with ledger.claiming(batches) as claim:
        return list(claim.answers), [each.position for each in claim.fresh]


def test_new_positions_are_fresh_in_the_order_of_the_batches(ledger: PositionLedger) -> None:
    answers, fresh = claimed(ledger, [entry("b"), entry("a")], [], [entry("c")])
    assert answers == [Appended(2, 0), Appended(0, 0), Appended(1, 0)]
    assert fresh == ["b", "a", "c"]


def test_the_answers_are_those_of_an_event_log(ledger: PositionLedger) -> None:
    log = MemoryLog()
    batches = [
        [entry("1", b"x"), entry("2", b"y"), entry("1", b"x")],
        [entry("1", b"other"), entry("2", b"y"), entry("3", b"z"), entry("3", b"changed")],
        [entry("1", b"x", source="another"), entry("1", b"x", topology="assurance")],
    ]
    for _ in range(2):
        answers, expected = claimed(ledger, *batches)[0], [log.append(batch) for batch in batches]
        assert [(a, a.repeats) for a in answers] == [(a, a.repeats) for a in expected]


def test_where_publishing_fails_the_positions_are_free_again(ledger: PositionLedger) -> None:
    with pytest.raises(RuntimeError), ledger.claiming([[entry("1"), entry("2", source="new")]]):
        raise RuntimeError("the broker is gone")
    assert claimed(ledger, [entry("1"), entry("2", source="new")])[0] == [Appended(2, 0)]


def test_nothing_to_claim_is_no_claim(ledger: PositionLedger) -> None:
    assert claimed(ledger) == ([], [])


def test_many_positions_of_many_sources_are_claimed_at_once(ledger: PositionLedger) -> None:
    batch = [entry(str(n), source=f"file-{n % 7}") for n in range(3_000)]
    assert claimed(ledger, batch)[0] == [Appended(3_000, 0)]
    assert claimed(ledger, batch[::-1])[0] == [Appended(0, 3_000)]


def test_positions_are_forgotten_by_the_time_of_their_claim(ledger: PositionLedger) -> None:
    claimed(ledger, [entry(str(n)) for n in range(4_500)] + [entry("1", topology="assurance")])
    assert ledger.prune("charging", HOUR) == 0
    assert ledger.prune("charging", LATE) == 4_500
    assert claimed(ledger, [entry("1")], [entry("1", topology="assurance")])[0] == [Appended(1, 0), Appended(0, 1)]
