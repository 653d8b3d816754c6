"""What came out, read from the databases of all topologies while others write to them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, func, make_url, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ColumnElement

from telassure.kernel.events import (
    Alarm,
    DeadLetter,
    KpiEpisode,
    ModelComparison,
    PerceivedSeverity,
    RevenueLeakage,
    ServiceProblem,
    ThresholdChange,
    TroubleTicket,
)
from telassure.kernel.events.kpi import UNRANKED
from telassure.kernel.instant import Instant
from telassure.store.sql import charge_totals, counters, dialect, digest, letters
from telassure.store.sql.engine import translated
from telassure.store.sql.records import (
    ALARMS,
    COMPARISONS,
    EPISODES,
    LEAKAGE,
    PROBLEMS,
    THRESHOLD_CHANGES,
    TICKETS,
    RecordTable,
)
from telassure.store.sql.server import name_of

R = TypeVar("R")
Found = TypeVar("Found")
_CLOSED = ("closed", "cancelled")
_ASKED = 500  # ids in one question


class _Source:
    """One database, which may not be there yet; opened for reading only."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self._engine: Engine | None = None

    def ask(self, question: Callable[[Connection], Found]) -> list[Found]:
        """The one answer, or none where the database has not been made yet."""
        if not dialect.exists(self.url):
            return []
        with translated(name_of(self.url)):
            try:
                with self.engine.connect() as connection:
                    return [question(connection)]
            except DBAPIError as error:
                if dialect.absent(error):
                    return []
                raise

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            self._engine = dialect.reader(self.url)
        return self._engine

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()


