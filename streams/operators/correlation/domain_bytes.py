"""A domain's cell as bytes: by name, the names of what stands in rows once, and untouched problems as they were."""

from dataclasses import dataclass, field
from typing import Any, Final

from streams.cells import CellCodec, unpacked
from streams.operators.correlation.domain import Domain
from streams.operators.correlation.problem_row import NAMES, ProblemReader, packed_row
from telassure.kernel.instant import Instant

_PLACES: Final = {
    "problem": (
        *("seq", "problem_id", "feed", "centre", "started", "last_growth", "changed_at", "state", "cleared_at"),
        *("emitted_at", "emit_at", "clear_at", "release_at", "forget_at", "shut", "explained", "silent", "worst"),
        *("ranked", "member_count", "counts", "shown", "spots", "active", "trace"),
    ),
    "spot": ("first", "active", "physical"),
    "member": ("managed_object", "severity", "raised_at", "physical", "episode", "feed", "deadline"),
}  # of version 1, which kept neither these names nor its own


@dataclass(slots=True)
class _Stored:
    """What is stored of a `Domain`. `problems` are rows in bytes, so that one that nothing has touched is copied."""

    clock: Instant = 0
    seq: int = 0
    wake: Instant | None = None
    members: dict[str, int] = field(default_factory=dict)
    released: dict[str, Instant] = field(default_factory=dict)
    traces: dict[str, str] = field(default_factory=dict)
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    pool: dict[str, Any] = field(default_factory=dict)
    problems: list[bytes] = field(default_factory=list)


_CELL: Final = CellCodec(_Stored)


def pack_domain(cell: Domain) -> bytes:
    """The bytes of a cell of this version."""
    problems = [packed_row(problem) for problem in cell.problems.values()]
    plain = cell.clock, cell.seq, cell.wake, cell.members, cell.released, cell.traces
    return _CELL.pack(_Stored(*plain, NAMES, cell.pool, problems))


def load_domain(blob: bytes, version: int) -> Domain:
    """A cell of this version, or of the one before, by place."""
    if version == 1:
        return _by_place(blob)
    stored = _CELL.unpack(blob)
    rows = [unpacked(problem) for problem in stored.problems]
    cell = Domain(stored.clock, stored.seq, stored.wake, stored.members, {}, {}, stored.released, stored.traces)
    return _filled(cell, stored.names, stored.pool, rows)


def _by_place(blob: bytes) -> Domain:
    clock, seq, wake, members, released, pool, problems, *traces = unpacked(blob)
    cell = Domain(clock, seq, wake, members, {}, {}, released, traces[0] if traces else {})
    return _filled(cell, _PLACES, pool, problems)


def _filled(cell: Domain, names: dict[str, tuple[str, ...]], pool: dict[str, Any], problems: Any) -> Domain:
    rows = ProblemReader(names)
    cell.fill({member_id: rows.member(member) for member_id, member in pool.items()}, map(rows.problem, problems))
    return cell
