"""A statement of the catalogue: what a body says, judged by itself and against the catalogue in force.

The last statement of an identity wins, whatever way it comes in and whatever was stated between: it is a repeat only
where it says what is in force. A recording, and a request that is held by a key, is taken once.
"""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from hashlib import blake2b
from typing import Final

import numpy as np

from ingestion.batches.batch import Batch, Disposition, Origin, Receipt
from ingestion.batches.in_force import CatalogueInForce
from ingestion.batches.routes import FOLLOWED, Routes
from ingestion.deeds import statement_deed
from ingestion.fields.terms import BadRow
from ingestion.kinds.catalogue import StatedEntry
from ingestion.kinds.dependencies import cycles
from streams.operators.contradictions import contradictions
from telassure.kernel.codec import encode
from telassure.kernel.events import CatalogueChange, CatalogueEntry, PolicyValue, Resource, Subscriber, Tariff
from telassure.kernel.events.control import identity_of
from telassure.kernel.ports import Entry

_ENTRIES: Final = 1_000
_PRICES: Final = 200_000
PlaceOfRow = Callable[[BadRow], str]


@dataclass(frozen=True, slots=True)
class Statement:
    """The entries that may be taken, each with what stating it is (new, a change, a repeat), and the bad rows."""

    entries: tuple[StatedEntry, ...]
    outcomes: tuple[Disposition, ...]
    rejected: tuple[BadRow, ...]
    rows: int

    def needed(self) -> "Statement":
        """Without what is in force already. Policies of one body go together, since a change of a model is several."""
        fresh = [outcome is not Disposition.REPEAT for outcome in self.outcomes]
        ruled = any(new and isinstance(each.entry, PolicyValue) for each, new in zip(self.entries, fresh, strict=True))
        kept = [new or (ruled and isinstance(e.entry, PolicyValue)) for e, new in zip(self.entries, fresh, strict=True)]
        return Statement(
            tuple(each for each, keep in zip(self.entries, kept, strict=True) if keep),
            tuple(outcome for outcome, keep in zip(self.outcomes, kept, strict=True) if keep),
            self.rejected,
            self.rows,
        )

    def changes(self) -> Iterator[tuple[CatalogueChange, Sequence[int]]]:
        """Control records, each with the rows that it takes; a record has one entry at least, so that a tariff, however
        long, is in one."""
        start = prices = 0
        for place, each in enumerate(self.entries):
            longer = prices + (len(each.entry.prices) if isinstance(each.entry, Tariff) else 0)
            if place > start and (place - start == _ENTRIES or longer > _PRICES):
                yield self._change(start, place)
                start, longer = place, longer - prices
            prices = longer
        if start < len(self.entries):
            yield self._change(start, len(self.entries))

    def receipt(self, known: Container[int], refused: int) -> Receipt:
        """What became of it, where the rows in `known` had been taken before and `refused` lines were no rows."""
        found = np.full(self.rows, Disposition.REFUSED, np.uint8)
        for each, outcome in zip(self.entries, self.outcomes, strict=True):
            found[each.index] = Disposition.REPEAT if each.index in known else outcome
        new, repeats, changed, *_ = np.bincount(found, minlength=len(Disposition)).tolist()
        return Receipt(self.rows + refused, new + changed, repeats, self.rejected, found)

    def _change(self, start: int, end: int) -> tuple[CatalogueChange, Sequence[int]]:
        some = self.entries[start:end]
        return CatalogueChange(tuple(each.entry for each in some)), [each.index for each in some]


def judged(
    read: tuple[Sequence[StatedEntry], Sequence[BadRow], int], in_force: CatalogueInForce, place: PlaceOfRow | None
) -> Statement:
    """What `ingestion.kinds.catalogue.entries` has read, without what contradicts itself or what is in force, or
    makes a circle."""
    stated, bad, rows = read
    twice = list(_twice(stated, place))
    stated = _without(stated, twice)
    circles = list(_circles(stated, in_force, place))
    stated = _without(stated, circles)
    beyond = list(_contradictions(stated, in_force))
    stated = _without(stated, beyond)
    outcomes = tuple(in_force.outcome(each.entry) for each in stated)
    rejected = sorted([*bad, *twice, *circles, *beyond], key=lambda row: (row.index, row.part or 0))
    return Statement(tuple(stated), outcomes, tuple(rejected), rows)


def refused_whole(statement: Statement, beside: int) -> Statement:
    """Nothing of a file that is taken whole or not at all, where `beside` lines or any of its rows are bad."""
    if not statement.rejected and not beside:
        return statement
    spoilt = {bad.index for bad in statement.rejected}
    reason = "is not taken: the file is taken whole or not at all, and other lines of it are bad"
    rest = [BadRow(each.index, f"{each.name} {reason}") for each in statement.entries if each.index not in spoilt]
    return Statement((), (), (*statement.rejected, *rest), statement.rows)


