"""A policy: a rule that its operators read from the catalogue and that may change while the system runs."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Generic, Protocol, TypeVar

from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.policies.number_types import DIGITS
from telassure.kernel.policies.selectors import GENERAL, SelectorKind
from telassure.kernel.policies.value_range import Range, ValueType

LONGEST_TEXT: Final = 4_096
_MOST_KNOWN: Final = 10_000
T = TypeVar("T")
Texts = Mapping[tuple[str, str, str], str]
"""The text of each policy that was set, by area, name and selector."""


class ValuesInForce(Protocol):
    """What policies are read from: the texts that were set, and room for what was read of them, which whoever changes a
    text empties. What a reading is, is its policy's own affair."""

    @property
    def policies(self) -> Texts: ...
    @property
    def readings(self) -> dict[object, dict[tuple[str, ...], Any]]: ...


@dataclass(frozen=True, eq=False)
class Policy(Generic[T]):
    """One rule, declared once in the `policies.py` of the room that reads it.

    `default` is the text in force where none was set; `defaults` are others for selectors that begin so, and where
    `otherwise` is given, that policy's value is the default. `by` names what it may be narrowed to, the widest first.
    `at_most` is the policy that it may not be above for the same selector; an infinite number is no bound.
    Law: a text that cannot be read, or out of range, as an older release may have stored it, leaves the default in
    force; `value` refuses it where it is sent.
    """

    area: str
    name: str
    type: ValueType[T]
    default: str
    range: Range
    text: str
    by: tuple[SelectorKind, ...] = (GENERAL,)
    defaults: tuple[tuple[str, str], ...] = ()
    otherwise: "Policy[T] | None" = None
    at_most: "Policy[T] | None" = None

    def __str__(self) -> str:
        return f"{self.area}.{self.name}"

    @property
    def place(self) -> tuple[str, str]:
        """Area and name."""
        return self.area, self.name

    @property
    def bounds(self) -> str:
        """The range in words."""
        own = self.type.of_range(self.range)
        return own if self.at_most is None else f"{own}; at most {self.at_most.name}"

    def of(self, catalogue: ValuesInForce, *selectors: str) -> T:
        """The value in force for the narrowest of these selectors that has one (narrowest first), else in general."""
        try:  # two look-ups and no allocation: this is asked for every record
            found: T = catalogue.readings[self][selectors]
            return found
        except KeyError:
            return self._keep(catalogue, selectors)

    def stated(self, catalogue: ValuesInForce) -> Iterator[tuple[str, T]]:
        """Every selector that has a readable value of its own, with the value."""
        for (area, name, selector), text in catalogue.policies.items():
            if (area, name) == self.place:
                with suppress(InvalidInput):
                    yield selector, self.value(text)

    def value(self, text: str) -> T:
        """The value of a text; InvalidInput says what is wrong with it and what to write."""
        try:
            return self.type.read(text.strip(), self.range)
        except InvalidInput as wrong:
            raise InvalidInput(f"value {fields.shown(text)} of policy {self}: {wrong.reason}") from None

    def judge_selector(self, selector: str) -> None:
        """InvalidInput where this policy cannot be narrowed so."""
        if any(kind.takes(selector) for kind in self.by):
            return
        kinds = [kind.name for kind in self.by if kind is not GENERAL]
        if not kinds:
            raise InvalidInput(f"selector {fields.shown(selector)}: policy {self} holds everywhere; leave it out")
        raise InvalidInput(f"selector {fields.shown(selector)} of policy {self}: write a {' or a '.join(kinds)}")

    def default_for(self, selector: str) -> str:
        """The text in force where none was set."""
        own = (text for beginning, text in self.defaults if selector.startswith(beginning))
        return next(own, self.default)

    def _keep(self, catalogue: ValuesInForce, selectors: tuple[str, ...]) -> T:
        known = catalogue.readings.setdefault(self, {})
        if len(known) >= _MOST_KNOWN:
            known.clear()
        known[selectors] = found = self._read(catalogue, selectors)
        return found

    def _read(self, catalogue: ValuesInForce, selectors: tuple[str, ...]) -> T:
        places = [(*self.place, selector) for selector in selectors if selector]
        for place in (*places, (*self.place, "")):
            if place in catalogue.policies:
                with suppress(InvalidInput):
                    return self.value(catalogue.policies[place])
                break
        if self.otherwise is not None:
            return self.otherwise.of(catalogue)
        return self.value(self.default_for(selectors[0] if selectors else ""))


def written(value: object) -> str:
    """A value from outside as the text of a policy; InvalidInput for what is no text and no number.

    >>> written(35), written(0.00001), written(True), written(" 3/5 ")
    ('35', '0.00001', 'true', '3/5')
    """
    if isinstance(value, bool):
        value = str(value).lower()
    elif isinstance(value, int):
        value = str(value) if abs(value) < 10**DIGITS else "9" * (DIGITS + 1)
    elif isinstance(value, float):
        value = f"{Decimal(str(value)):f}"
    return fields.text(value, "value", LONGEST_TEXT).strip()
