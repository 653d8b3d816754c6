"""A problem as a row of its cell, with its spots and members; the names of what stands in rows are stored once."""

from collections.abc import Mapping
from typing import Any, Final

from streams.cells import RowCodec, packed
from streams.operators.correlation.member import Member
from streams.operators.correlation.problem import Problem, Spot

_NAMES: Final = Problem.__slots__[: Problem.__slots__.index("tally")]  # what follows is derived
_DEFAULTS: Final = {"trace": "", "role": 0, "says": ()}
PROBLEM: Final = RowCodec(Problem, _NAMES, _DEFAULTS)
SPOT: Final = RowCodec(Spot, Spot.__slots__, {"moved": False})
MEMBER: Final = RowCodec(Member, Member._fields, {"part": 0, "says": ""})
NAMES: Final = {"problem": PROBLEM.names, "spot": SPOT.names, "member": MEMBER.names}
"""The names of what stands in rows, stored once beside them."""


def packed_row(problem: Problem) -> bytes:
    """Its row under `PROBLEM.names`, as bytes: packed once for every time it has changed."""
    if problem.packed is None:
        *plain, spots, active, trace, role, says = PROBLEM.row(problem)
        problem.packed = packed(
            (*plain, {name: SPOT.row(spot) for name, spot in spots.items()}, active, trace, role, says)
        )
    return problem.packed


class ProblemReader:
    """Reads the rows that were stored under these names."""

    def __init__(self, names: Mapping[str, tuple[str, ...]]) -> None:
        self._problem = PROBLEM.reader(names["problem"])
        self._spot, self.member = SPOT.reader(names["spot"]), MEMBER.reader(names["member"])

    def problem(self, row: tuple[Any, ...]) -> Problem:
        """The inverse of `packed_row`."""
        found = self._problem(row)
        found.ranked, found.counts, found.shown = list(found.ranked), list(found.counts), list(found.shown)
        found.says = list(found.says)
        found.spots = {name: self._spot(spot) for name, spot in found.spots.items()}  # type: ignore[arg-type]  # rows yet
        found.active = {name: self.member(member) for name, member in found.active.items()}
        return found
