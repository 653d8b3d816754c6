"""Dead letters: one table in every database, upserted by id, so that the same bad input is one letter.

`refused` counts how often a letter was written, `replayed` how many of these refusals have been answered by putting the
input into the log again. A letter is open while `refused > replayed`: one that comes back is open again.
"""

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Index, LargeBinary, MetaData, Table, func, select, text
from sqlalchemy.sql import ColumnElement

from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import DeadLetter
from telassure.kernel.instant import Instant
from telassure.kernel.ports import Beginning, Choice, LetterCounts, OpenLetter
from telassure.store.sql import bulk, dialect
from telassure.store.sql.engine import Row, WritableDatabase, run
from telassure.store.sql.schema import LOG, STATE, TEXT

_FIELDS: Final = ("letter_id", "source", "position", "operator", "place", "reason", "payload", "time", "kind")
_PACK: Final = attrgetter(*_FIELDS)
_KEPT: Final = ("letter_id", "source", "position", "replayed")  # of a letter that comes back
_WRITTEN: Final = "kept_at"  # by the database's clock: a letter's own time may be that of a recording
_PIECE: Final = 2_000  # letters that one transaction forgets


def _table(metadata: MetaData, *more: Column[Any]) -> Table:
    table = Table(
        "dead_letter",
        metadata,
        Column("letter_id", TEXT, primary_key=True),
        Column("source", TEXT, nullable=False),
        Column("position", TEXT, nullable=False),
        Column("operator", TEXT, nullable=False),
        Column("place", TEXT, nullable=False),
        Column("reason", TEXT, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        Column("time", BigInteger, nullable=False),
        Column("kind", TEXT, nullable=False),
        Column("refused", BigInteger, nullable=False),
        Column("replayed", BigInteger, nullable=False),
        *more,
    )
    waiting = text("refused > replayed")
    Index("ix_dead_letter_source", table.c.source, sqlite_where=waiting, postgresql_where=waiting)
    Index("ix_dead_letter_open", table.c.time, sqlite_where=waiting, postgresql_where=waiting)
    return table


LETTERS: Final = _table(STATE, Column(_WRITTEN, BigInteger))
BURIED: Final = _table(LOG)


def _again(table: Table, came: Any) -> Mapping[str, ColumnElement[Any]]:
    fresh = {c.name: came[c.name] for c in table.columns if c.name not in (*_KEPT, "refused")}
    return {**fresh, "refused": table.c.refused + came.refused}


def write(connection: Connection, table: Table, letters: Sequence[DeadLetter]) -> None:
    """Upsert by id, in the order of the ids, so that two processes that write the same ones do not block each other."""
    rows: dict[str, Row] = {}
    for letter in letters:
        row = _row(letter)
        known = rows.get(row[0])
        rows[row[0]] = (*row, 1, 0) if known is None else (*known[:3], *row[3:], known[-2] + 1, 0)
    _put(connection, table, rows)


def count(connection: Connection, table: Table, letters: Sequence[DeadLetter]) -> None:
    """Add the rows of these letters, no two of one id, to what those of their ids have counted; the reason says it."""
    _put(connection, table, {letter.letter_id: (*_row(letter), letter.rows, 0) for letter in letters})
    for letter in letters:
        mine = table.c.letter_id == letter.letter_id
        rows = connection.execute(select(table.c.refused).where(mine)).scalar_one()
        reason = _clean(f"{rows:,} rows, one of them kept here: {letter.reason}")
        connection.execute(table.update().where(mine).values(reason=reason))


def _row(letter: DeadLetter) -> Row:
    return tuple(_clean(value) if isinstance(value, str) else value for value in _PACK(letter))


def _put(connection: Connection, table: Table, rows: Mapping[str, Row]) -> None:
    written = (dialect.now(connection),) if rows and _WRITTEN in table.c else ()
    run(connection, bulk.upsert(connection.dialect, table, _again), [(*rows[name], *written) for name in sorted(rows)])


def forget(database: WritableDatabase, table: Table, waiting: Instant, answered: Instant) -> int:
    """Forget the letters that were last written before an instant, in small transactions; those that a release before
    has written are taken for written now."""
    gone, more = 0, _PIECE
    at = table.c.get(_WRITTEN, table.c.time)
    old = (is_open(table) & (at < waiting)) | (~is_open(table) & (at < answered))
    if at.name == _WRITTEN:
        with database.writing() as connection:
            connection.execute(table.update().where(at.is_(None)).values({_WRITTEN: dialect.now(connection)}))
    while more == _PIECE:
        with database.writing() as connection:
            some = select(table.c.letter_id).where(old).limit(_PIECE)
            more = connection.execute(table.delete().where(table.c.letter_id.in_(some), old)).rowcount
        gone += more
    return gone


def _clean(text: str) -> str:
    """A text that every database takes: the last resort for bad input may not fail because of what is bad in it."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()


def is_open(table: Table) -> ColumnElement[bool]:
    """Nobody has put the input of this letter in again since it was last refused."""
    return table.c.refused > table.c.replayed


def newest(connection: Connection, table: Table, limit: int, operator: str = "", after: str = "") -> list[DeadLetter]:
    """The newest open letters, then by id; those behind a cursor where one is given."""
    wanted = _letters(table).where(is_open(table))
    if operator:
        wanted = wanted.where(table.c.operator == operator)
    if after:
        time, name = _place(after)
        same = (table.c.time == time) & (table.c.letter_id > name)
        wanted = wanted.where((table.c.time < time) | same)
    found = connection.execute(wanted.order_by(table.c.time.desc(), table.c.letter_id).limit(limit))
    return [DeadLetter(*row) for row in found]


def cursor(letter: DeadLetter) -> str:
    """The text by which the letters after this one are asked for."""
    return f"{letter.time}:{letter.letter_id}"


def _place(cursor: str) -> tuple[Instant, str]:
    time, mark, name = cursor.partition(":")
    if not mark or not time.removeprefix("-").isdecimal():
        raise InvalidInput("no list of letters has given it; begin again without one", "after")
    return int(time), name


def named(connection: Connection, table: Table, letter_id: str) -> DeadLetter | None:
    row = connection.execute(_letters(table).where(table.c.letter_id == letter_id)).one_or_none()
    return None if row is None else DeadLetter(*row)


def beginning(connection: Connection, table: Table, text: str, limit: int) -> list[str]:
    """The first ids that begin so."""
    span, name = Beginning(text).range, table.c.letter_id
    wanted = select(name).where(name >= span.low)
    chosen = wanted if span.high is None else wanted.where(name < span.high)
    return list(connection.execute(chosen.order_by(name).limit(limit)).scalars())


def standing(connection: Connection, table: Table, operator: str = "") -> LetterCounts:
    waiting = is_open(table)
    counted = select(
        func.count().filter(waiting), func.count().filter(waiting & (table.c.kind != "")), func.count().filter(~waiting)
    ).select_from(table)
    chosen = counted.where(table.c.operator == operator) if operator else counted
    row = connection.execute(chosen).one()
    return LetterCounts(row[0], row[1], row[2])


def how_many_open(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table).where(is_open(table))).scalar_one())


def known(connection: Connection, table: Table, ids: Sequence[str]) -> dict[str, tuple[bool, bool]]:
    """(open, replayable) of those among these ids that are letters here."""
    found: dict[str, tuple[bool, bool]] = {}
    for start in range(0, len(ids), dialect.MARKS):
        some = table.c.letter_id.in_(ids[start : start + dialect.MARKS])
        for name, waiting, kind in connection.execute(
            select(table.c.letter_id, is_open(table), table.c.kind).where(some)
        ):
            found[name] = (bool(waiting), kind != "")
    return found


def replayable(connection: Connection, table: Table, choice: Choice, after: str, limit: int) -> list[OpenLetter]:
    """The open letters with an id above `after` whose input may go in again, by id."""
    wanted = _letters(table, table.c.refused).where(is_open(table), table.c.kind != "", table.c.letter_id > after)
    if choice.operator:
        wanted = wanted.where(table.c.operator == choice.operator)
    if choice.ids:
        wanted = wanted.where(table.c.letter_id.in_(choice.ids))
    found = connection.execute(wanted.order_by(table.c.letter_id).limit(limit))
    return [OpenLetter(DeadLetter(*row[:-1]), row[-1]) for row in found]


def due(connection: Connection, table: Table, operator: str, until: Instant, limit: int) -> list[OpenLetter]:
    """The open letters of an operator that are of a time up to an instant, the oldest first."""
    wanted = _letters(table, table.c.refused).where(is_open(table), table.c.operator == operator, table.c.time <= until)
    found = connection.execute(wanted.order_by(table.c.time, table.c.letter_id).limit(limit))
    return [OpenLetter(DeadLetter(*row[:-1]), row[-1]) for row in found]


def mark(connection: Connection, table: Table, done: Sequence[OpenLetter]) -> None:
    """These refusals are answered: the log holds the input again. A later refusal leaves its letter open."""
    text_ = f"UPDATE {table.name} SET replayed = ? WHERE letter_id = ? AND replayed < ?"  # noqa: S608  # our own table
    rows = [(each.times, each.letter.letter_id, each.times) for each in done]
    run(connection, dialect.marked(connection.dialect, text_), rows)


def _letters(table: Table, *more: Column[Any]) -> Any:
    return select(*(table.c[name] for name in _FIELDS), *more)
