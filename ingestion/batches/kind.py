"""A kind of input, declared once beside the code that reads it; every list of kinds is derived from that."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Generic, TypeVar

from ingestion.batches.forms import Form
from ingestion.batches.routes import Draft, Routes
from ingestion.fields.privacy import Pseudonymiser, without_numbers
from ingestion.fields.terms import BadRow, Reading, Terms
from telassure.kernel.declared import declared, derived
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import Instant
from telassure.kernel.rights import INGEST

HTTP: Final = "http"
OPERATORS: Final = "operators"
Event = TypeVar("Event")
Columns = Mapping[str, Sequence[str]]


def objects(columns: Columns) -> list[dict[str, object]]:
    """The rows of a table as objects, an empty cell as a field that is not there."""
    rows = zip(*columns.values(), strict=True)
    return [{name: value for name, value in zip(columns, row, strict=True) if value != ""} for row in rows]


@dataclass(frozen=True, slots=True)
class FileForm:
    """How files of a kind look. `telltale` are the fields by which a header or an object tells that it is of the kind,
    `chunk` is the most rows of a table in one batch and `body` makes the batch's body of them. A file that is named
    after the kind, or begins with one of `names`, is of it."""

    telltale: tuple[str, ...] = ()
    chunk: int = 2_000
    body: Callable[[Columns], object] = objects
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind(Generic[Event]):
    """One kind of input: what of, in which form, and where it goes.

    It is taken at POST /v1/ingest/<name> from whoever has the right `right`, under the feed `feed` where the sender
    names none, and from files (`files`). A row becomes `event`, which `route` sends on (event, routes, domain of
    unknown objects).
    `identity` is the event's field by which it is known within its feed: the same again is a repeat, the same id with
    other content is refused. `personal` kinds hold subscribers' numbers: no answer repeats a long run of digits.
    `counted`: its rows are records, which a replay counts; entries of a catalogue are none. `at_arrival` gives an event
    that is dated ahead the time at which it came (event, arrival), where such an event must not wait.
    """

    name: str
    text: str
    event: type[Event]
    form: Form
    route: Callable[[Event, Routes, str], Iterator[Draft]]
    files: FileForm = field(default_factory=FileForm)
    identity: str = ""
    right: str = INGEST
    feed: str = HTTP
    personal: bool = False
    counted: bool = True
    at_arrival: Callable[[Event, Instant], Event] | None = None

    def read(self, body: object, terms: Terms, who: Pseudonymiser) -> Reading:
        """Judge a parsed body: one object, an array of them, or columns. A bad row is refused alone; InvalidInput where
        the body has no readable rows at all."""
        try:
            found = self.form.read(body, terms, who)
        except InvalidInput as error:
            raise InvalidInput(self._told(error.reason), error.place) from None
        return replace(found, rejected=tuple(BadRow(bad.index, self._told(bad.reason)) for bad in found.rejected))

    def _told(self, reason: str) -> str:
        return without_numbers(reason) if self.personal else reason

    def is_of(self, names: frozenset[str]) -> bool:
        """Whether an object or a header with these fields is of this kind."""
        return bool(self.files.telltale) and names.issuperset(self.files.telltale)

    def is_named_by(self, stem: str) -> bool:
        """Whether a file of this name is of this kind: usage-2026-01.csv holds usage, bill_7.csv bills."""
        return stem.startswith((self.name, self.name.rstrip("s") + "_", *self.files.names))


@derived
def kinds() -> Mapping[str, Kind[Any]]:
    """Every kind of input, by name."""
    return {kind.name: kind for kind in declared(Kind, "ingestion.kinds")}


@derived
def kinds_by_event() -> Mapping[type, Kind[Any]]:
    """The kind that each type of event comes from."""
    return {kind.event: kind for kind in kinds().values()}


@derived
def known_fields() -> frozenset[str]:
    """Every field name that any kind of input knows."""
    return frozenset[str]().union(*(kind.form.fields for kind in kinds().values()))


def kind_named(name: str) -> Kind[Any]:
    """InvalidInput where there is no such kind."""
    found = kinds().get(name)
    if found is None:
        raise InvalidInput(f"there is no kind {name!r}; use one of {', '.join(kinds())}")
    return found


def kind_of_fields(names: frozenset[str]) -> Kind[Any] | None:
    """The kind whose own fields are among these (where there are several, the one that knows most of them)."""
    found = [kind for kind in kinds().values() if kind.is_of(names)]
    return min(found, key=lambda kind: len(names - kind.form.fields), default=None)


def kind_by_name(stem: str) -> Kind[Any] | None:
    """The kind that a file is named after; None where its name says nothing."""
    return next((kind for kind in kinds().values() if kind.is_named_by(stem)), None)


def table() -> str:
    """Every kind as the table that stands in docs/ingestion.md."""
    head = "| kind | what a row is | right | feed | known by |\n| --- | --- | --- | --- | --- |\n"
    return head + "".join(
        f"| `{kind.name}` | {kind.text} | `{kind.right}` | `{kind.feed}` | {_known_by(kind)} |\n"
        for kind in kinds().values()
    )


def _known_by(kind: Kind[Any]) -> str:
    return f"`{kind.identity}`" if kind.identity else "its place"
