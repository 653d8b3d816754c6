"""The law suite itself: it passes what is right and kills what is wrong, in operators and in the host."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.hosts.partition import clock_journal
from streams.hosts.partition.book import Book
from tests.conformance import laws
from tests.conformance.cases import OperatorCase
from tests.conformance.reference import MUTANTS, Tally, alarm, tally_case
from tests.conformance.test_laws import LAWFUL

THOROUGH = settings(LAWFUL, max_examples=25)
CRASHES = st.dictionaries(st.integers(1, 25), st.sampled_from(("before", "after")), min_size=1, max_size=6)


def law_tests(case: OperatorCase) -> list[Callable[[], None]]:
    """Every law as a test that takes nothing."""

    def over_streams(law: Any) -> Callable[[], None]:
        @THOROUGH
        @given(case.streams)
        def holds(events: Any) -> None:
            law(case, events)

        return holds

    @THOROUGH
    @given(case.streams, CRASHES)
    def crash(events: Any, plan: Any) -> None:
        laws.crash_is_invisible(case, events, plan)

    alone = (laws.memory_is_bounded, laws.a_field_of_a_later_release_is_refused)
    return [*map(over_streams, laws.STREAM_LAWS), crash, *(partial(law, case) for law in alone)]


def broken_laws(case: OperatorCase) -> int:
    broken = 0
    for law in law_tests(case):
        try:
            law()
        except AssertionError:
            broken += 1
    return broken


@pytest.mark.parametrize("paced", [False, True], ids=["every turn", "paced"])
def test_a_lawful_operator_breaks_no_law(paced: bool) -> None:
    for law in law_tests(tally_case(Tally, paced)):
        law()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_mutant_operator_is_killed(mutant: type) -> None:
    assert broken_laws(tally_case(mutant)) > 0


class TornStore(laws.CrashingStore):
    """A store whose transaction tears: the cells are kept, the offset is not."""

    def commit(self, turn: Any) -> None:
        self._commits += 1
        if self._commits in self._plan:
            place = (turn.topology, turn.partition)
            for row in turn.cells:
                self._inner._cells[place][(row.operator, row.key)] = row
            raise laws.Crash
        self._inner.commit(turn)


EVENTS = [alarm(n, domain=f"d{n % 3}", at=10 * n) for n in range(12)] + [alarm(99, at=400 + 10 * n) for n in range(3)]


class Counting(Tally):
    """Counts repeats too: it depends on the host for each record to come once."""

    def take(self, event: Any, state: Any) -> Any:
        state.of(self.key(event))["seen"].append(event.notification_id)
        return super().take(event, state)


def crash_at_each_commit(paced: bool) -> None:
    for number in range(1, 8):
        laws.crash_is_invisible(tally_case(Counting, paced), EVENTS, {number: "after"})


@pytest.mark.parametrize("paced", [False, True], ids=["every turn", "paced"])
def test_a_crash_after_any_commit_is_invisible_to_an_operator_without_guard(paced: bool) -> None:
    crash_at_each_commit(paced)


def test_a_torn_transaction_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(laws, "CrashingStore", TornStore)
    with pytest.raises(AssertionError):
        crash_at_each_commit(paced=False)


def test_a_replay_that_does_not_skip_what_an_owner_has_applied_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = clock_journal._entry
    monkeypatch.setattr(clock_journal, "_entry", lambda owner: [owner.name, 0, *entry(owner)[2:]])
    with pytest.raises(AssertionError):
        crash_at_each_commit(paced=True)


def test_an_offset_that_passes_an_unwritten_owner_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Book.plan

    def hasty(book: Book, applied: int, piece: int | None) -> Any:
        made = plan(book, applied, piece)
        made.offset = applied
        return made

    monkeypatch.setattr(Book, "plan", hasty)
    with pytest.raises(AssertionError):
        crash_at_each_commit(paced=True)
