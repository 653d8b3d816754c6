"""A mapping: how the documents of one kind of sender become rows of one kind of input."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from typing import Final, TypeAlias

from ingestion.batches.batch import Batch, Refusal
from ingestion.batches.kind import kind_named
from ingestion.fields.privacy import without_numbers
from ingestion.fields.terms import BadRow
from ingestion.mappings.field_rule import FieldRule
from ingestion.mappings.paths import FieldPath, places
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import Instant

THERE: Final = "*"
"""The word of a condition that any value fulfils."""
RECEIVED: Final = "received_at"
PARENT: Final = "parent"
MappedRow: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class Condition:
    """A place of the document and the words that it may hold, case aside; `*` among them: anything that is there."""

    path: FieldPath
    words: frozenset[str]

    def holds(self, document: object) -> bool:
        found = self.path.found(document)
        if found in (None, ""):
            return False
        return THERE in self.words or _word(found) in self.words


@dataclass(frozen=True, slots=True)
class MappedCase:
    """What is so of records for which all of `when` holds: other rules for some fields, or that they are left out, for
    the reason `skip`."""

    when: tuple[Condition, ...]
    rules: Mapping[str, FieldRule]
    skip: str = ""

    def holds(self, record: object) -> bool:
        return all(each.holds(record) for each in self.when)


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a document became: rows with the place of each, refusals, and how many records were left out by reason."""

    rows: list[MappedRow]
    places: list[str]
    refused: list[Refusal]
    left_out: Mapping[str, int]

    def batch(self, kind: str, position: str, digest: bytes = b"") -> Batch:
        """The rows as a batch whose refusals name the place in the sender's document."""

        def place(bad: BadRow) -> str:
            return self.places[bad.index]

        return Batch(kind, self.rows, position, digest, place=place, refused=self.refused)


@dataclass(frozen=True, slots=True)
class SourceMapping:
    """Rows of `kind` from documents. A document is one record, an array of them, or holds them in the array `each`,
    whose records see the document around them as `parent`. The first case that holds puts its rules before `rules`;
    where none does and `otherwise` says a reason the record is refused for it. Each of `values` is a row of its own
    with the common fields: its name is the measurement. `counters` says which measurements are counters, and of what
    width. `ignores` are places that the mapping leaves unread on purpose."""

    name: str
    text: str
    kind: str
    rules: Mapping[str, FieldRule]
    cases: Sequence[MappedCase] = ()
    each: FieldPath | None = None
    otherwise: str = ""
    values: Mapping[str, FieldRule] = field(default_factory=dict)
    counters: Mapping[str, str] = field(default_factory=dict)
    ignores: Sequence[FieldPath] = ()

    def of(self, document: object, received_at: Instant, zone: tzinfo = UTC) -> Mapped:
        """What a document becomes that came then, which rules read as `received_at`. A record that does not fit is
        refused alone; InvalidInput where the document holds no records at all."""
        rows: list[MappedRow] = []
        stands: list[str] = []
        refused: list[Refusal] = []
        left_out: dict[str, int] = {}
        for place, record in self._records(document, received_at):
            case = next((each for each in self.cases if each.holds(record)), None)
            if case is not None and case.skip:
                left_out[case.skip] = left_out.get(case.skip, 0) + 1
                continue
            try:
                found = list(self._rows(record, case, zone))
            except InvalidInput as wrong:
                refused.append(Refusal(place, self._told(wrong.reason)))
                continue
            rows += found
            stands += [place] * len(found)
        return Mapped(rows, stands, refused, left_out)

    def unread(self, document: object) -> list[str]:
        """The places of a document that no rule reads and that the mapping does not ignore."""
        read = [*self._paths(), *self.ignores]
        found: dict[str, None] = {}
        for _, record in self._records(document, 0):
            found |= dict.fromkeys(each for each in places(record) if not any(path.covers(each) for path in read))
        return [each for each in found if each != RECEIVED and not each.startswith(f"{PARENT}.")]

    def takes(self, document: object) -> bool:
        """Whether a record that is a whole document is of this mapping: one of its cases holds, or it needs none."""
        return not self.otherwise or any(each.holds(document) for each in self.cases)

    def _records(self, document: object, received_at: Instant) -> Iterator[tuple[str, object]]:
        """The records of a document, each with its place."""
        whole = document if self.each is None else self.each.found(document)
        if self.each is not None and not isinstance(whole, list):
            raise InvalidInput(
                f"{self.each.text} is missing or no array; mapping {self.name} takes its records from it"
            )
        if not isinstance(whole, list):
            whole = [whole]
        for number, record in enumerate(whole):
            place = f"{self.each.text}[{number}]" if self.each else f"row {number}"
            if not isinstance(record, Mapping):
                yield place, record
            elif self.each is not None and isinstance(document, Mapping):
                around_it = {name: value for name, value in document.items() if value is not whole}
                yield place, {RECEIVED: received_at, **record, PARENT: around_it}
            else:
                yield place, {RECEIVED: received_at, **record}

    def _rows(self, record: object, case: MappedCase | None, zone: tzinfo) -> Iterator[MappedRow]:
        if not isinstance(record, Mapping):
            raise InvalidInput(f"the record is {type(record).__name__}; the mapping {self.name} takes objects")
        if case is None and self.otherwise:
            raise InvalidInput(f"no case of the mapping {self.name} takes it: {self.otherwise}")
        rules = {**self.rules, **(case.rules if case else {})}
        common = {name: value for name, rule in rules.items() if (value := rule.value(record, zone)) is not None}
        if not self.values:
            yield common
        for name, rule in self.values.items():
            if (value := rule.value(record, zone)) is not None:
                yield {**common, "measurement": name, "value": value}

    def _paths(self) -> Iterator[FieldPath]:
        for rules in (self.rules, self.values, *(case.rules for case in self.cases)):
            for rule in rules.values():
                yield from rule.paths()
        for case in self.cases:
            yield from (each.path for each in case.when)

    def _told(self, reason: str) -> str:
        return without_numbers(reason) if kind_named(self.kind).personal else reason


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip().lower()
