"""One object from outside, read field by field."""

from collections.abc import Mapping
from datetime import UTC, tzinfo

from ingestion.fields.privacy import Pseudonymiser, service_name
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import LATEST, Instant
from telassure.kernel.money import Money


class Row:
    """One object from outside, read field by field; each reading raises InvalidInput that names the field.

    `known` is every field it may have; `place` goes before each name, e.g. "prices[2].".
    """

    def __init__(self, row: object, known: frozenset[str], place: str = "", zone: tzinfo = UTC) -> None:
        if not isinstance(row, Mapping):
            raise InvalidInput(f"{place.rstrip('.') or 'the row'} is {type(row).__name__}, not an object")
        fields.known_only(row, known, place)
        self._row = row
        self._place = place
        self._zone = zone

    def __contains__(self, name: str) -> bool:
        return self._row.get(name) not in (None, "")

    def raw(self, name: str) -> object:
        if self._row.get(name) is None:
            raise InvalidInput(f"{self._place}{name} is missing")
        return self._row[name]

    def text(self, name: str) -> str:
        return fields.text(self.raw(name), self._place + name)

    def record_id(self, name: str) -> str:
        return fields.record_id(self.raw(name), self._place + name)

    def optional(self, name: str, limit: int = fields.LONGEST_TEXT) -> str:
        return fields.optional_text(self._row.get(name), self._place + name, limit)

    def acting(self, name: str, principal: str) -> str:
        """Who acts: the `principal` of the credential that brought the row, and a row that names another is refused;
        whom the row names where no credential brought it ("")."""
        if not principal:
            return self.text(name)
        if name in self and self.text(name) != principal:
            raise InvalidInput(f"{self._place}{name} is not {principal}, whose token this is; leave {name} out")
        return principal

    def free(self, name: str) -> str:
        """What somebody wrote in their own words; "" where they wrote nothing."""
        return fields.free_text(self._row.get(name), self._place + name)

    def pseudonym(self, name: str, who: Pseudonymiser) -> str:
        """Who uses, as a pseudonym of the number in this field."""
        number = self.raw(name)
        if not isinstance(number, str):
            raise InvalidInput(f"{self._place}{name} is {type(number).__name__}, not text; write its digits in quotes")
        return who.of(number)

    def service(self, name: str = "service") -> str:
        """The name of what was used, which is no subscriber's number."""
        return service_name(self.raw(name), self._place + name)

    def whole(self, name: str, low: int = 0) -> int:
        return fields.whole(self.raw(name), self._place + name, low)

    def moment(self, name: str, newest: Instant = LATEST) -> Instant:
        return fields.moment(self.raw(name), self._place + name, self._zone, newest)

    def choice(self, name: str, words: tuple[str, ...]) -> str:
        return fields.choice(self.raw(name), self._place + name, words)

    def money(self, name: str) -> Money:
        return fields.money(self.raw(name), self._row.get("currency"), self._place + name)

    def flag(self, name: str, default: bool) -> bool:
        return fields.flag(self._row[name], self._place + name) if name in self else default

    def period(self) -> tuple[Instant, Instant]:
        start, end = self.moment("period_start"), self.moment("period_end")
        if start >= end:
            raise InvalidInput(f"{self._place}period_end is not after period_start")
        return start, end
