"""Every checkpoint of a topology's database, whatever release has written it; nothing is made or changed."""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from telassure.kernel.errors import TelassureError
from telassure.kernel.ports import Checkpoint, LogMark
from telassure.store.sql.end_marks import Stream
from telassure.store.sql.readable import ReadableDatabase


def stored_checkpoints(urls: Mapping[str, str]) -> tuple[Mapping[Stream, Checkpoint], list[str]]:
    """Where the partitions of these topologies stand, and the topologies whose databases cannot be read."""
    found: dict[Stream, Checkpoint] = {}
    unread = []
    for name, url in urls.items():
        database = ReadableDatabase(url)
        try:
            found.update(pair for several in database.ask(lambda c, n=name: list(_stored(c, n))) for pair in several)  # type: ignore[misc]  # the loop's
        except TelassureError:
            unread.append(name)
        finally:
            database.close()
    return found, unread


def witnesses(urls: Mapping[str, str]) -> Iterator[tuple[Stream, LogMark]]:
    """What the checkpoints that can be read say of the log: how far it went, and which one it was."""
    for place, stands in stored_checkpoints(urls)[0].items():
        yield place, LogMark("", stands.offset)
        if stands.mark is not None:
            yield place, stands.mark


def _stored(connection: Connection, topology: str) -> Iterator[tuple[Stream, Checkpoint]]:
    for row in connection.exec_driver_sql("SELECT * FROM checkpoint").mappings():
        if row["topology"] != topology or not row["offset"]:
            continue
        identity = row.get("log_identity")
        mark = LogMark(identity, row["log_offset"], row["log_chain"] or b"") if identity else None
        yield (topology, row["partition"]), Checkpoint(row["offset"], row["clocks"], mark)
