"""The measurement rows of one performance file, gathered into columns as its elements come by."""

from itertools import repeat
from typing import Final

from lxml import etree

from ingestion.batch import Batch
from telassure.kernel.errors import InvalidInput
from telassure.kernel.fields import text
from telassure.kernel.instant import Instant

_ROWS: Final = 10_000


class PmRows:
    """Gathers rows until a batch is full or the granularity changes; elements are taken in document order.

    A managed object is the element's localDn and the object's measObjLdn, joined by ",". Errors are InvalidInput.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._chunk = 0
        self.managed_element: str | None = None
        self._end: Instant | None = None
        self._granularity = 0
        self._of_batch = 0
        self._types: dict[str, str] = {}
        self._empty()

    def _empty(self) -> None:
        self._objects: dict[str, int] = {}
        self._names: dict[str, int] = {}
        self._object: list[int] = []
        self._name: list[int] = []
        self._time: list[Instant] = []
        self._value: list[str | None] = []
        self._suspect: list[bool] = []
        self._line: list[int] = []
        self._done: Batch | None = None

    def __bool__(self) -> bool:
        return bool(self._time) or self._done is not None

    def full(self) -> bool:
        return len(self._time) >= _ROWS or self._done is not None

    def begin_info(self) -> None:
        self._types, self._end = {}, None

    def missing(self) -> str:
        """What a measInfo that ends here lacks; "" where it is whole."""
        return "granPeriod" if self._end is None else "" if self._types else "measType"

    def period(self, end: Instant, granularity: int) -> None:
        """The period of the values to come: its end, and its length in seconds."""
        if self._time and granularity != self._of_batch:
            done = self._made()
            self._empty()
            self._done = done
        self._end, self._granularity, self._of_batch = end, granularity, granularity

    def measurements(self, names: list[str]) -> None:
        """All names at once (measTypes); values follow in this order (measResults)."""
        for place, name in enumerate(names, 1):
            self.measurement(str(place), name)

    def measurement(self, place: str, name: str) -> None:
        """One name (measType) and the number by which its values (r) refer to it."""
        if place in self._types:
            raise InvalidInput(f"measType p={place[:20]} comes twice in one measInfo")
        self._types[place] = text(name, "measType")

    def measured(self, element: etree._Element) -> None:
        """The values of one object: r elements by number, or measResults in order; and whether they are suspect."""
        if self._end is None:
            raise InvalidInput("granPeriod is missing before measValue")
        ldn = element.get("measObjLdn")
        if ldn is None:
            raise InvalidInput("measObjLdn of measValue is missing")
        values, suspect = self._values(element)
        code = self._objects.setdefault(self._managed_object(ldn), len(self._objects))
        self._name += [self._names.setdefault(name, len(self._names)) for name in values]
        self._value += values.values()
        self._object += repeat(code, len(values))
        self._time += repeat(self._end, len(values))
        self._suspect += repeat(suspect, len(values))
        self._line += repeat(element.sourceline or 0, len(values))

    def _managed_object(self, ldn: str) -> str:
        parts = [part for part in (self.managed_element, ldn) if part]
        if not parts:
            raise InvalidInput("localDn and measObjLdn are both empty; what was measured?")
        return ",".join(parts)

    def _values(self, element: etree._Element) -> tuple[dict[str, str | None], bool]:
        found: dict[str, str | None] = {}
        suspect = False
        for child in element:
            match child.tag.rpartition("}")[2]:
                case "r":
                    place = child.get("p") or ""
                    if place not in self._types or self._types[place] in found:
                        wrong = "comes twice" if place in self._types else "has no measType"
                        raise InvalidInput(f'r p="{place[:20]}" {wrong}')
                    found[self._types[place]] = child.text
                case "measResults":
                    found = self._results((child.text or "").split())
                case "suspect":
                    suspect = _truth(child.text)
        return found, suspect

    def _results(self, values: list[str]) -> dict[str, str | None]:
        if len(values) != len(self._types):
            raise InvalidInput(f"measResults has {len(values)} values for {len(self._types)} measTypes")
        return dict(zip(self._types.values(), values, strict=True))

    def batch(self) -> Batch:
        """What is gathered; the next batch starts empty."""
        done = self._done
        if done is not None:
            self._done = None
            return done
        made = self._made()
        self._empty()
        return made

    def _made(self) -> Batch:
        lines, file = self._line, self._file
        self._chunk += 1
        return Batch(
            "measurements",
            {
                "granularity_s": self._of_batch,
                "managed_objects": list(self._objects),
                "measurements": list(self._names),
                "managed_object": self._object,
                "measurement": self._name,
                "time": self._time,
                "value": self._value,
                "suspect": self._suspect,
            },
            str(self._chunk),
            place=lambda bad: f"{file}:{lines[bad.index]}",
        )


def _truth(written: str | None) -> bool:
    found = {"true": True, "1": True, "false": False, "0": False, "": False}.get((written or "").strip().lower())
    if found is None:
        raise InvalidInput(f'suspect "{(written or "")[:20]}" is neither true nor false')
    return found
