"""Usage in suspense: what charging refused and keeps, by why, until somebody adds what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from telassure.kernel.events import DeadLetter
from telassure.kernel.instant import Instant
from telassure.kernel.ports import AssuranceReader

OPERATORS: Final = ("rate", "dedupe", "charge")
"""Who of charging refuses usage, in the order in which it passes them."""
NEWEST: Final = 200


@dataclass(frozen=True, slots=True)
class SuspenseReason:
    """Why usage waits: how many of the newest letters say so, and the newest of them."""

    operator: str
    reason: str
    letters: int
    newest: Instant


@dataclass(frozen=True, slots=True)
class Suspense:
    """So many letters wait, `replayable` of them can be put in again; the reasons of the newest `looked_at`."""

    waiting: int
    replayable: int
    looked_at: int
    reasons: tuple[SuspenseReason, ...]


def suspense(reader: AssuranceReader) -> Suspense:
    """As the stores have it; the commonest reason first."""
    counted = [reader.letter_counts(name) for name in OPERATORS]
    letters = [letter for name in OPERATORS for letter in reader.letters(name, NEWEST).rows]
    waiting, replayable = sum(each.open for each in counted), sum(each.replayable for each in counted)
    return Suspense(waiting, replayable, len(letters), _reasons(letters))


def _reasons(letters: Sequence[DeadLetter]) -> tuple[SuspenseReason, ...]:
    found: dict[tuple[str, str], list[DeadLetter]] = {}
    for letter in letters:
        found.setdefault((letter.operator, letter.reason), []).append(letter)
    reasons = [SuspenseReason(*place, len(few), max(each.time for each in few)) for place, few in found.items()]
    return tuple(sorted(reasons, key=lambda each: (-each.letters, -each.newest, each.reason)))
