"""Where a value stands in a document of a sender: names with dots between them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from telassure.kernel.errors import InvalidInput

_STEP: Final = re.compile(r'"([^"]+)"|([^."\s]+)')
_ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class FieldPath:
    """A way through objects and arrays. A name with dots stands in quotes, a number is a place in an array, and a name
    that ends in `*` is the first of those that begin so.

    >>> FieldPath.of('labels."app.name"').found({"labels": {"app.name": "db"}})
    'db'
    >>> FieldPath.of('values."1.3.6.1.2.1.2.2.1.1.*"').found({"values": {"1.3.6.1.2.1.2.2.1.1.7": 7}})
    7
    """

    text: str
    steps: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "FieldPath":
        """InvalidInput where it is no path."""
        steps: list[str] = []
        at = 0
        while at <= len(text):
            step = _STEP.match(text, at)
            if step is None or (step.end() < len(text) and text[step.end()] != "."):
                raise InvalidInput(f'"{text}" is no path; write names with dots between them, as labels."app.name"')
            steps.append(step[1] or step[2])
            at = step.end() + 1
        return cls(text, tuple(steps))

    def found(self, document: object) -> object:
        """What stands there, None where nothing does."""
        for step in self.steps:
            document = _child(document, step)
        return document

    def covers(self, place: str) -> bool:
        """Whether a place (as `places` names it) is this one or lies within it.

        >>> FieldPath.of("labels").covers("labels.severity"), FieldPath.of("label").covers("labels.severity")
        (True, False)
        """
        names = [quoted or plain for quoted, plain in _STEP.findall(place)]
        if len(names) < len(self.steps):
            return False
        return all(_is(step, name) for step, name in zip(self.steps, names, strict=False))


def places(document: object, above: str = "") -> Iterator[str]:
    """The place of each value in a document.

    >>> list(places({"a": {"b.c": 1}, "d": [2]}))
    ['a."b.c"', 'd.0']
    """
    if isinstance(document, Mapping):
        children = [(str(name), child) for name, child in document.items()]
    elif isinstance(document, list):
        children = [(str(number), child) for number, child in enumerate(document)]
    else:
        yield above
        return
    for name, child in children:
        step = f'"{name}"' if "." in name else name
        yield from places(child, f"{above}.{step}" if above else step)


def _child(document: object, step: str) -> object:
    if isinstance(document, list):
        return document[int(step)] if step.isdecimal() and int(step) < len(document) else None
    if not isinstance(document, Mapping):
        return None
    if step in document or not step.endswith(_ANY):
        return document.get(step)
    return next((document[name] for name in document if _is(step, str(name))), None)


def _is(step: str, name: str) -> bool:
    return name == step or (step.endswith(_ANY) and name.startswith(step.removesuffix(_ANY)))
