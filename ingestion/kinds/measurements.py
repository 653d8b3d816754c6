"""Measurements from outside, by row or by column, become envelopes of one domain each."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from ingestion.batches.forms import Envelopes
from ingestion.batches.kind import FileForm, Kind
from ingestion.batches.routes import DETECTION, Draft, Routes, used
from ingestion.fields import columns
from ingestion.fields.columns import Column, Faults
from ingestion.fields.privacy import Pseudonymiser
from ingestion.fields.repeated_hour import told_apart
from ingestion.fields.restated import restated
from ingestion.fields.terms import Reading, RowNumbers, Terms
from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Measurements
from telassure.kernel.events.kpi import Ints
from telassure.kernel.instant import DAY, SECOND, Duration

REQUIRED: Final = ("time", "managed_object", "measurement", "value")
ROW: Final = frozenset({*REQUIRED, "suspect", "granularity_s"})
DICTIONARIES: Final = ("managed_objects", "measurements")
LONGEST_GRANULARITY: Final[Duration] = 31 * DAY
Dictionary = tuple[tuple[str, ...], Ints]


def _from_rows(rows: Sequence[object], terms: Terms, _: Pseudonymiser) -> Reading:
    """Rows {time, managed_object, measurement, value, suspect?, granularity_s?}, to one envelope per granularity."""
    faults = Faults(len(rows))
    found = columns.columns_of(rows, ROW, REQUIRED, faults)
    objects = columns.coded(found["managed_object"], partial(fields.text, field="managed_object"), faults)
    names = columns.coded(found["measurement"], partial(fields.text, field="measurement"), faults)
    granularity = _seconds(found.get("granularity_s"), len(rows), faults)
    whole = _envelope(found, (objects, names), terms, faults)
    good = np.flatnonzero(faults.good())
    steps = np.unique(granularity[good]).tolist()
    return _reading(whole, [(good[granularity[good] == step], step * SECOND) for step in steps], faults)


def _from_columns(body: Mapping[str, object], terms: Terms, _: Pseudonymiser) -> Reading:
    """Arrays with dictionaries of objects and names. InvalidInput where the arrays do not fit together at all."""
    arrays = {name: value for name, value in body.items() if name not in (*DICTIONARIES, "granularity_s")}
    found = columns.arrays_of(arrays, ROW - {"granularity_s"}, REQUIRED)
    faults = Faults(len(found["time"]))
    objects = _indexed(body, "managed_object", found, faults)
    names = _indexed(body, "measurement", found, faults)
    granularity = fields.whole(body.get("granularity_s", 0), "granularity_s", high=LONGEST_GRANULARITY // SECOND)
    whole = _envelope(found, (objects, names), terms, faults)
    good = np.flatnonzero(faults.good())
    return _reading(whole, [(good, granularity * SECOND)] if len(good) else [], faults)


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


def _reading(whole: Measurements, parts: Sequence[tuple[RowNumbers, Duration]], faults: Faults) -> Reading:
    """An envelope for each part (rows, granularity), and the rows that name an earlier one's series and time."""
    events: list[Measurements] = []
    named: list[tuple[RowNumbers, RowNumbers]] = []
    for rows, granularity in parts:
        part = replace(whole if len(rows) == faults.rows else whole.take(rows), granularity=granularity)
        series = part.measured_object.astype(np.int64) * len(part.names) + part.measurement
        repeats, changes = restated(series, part.time, part.value.view(np.int64), part.suspect.astype(np.int64))
        events.append(part)
        named.append((rows[repeats], rows[changes]))
    both = [np.sort(np.concatenate(several)) for several in zip(*named, strict=True)] if named else ()
    return Reading(events, [rows for rows, _ in parts], faults.bad_rows(), faults.rows, *both)


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


def _route(envelope: Measurements, routes: Routes, domain: str) -> Iterator[Draft]:
    """An envelope for each domain, since a domain's series advance together."""
    homes = [routes.home(name, domain) for name in envelope.objects]
    domains = tuple(dict.fromkeys(homes))
    places = {home: code for code, home in enumerate(domains)}
    home_of = np.fromiter((places[home] for home in homes), np.int64, len(homes))[envelope.measured_object]
    for code in np.unique(home_of).tolist():
        partition = routes.partition(DETECTION, domains[code])
        for rows in routes.pieces(np.flatnonzero(home_of == code)):
            part = _compact(envelope.take(rows))
            yield Draft(DETECTION, partition, replace(part, domain=domains[code]), len(rows), rows)


def _compact(part: Measurements) -> Measurements:
    objects, measured_object = used(part.objects, part.measured_object)
    names, measurement = used(part.names, part.measurement)
    return replace(part, objects=objects, measured_object=measured_object, names=names, measurement=measurement)


MEASUREMENTS: Final = Kind(
    name="measurements",
    text="one value of one counter or KPI of a managed object at the end of a granularity period; also as arrays",
    event=Measurements,
    form=Envelopes(ROW, _from_rows, _from_columns, DICTIONARIES),
    route=_route,
    files=FileForm(telltale=("measurement",)),
)
