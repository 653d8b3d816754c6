"""The embedded log as it lies in a home, for who reads it whole: opened for reading only, never made or migrated."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from telassure.kernel.ports import LogRecord
from telassure.store.sql.end_marks import Stream
from telassure.store.sql.log_streams import WIDTH
from telassure.store.sql.readable import ReadableDatabase

_STREAMS = "SELECT stream, topology, partition FROM log_stream ORDER BY topology, partition"
_RECORDS = (
    "SELECT e.place, e.kind, e.payload, s.name, e.position, e.rows FROM log_event e"
    " JOIN log_source s ON s.source = e.source WHERE e.place > ? AND e.place < ? ORDER BY e.place"
)


class SqlLogReader:
    """Every record that the log still holds, by topology and partition, all as of one instant. A log that has not been
    made yet holds nothing."""

    def __init__(self, url: str) -> None:
        self._database = ReadableDatabase(url)

    def records(self) -> Mapping[Stream, Sequence[LogRecord]]:
        found = self._database.ask(_every)
        return found[0] if found else {}

    def close(self) -> None:
        self._database.close()


def _every(connection: Connection) -> Mapping[Stream, Sequence[LogRecord]]:
    found: dict[Stream, Sequence[LogRecord]] = {}
    for stream, topology, partition in connection.exec_driver_sql(_STREAMS).all():
        base = stream * WIDTH
        rows = connection.exec_driver_sql(_RECORDS, (base, base + WIDTH))
        found[topology, partition] = [LogRecord(place - base, *rest) for place, *rest in rows]
    return found