def copies(changes: Sequence[CatalogueChange], batch: Batch, origin: Origin, routes: Routes) -> list[Entry]:
    """A copy of each change for every partition, encoded once; the partition that directories follow comes last, so
    that what they have seen has reached every other. Positions count as they did before it came last. The first copy
    carries who stated it."""
    others: list[Entry] = []
    followed: list[Entry] = []
    number = 0
    for change in changes:
        kind, payload = encode(change)
        deed = statement_deed(change, batch, origin)
        for copy, draft in enumerate(routes.everywhere(change, len(change.entries))):
            position = f"{batch.position}.{number}"
            digest = batch.digest or place_digest(origin.source, position)
            place = (draft.topology, draft.partition, kind, payload, origin.source, position, digest)
            is_followed = (draft.topology, draft.partition) == FOLLOWED
            stated, last = None if copy else deed, is_followed and not followed
            entry = Entry(*place, max(draft.counted, 1), origin.trace, last=last, deed=stated)
            (followed if is_followed else others).append(entry)
            number += 1
    return [*others, *followed]


def place_digest(source: str, position: str) -> bytes:
    """The digest of an entry whose position stands for its content."""
    return blake2b(f"{source}\x1f{position}".encode(), digest_size=16).digest()


def _without(stated: Sequence[StatedEntry], bad: Sequence[BadRow]) -> Sequence[StatedEntry]:
    spoilt = {row.index for row in bad}
    return [each for each in stated if each.index not in spoilt]


def _twice(stated: Sequence[StatedEntry], place: PlaceOfRow | None) -> Iterator[BadRow]:
    """Every statement of an identity that the body states more than once: which of them is meant, nobody knows."""
    by_identity: dict[tuple[type, str], list[StatedEntry]] = {}
    for each in stated:
        by_identity.setdefault((type(each.entry), identity_of(each.entry)), []).append(each)
    for several in by_identity.values():
        for each in several if len(several) > 1 else ():
            other = several[0] if each is not several[0] else several[1]
            what = _told(each.entry)
            where = _where(other, what, place)
            yield BadRow(each.index, f"{each.name}: {what} is stated twice, also at {where}; keep one")


def _told(entry: CatalogueEntry) -> str:
    """An entry's identity as an error may name it: never a subscriber's."""
    match entry:
        case Tariff():
            return f'tariff_id "{entry.tariff_id}" from the same valid_from'
        case PolicyValue():
            return f'name "{entry.name}" of area {entry.area}'
    if isinstance(entry, Subscriber):
        return "msisdn"
    field = fields(entry)[0].name
    return f'{field} "{getattr(entry, field)}"'


def _where(each: StatedEntry, what: str, place: PlaceOfRow | None) -> str:
    return place(BadRow(each.index, f"{each.name}: {what}")) if place else each.name


def _circles(stated: Sequence[StatedEntry], in_force: CatalogueInForce, place: PlaceOfRow | None) -> Iterator[BadRow]:
    """The stated resources that would depend on themselves. What is refused leaves its older statement in force, which
    may close another circle: the rest is judged again."""
    resources = {each.entry.resource_id: each for each in stated if isinstance(each.entry, Resource)}
    while found := cycles(resources, partial(_supports, resources, in_force)):
        circles = [[name for name in circle if name in resources] for circle in found]
        if not any(circles):
            return  # a circle that an older release let in, and that nothing here touches
        for circle, mine in zip(found, circles, strict=True):
            for name in mine:
                yield _circular(name, circle, resources, place)
        resources = {name: each for name, each in resources.items() if not any(name in mine for mine in circles)}


def _contradictions(stated: Sequence[StatedEntry], in_force: CatalogueInForce) -> Iterator[BadRow]:
    """The stated policies that are above or below what another one allows. What is refused leaves its older statement
    in force, which the rest is judged against again."""
    rows: dict[tuple[str, str, str], StatedEntry] = {}
    texts: dict[tuple[str, str, str], str] = {}
    for each in stated:
        if isinstance(each.entry, PolicyValue):
            place = (each.entry.area, each.entry.name, each.entry.selector)
            rows[place], texts[place] = each, each.entry.value
    before = in_force.policies() if texts else {}
    while found := contradictions(texts, before):
        for place, reason in found.items():
            del texts[place]
            yield BadRow(rows[place].index, f"{rows[place].name}: {reason}")


def _supports(stated: Mapping[str, StatedEntry], in_force: CatalogueInForce, name: str) -> Sequence[str]:
    here = stated.get(name)
    if here is None or not isinstance(here.entry, Resource):
        return in_force.supports_of(name)
    return here.entry.depends_on if here.entry.in_service else ()


def _circular(name: str, circle: Sequence[str], stated: Mapping[str, StatedEntry], place: PlaceOfRow | None) -> BadRow:
    others = [each for each in circle if each != name] or [name]
    told = [
        f"{each} ({_where(stated[each], f'depends_on of {each}', place)})" if each in stated else f"{each} (in force)"
        for each in others[:3]
    ]
    more = f" and {len(others) - 3} more" if len(others) > 3 else ""
    reason = f"depends_on makes {name} depend on itself by way of {', '.join(told)}{more}; take one dependency out"
    return BadRow(stated[name].index, f"{stated[name].name}: {reason}")
