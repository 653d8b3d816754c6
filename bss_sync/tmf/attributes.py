"""The attributes of a resource type: their JSON types, and which of them a body may hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bss_sync.tmf.refusal import bad
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import parse_instant

_TYPES: Final[Mapping[str, tuple[str, type | tuple[type, ...]]]] = {
    "s": ("a string", str),
    "b": ("true or false", bool),
    "i": ("a whole number", int),
    "n": ("a number", (int, float)),
    "a": ("an array", list),
    "o": ("an object", dict),
    "t": ("a date-time such as 2026-06-01T10:00:00Z", str),
    "w": ("a string", str),
}
_EVERYWHERE: Final = "id:s href:s @type:s @baseType:s @schemaLocation:s @referredType:s "
_LONGEST: Final = 32_000
_DEEPEST: Final = 20


@dataclass(frozen=True, slots=True)
class Attributes:
    """`types` is a letter an attribute: string, boolean, integer, number, array, object, time, or word, a string that
    is one of `words`. What is not named here may be there all the same: it is kept and given back.

    >>> some = Attributes.of("name:s severity:w", severity=("minor", "major"))
    >>> some.check({"name": "x", "severity": "minor", "@colour": "red"})
    """

    types: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, text: str, **words: tuple[str, ...]) -> "Attributes":
        pairs = (each.rpartition(":") for each in (_EVERYWHERE + text).split())
        return cls({name: letter for name, _, letter in pairs}, words)

    def check(self, body: Mapping[str, Any]) -> None:
        """FaceRefusal where an attribute is not of its type."""
        for name, value in body.items():
            letter = self.types.get(name)
            if letter is None or value is None:
                continue
            said, kind = _TYPES[letter]
            if not isinstance(value, kind) or (isinstance(value, bool) and letter != "b"):
                raise bad(f"{name} is not {said}")
            if letter == "t":
                _instant(name, str(value))
            if letter == "w" and value not in self.words[name]:
                raise bad(f"{name} is none of {', '.join(self.words[name])}")

    def known(self, path: str) -> bool:
        """Whether a query may speak of it."""
        return path.partition(".")[0] in self.types


def refuse_depth(value: object, depth: int = 0) -> None:
    """FaceRefusal where a body is nested beyond reason or holds a text that no store takes."""
    if depth > _DEEPEST:
        raise bad(f"the body is nested more than {_DEEPEST} deep")
    if isinstance(value, dict):
        for name, each in value.items():
            refuse_depth(name, depth + 1)
            refuse_depth(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            refuse_depth(each, depth + 1)
    elif isinstance(value, str) and (len(value) > _LONGEST or "\0" in value or re.search("[\ud800-\udfff]", value)):
        raise bad("a text is too long, or holds what is no character")


def _instant(name: str, value: str) -> None:
    try:
        parse_instant(value)
    except (InvalidInput, ValueError):
        raise bad(f"{name} is not a date-time such as 2026-06-01T10:00:00Z") from None
