"""The Flux that reads scored points, and its answers as arrays; no name from outside is ever read as Flux."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from telassure.kernel.errors import ConfigurationError, TransientError
from telassure.kernel.instant import DAY, EARLIEST, LATEST, Duration, Instant
from telassure.store.metrics_influx.lines import COLUMNS, GAPS, NEWEST, POINTS, WRITERS, restored, restored_shares, tag

if TYPE_CHECKING:
    import pandas as pd

Aggregate = Literal["mean", "min", "max", "first", "last", "count", "sum"]
AGGREGATES: Final = ("mean", "min", "max", "first", "last", "count", "sum")
_PLAIN: Final = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")
_MEANING: Final = frozenset(".+*?()|[]{}^$/")
_FIRST: Final = EARLIEST - 30 * 365 * DAY
_END: Final = LATEST + 30 * 365 * DAY


def text(name: str) -> str:
    """A Flux string literal: everything but letters, digits, - and _ by its bytes, so that nothing can end it.

    >>> text('a"b')
    '"a\\\\x22b"'
    """
    return '"' + "".join(chr(byte) if byte in _PLAIN else f"\\x{byte:02x}" for byte in name.encode()) + '"'


def containing(part: str) -> str:
    """A Flux regular expression for texts that contain a part, ASCII case aside.

    >>> containing("a1/")
    '/[aA]1\\\\//'
    """
    return f"/{''.join(map(_one, tag(part)))}/"


def _one(character: str) -> str:
    """What stands for a character of a tag in a regular expression: a tag holds no backslash and no control."""
    if character.isascii() and character.isalpha():
        return f"[{character.lower()}{character.upper()}]"
    return f"\\{character}" if character in _MEANING else character


def _source(bucket: str, start: Instant = _FIRST, end: Instant = _END) -> str:
    bounds = f"start: time(v: {max(start, _FIRST) * 1000}), stop: time(v: {min(end, _END) * 1000})"
    return f"from(bucket: {text(bucket)}) |> range({bounds})"


def _filter(condition: str) -> str:
    return f"|> filter(fn: (r) => {condition})"


def _of_series(managed_object: str, measurement: str | None) -> str:
    condition = f'r._measurement == "{POINTS}" and r.managed_object == {text(tag(managed_object))}'
    return _filter(condition + (f" and r.measurement == {text(tag(measurement))}" if measurement is not None else ""))


_WIDE: Final = '|> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")'


def range_query(bucket: str, series: tuple[str, str], start: Instant, end: Instant) -> str:
    """One series over [start, end), a row a time."""
    kept = ", ".join(f'"{name}"' for name in ("_time", GAPS, *COLUMNS))
    return f"{_source(bucket, start, end)} {_of_series(*series)} {_WIDE} |> keep(columns: [{kept}])"


def window_query(
    bucket: str, series: tuple[str, str], start: Instant, end: Instant, every: Duration, aggregate: Aggregate
) -> str:
    """One series in windows of `every` microseconds, aligned to the epoch, each at its beginning."""
    if aggregate not in AGGREGATES or every <= 0:
        raise ConfigurationError(f"no window of {every} us by {aggregate!r}; there are {', '.join(AGGREGATES)}")
    held = _filter(f"r.{GAPS} % 4 == 0")  # its lowest bits are of `value`
    shape = f'every: {every}us, fn: {aggregate}, column: "value", createEmpty: false, timeSrc: "_start"'
    return (
        f"{_source(bucket, start, end)} {_of_series(*series)} {_WIDE} {held} |> aggregateWindow({shape})"
        ' |> keep(columns: ["_time", "value"])'
    )


def object_query(bucket: str, managed_object: str) -> str:
    """Every point of one object, by measurement."""
    kept = ", ".join(f'"{name}"' for name in ("measurement", "_time", GAPS, *COLUMNS))
    return f"{_source(bucket)} {_of_series(managed_object, None)} {_WIDE} |> keep(columns: [{kept}]) |> group()"


def objects_query(bucket: str, part: str, limit: int) -> str:
    """The first objects, from the index alone, that have a series as in `series_query`."""
    bounds = f"start: time(v: {_FIRST * 1000}), stop: time(v: {_END * 1000})"
    condition = f'(r) => r._measurement == "{POINTS}"' + _matching(part)
    return (
        'import "influxdata/influxdb/schema" '
        f'schema.tagValues(bucket: {text(bucket)}, tag: "managed_object", predicate: {condition}, {bounds})'
        f' |> sort(columns: ["_value"]) |> limit(n: {limit})'
    )


def series_query(bucket: str, part: str, limit: int, among: Sequence[str] = ()) -> str:
    """The first series that have a point, sorted, whose object or measurement contains a part; `among` are the tags of
    the only objects to look at, all where there is none."""
    condition = f'r._measurement == "{POINTS}" and r._field == "{GAPS}"' + _matching(part)
    if among:
        condition += " and (" + " or ".join(f"r.managed_object == {text(name)}" for name in among) + ")"
    names = '["managed_object", "measurement"]'
    return (
        f"{_source(bucket)} {_filter(condition)} |> first() |> keep(columns: {names}) |> group()"
        f" |> sort(columns: {names}) |> limit(n: {limit})"
    )


def _matching(part: str) -> str:
    wanted = containing(part)
    return f" and (r.managed_object =~ {wanted} or r.measurement =~ {wanted})" if part else ""


def applied_query(bucket: str, writer: str) -> str:
    """The highest offset of a writer."""
    condition = f'r._measurement == "{WRITERS}" and r._field == "applied" and r.writer == {text(tag(writer))}'
    return f'{_source(bucket)} {_filter(condition)} |> max() |> keep(columns: ["_value"])'


def newest_query(bucket: str) -> str:
    """The newest time that any writer marked."""
    condition = f'r._measurement == "{NEWEST}"'
    newest = 'group() |> sort(columns: ["_time"], desc: true) |> limit(n: 1)'
    return f'{_source(bucket)} {_filter(condition)} |> last() |> keep(columns: ["_time"]) |> {newest}'


def tables(answer: str) -> "list[pd.DataFrame]":
    """The tables of a CSV answer, all columns as text. TransientError where the server gave up in the middle."""
    import pandas as pd

    blocks = [block for block in answer.replace("\r\n", "\n").split("\n\n") if block.strip()]
    found = [pd.read_csv(io.StringIO(block), dtype=str, keep_default_na=False) for block in blocks]
    for table in found:
        if "error" in table.columns:
            raise TransientError(f"InfluxDB ended a query: {table['error'].iloc[0]}")
    return found


def times(column: "pd.Series[str]") -> "np.typing.NDArray[np.int64]":
    """RFC 3339 times in UTC as microseconds."""
    plain = np.array([moment.removesuffix("Z") for moment in column], "datetime64[us]")
    return plain.astype(np.int64)


def numbers(table: "pd.DataFrame", name: str) -> "np.typing.NDArray[np.float64]":
    """A column of floats, NaN where a row has none or the table has no such column."""
    if name not in table.columns:
        return np.full(len(table), np.nan)
    return np.array([float(word) if word else np.nan for word in table[name]], np.float64)


def points(table: "pd.DataFrame") -> "pd.DataFrame":
    """A wide table as the port's frame: time ascending, value, the band in the store's 32 bits of precision, and the
    shares."""
    import pandas as pd

    gaps = np.array([int(word) for word in table[GAPS]], np.int64)
    columns = restored(gaps, {name: numbers(table, name) for name in COLUMNS})
    with np.errstate(over="ignore"):
        band = {name: columns[name].astype(np.float32).astype(np.float64) for name in COLUMNS[1:]}
    found = pd.DataFrame(
        {"time": times(table["_time"]), "value": columns["value"], **band, "shares": restored_shares(gaps)}
    )
    return found.sort_values("time", ignore_index=True)
