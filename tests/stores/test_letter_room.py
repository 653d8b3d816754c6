"""The open letters of one source have so much room; what is beyond is counted by cause, and costs nobody else."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from telassure.kernel.errors import StaleOwner
from telassure.kernel.events import DeadLetter
from telassure.kernel.ports import Choice
from telassure.store.sql import SqlEventLog, SqlReader, SqlStateStore
from tests.stores.adapters import START, letter, turn

ROOM = 10_000


def refusal(number: int, source: str = "cdr", account: str = "ghost", rows: int = 1) -> DeadLetter:
    reason = f"account {account}-{number} is not in the catalogue; add the account"
    made = replace(letter(f"{source}-{number}", reason), source=source, operator="rate", kind="usage_records")
    return replace(made, payload=b"x" * 600, rows=rows)


class Charging:
    """The letters of one topology, as a worker writes them and a reader finds them."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'charging.db'}"
        self._reader = SqlReader(f"sqlite:///{folder / 'log.db'}", {"charging": self.url})
        self.store, self._offset = SqlStateStore(self.url, letter_room=ROOM), 0

    def close(self) -> None:
        self._reader.close()
        self.store.close()

    def keep(self, *several: DeadLetter) -> None:
        self.store.commit(turn(self._offset, self._offset + 1, letters=several))
        self._offset += 1

    def found(self, source: str = "cdr") -> list[DeadLetter]:
        return [each for each in self._reader.letters(limit=1_000).rows if each.source == source]

    def beyond(self, source: str = "cdr") -> list[str]:
        return sorted(each.reason for each in self.found(source) if not each.kind)


@pytest.fixture
def charging(tmp_path: Path) -> Iterator[Charging]:
    with closing(Charging(tmp_path)) as made:
        yield made


def test_letters_within_the_room_stand_for_themselves(charging: Charging) -> None:
    charging.keep(*(refusal(number) for number in range(10)))
    assert (len(charging.found()), charging.beyond()) == (10, [])


@pytest.mark.parametrize("pieces", [1, 4, 50])
def test_letters_beyond_the_room_are_counted_by_cause(charging: Charging, pieces: int) -> None:
    several = [refusal(number) for number in range(200)]
    for start in range(0, 200, 200 // pieces):
        charging.keep(*several[start : start + 200 // pieces])
    assert charging.beyond() == [
        "190 rows, one of them kept here: beyond the 10,000 bytes that open letters of one source may have, rows are "
        "only counted: account … is not in the catalogue; add the account"
    ]


def test_each_cause_beyond_the_room_has_a_count_of_its_own(charging: Charging) -> None:
    charging.keep(*(refusal(number) for number in range(10)))
    charging.keep(refusal(10), refusal(11), replace(refusal(12), reason="volume is negative"))
    assert [reason.split(":")[0] for reason in charging.beyond()] == [
        "1 rows, one of them kept here",
        "2 rows, one of them kept here",
    ]


def test_a_shared_letter_beyond_the_room_counts_all_its_rows(charging: Charging) -> None:
    charging.keep(*(refusal(number) for number in range(10)), refusal(10, rows=1_000))
    assert charging.beyond()[0].startswith("1,000 rows, ")


def test_a_source_beyond_its_room_costs_another_nothing(charging: Charging) -> None:
    charging.keep(*(refusal(number) for number in range(100)), *(refusal(number, "other") for number in range(5)))
    assert (len(charging.found("other")), charging.beyond("other")) == (5, [])


def test_a_letter_that_is_there_already_stays_itself(charging: Charging) -> None:
    several = [refusal(number) for number in range(10)]
    charging.keep(*several)
    charging.store.mark_replayed(charging.store.replayable_letters(Choice(), "", 100))
    charging.keep(*several)
    assert (len(charging.found()), charging.beyond()) == (10, [])


def test_a_turn_that_another_owner_was_faster_with_counts_nothing(charging: Charging) -> None:
    charging.keep(*(refusal(number) for number in range(20)))
    with pytest.raises(StaleOwner):
        charging.store.commit(turn(0, 1, letters=[refusal(number) for number in range(20)]))
    assert charging.beyond()[0].startswith("10 rows, ")


def test_a_restart_knows_what_a_source_holds(charging: Charging, tmp_path: Path) -> None:
    charging.keep(*(refusal(number) for number in range(10)))
    charging.store.close()
    charging.store = SqlStateStore(charging.url, letter_room=ROOM)
    charging.keep(refusal(10))
    assert charging.beyond()[0].startswith("1 rows, ")


def test_the_edge_counts_beyond_the_room_and_keeps_every_row_that_is_held(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    with closing(SqlEventLog(url, letter_room=ROOM)) as log, closing(SqlReader(url, {})) as reader:
        log.bury([replace(refusal(number), operator="ingest", kind="") for number in range(100)])
        log.bury([replace(refusal(number, "held"), operator="held", time=START) for number in range(100)])
        assert len(log.due_letters("held", START, 1_000)) == 100
        assert reader.letter_counts("ingest").open == 11
