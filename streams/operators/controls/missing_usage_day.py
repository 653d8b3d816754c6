"""The cell of the missing-usage control: one switch, service and UTC day, its hours counted there and received here."""

from dataclasses import dataclass, field
from typing import Final

from models.leakage import value_of_missing
from streams.cells import CellCodec, unpacked
from streams.fingerprints import fingerprint
from telassure.kernel.events import MediatedCount, SwitchCount
from telassure.kernel.feeds import RECORDED
from telassure.kernel.instant import HOUR, Duration, Instant
from telassure.kernel.money import NO_CURRENCY, Money


@dataclass(slots=True)
class RatedSum:
    """Rated usage of one currency: how many records, how much volume, worth how many micro-units."""

    records: int = 0
    volume: int = 0
    micros: int = 0

    def add(self, records: int, volume: int, micros: int) -> None:
        self.records += records
        self.volume += volume
        self.micros += micros


@dataclass(slots=True)
class Hour:
    """One period, mostly an hour: the switch's counts by fingerprint of their id, what was received by currency, the
    last report, how long it is, and whether its counts are a recording's."""

    counts: dict[int, tuple[int, int]] = field(default_factory=dict)
    received: dict[str, RatedSum] = field(default_factory=dict)
    reported: int = 0
    length: Duration = HOUR
    recorded: bool = False

    def counted(self) -> tuple[int, int]:
        """(records, volume) by the switch."""
        records = volume = 0  # by loops: a day has hundreds of periods, and each is asked with every count
        for more, larger in self.counts.values():
            records, volume = records + more, volume + larger
        return records, volume

    def missing(self) -> tuple[int, int]:
        """(records, volume) that the switch counted and that are not there; 0 where there is as much or more."""
        records, volume = self.counted()
        for there in self.received.values():
            records, volume = records - there.records, volume - there.volume
        return max(0, records), max(0, volume)


@dataclass(slots=True)
class SwitchDay:
    """Periods by their start; those that end early enough before `closed` are compared."""

    hours: dict[Instant, Hour] = field(default_factory=dict)
    closed: Instant = 0

    def claim(self, count: SwitchCount, start: Instant, length: Duration) -> str | None:
        """Add a switch's count: None if it is new, "" if it is an exact repeat, else why it cannot be taken."""
        hour = self._hour(start, length)
        hour.recorded = hour.recorded or count.feed.startswith(RECORDED)
        counts = hour.counts
        identity, content = fingerprint(count.count_id), (count.records, count.volume)
        known = counts.get(identity)
        if known is not None:
            return "" if known == content else "duplicate count id with other content"
        counts[identity] = content
        return None

    def add(self, count: MediatedCount, start: Instant, length: Duration) -> None:
        received = self._hour(start, length).received.setdefault(count.currency, RatedSum())
        received.add(count.records, count.volume, count.rated_micros)

    def reached(self) -> Instant:
        """How far usage has come: the start of the latest period with any, before all of them where none has."""
        return max((start for start, hour in self.hours.items() if hour.received), default=_BEFORE_ALL)

    def value(self, hour: Hour) -> tuple[Money, Money]:
        """(found, missing) of an hour: what is missing at the hour's own mean price, else at the day's."""
        whole: dict[str, RatedSum] = {}
        for each in self.hours.values():
            for currency, received in each.received.items():
                whole.setdefault(currency, RatedSum()).add(received.records, received.volume, received.micros)
        currency, priced = _mostly(hour.received or whole)
        records, volume = hour.missing()
        by_volume = value_of_missing(volume, priced.volume, priced.micros)
        lost = by_volume or value_of_missing(records, priced.records, priced.micros)
        return Money(hour.received.get(currency, RatedSum()).micros, currency), Money(lost, currency)

    def _hour(self, start: Instant, length: Duration) -> Hour:
        found = self.hours.get(start)
        if found is None:
            found = self.hours[start] = Hour(length=length)
        return found


_BEFORE_ALL: Final[Instant] = -(1 << 62)
SWITCH_DAY: Final = CellCodec(SwitchDay)


def load_switch_day(blob: bytes, version: int) -> SwitchDay:
    """A cell of this version, or of the one before: by place, volumes and money as decimal text."""
    if version > 1:
        return SWITCH_DAY.unpack(blob)
    closed, hours = unpacked(blob)
    return SwitchDay({start: _load_hour(counts, received, said) for start, counts, received, said in hours}, closed)


def _load_hour(counts: list[tuple[int, int, int]], received: list[tuple[str, int, str, str]], said: int) -> Hour:
    return Hour(
        {identity: (records, volume) for identity, records, volume in counts},
        {currency: RatedSum(records, int(volume), int(micros)) for currency, records, volume, micros in received},
        said,
    )


def _mostly(received: dict[str, RatedSum]) -> tuple[str, RatedSum]:
    """The currency of most of the volume (then records, then the name), with what it holds."""
    if not received:
        return NO_CURRENCY, RatedSum()
    return max(received.items(), key=lambda each: (each[1].volume, each[1].records, each[0]))
