"""The forms that a body may have: rows that are an event each, and rows or columns that become envelopes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ingestion.fields.privacy import Pseudonymiser
from ingestion.fields.repeated_hour import in_order
from ingestion.fields.row import Row
from ingestion.fields.terms import BadRow, Reading, Terms
from telassure.kernel.errors import InvalidInput


class Form(Protocol):
    """How the bodies of a kind are read. `fields` is every field name that they may have."""

    @property
    def fields(self) -> frozenset[str]: ...
    def read(self, body: object, terms: Terms, who: Pseudonymiser) -> Reading:
        """The body's events; a bad row is refused alone. InvalidInput where it has no readable rows at all."""
        ...

    def rows(self, body: object) -> Callable[[int], object]:
        """How to find a row of a body again."""
        ...

    def is_body(self, row: Mapping[str, object]) -> bool:
        """Whether an object is a body of its own, of many rows, rather than a row."""
        ...


@dataclass(frozen=True, slots=True)
class Singles:
    """Rows that become an event each, by `build` (of a row, its terms and its index)."""

    fields: frozenset[str]
    build: Callable[[Row, Terms, int], object]

    def read(self, body: object, terms: Terms, who: Pseudonymiser) -> Reading:
        if isinstance(body, Mapping) and is_columnar(body):
            raise InvalidInput("this kind is not taken by column; send an array of objects")
        rows = rows_of(body)
        events: list[object] = []
        places: list[int] = []
        bad: list[BadRow] = []
        for index, row in enumerate(in_order(rows, "time", terms.zone)):
            try:
                events.append(self.build(Row(row, self.fields, zone=terms.zone), terms, index))
                places.append(index)
            except InvalidInput as error:
                bad.append(BadRow(index, error.reason))
        return Reading(events, places, tuple(bad), len(rows))

    def rows(self, body: object) -> Callable[[int], object]:
        return rows_of(body).__getitem__

    def is_body(self, row: Mapping[str, object]) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class Envelopes:
    """Rows, or an object of arrays, that become envelopes of many rows each. `dictionaries` are the arrays of such an
    object that hold no row's value."""

    fields: frozenset[str]
    from_rows: Callable[[Sequence[object], Terms, Pseudonymiser], Reading]
    from_columns: Callable[[Mapping[str, object], Terms, Pseudonymiser], Reading]
    dictionaries: tuple[str, ...] = ()

    def read(self, body: object, terms: Terms, who: Pseudonymiser) -> Reading:
        if isinstance(body, Mapping) and is_columnar(body):
            return self.from_columns(body, terms, who)
        return self.from_rows(rows_of(body), terms, who)

    def rows(self, body: object) -> Callable[[int], object]:
        if not isinstance(body, Mapping) or not is_columnar(body):
            return rows_of(body).__getitem__
        arrays = {n: array for n, array in body.items() if isinstance(array, list) and n not in self.dictionaries}
        return lambda index: {name: array[index] for name, array in arrays.items()}

    def is_body(self, row: Mapping[str, object]) -> bool:
        return is_columnar(row)


def is_columnar(body: Mapping[str, object]) -> bool:
    """Whether an object holds arrays, a value a row, rather than one row."""
    return isinstance(body.get("time"), list)


def rows_of(body: object) -> Sequence[object]:
    """The rows of a body that is one object or an array of them."""
    rows = [body] if isinstance(body, Mapping) else body
    if not isinstance(rows, list):
        raise InvalidInput(f"the body is {type(body).__name__}; send an object or an array of objects")
    return rows
