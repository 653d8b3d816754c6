"""Dead letters as they are chosen and put in again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from telassure.kernel.events import DeadLetter
from telassure.kernel.instant import Instant


@dataclass(frozen=True, slots=True)
class OpenLetter:
    """An open letter and how often it has been refused so far."""

    letter: DeadLetter
    times: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Which letters: those of an operator ("" for any), those with these ids (none for any)."""

    operator: str = ""
    ids: tuple[str, ...] = ()


class LetterKeeper(Protocol):
    """The dead letters of what never became a record."""

    def due_letters(self, operator: str, until: Instant, limit: int) -> Sequence[OpenLetter]:
        """The open ones of an operator of a time up to this, the oldest first."""
        ...

    def mark_replayed(self, done: Sequence[OpenLetter]) -> None:
        """The log holds the input of these letters again."""
        ...
