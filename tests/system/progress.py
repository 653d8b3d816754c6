"""How far an installation has come, seen from outside while its processes write, live or die."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

TOPOLOGIES = ("detection", "assurance", "charging")
_STREAM = 1 << 40
_ROWS = """
    SELECT coalesce(sum(e.rows), 0), coalesce(sum(e.rows) FILTER (WHERE e.place <= s.stream * :width + :applied), 0)
    FROM log_stream s CROSS JOIN log_event e ON e.place > s.stream * :width AND e.place < (s.stream + 1) * :width
    JOIN log_source n ON n.source = e.source WHERE s.topology = :topology AND n.name <> 'tick'
"""


@dataclass(frozen=True)
class Work:
    """Rows by topology, those of ticks left out: in the log, and of them the applied and durable."""

    logged: Mapping[str, int]
    applied: Mapping[str, int]

    @property
    def waiting(self) -> int:
        return sum(self.logged.values()) - sum(self.applied.values())

    def share_of(self, whole: "Work") -> float:
        """0 at the start, 1 at the end; appending and applying count half each, and every topology the same."""
        shares = [
            min(part[name] / total, 1.0)
            for part in (self.logged, self.applied)
            for name, total in whole.logged.items()
            if total
        ]
        return sum(shares) / len(shares)


def work(home: Path) -> Work:
    """What stands in the log of a home and what of it is applied; nothing where there is no home yet."""
    logged, applied = dict.fromkeys(TOPOLOGIES, 0), dict.fromkeys(TOPOLOGIES, 0)
    if not (home / "log.db").exists():
        return Work(logged, applied)
    with _reading(home / "log.db") as log:
        for name in TOPOLOGIES:
            here = {"width": _STREAM, "applied": _offset(home / f"{name}.db", name), "topology": name}
            with _unmade():
                logged[name], applied[name] = log.execute(_ROWS, here).fetchone()
    return Work(logged, applied)


def ticks(home: Path) -> int:
    """How many ticks the log holds: a live worker writes one a second."""
    found = 0
    if (home / "log.db").exists():
        with _reading(home / "log.db") as log, _unmade():
            query = "SELECT count(*) FROM log_event JOIN log_source USING (source) WHERE name = 'tick'"
            (found,) = log.execute(query).fetchone()
    return found


def _offset(place: Path, topology: str) -> int:
    offset = 0
    if place.exists():
        with _reading(place) as state, _unmade():
            query = 'SELECT coalesce(max("offset"), 0) FROM checkpoint WHERE topology = ?'
            (offset,) = state.execute(query, (topology,)).fetchone()
    return offset


@contextmanager
def _reading(place: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{place}?mode=ro", uri=True, timeout=10)) as connection:
        yield connection


@contextmanager
def _unmade() -> Iterator[None]:
    """A database that is being made right now has no tables yet."""
    try:
        yield
    except sqlite3.OperationalError as absent:
        if "no such table" not in str(absent):
            raise