class SqlReader:
    """ports.AssuranceReader over the log's database and one database per topology. Never blocks a writer.

    Every call is a snapshot per database. What has not been made yet reads as empty.
    """

    def __init__(self, log_url: str, state_urls: Mapping[str, str]) -> None:
        self._log = _Source(log_url)
        self._states = {topology: _Source(url) for topology, url in state_urls.items()}

    def severity_counts(self) -> Mapping[PerceivedSeverity, int]:
        alarm = ALARMS.table.c
        severity = alarm.perceived_severity
        active = select(severity, func.count()).where(alarm.state == "active").group_by(severity)
        found = dict.fromkeys(sorted(PerceivedSeverity, reverse=True), 0)
        for rows in self._each(lambda c: c.execute(active).all()):
            for word, count in rows:
                found[PerceivedSeverity(word)] += count
        return found

    def alarms(self, state: str, limit: int) -> Sequence[Alarm]:
        """Worst severity first, then the newest change."""
        alarm = ALARMS.table.c
        order = (alarm.perceived_severity.desc(), alarm.changed_at.desc())
        found = self._kept(ALARMS, alarm.state == state, order, limit)
        return sorted(found, key=lambda a: (-a.perceived_severity, -a.changed_at, a.alarm_id))[:limit]

    def problems(self, state: str, limit: int) -> Sequence[ServiceProblem]:
        problem = PROBLEMS.table.c
        order = (problem.perceived_severity.desc(), problem.opened_at.desc())
        found = self._kept(PROBLEMS, problem.state == state, order, limit)
        return sorted(found, key=lambda p: (-p.perceived_severity, -p.opened_at, p.problem_id))[:limit]

    def tickets(self, open_only: bool, limit: int) -> Sequence[TroubleTicket]:
        """Newest first; open is what is neither closed nor cancelled."""
        ticket = TICKETS.table.c
        condition = ticket.state.not_in(_CLOSED) if open_only else None
        found = self._kept(TICKETS, condition, (ticket.opened_at.desc(),), limit)
        return sorted(found, key=lambda t: (-t.opened_at, t.ticket_id))[:limit]

    def episodes(self, state: str, limit: int) -> Sequence[KpiEpisode]:
        """What waits for somebody by its worth, what is over by its time."""
        episode = EPISODES.table.c
        by_rank = (func.coalesce(episode.rank, UNRANKED).desc(),) if state == "open" else ()
        found = self._kept(EPISODES, episode.state == state, (*by_rank, episode.changed_at.desc()), limit)
        return sorted(found, key=lambda e: (-e.worth if by_rank else 0, -e.changed_at, e.episode_id))[:limit]

    def episode(self, episode_id: str) -> KpiEpisode | None:
        return next(iter(self._kept(EPISODES, EPISODES.table.c.episode_id == episode_id, (), 1)), None)

    def episodes_named(self, ids: Sequence[str]) -> Sequence[KpiEpisode]:
        """Those of these ids that are kept, in no order."""
        found: list[KpiEpisode] = []
        for start in range(0, len(ids), _ASKED):
            several = ids[start : start + _ASKED]
            found += self._kept(EPISODES, EPISODES.table.c.episode_id.in_(several), (), len(several))
        return found

    def problem(self, problem_id: str) -> ServiceProblem | None:
        return next(iter(self._kept(PROBLEMS, PROBLEMS.table.c.problem_id == problem_id, (), 1)), None)

    def threshold_change(self, change_id: str) -> ThresholdChange | None:
        change = THRESHOLD_CHANGES.table.c
        return next(iter(self._kept(THRESHOLD_CHANGES, change.change_id == change_id, (), 1)), None)

    def threshold_changes(self, limit: int) -> Sequence[ThresholdChange]:
        """Newest first."""
        change = THRESHOLD_CHANGES.table.c
        found = self._kept(THRESHOLD_CHANGES, None, (change.given_at.desc(), change.number.desc()), limit)
        return sorted(found, key=lambda c: (-c.given_at, -c.number, c.change_id))[:limit]

    def comparisons(self, limit: int) -> Sequence[ModelComparison]:
        """Newest first."""
        found = self._kept(COMPARISONS, None, (COMPARISONS.table.c.time.desc(),), limit)
        return sorted(found, key=lambda c: (-c.time, c.comparison_id))[:limit]

    def charged_since(self, since: Instant) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for sums in self._each(lambda c: charge_totals.since(c, since)):
            for currency, micros in sums.items():
                found[currency] = found.get(currency, 0) + micros
        return found

    def leakage(self, since: Instant, limit: int) -> Sequence[RevenueLeakage]:
        gap = LEAKAGE.table.c
        condition = (gap.state == "open") & (gap.time >= since)
        found = self._kept(LEAKAGE, condition, (gap.amount_micros.desc(),), limit)
        return sorted(found, key=lambda gap: (-gap.amount.micros, gap.leakage_id))[:limit]

    def dead_letters(self, limit: int, operator: str = "") -> Sequence[DeadLetter]:
        """The open ones, newest first; those of one operator where it is named."""
        found = self._of_letters(lambda c, table: letters.newest(c, table, limit, operator))
        return sorted((x for several in found for x in several), key=lambda x: (-x.time, x.letter_id))[:limit]

    def open_letters(self) -> int:
        return sum(self._of_letters(letters.how_many_open))

    def letter_counts(self, operator: str = "") -> tuple[int, int, int]:
        """How many letters are open, open and replayable, and replayed."""
        found = self._of_letters(lambda c, table: letters.standing(c, table, operator))
        return sum(x[0] for x in found), sum(x[1] for x in found), sum(x[2] for x in found)

    def known_letters(self, ids: Sequence[str]) -> Mapping[str, tuple[bool, bool]]:
        """(open, replayable) of those among these ids that are letters."""
        found: dict[str, tuple[bool, bool]] = {}
        for several in self._of_letters(lambda c, table: letters.known(c, table, ids)):
            found |= several
        return found

    def counters(self) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for topology, source in self._states.items():
            for counts in source.ask(lambda c, t=topology: counters.counts(c, t)):  # type: ignore[misc]  # the loop's
                for name, count in counts.items():
                    found[name] = found.get(name, 0) + count
        return found

    def feeds(self) -> Mapping[str, Instant]:
        found: dict[str, Instant] = {}
        for topology, source in self._states.items():
            for newest in source.ask(lambda c, t=topology: counters.feeds(c, t)):  # type: ignore[misc]  # the loop's
                for feed, at in newest.items():
                    found[feed] = max(at, found.get(feed, at))
        return found

    def counts(self) -> Mapping[str, int]:
        """How many records each table holds; of dead letters the open ones, those of the log included."""
        found = dict.fromkeys(digest.TABLES, 0) | {letters.LETTERS.name: self.open_letters()}
        for name, table in digest.TABLES.items():
            if name == letters.LETTERS.name:
                continue
            how_many = select(func.count()).select_from(table)
            for source in self._holding(name):
                found[name] += sum(source.ask(lambda c, q=how_many: c.execute(q).scalar_one()))  # type: ignore[misc]
        return found

    def alarm_totals(self) -> Mapping[str, int]:
        """Over all alarms: raises that met the alarm active, those of them before an end the source had given, and how
        the alarms ended."""
        alarm = ALARMS.table.c
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
        return {name: self._digest(name) for name in digest.TABLES}

    def digest(self) -> str:
        return digest.digest_of_all(self.digests())

    def close(self) -> None:
        for source in (self._log, *self._states.values()):
            source.close()

    def _digest(self, name: str) -> str:
        table = digest.TABLES[name]
        present = [s for s in self._holding(name) if s.ask(lambda c: c.execute(table.select().limit(0)).all())]
        with ExitStack() as stack:
            several = [digest.in_key_order(stack.enter_context(source.engine.connect()), table) for source in present]
            return digest.digest_of(table, several)

    def _holding(self, name: str) -> list[_Source]:
        return [*self._states.values(), *([self._log] if name == letters.BURIED.name else [])]

    def _of_letters(self, question: Callable[[Connection, Table], Found]) -> list[Found]:
        """The answers for the letters of every topology, then for those of the log."""
        found = self._each(lambda c: question(c, letters.LETTERS))
        return found + self._log.ask(lambda c: question(c, letters.BURIED))

    def _each(self, question: Callable[[Connection], Found]) -> list[Found]:
        return [answer for source in self._states.values() for answer in source.ask(question)]

    def _kept(
        self,
        kept: RecordTable[R],
        condition: ColumnElement[bool] | None,
        order: tuple[ColumnElement[Any], ...],
        limit: int,
    ) -> list[R]:
        """Up to `limit` records of each database, in an order that the key completes."""
        wanted = kept.table.select().order_by(*order, *kept.table.primary_key).limit(limit)
        chosen = wanted if condition is None else wanted.where(condition)
        return [kept.unpack(row) for rows in self._each(lambda c: c.execute(chosen).all()) for row in rows]
