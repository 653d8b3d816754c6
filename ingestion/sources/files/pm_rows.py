"""The measurement rows of one performance file, gathered into columns as its elements come by."""

import re
from itertools import repeat
from typing import Final

from lxml import etree

from ingestion.batches.batch import Batch, Refusal
from ingestion.kinds.measurements import MEASUREMENTS
from telassure.kernel.errors import InvalidInput, shown
from telassure.kernel.fields import text
from telassure.kernel.instant import Instant

MOST_BINS: Final = 1_000
_ROWS: Final = 10_000
# Numbers between commas; a bin may be empty or say that there is no value.
_LIST: Final = re.compile(
    r"\s*(?:[-+.\deE]*|NIL|NULL|NaN)(?:\s*,\s*(?:[-+.\deE]*|NIL|NULL|NaN))+\s*", re.ASCII | re.IGNORECASE
)


def joined(*parts: str) -> str:
    """Parts of a distinguished name as one name; empty ones are left out."""
    return ",".join(part for part in parts if part)


class PmRows:
    """Gathers rows until a batch is full or the granularity changes; elements are taken in document order.

    A managed object is the element's name (dnPrefix and localDn) and the object's measObjLdn, joined by ",". A result
    that is a list ("0,3,12") is a measurement for each of its bins: `name[0]`, `name[1]` and so on. Errors are
    InvalidInput.
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
        self._refused: list[Refusal] = []
        self._done: Batch | None = None

    def __bool__(self) -> bool:
        return bool(self._time or self._refused) or self._done is not None

    def full(self) -> bool:
        return len(self._time) >= _ROWS or self._done is not None

    def begin_info(self) -> None:
        self._types, self._end = {}, None

    def missing(self) -> str:
        """What a measInfo that ends here lacks; "" where it is whole."""
        return "granPeriod" if self._end is None else "" if self._types else "measType"

    def period(self, end: Instant, granularity: int) -> None:
        """The period of the values to come: its end, and its length in seconds."""
        if (self._time or self._refused) and granularity != self._of_batch:
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
        results, suspect = self._values(element)
        values = self._binned(results, element.sourceline or 0)
        code = self._objects.setdefault(self._managed_object(ldn), len(self._objects))
        self._name += [self._names.setdefault(name, len(self._names)) for name in values]
        self._value += values.values()
        self._object += repeat(code, len(values))
        self._time += repeat(self._end, len(values))
        self._suspect += repeat(suspect, len(values))
        self._line += repeat(element.sourceline or 0, len(values))

    def _managed_object(self, ldn: str) -> str:
        name = joined(self.managed_element or "", ldn)
        if not name:
            raise InvalidInput("localDn and measObjLdn are both empty; what was measured?")
        return name

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

    def _binned(self, results: dict[str, str | None], line: int) -> dict[str, str | None]:
        """The results, with a list as one value for each of its bins; a list without end is refused alone."""
        if not any(written and "," in written for written in results.values()):
            return results
        found: dict[str, str | None] = {}
        for name, written in results.items():
            bins = _LIST.fullmatch(written or "") and (written or "").split(",")
            if bins and len(bins) > MOST_BINS:
                reason = f"the list of {shown(name)} has {len(bins)} bins; at most {MOST_BINS} are taken"
                self._refused.append(Refusal(f"{self._file}:{line}", reason))
                continue
            named = [(f"{name}[{place}]", each) for place, each in enumerate(bins)] if bins else [(name, written)]
            if any(each in found or (bins and each in results) for each, _ in named):
                raise InvalidInput(f"a bin of measType {shown(name)} is a measType too")
            found |= dict(named)
        return found

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
            MEASUREMENTS.name,
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
            refused=self._refused,
        )


def _truth(written: str | None) -> bool:
    found = {"true": True, "1": True, "false": False, "0": False, "": False}.get((written or "").strip().lower())
    if found is None:
        raise InvalidInput(f'suspect "{(written or "")[:20]}" is neither true nor false')
    return found
