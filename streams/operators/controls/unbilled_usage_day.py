"""The cell of the unbilled-usage control: one account and UTC day, its services rated and billed."""

from dataclasses import dataclass, field
from typing import Final

from streams.cells import CellCodec, unpacked
from streams.fingerprints import fingerprint
from telassure.kernel.events import BilledLine
from telassure.kernel.instant import Instant


@dataclass(slots=True)
class ServiceTally:
    """One service and currency: micro-units rated and billed, the billed lines, whether leakage was ever reported."""

    rated: int = 0
    billed: int = 0
    lines: int = 0
    reported: bool = False


@dataclass(slots=True)
class AccountDay:
    """Tallies by (service, currency); the fingerprints of the lines taken; the newest time a line was billed."""

    tallies: dict[tuple[str, str], ServiceTally] = field(default_factory=dict)
    taken: dict[int, int] = field(default_factory=dict)
    billed_at: Instant = 0
    closed: bool = False

    def tally(self, place: tuple[str, str]) -> ServiceTally:
        found = self.tallies.get(place)
        if found is None:
            found = self.tallies[place] = ServiceTally()
        return found

    def claim(self, line: BilledLine) -> str | None:
        """Add a line: None if it is new, "" if it is an exact repeat, else why it cannot be taken."""
        identity = fingerprint(line.line_id)
        content = fingerprint(f"{line.service}\x1f{line.amount.micros}\x1f{line.amount.currency}\x1f{line.quantity}")
        known = self.taken.get(identity)
        if known is not None:
            return "" if known == content else "duplicate line id with other content"
        self.taken[identity] = content
        tally = self.tally((line.service, line.amount.currency))
        tally.billed += line.amount.micros
        tally.lines += 1
        self.billed_at = max(self.billed_at, line.time)
        return None


ACCOUNT_DAY: Final = CellCodec(AccountDay)


def load_day(blob: bytes, version: int) -> AccountDay:
    """A cell of this version, or of the one before: by place, and what is wider than 64 bits as decimal text."""
    if version > 1:
        return ACCOUNT_DAY.unpack(blob)
    tallies, taken, billed_at, closed = unpacked(blob)
    by_place = {
        (s, c): ServiceTally(int(rated), int(billed), lines, said) for s, c, rated, billed, lines, said in tallies
    }
    return AccountDay(by_place, taken, billed_at, closed)
