"""Reading what came out, for screens, reports and commands: one way for every type of record that is kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

from telassure.kernel.events import DeadLetter, PerceivedSeverity
from telassure.kernel.instant import Instant
from telassure.kernel.kept import BusinessRecord, Order, kept_as

K = TypeVar("K", bound=BusinessRecord)
T_co = TypeVar("T_co", covariant=True)
Value: TypeAlias = str | int | float
"""What a field may be asked to be; flags and severities are whole numbers."""
_LAST: Final = "\U0010ffff"
_SURROGATES: Final = 0xD800  # no text that is kept holds one
_BEYOND: Final = 0xE000


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The field is one of these."""

    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """The field is none of these."""

    values: Sequence[Value]


@dataclass(frozen=True, slots=True)
class Between:
    """The field is in [low, high)."""

    low: Value | None = None
    high: Value | None = None


@dataclass(frozen=True, slots=True)
class Beginning:
    """The field is a text that begins so."""

    text: str

    @property
    def range(self) -> Between:
        """The same in the order of code points, in which texts are kept.

        >>> Beginning("a9").range
        Between(low='a9', high='a:')
        """
        rest = self.text.rstrip(_LAST)
        if not rest:
            return Between(self.text)
        following = ord(rest[-1]) + 1
        return Between(self.text, rest[:-1] + chr(_BEYOND if following == _SURROGATES else following))


Condition: TypeAlias = Value | AnyOf | NoneOf | Between | Beginning
Where: TypeAlias = Mapping[str, Condition]
"""Conditions by field, all of which hold."""
LISTED: Final = 100
"""How many come at once where nobody says another number."""
ANY: Final[Where] = MappingProxyType({})


def still_open(kind: type[BusinessRecord]) -> Where:
    """The condition that a record is not done with, as its declaration says.

    >>> from telassure.kernel.events import TroubleTicket
    >>> still_open(TroubleTicket)
    {'state': NoneOf(values=('closed', 'cancelled'))}
    """
    return {"state": NoneOf(kept_as(kind).closed)}


@dataclass(frozen=True, slots=True)
class Listing(Generic[T_co]):
    """Some of what was asked for, in order: `rows` of `total`, and the cursor `after` which the next ones come; "" at
    the end. A cursor stays good while records come and go: nothing that stays in place is left out or comes twice.

    >>> Listing(("a", "b"), 5, "b").said, Listing(("a", "b"), 2, "").said
    ('2 of 5', '2')
    """

    rows: Sequence[T_co]
    total: int
    after: str

    @property
    def cut(self) -> bool:
        """There is more than these rows."""
        return self.total > len(self.rows)

    @property
    def said(self) -> str:
        """How many of how many, in words for a person."""
        return f"{len(self.rows):,} of {self.total:,}" if self.cut else f"{self.total:,}"


@dataclass(frozen=True, slots=True)
class LetterCounts:
    """How many letters are open, open and replayable, and replayed."""

    open: int
    replayable: int
    replayed: int

    def __add__(self, other: "LetterCounts") -> "LetterCounts":
        return LetterCounts(self.open + other.open, self.replayable + other.replayable, self.replayed + other.replayed)


@dataclass(frozen=True, slots=True)
class OpenLeakage:
    """All open cases of one control in one currency: how many, and their sum in micro-units."""

    control: str
    currency: str
    cases: int
    micros: int


@dataclass(frozen=True, slots=True)
class LeakageSum:
    """All open cases that are alike in some fields (`alike`, their values) and in currency: how many, of how many
    subjects, their sum in micro-units, and the time from the first one's begin to the last one's end."""

    alike: tuple[str, ...]
    currency: str
    cases: int
    subjects: int
    micros: int
    begun: Instant
    ended: Instant


class RecordReader(Protocol):
    """Reads every type of record that has a `Kept`. Fields are those of the type: its key and what it declares as
    filters; InvalidInput names one that cannot be asked for."""

    def get(self, kind: type[K], *key: Value) -> K | None:
        """The record of a key, which for most types is the id; None where there is none."""
        ...

    def find(
        self, kind: type[K], where: Where = ANY, order: Order = (), limit: int = LISTED, after: str = ""
    ) -> Listing[K]:
        """Up to `limit` records after a cursor, in the order asked for or the type's own, which the key completes."""
        ...

    def every(self, kind: type[K], where: Where = ANY, order: Order = ()) -> Iterator[K]:
        """All of them, read in pieces."""
        ...

    def count(self, kind: type[BusinessRecord], where: Where = ANY) -> int: ...


class AssuranceReader(RecordReader, Protocol):
    """Read-only views over the business records of all topologies, for screens and reports. Never blocks a writer."""

    def severity_counts(self) -> Mapping[PerceivedSeverity, int]:
        """Active alarms by severity."""
        ...

    def charged_since(self, since: Instant) -> Mapping[str, int]:
        """Micro-units charged for usage with event time from `since`, by currency; recharges left out."""
        ...

    def open_leakage(self) -> Sequence[OpenLeakage]:
        """Every open case of revenue leakage that nobody disputes, summed by control and currency."""
        ...

    def leakage_sums(self, alike: Sequence[str], controls: Sequence[str]) -> Sequence[LeakageSum]:
        """The same of these controls, by these fields of a case (each a text) and currency; the largest first."""
        ...

    def letters(self, operator: str = "", limit: int = LISTED, after: str = "") -> Listing[DeadLetter]:
        """Open ones: refused, and not put in again since; the newest first. Of one operator where it is named."""
        ...

    def letter(self, letter_id: str) -> DeadLetter | None: ...
    def letters_beginning(self, text: str, limit: int) -> Sequence[str]:
        """The first ids of letters, open or not, that begin so."""
        ...

    def open_letters(self) -> int: ...
    def letter_counts(self, operator: str = "") -> LetterCounts: ...
    def known_letters(self, ids: Sequence[str]) -> Mapping[str, tuple[bool, bool]]:
        """(open, replayable) of those among these ids that are letters."""
        ...

    def counters(self) -> Mapping[str, int]:
        """Summed over topologies, e.g. records, late, dead_letters."""
        ...

    def feeds(self) -> Mapping[str, Instant]:
        """The newest event time of each feed."""
        ...

    def counts(self) -> Mapping[str, int]:
        """How many records each table holds; of dead letters the open ones."""
        ...

    def alarm_totals(self) -> Mapping[str, int]:
        """Over all alarms: raises that met the alarm active, and how the alarms ended."""
        ...

    def digests(self) -> Mapping[str, str]:
        """A hash per table."""
        ...

    def digest(self) -> str:
        """A hash over all business records sorted by id: no wall clock, row id, offset or pseudonym in it."""
        ...

    def close(self) -> None: ...
