"""Measurements from outside, by row or by column, become envelopes that have no domain yet."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np

from ingestion.fields import columns
from ingestion.fields.columns import Column, Faults
from ingestion.fields.repeated_hour import told_apart
from ingestion.fields.terms import BadRow, Terms
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Measurements
from telassure.kernel.events.kpi import Ints
from telassure.kernel.instant import DAY, SECOND, Duration

REQUIRED: Final = ("time", "managed_object", "measurement", "value")
ROW: Final = frozenset({*REQUIRED, "suspect", "granularity_s"})
DICTIONARIES: Final = ("managed_objects", "measurements")
LONGEST_GRANULARITY: Final[Duration] = 31 * DAY


def from_rows(rows: Sequence[object], terms: Terms) -> tuple[list[Measurements], tuple[BadRow, ...]]:
    """Rows {time, managed_object, measurement, value, suspect?, granularity_s?}, to one envelope per granularity."""
    faults = Faults(len(rows))
    found = columns.columns_of(rows, ROW, REQUIRED, faults)
    objects = columns.coded(found["managed_object"], partial(fields.text, field="managed_object"), faults)
    names = columns.coded(found["measurement"], partial(fields.text, field="measurement"), faults)
    granularity = _seconds(found.get("granularity_s"), len(rows), faults)
    whole = _envelope(found, (objects, names), terms, faults)
    good = faults.good()
    steps = np.unique(granularity[good]).tolist()
    envelopes = [_with(whole, good & (granularity == step), step * SECOND) for step in steps]
    return envelopes, faults.bad_rows()


def from_columns(body: Mapping[str, object], terms: Terms) -> tuple[list[Measurements], tuple[BadRow, ...], int]:
    """Arrays with dictionaries of objects and names; also gives the number of rows. InvalidInput where the arrays do
    not fit together at all."""
    arrays = {name: value for name, value in body.items() if name not in (*DICTIONARIES, "granularity_s")}
    found = columns.arrays_of(arrays, ROW - {"granularity_s"}, REQUIRED)
    faults = Faults(len(found["time"]))
    objects = _indexed(body, "managed_object", found, faults)
    names = _indexed(body, "measurement", found, faults)
    granularity = fields.whole(body.get("granularity_s", 0), "granularity_s", high=LONGEST_GRANULARITY // SECOND)
    whole = _envelope(found, (objects, names), terms, faults)
    good = faults.good()
    envelopes = [_with(whole, good, granularity * SECOND)] if good.any() else []
    return envelopes, faults.bad_rows(), faults.rows


Dictionary = tuple[tuple[str, ...], Ints]


def _envelope(
    found: Mapping[str, Column], keys: tuple[Dictionary, Dictionary], terms: Terms, faults: Faults
) -> Measurements:
    (objects, measured_object), (names, measurement) = keys
    suspect = found.get("suspect")
    times = told_apart(found["time"], terms.zone, _series(found, measured_object, measurement))
    return Measurements(
        domain="",
        feed=terms.feed,
        granularity=0,
        objects=objects,
        names=names,
        measured_object=measured_object,
        measurement=measurement,
        time=columns.instants(times, "time", terms.zone, terms.newest, faults),
        value=columns.numbers(found["value"], "value", faults),
        suspect=(
            np.zeros(faults.rows, dtype=np.bool_) if suspect is None else columns.flags(suspect, "suspect", faults)
        ),
    )


def _series(found: Mapping[str, Column], measured_object: Ints, measurement: Ints) -> Iterator[Hashable]:
    """What tells each row's series from the others of its body."""
    granularity = map(str, found.get("granularity_s", [None] * len(found["time"])))
    yield from zip(measured_object.tolist(), measurement.tolist(), granularity, strict=True)


def _with(whole: Measurements, rows: np.ndarray[tuple[int], np.dtype[np.bool_]], granularity: Duration) -> Measurements:
    part = whole if rows.all() else whole.take(rows)
    return Measurements(
        part.domain,
        part.feed,
        granularity,
        part.objects,
        part.names,
        part.measured_object,
        part.measurement,
        part.time,
        part.value,
        part.suspect,
    )


def _seconds(column: Column | None, rows: int, faults: Faults) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if column is None:
        return np.zeros(rows, dtype=np.int64)
    given = [0 if value is None or value == "" else value for value in column]
    return columns.wholes(given, "granularity_s", faults, high=LONGEST_GRANULARITY // SECOND)


def _indexed(body: Mapping[str, object], field: str, found: Mapping[str, Column], faults: Faults) -> Dictionary:
    dictionary = body.get(f"{field}s")
    if not isinstance(dictionary, list):
        raise InvalidInput(f"{field}s is missing or no array; it is the dictionary that {field} indexes")
    codes = columns.wholes(found[field], field, faults)
    for row in np.flatnonzero(codes >= len(dictionary)).tolist():
        faults.mark(row, f"{field} {codes[row]} is outside its dictionary of {len(dictionary)}")
    codes = np.where(codes < len(dictionary), codes, 0)
    texts: list[str] = []
    for code, entry in enumerate(dictionary):
        try:
            texts.append(fields.text(entry, field))
        except InvalidInput as error:
            texts.append("")
            for row in np.flatnonzero(codes == code).tolist():
                faults.mark(row, error.reason)
    unique = {entry: place for place, entry in reversed(list(enumerate(texts)))}
    if len(unique) < len(texts):
        first = np.array([unique[entry] for entry in texts], dtype=np.int64)
        codes = first[codes]
    return tuple(texts) or ("",), codes.astype(np.int32)
