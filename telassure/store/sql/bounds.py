"""How far back the payloads of an embedded log reach: by their bytes, and by the times of its ticks."""

from typing import Final

from sqlalchemy import Connection

from telassure.kernel.instant import Instant
from telassure.kernel.ports import TICK
from telassure.store.sql import dialect

_BEYOND: Final = (
    "SELECT max(place) FROM (SELECT place, sum(length(payload)) OVER (ORDER BY place DESC) AS total"
    " FROM log_event WHERE place BETWEEN ? AND ?) WHERE total > ?"
)
# Positions of ticks begin with their microseconds, which have 16 digits until 2286: their order is that of time.
_BEFORE: Final = (
    "SELECT p.place FROM log_position p JOIN log_source s ON s.source = p.source"
    " WHERE s.topology = ? AND s.name = ? AND p.position < ? AND p.place BETWEEN ? AND ?"
    " ORDER BY p.position DESC LIMIT 1"
)
_TICKED: Final = (
    "SELECT p.source, p.position FROM log_position p JOIN log_source s ON s.source = p.source"
    " WHERE s.topology = ? AND s.name = ? AND p.place BETWEEN ? AND ?"
)


def beyond(connection: Connection, first: int, last: int, size: int) -> int:
    """The highest of these places whose payload, with all after it, is more than `size` bytes; 0 where none is.

    The file's pages are asked first, since a sum of all payloads takes some tenths of a second.
    """
    pages, spare, width = (
        int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
        for name in ("page_count", "freelist_count", "page_size")
    )
    if (pages - spare) * width <= size:
        return 0
    found = connection.exec_driver_sql(dialect.marked(connection.dialect, _BEYOND), (first, last, size)).scalar_one()
    return int(found or 0)


def before(connection: Connection, topology: str, first: int, last: int, moment: Instant) -> int:
    """The place of the newest tick among these that is older than a moment; 0 where none is."""
    asked = (topology, TICK, f"{moment}/", first, last)
    found = connection.exec_driver_sql(dialect.marked(connection.dialect, _BEFORE), asked).scalar_one_or_none()
    return int(found or 0)


def ticked(connection: Connection, topology: str, first: int, last: int) -> list[tuple[int, str]]:
    """The (source, position) of the ticks at these places."""
    asked = (topology, TICK, first, last)
    return [tuple(row) for row in connection.exec_driver_sql(dialect.marked(connection.dialect, _TICKED), asked)]
