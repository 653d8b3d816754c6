"""Whole columns from outside become arrays; a bad value marks its row and leaves its neighbours alone."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from itertools import repeat
from typing import Final

import numpy as np

from ingestion.fields.terms import BadRow
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events.kpi import Flags, Floats, Ints, Times
from telassure.kernel.instant import EARLIEST, Instant
from telassure.kernel.time_field import miscounted

Column = Sequence[object]
_DATES_FROM: Final = 1990_01_01_00_00_00_00  # digits of a date may look like a count of microseconds from here on


class Faults:
    """The first reason of each bad row of a body of `rows` rows."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self._reasons: dict[int, str] = {}

    def mark(self, row: int, reason: str) -> None:
        self._reasons.setdefault(row, reason)

    def good(self) -> Flags:
        """Which rows have no fault."""
        mask = np.ones(self.rows, dtype=np.bool_)
        mask[list(self._reasons)] = False
        return mask

    def bad_rows(self) -> tuple[BadRow, ...]:
        return tuple(BadRow(row, self._reasons[row]) for row in sorted(self._reasons))


def columns_of(
    rows: Sequence[object], known: frozenset[str], required: tuple[str, ...], faults: Faults
) -> dict[str, Column]:
    """The rows' fields as columns of equal length; a field that no row has is left out."""
    needed = frozenset(required)
    taken: list[Mapping[str, object]] = []
    for index, row in enumerate(rows):
        if isinstance(row, dict) and row.keys() <= known and row.keys() >= needed:
            taken.append(row)
        else:
            faults.mark(index, _why_not(row, known, required))
            taken.append({})
    present = frozenset[str]().union(*taken)
    return {name: [row.get(name) for row in taken] for name in sorted(present | set(required))}


def _why_not(row: object, known: frozenset[str], required: tuple[str, ...]) -> str:
    if not isinstance(row, dict):
        return f"the row is {type(row).__name__}, not an object"
    try:
        fields.known_only(row, known)
    except InvalidInput as error:
        return error.reason
    return f"{next(name for name in required if name not in row)} is missing"


def arrays_of(body: Mapping[str, object], known: frozenset[str], required: tuple[str, ...]) -> dict[str, Column]:
    """The arrays of a columnar body, checked to be of one length; InvalidInput where they are not."""
    fields.known_only(body, known)
    for name in required:
        if name not in body:
            raise InvalidInput(f"{name} is missing; a columnar body gives one array per field")
    found: dict[str, Column] = {}
    for name, column in body.items():
        if not isinstance(column, list):
            raise InvalidInput(f"{name} is {type(column).__name__}, not an array")
        found[name] = column
    lengths = {len(column) for column in found.values()}
    if len(lengths) > 1:
        sizes = ", ".join(f"{name} {len(column)}" for name, column in sorted(found.items()))
        raise InvalidInput(f"the arrays differ in length ({sizes}); give every row every field")
    return found


def instants(column: Column, field: str, zone: tzinfo, newest: Instant, faults: Faults) -> Times:
    """Microseconds UTC, each as `fields.moment` reads it alone; 0 where the row is bad."""
    if set(map(type, column)) <= {int}:
        times = _int64(column)
        if times is not None:
            for row in np.flatnonzero((times < EARLIEST) | (times > min(newest, _DATES_FROM))).tolist():
                if reason := miscounted(int(times[row]), field, newest):
                    faults.mark(row, reason)
            return times
    known: dict[str, Instant] = {}
    return np.fromiter(
        (_moment(value, field, (zone, newest, known), faults, row) for row, value in enumerate(column)),
        np.int64,
        len(column),
    )


def _moment(
    value: object, field: str, reading: tuple[tzinfo, Instant, dict[str, Instant]], faults: Faults, row: int
) -> Instant:
    zone, newest, known = reading
    if type(value) is str and (seen := known.get(value)) is not None:
        return seen
    try:
        at = fields.moment(value, field, zone, newest)
    except InvalidInput as error:
        faults.mark(row, error.reason)
        return 0
    if type(value) is str:
        known[value] = at
    return at


def numbers(column: Column, field: str, faults: Faults) -> Floats:
    """Finite numbers, NaN where there is none."""
    if set(map(type, column)) <= {int, float, type(None)}:
        try:
            values = np.array(column, dtype=np.float64)
        except OverflowError:
            pass
        else:
            for row in np.flatnonzero(np.isinf(values)).tolist():
                faults.mark(row, f"{field} is infinite; write null where there is no value")
            return values
    return np.fromiter(map(_number, column, repeat(field), repeat(faults), range(len(column))), np.float64, len(column))


def _number(value: object, field: str, faults: Faults, row: int) -> float:
    try:
        return fields.number(value, field)
    except InvalidInput as error:
        faults.mark(row, error.reason)
        return math.nan


def wholes(column: Column, field: str, faults: Faults, high: int = fields.LARGEST_WHOLE) -> Times:
    """Whole numbers in [0, high]; 0 where the row is bad."""
    if set(map(type, column)) <= {int}:
        values = _int64(column)
        if values is not None and (not len(values) or (values.min() >= 0 and values.max() <= high)):
            return values
    return np.fromiter(
        (_whole(value, field, high, faults, row) for row, value in enumerate(column)), np.int64, len(column)
    )


def _whole(value: object, field: str, high: int, faults: Faults, row: int) -> int:
    try:
        return fields.whole(value, field, high=high)
    except InvalidInput as error:
        faults.mark(row, error.reason)
        return 0


def flags(column: Column, field: str, faults: Faults) -> Flags:
    """Truths; null means false."""
    if set(map(type, column)) <= {bool}:
        return np.array(column, dtype=np.bool_)
    result = np.zeros(len(column), dtype=np.bool_)
    for row, value in enumerate(column):
        try:
            result[row] = value is not None and fields.flag(value, field)
        except InvalidInput as error:
            faults.mark(row, error.reason)
    return result


def coded(column: Column, admit: Callable[[object], str], faults: Faults) -> tuple[tuple[str, ...], Ints]:
    """A dictionary of the admitted texts and each row's code in it; `admit` makes our text of theirs, or raises."""
    dictionary: dict[str, int] = {}
    seen: dict[str, int] = {}
    codes = np.zeros(len(column), dtype=np.int32)
    for row, value in enumerate(column):
        code = seen.get(value) if type(value) is str else None
        if code is None:
            try:
                admitted = admit(value)
            except InvalidInput as error:
                faults.mark(row, error.reason)
                continue
            code = dictionary.setdefault(admitted, len(dictionary))
            if type(value) is str:
                seen[value] = code
        codes[row] = code
    return tuple(dictionary) or ("",), codes


def _int64(column: Column) -> Times | None:
    try:
        return np.array(column, dtype=np.int64)
    except OverflowError:
        return None
