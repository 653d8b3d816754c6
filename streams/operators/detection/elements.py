"""What a domain keeps of its elements: one row per measured object, and a little per series."""

from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.detection.earlier_element import ELEMENT_1, ELEMENT_2, KPI_1, elements_from, kpis_from_1
from models.detection.element import ELEMENT, KPI, fresh_elements
from models.detection.elements import ElementState
from models.detection.layout import NEVER, Records

Pairs: TypeAlias = list[tuple[str, str]]

LEAST_ROOM: Final = 16


@dataclass(slots=True)
class ElementBytes:
    """What a cell keeps of its elements: their records and those of their series as they lie in memory."""

    elements: bytes = b""
    kpis: bytes = b""


@dataclass(slots=True, eq=False)
class Elements:
    """Elements are numbered in the order in which their first series came; `number` is that of each series. `known`
    series are in it; `stale` says that some of them have been replaced since. Room that is not in use is zeros."""

    rows: Records = field(default_factory=lambda: fresh_elements(0))
    kpis: Records = field(default_factory=lambda: np.zeros(0, KPI))
    number: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    numbers: dict[str, int] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    known: int = 0
    stale: bool = False

    def of(self, pairs: Pairs) -> ElementState:
        """The elements of these series, as the kernel takes them."""
        if self.stale:
            self._renumber(pairs)
        self._grow(pairs)
        if self.known < len(pairs):
            self._number(pairs[self.known :], self.known)
            self.known = len(pairs)
        return ElementState(self.rows, self.kpis, self.number)

    def forget(self, slot: int) -> None:
        """The slot has another series from now on; its element names it no more, and may be one that is no more."""
        if slot < self.known:
            self.kpis[slot : slot + 1] = np.zeros(1, KPI)
            element = self.rows[self.number[slot]]
            for named in (element["top"], element["worst_top"]):
                named[named == slot] = -1
            self.stale = True

    def holds(self, slots: NDArray[np.intp], pairs: Pairs) -> NDArray[np.bool_]:
        """Which of these series are of elements with an open episode."""
        kept = self.of(pairs)
        return np.asarray(kept.elements["open"][kept.number[slots]] != 0)

    def _renumber(self, pairs: Pairs) -> None:
        """Number anew, so that elements without series leave; what the others had goes with them."""
        before, old = self.numbers, self.rows
        self.numbers, self.names, self.rows = {}, [], fresh_elements(0)
        self._number(pairs[: self.known], 0)
        former = np.array([before.get(name, -1) for name in self.names], np.int64)
        self.used[former >= 0] = old[former[former >= 0]]
        self.stale = False

    def _number(self, pairs: Pairs, first: int) -> None:
        """Number the elements of these series, which follow each other from `first` on; new ones have seen nothing."""
        had, numbers, names = len(self.names), self.numbers, self.names
        for slot, (measured_object, _) in enumerate(pairs, first):
            number = numbers.get(measured_object)
            if number is None:
                number = numbers[measured_object] = len(names)
                names.append(measured_object)
            self.number[slot] = number
        if len(names) > len(self.rows):
            wider = np.zeros(max(len(names), 2 * len(self.rows), LEAST_ROOM), ELEMENT)
            wider[:had] = self.rows[:had]
            self.rows = wider
        self.rows[had : len(names)] = fresh_elements(len(names) - had)

    def _grow(self, pairs: Pairs) -> None:
        if len(self.kpis) < len(pairs):
            room = max(len(pairs), 2 * len(self.kpis), LEAST_ROOM)
            kpis, number = np.zeros(room, KPI), np.zeros(room, np.int32)
            kpis[: self.known], number[: self.known] = self.kpis[: self.known], self.number[: self.known]
            self.kpis, self.number = kpis, number

    @property
    def used(self) -> Records:
        """The rows of the elements that there are."""
        return self.rows[: len(self.names)]

    def packed(self, pairs: Pairs) -> "ElementBytes":
        """As bytes, elements in the order of their first series; `load_elements` is the inverse."""
        kept = self.of(pairs)
        order = list(dict.fromkeys(kept.number[: len(pairs)].tolist()))
        return ElementBytes(kept.elements[order].tobytes(), kept.kpis[: len(pairs)].tobytes())


def load_elements(packed: ElementBytes, pairs: Pairs, series: Records) -> Elements:
    """The inverse of `Elements.packed`. Of a cell of a release that knew none (or others), the series say which
    episodes are open."""
    found = Elements()
    kept = found.of(pairs)
    sizes = len(packed.elements), len(packed.kpis)
    if sizes == (found.used.nbytes, len(pairs) * KPI.itemsize):
        found.used[:] = np.frombuffer(packed.elements, ELEMENT)
        found.kpis[: len(pairs)] = np.frombuffer(packed.kpis, KPI)
        return found
    if sizes == (len(found.used) * ELEMENT_2.itemsize, len(pairs) * KPI.itemsize):
        found.used[:] = elements_from(np.frombuffer(packed.elements, ELEMENT_2))
        found.kpis[: len(pairs)] = np.frombuffer(packed.kpis, KPI)
        return found
    if sizes == (len(found.used) * ELEMENT_1.itemsize, len(pairs) * KPI_1.itemsize):
        found.used[:] = elements_from(np.frombuffer(packed.elements, ELEMENT_1))
        found.kpis[: len(pairs)] = kpis_from_1(np.frombuffer(packed.kpis, KPI_1))
        return found
    for slot in np.flatnonzero(series["open"][: len(pairs)]).tolist():
        element, since = kept.elements[kept.number[slot]], int(series["since"][slot])
        element["group"] = since if element["grouped"] == NEVER else min(int(element["group"]), since)
        element["grouped"] = max(int(element["grouped"]), int(series["last"][slot]))
        element["episodes"] += 1
    return found
