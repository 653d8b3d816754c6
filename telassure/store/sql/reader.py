"""What came out, read from the databases of all topologies while others write to them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import TypeVar

from sqlalchemy import Connection, Table, func, select

from telassure.kernel.events import Alarm, DeadLetter, PerceivedSeverity
from telassure.kernel.instant import Instant
from telassure.kernel.kept import kept_types
from telassure.kernel.ports import LISTED, LeakageSum, LetterCounts, Listing, OpenLeakage
from telassure.store.sql import charge_totals, counters, digest, leakage_sums, letters
from telassure.store.sql.readable import ReadableDatabase, SparedDatabase
from telassure.store.sql.record_reader import SqlRecordReader
from telassure.store.sql.records import table_of

Found = TypeVar("Found")


class SqlReader(SqlRecordReader):
    """ports.AssuranceReader over the log's database and one database per topology. Never blocks a writer.

    Every call is a snapshot per database. What has not been made yet reads as empty.
    """

    def __init__(self, log_url: str, state_urls: Mapping[str, str]) -> None:
        super().__init__(state_urls)
        self._log = self._opened(log_url)

    def severity_counts(self) -> Mapping[PerceivedSeverity, int]:
        alarm = table_of(Alarm).table.c
        severity = alarm.perceived_severity
        active = select(severity, func.count()).where(alarm.state == "active").group_by(severity)
        found = dict.fromkeys(sorted(PerceivedSeverity, reverse=True), 0)
        for rows in self._each(lambda c: c.execute(active).all()):
            for word, count in rows:
                found[PerceivedSeverity(word)] += count
        return found

    def charged_since(self, since: Instant) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for sums in self._each(lambda c: charge_totals.since(c, since)):
            for currency, micros in sums.items():
                found[currency] = found.get(currency, 0) + micros
        return found

    def open_leakage(self) -> Sequence[OpenLeakage]:
        sums = leakage_sums.summed(self._each, ("control",))
        return [OpenLeakage(each.alike[0], each.currency, each.cases, each.micros) for each in sums]

    def leakage_sums(self, alike: Sequence[str], controls: Sequence[str]) -> Sequence[LeakageSum]:
        sums = leakage_sums.summed(self._each, alike, controls)
        return sorted(sums, key=lambda each: (-each.micros, each.alike, each.currency))

    def letters(self, operator: str = "", limit: int = LISTED, after: str = "") -> Listing[DeadLetter]:
        found = self._of_letters(lambda c, table: letters.newest(c, table, limit + 1, operator, after))
        several = sorted((x for some in found for x in some), key=lambda x: (-x.time, x.letter_id))
        rows, more = several[:limit], len(several) > limit
        total = self.letter_counts(operator).open if more or after else len(rows)
        return Listing(rows, max(total, len(rows)), letters.cursor(rows[-1]) if more and rows else "")

    def letter(self, letter_id: str) -> DeadLetter | None:
        found = self._of_letters(lambda c, table: letters.named(c, table, letter_id))
        return next((letter for letter in found if letter is not None), None)

    def letters_beginning(self, text: str, limit: int) -> Sequence[str]:
        found = self._of_letters(lambda c, table: letters.beginning(c, table, text, limit))
        return sorted({name for some in found for name in some})[:limit]

    def open_letters(self) -> int:
        return sum(self._of_letters(letters.how_many_open))

    def letter_counts(self, operator: str = "") -> LetterCounts:
        found = self._of_letters(lambda c, table: letters.standing(c, table, operator))
        return sum(found, start=LetterCounts(0, 0, 0))

    def known_letters(self, ids: Sequence[str]) -> Mapping[str, tuple[bool, bool]]:
        """(open, replayable) of those among these ids that are letters."""
        found: dict[str, tuple[bool, bool]] = {}
        for several in self._of_letters(lambda c, table: letters.known(c, table, ids)):
            found |= several
        return found

    def counters(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for topology, database in self._states.items():
            for counts in database.ask(lambda c, t=topology: counters.counts(c, t)):  # type: ignore[misc]  # the loop's
                for name, count in counts.items():
                    found[name] = found.get(name, 0) + count
        return found

    def feeds(self) -> Mapping[str, Instant]:
        found: dict[str, Instant] = {}
        for topology, database in self._states.items():
            for newest in database.ask(lambda c, t=topology: counters.feeds(c, t)):  # type: ignore[misc]  # the loop's
                for feed, at in newest.items():
                    found[feed] = max(at, found.get(feed, at))
        return found

    def counts(self) -> Mapping[str, int]:
        kept = {how.table: self.count(kind) for kind, how in kept_types().items()}
        return {**kept, letters.LETTERS.name: self.open_letters()}

    def alarm_totals(self) -> Mapping[str, int]:
        """Over all alarms: raises that met the alarm active, those of them before an end the source had given, and how
        the alarms ended."""
        alarm = table_of(Alarm).table.c
        repeats = select(
            func.coalesce(func.sum(alarm.occurrences - 1), 0), func.coalesce(func.sum(alarm.reraised_while_known), 0)
        )
        endings = select(alarm.clear_reason, func.count()).where(alarm.state == "cleared").group_by(alarm.clear_reason)
        found = {"alarms_reraised": 0, "alarms_reraised_before_known_end": 0}
        for again, known in self._each(lambda c: c.execute(repeats).one()):
            found["alarms_reraised"] += int(again)
            found["alarms_reraised_before_known_end"] += int(known)
        for rows in self._each(lambda c: c.execute(endings).all()):
            for reason, count in rows:
                found[f"alarms_{reason}"] = found.get(f"alarms_{reason}", 0) + count
        return found

    def digests(self) -> Mapping[str, str]:
        """A hash per table over the rows of all databases, see telassure.store.sql.digest."""
        return {name: self._digest(table) for name, table in digest.tables().items()}

    def digest(self) -> str:
        return digest.digest_of_all(self.digests())

    def close(self) -> None:
        super().close()
        self._log.close()

    def _digest(self, table: Table) -> str:
        holding = [*self._states.values(), *([self._log] if table.name == letters.BURIED.name else [])]
        present = [
            one for one in holding if one.ask(lambda c: c.execute(select(*digest.hashed_columns(table)).limit(0)).all())
        ]
        with ExitStack() as stack:
            several = [digest.in_key_order(stack.enter_context(one.reading()), table) for one in present]
            return digest.digest_of(table, several)

    def _of_letters(self, question: Callable[[Connection, Table], Found]) -> list[Found]:
        """The answers for the letters of every topology, then for those of the log."""
        found = self._each(lambda c: question(c, letters.LETTERS))
        return found + self._log.ask(lambda c: question(c, letters.BURIED))


class SparingReader(SqlReader):
    """The same, for who shows what there is: a damaged database reads as empty, and is told of."""

    @staticmethod
    def _opened(url: str) -> ReadableDatabase:
        return SparedDatabase(url)

    def damages(self) -> Sequence[str]:
        """What is wrong with the databases, as the last questions have found."""
        several = (*self._states.values(), self._log)
        return [each.damage for each in several if isinstance(each, SparedDatabase) and each.damage]
