"""How one field of ours is made from a sender's document."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final, TypeAlias

from ingestion.mappings.paths import FieldPath
from ingestion.mappings.time_form import TimeForm
from ingestion.mappings.units import Conversion
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput, shown

Literal: TypeAlias = "str | int | float | bool | None"
LONGEST_MATCHED: Final = 4_096
_ABSENT: Final = (None, "")


@dataclass(frozen=True, slots=True)
class Template:
    """A text with places in braces, such as "{labels.instance}: {annotations.summary}". What is not there is left out;
    a template none of whose places is there makes nothing."""

    pieces: tuple[str, ...]
    paths: tuple[FieldPath, ...]

    @classmethod
    def of(cls, text: str) -> "Template":
        """InvalidInput where a brace is not closed, or holds no path."""
        pieces, paths = [], []
        for number, part in enumerate(re.split(r"\{([^{}]*)\}", text)):
            if number % 2:
                paths.append(FieldPath.of(part))
            elif "{" in part or "}" in part:
                raise InvalidInput(f'"{text}" has a brace without its other; write places as {{labels.instance}}')
            else:
                pieces.append(part)
        return cls(tuple(pieces), tuple(paths))

    def made(self, document: object) -> str | None:
        found = [each.found(document) for each in self.paths]
        if self.paths and all(value in _ABSENT for value in found):
            return None
        texts = ["" if value is None else _as_text(value) for value in found]
        return self.pieces[0] + "".join(text + piece for text, piece in zip(texts, self.pieces[1:], strict=True))


@dataclass(frozen=True, slots=True)
class FieldRule:
    """Where a field comes from: the first of the places `sources` that is there, the `template`, or a `literal`; and
    what becomes of it, in this order: the `part` that the pattern's group matches, the word of ours in `words`, the
    `time`, the `quantity`.

    `default` stands where nothing is there, `other` for a word that is not among those known."""

    name: str
    sources: tuple[FieldPath, ...] = ()
    template: Template | None = None
    literal: Literal = None
    default: Literal = None
    part: re.Pattern[str] | None = None
    words: Mapping[str, Literal] = field(default_factory=dict)
    other: Literal = None
    time: TimeForm | None = None
    quantity: Conversion | None = None
    text: bool = False

    def value(self, document: object, zone: tzinfo) -> object:
        """The field, None where there is none; InvalidInput where what is there does not fit."""
        found = self._found(document)
        if found in _ABSENT:
            return self.default
        if self.part is not None:
            matched = self.part.search(_as_text(found)[:LONGEST_MATCHED])
            if matched is None:
                raise InvalidInput(f"{self.name}: {shown(found)} does not match the mapping's part {self.part.pattern}")
            found = matched[1] if self.part.groups else matched[0]
        if self.words:
            found = self._word(found)
        if self.time is not None:
            return self.time.instant(found, self.name, zone)
        if self.quantity is not None:
            return self.quantity.of(fields.number(found, self.name))
        return _as_text(found) if self.text and not isinstance(found, str) else found

    def paths(self) -> Sequence[FieldPath]:
        """Every place of a document that it reads."""
        return (*self.sources, *(self.template.paths if self.template else ()))

    def _found(self, document: object) -> object:
        if self.template is not None:
            return self.template.made(document)
        if not self.sources:
            return self.literal
        return next((value for path in self.sources if (value := path.found(document)) not in _ABSENT), None)

    def _word(self, found: object) -> Literal:
        word = _as_text(found).strip().lower()
        if word in self.words:
            return self.words[word]
        if self.other is not None:
            return self.other
        known = ", ".join(self.words)
        raise InvalidInput(
            f"{self.name}: the mapping does not know the word {shown(found)}; it knows {known}: add it to words, or"
            " give other"
        )


def _as_text(value: object) -> str:
    """A value of a document as text: whole numbers without a fraction, truths as JSON writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return value if isinstance(value, str) else str(value)
