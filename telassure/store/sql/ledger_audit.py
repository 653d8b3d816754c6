"""Looking through the whole ledger: is every line the one that was appended, and do the lines come to the balances?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from heapq import merge
from operator import attrgetter
from typing import Final

from sqlalchemy import Connection, inspect, select

from telassure.kernel.events import Charge
from telassure.kernel.ports import CellRow
from telassure.store.sql.account_sums import AccountSums, PurseEnd
from telassure.store.sql.cells import CELLS, FAMILIES
from telassure.store.sql.readable import ReadableDatabase
from telassure.store.sql.records import table_of
from telassure.store.sql.sealed_lines import SealedLines
from telassure.store.sql.seals import BEFORE, HEADS

_CHARGES: Final = table_of(Charge)
_TABLES: Final = (_CHARGES.table.name, HEADS.name, CELLS.name, FAMILIES.name)
_ROWS: Final = 2_000
_IN_ORDER: Final = attrgetter("time", "charge_id")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What the ledger's own table does not tell: the lines that have left it, each file's in the order of their key
    (asked once a snapshot of the table stands), what a cell says of its balance, and where the chains stood before."""

    archived: Callable[[], Sequence[Iterator[Charge]]]
    purse: Callable[[CellRow], PurseEnd | None]
    known: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LedgerAudit:
    """How many lines were looked at, where the first is that is not as it was appended, "" where all are, whether the
    lines of every account come to the change of its balance, and where each partition's chain ends (under "-1": how
    many lines there are from before lines were sealed, and their hash)."""

    lines: int
    first_bad: str
    sum_equals_balance_change: bool
    heads: Mapping[str, str]

    @property
    def ok(self) -> bool:
        return not self.first_bad


def audit_ledger(url: str, operator: str, elsewhere: Elsewhere) -> LedgerAudit:
    """Look at every line that is there or archived, and at every balance that `operator` keeps, in one snapshot."""
    with closing(ReadableDatabase(url)) as database:
        found = database.ask(lambda connection: _audit(connection, operator, elsewhere))
    return found[0] if found else _nothing(elsewhere.known)


def _nothing(known: Mapping[str, str]) -> LedgerAudit:
    """No ledger has been made yet, unless one has been looked at before."""
    gone = (
        f"the ledger is gone: {len(known)} of its chains were seen before; restore the charging database from a backup"
    )
    return LedgerAudit(0, gone if known else "", True, {})


def _missing(connection: Connection) -> Sequence[str]:
    seen = inspect(connection)
    return [name for name in _TABLES if not seen.has_table(name)]


def _audit(connection: Connection, operator: str, elsewhere: Elsewhere) -> LedgerAudit:
    if missing := _missing(connection):
        if len(missing) == len(_TABLES):
            return _nothing(elsewhere.known)
        lost = f"no {missing[0]}: upgrade, by starting this release, or it was removed: restore it from a backup"
        return LedgerAudit(0, lost, True, {})
    heads = {row.partition: (row.number, row.lines, row.digest) for row in connection.execute(select(HEADS))}
    sealed, sums, last = SealedLines(), AccountSums(), None
    for line in merge(_table(connection), *elsewhere.archived(), key=_IN_ORDER):
        if last is not None and _IN_ORDER(last) == _IN_ORDER(line):
            continue  # a line that was archived and not removed yet
        sealed.add(line)
        sums.add(line)
        last = line
    sealed.compare(heads, elsewhere.known)
    equal = sums.compare(elsewhere.purse(cell) for cell in _cells(connection, operator))
    bad = [*sealed.bad, *sums.bad]
    ends = {str(partition): f"{number}/{digest}" for partition, (number, _, digest) in heads.items() if partition >= 0}
    ends[str(BEFORE)] = sealed.before
    return LedgerAudit(sealed.lines, bad[0] if bad else "", equal, ends)


def _table(connection: Connection) -> Iterator[Charge]:
    stored = _CHARGES.table.select().order_by(*_CHARGES.table.primary_key).execution_options(yield_per=_ROWS)
    for several in connection.execute(stored).partitions(_ROWS):
        yield from map(_CHARGES.unpack, several)


def _cells(connection: Connection, operator: str) -> Iterator[CellRow]:
    several = CELLS.join(FAMILIES, CELLS.c.family == FAMILIES.c.family)
    stored = select(CELLS.c.key, CELLS.c.version, CELLS.c.blob, CELLS.c.wake, CELLS.c.offset)
    for row in connection.execute(stored.select_from(several).where(FAMILIES.c.operator == operator)):
        yield CellRow(operator, *row)
