"""Shapes of JSON objects in a few signs, and the verdict of one on a value: the first thing wrong, and where.

A shape is a line `name: field, field`. `field!` is mandatory; `field=A|B` is one of these words; `field:type` is of a
type: `int`, `number`, `object`, `ipv4`, `ipv6`, the name of a shape, `[type]` for an array, `(a|b)` for exactly one of
several; without one it is text. A field that a shape does not name is refused. A line that is indented goes on.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final, TypeAlias

from telassure.kernel.errors import shown

Verdict: TypeAlias = Callable[[object, str], str]
"""Why a value at a place is refused, "" where it is not."""
TEXTS: Final = "hashMap"
"""An object whose values are all texts."""
_FIELD: Final = re.compile(r"(\w+)(!?)(?:=(.+)|:(.+))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ObjectShape:
    """The fields that an object may have, each with its verdict, and those that it must have."""

    fields: Mapping[str, Verdict]
    mandatory: Sequence[str]

    def verdict(self, value: object, place: str) -> str:
        if not isinstance(value, dict):
            return _unlike(value, place, "an object")
        for name in self.mandatory:
            if name not in value:
                return f"{place}.{name} is missing; it is mandatory"
        for name, inner in value.items():
            look = self.fields.get(name)
            if look is None:
                return f"{place} has an unknown field {shown(name)}; known are {', '.join(self.fields)}"
            if why := look(inner, f"{place}.{name}"):
                return why
        return ""


class Shapes:
    """Every shape that a text states, by its name."""

    def __init__(self, *texts: str) -> None:
        self._shapes: dict[str, ObjectShape] = {}
        for text in texts:
            for line in re.sub(r"\n\s+", " ", text.strip()).splitlines():
                name, _, fields = line.partition(":")
                self._shapes[name] = self._shape(fields)

    def verdict(self, name: str, value: object, place: str) -> str:
        """Why a value is none of this shape, "" where it is one."""
        return _of_texts(value, place) if name == TEXTS else self._shapes[name].verdict(value, place)

    def _shape(self, fields: str) -> ObjectShape:
        found, mandatory = dict[str, Verdict](), []
        for field in fields.split(","):
            parts = _FIELD.fullmatch(field.strip())
            if parts is None:
                raise ValueError(field)
            name, must, words, kind = parts.groups()
            found[name] = _one_of([word.strip() for word in words.split("|")]) if words else self._of_type(kind)
            mandatory += [name] if must else []
        return ObjectShape(found, tuple(mandatory))

    def _of_type(self, kind: str | None) -> Verdict:
        if kind is None:
            return _text
        if kind in _SIMPLE:
            return _SIMPLE[kind]
        if kind.startswith("["):
            return _array(self._of_type(None if kind == "[string]" else kind[1:-1]))
        if kind.startswith("("):
            return _exactly_one([(each, self._of_type(each)) for each in kind[1:-1].split("|")])
        return lambda value, place: self.verdict(kind, value, place)


def _unlike(value: object, place: str, wanted: str) -> str:
    return f"{place} is {type(value).__name__ if value is not None else 'null'}, not {wanted}"


def _text(value: object, place: str) -> str:
    return "" if isinstance(value, str) else _unlike(value, place, "text; write it in quotes")


def _whole(value: object, place: str) -> str:
    return "" if isinstance(value, int) and not isinstance(value, bool) else _unlike(value, place, "a whole number")


def _number(value: object, place: str) -> str:
    return "" if isinstance(value, int | float) and not isinstance(value, bool) else _unlike(value, place, "a number")


def _object(value: object, place: str) -> str:
    return "" if isinstance(value, dict) else _unlike(value, place, "an object")


def _of_texts(value: object, place: str) -> str:
    if not isinstance(value, dict):
        return _unlike(value, place, "an object of texts")
    return next((why for name, inner in value.items() if (why := _text(inner, f"{place}.{name}"))), "")


def _address(kind: type[IPv4Address] | type[IPv6Address], name: str) -> Verdict:
    def look(value: object, place: str) -> str:
        if not isinstance(value, str):
            return _unlike(value, place, "text; write it in quotes")
        try:
            kind(value)
        except AddressValueError:
            return f"{place} {shown(value)} is no {name} address"
        return ""

    return look


def _one_of(words: Sequence[str]) -> Verdict:
    def look(value: object, place: str) -> str:
        known = isinstance(value, str) and value in words
        return "" if known else f"{place} {shown(value)} is unknown; write one of {', '.join(words)}"

    return look


def _array(each: Verdict) -> Verdict:
    def look(value: object, place: str) -> str:
        if not isinstance(value, list):
            return _unlike(value, place, "an array")
        return next((why for number, inner in enumerate(value) if (why := each(inner, f"{place}[{number}]"))), "")

    return look


def _exactly_one(several: Sequence[tuple[str, Verdict]]) -> Verdict:
    def look(value: object, place: str) -> str:
        held = sum(not verdict(value, place) for _, verdict in several)
        return "" if held == 1 else f"{place} is not exactly one of {', '.join(name for name, _ in several)}"

    return look


_SIMPLE: Final[Mapping[str, Verdict]] = {
    "int": _whole,
    "number": _number,
    "object": _object,
    "ipv4": _address(IPv4Address, "IPv4"),
    "ipv6": _address(IPv6Address, "IPv6"),
}
