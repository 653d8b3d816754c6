"""Scored points as InfluxDB line protocol: whole columns become text at once, and any name survives the way."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import orjson
from numpy.typing import NDArray

from telassure.kernel.events import Measurements, ScoredPoints
from telassure.kernel.events.shares import UNKNOWN, Codes
from telassure.kernel.instant import Instant
from telassure.store.points import BAND, Bands, Points, Values, latest

POINTS: Final = "telassure_points"
WRITERS: Final = "telassure_writers"
NEWEST: Final = "telassure_newest"
COLUMNS: Final = ("value", *BAND)
GAPS: Final = "gaps"
LONGEST_KEY: Final = 65_000  # bytes of measurement and tags; InfluxDB refuses keys beyond 65,535 with the field's name

_MISSING, _POSITIVE, _NEGATIVE = 1, 2, 3
_SHARES: Final = 2 * len(COLUMNS)  # the first bit of `gaps` that says how the score divides
_ODD: Final = re.compile(r"[\x00-\x1f\x7f-\x9f%\\\u2028\u2029\ud800-\udfff]")
_WRITTEN: Final = re.compile(r"%([0-9a-f]+);")
_EMPTY: Final = "%;"


def tag(text: str) -> str:
    """A name as a tag's value: what line protocol cannot carry (controls, backslashes, nothing at all) is written by
    its number. One to one.

    >>> tag("a\\\\b 5%"), tag("")
    ('a%5c;b 5%25;', '%;')
    """
    return _ODD.sub(lambda found: f"%{ord(found[0]):x};", text) or _EMPTY


def untag(text: str) -> str:
    """The name that `tag` wrote.

    >>> untag(tag("a\\\\b 5%")), untag(tag(""))
    ('a\\\\b 5%', '')
    """
    return "" if text == _EMPTY else _WRITTEN.sub(lambda found: chr(int(found[1], 16)), text)


@lru_cache(maxsize=1 << 18)
def series_key(managed_object: str, measurement: str) -> bytes:
    """Measurement and tags of a series, escaped."""
    return f"{POINTS},managed_object={_escaped(managed_object)},measurement={_escaped(measurement)}".encode()


@lru_cache(maxsize=1 << 16)
def _escaped(name: str) -> str:
    return tag(name).replace(",", r"\,").replace("=", r"\=").replace(" ", r"\ ")


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Lines without their ends, the row of the envelope that each came from, and rows whose name is too long."""

    text: Sequence[bytes]
    rows: NDArray[np.intp]
    too_long: NDArray[np.intp]


def lines(scored: ScoredPoints) -> Lines:
    """One line a row; of rows of the same series and time the last. Times are whole microseconds.

    The field `gaps` has two bits a column of COLUMNS, the lowest for `value`: 0 the field holds, 1 missing (NaN),
    2 +inf, 3 -inf. InfluxDB cannot write these, and keeps an older field where a later write leaves it out. The eight
    bits above them are 255 less the code of `shares`, 0 where releases before did not write it.
    """
    points, place, keys = _numbered(scored)
    long = np.array([len(key) > LONGEST_KEY for key in keys], np.bool_)[points.series]
    too_long = place[long]
    if long.any():
        points, place = points.take(~long), place[~long]
    columns = (points.value, *points.band)
    gaps = _gaps(columns)
    text: list[bytes] = []
    rows = [np.empty(0, np.intp)]
    for code in np.unique(gaps).tolist():
        chosen = np.flatnonzero(gaps == code)
        text += _with_gaps(code, points.take(chosen), keys)
        rows.append(place[chosen])
    return Lines(text, np.concatenate(rows), too_long)


def _numbered(scored: ScoredPoints) -> tuple[Points, NDArray[np.intp], list[bytes]]:
    """The points with numbers of their own for the series of this envelope, their rows, and the series' keys."""
    measured = scored.points
    width = max(len(measured.names), 1)
    pairs = measured.measured_object.astype(np.int64) * width + measured.measurement
    distinct, series = np.unique(pairs, return_inverse=True)
    keys = [series_key(measured.objects[pair // width], measured.names[pair % width]) for pair in distinct.tolist()]
    with np.errstate(over="ignore"):
        band = np.array([scored.expected, scored.lower, scored.upper, scored.score], np.float32)
    rows = np.arange(len(measured), dtype=np.float64)  # carried where the value is, through the choice of the latest
    stands = latest([Points(series.astype(np.int32), measured.time, rows, band, scored.shares)])
    place = stands.value.astype(np.intp)
    return Points(stands.series, stands.time, measured.value[place], stands.band, stands.shares), place, keys


def _gaps(columns: Sequence[Values | Bands]) -> NDArray[np.int64]:
    code = np.zeros(len(columns[0]), np.int64)
    for index, column in enumerate(columns):
        state = np.where(np.isnan(column), _MISSING, np.where(column > 0, _POSITIVE, _NEGATIVE))
        code |= np.where(np.isfinite(column), 0, state) << (2 * index)
    return code


def _with_gaps(code: int, points: Points, keys: Sequence[bytes]) -> list[bytes]:
    """The lines of rows that have the same gaps."""
    held = [index for index in range(len(COLUMNS)) if not code >> (2 * index) & 3]
    fields = "".join(f"{COLUMNS[index]}=%b," for index in held)
    template = f"%b {fields}{GAPS}=%bi %b".encode()
    columns = [(points.value, *points.band)[index] for index in held]
    gaps = (np.int64(UNKNOWN) - points.shares) << _SHARES | code
    return [
        template % row
        for row in zip(
            map(keys.__getitem__, points.series.tolist()), *map(_texts, (*columns, gaps, points.time)), strict=True
        )
    ]


def _texts(column: NDArray[np.float64] | NDArray[np.float32] | NDArray[np.int64]) -> list[bytes]:
    """The shortest decimal of each number that reads back as it."""
    written = orjson.dumps(np.ascontiguousarray(column), option=orjson.OPT_SERIALIZE_NUMPY)
    return written[1:-1].split(b",")


def restored(gaps: NDArray[np.int64], columns: Mapping[str, Values]) -> dict[str, Values]:
    """The columns as they were written: under the bits of `gaps`, whatever the field holds is void."""
    found = {}
    for index, name in enumerate(COLUMNS):
        state = gaps >> (2 * index) & 3
        value = np.where(state == 0, columns[name], np.nan)
        value[state == _POSITIVE] = np.inf
        value[state == _NEGATIVE] = -np.inf
        found[name] = value
    return found


def restored_shares(gaps: NDArray[np.int64]) -> Codes:
    """How the scores divide."""
    return (UNKNOWN - (gaps >> _SHARES & UNKNOWN)).astype(np.uint8)


def marker_lines(writer: str, offset: int, newest: Instant | None, at: Instant) -> list[bytes]:
    """What a writer has made durable: its offset at the wall clock's `at`, and that there are points at `newest`."""
    name = _escaped(writer)
    marks = [f"{WRITERS},writer={name} applied={offset}i {at}".encode()]
    if newest is not None:
        marks.append(f"{NEWEST},writer={name} points=1i {newest}".encode())
    return marks


def newest_of(points: Measurements) -> Instant | None:
    return int(points.time.max()) if len(points) else None
