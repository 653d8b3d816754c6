"""What is refused, by its cause: a few of one cause stand alone, many of one stand together."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

EACH: Final = 20
"""Up to so many of one cause in a batch stand alone; those of a cause that has more stand together."""
ALONE: Final = 40
"""So many of a batch stand alone, whatever their causes; those of the causes after them stand together by cause."""
CAUSES: Final = 20
"""So many causes of a batch are told apart; those of all others stand together."""
SAMPLE: Final = 10
_VARYING: Final = re.compile(r"'[^']*'|\"[^\"]*\"|[^\s:;,]*\d[^\s:;,]*")


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """The places, among the reasons that were given, of those with one cause; "" is the cause of all that are not told
    apart."""

    cause: str
    places: tuple[int, ...]
    together: bool


def cause_of(reason: str) -> str:
    """A reason without the values that stand in it.

    >>> cause_of("account A-17 is not in the catalogue; add the account")
    'account … is not in the catalogue; add the account'
    """
    return _VARYING.sub("…", reason)


def by_cause(reasons: Sequence[str]) -> Iterator[CauseGroup]:
    """The groups in order of appearance. Law: every place is in one group; ALONE places at the most stand alone, and
    CAUSES + 1 groups together."""
    found: dict[str, list[int]] = {}
    for place, reason in enumerate(reasons):
        cause = cause_of(reason)
        found.setdefault(cause if cause in found or len(found) < CAUSES else "", []).append(place)
    left = ALONE
    for cause, places in found.items():
        together = len(places) > min(EACH, left)
        left -= 0 if together else len(places)
        yield CauseGroup(cause, tuple(places), together)


def told_together(group: CauseGroup, first: str, kept: int) -> str:
    """The reason of a group that stands together, of which so many are kept; `first` is its first one's."""
    count = len(group.places)
    here = "all" if kept == count else f"the first {kept}"
    return f"{count:,} rows, {here} of them kept here: {'' if group.cause else 'for several reasons, first '}{first}"
