"""The lines of a ledger against their seals, one by one in the order of their key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from zlib import crc32

from telassure.kernel.events import Charge
from telassure.store.sql import seals
from telassure.store.sql.records import table_of

_CHARGES: Final = table_of(Charge)


@dataclass(slots=True)
class _Contents:
    """What was found under one seal: a hash over its lines, how many, and the digest that its last line states."""

    found: Any = field(default_factory=sha256)
    lines: int = 0
    digest: str = ""


@dataclass(slots=True)
class SealedLines:
    """Every line that was looked at. `bad` says in words what is not as it was appended, in the order of discovery.
    `before` is how many lines its head states that stood there before lines were sealed, and their hash."""

    lines: int = 0
    before: str = ""
    bad: list[str] = field(default_factory=list)
    _seals: dict[tuple[int, int], _Contents] = field(default_factory=dict)

    def add(self, line: Charge) -> None:
        """The next line, in the order of the key."""
        self.lines += 1
        text = seals.text_of(_CHARGES.pack(line))
        if line.seal and crc32(text) != line.checksum:
            self.bad.append(f"line {line.charge_id} (number {line.sequence} of its account) is not as it was appended")
        place = _place(line.seal)
        if place is None:
            self.bad.append(f"line {line.charge_id} names no commit in its seal")
            return
        under = self._seals.setdefault(place, _Contents())
        under.found.update(text + b"\n")
        under.lines += 1
        under.digest = line.digest or under.digest

    def compare(self, heads: Mapping[int, tuple[int, int, str]], known: Mapping[str, str]) -> None:
        """Against where the chains end ((number, lines, digest) by partition), and where they stood before."""
        before = self._seals.pop((seals.BEFORE, 0), _Contents())
        _, lines, digest = heads.get(seals.BEFORE, (0, 0, ""))
        if (before.lines, before.found.hexdigest() if before.lines else "") != (lines, digest):
            self.bad.append(
                f"of lines from before lines were sealed {before.lines:,} of {lines:,} are there, not as they were"
            )
        self.before = f"{lines}/{digest}"
        stood = known.get(str(seals.BEFORE), self.before)  # an earlier release did not print it
        if stood != self.before:
            self.bad.append(f"lines from before lines were sealed are {self.before}, and were {stood} before")
        named = {int(each) for each in known if each.isdecimal()}
        for partition in sorted({place[0] for place in self._seals} | {each for each in heads if each >= 0} | named):
            self._chain(partition, heads.get(partition, (0, 0, "")), known.get(str(partition), ""))

    def _chain(self, partition: int, head: tuple[int, int, str], known: str) -> None:
        digest, number, lines, stood = "", 0, 0, {""}
        for place in sorted(place for place in self._seals if place[0] == partition):
            under, number = self._seals[place], place[1]
            lines += under.lines
            if under.digest != seals.linked(digest, under.found.hexdigest()):
                self.bad.append(f"seal {partition}/{number}: its lines, or those sealed before it, are not as appended")
            digest = under.digest
            stood.add(f"{number}/{digest}")
        if (number, lines, digest) != head:
            self.bad.append(
                f"partition {partition}: the chain ends at {number} after {lines:,} lines, its head is at {head[0]} "
                f"after {head[1]:,}"
            )
        if known not in stood:
            self.bad.append(f"partition {partition}: the chain does not go through {known}, where it stood before")


def _place(seal: str) -> tuple[int, int] | None:
    if not seal:
        return seals.BEFORE, 0
    partition, _, number = seal.partition("/")
    return (int(partition), int(number)) if partition.isdigit() and number.isdigit() else None
