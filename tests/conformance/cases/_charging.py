"""What the cases of the charging operators share: a catalogue, usage envelopes and small topologies."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from streams.catalogue import Catalogue
from streams.hosts.driver import Outcome
from streams.topologies.charging import CHARGING
from streams.topology import AnyOperator, Topology
from telassure.kernel.events import (
    Account,
    BilledLine,
    DeadLetter,
    EndOfFeed,
    MediatedCount,
    PolicyValue,
    Price,
    Product,
    Recharge,
    SwitchCount,
    Tariff,
    Tick,
    UsageRecords,
)
from telassure.kernel.instant import DAY, HOUR, MINUTE
from telassure.kernel.money import Money

START = 20_000 * DAY
ACCOUNTS = ("a-1", "a-2", "", "a-unknown")
SERVICES = ("voice", "sms", "unpriced")
PRICES = (Price("voice", "", "per_unit", Fraction("0.09"), 60, 60), Price("sms", "", "flat", Fraction("0.07")))
ENTRIES = (
    Tariff("t-1", 0, None, "EUR", PRICES),
    Product("p-1", "Mobile", Money(0, "EUR"), "t-1"),
    Account("a-1", "c-1", "p-1", "postpaid", Money(0, "EUR")),
    Account("a-2", "c-2", "p-1", "prepaid", Money.of("1", "EUR")),
    PolicyValue("charging", "dedupe_days", "5"),
    PolicyValue("leakage", "retention_days", "5"),
)

hours = st.integers(0, 30 * 24)
row = st.tuples(st.integers(0, 15), st.integers(0, 3), st.integers(0, 2), hours, st.integers(-1, 300))
feeds = st.sampled_from(["cdr", "replay:cdr"])


def envelope(feed: str, rows: Sequence[tuple[int, int, int, int, int]]) -> UsageRecords:
    """Rows of (record number, account, service, hour, volume)."""
    number, account, service, hour, volume = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    zero = np.zeros(len(rows), np.int32)
    return UsageRecords(
        feed=feed,
        accounts=ACCOUNTS,
        subscribers=("s",),
        services=SERVICES,
        destinations=("49",),
        switches=("m-0", "m-1"),
        record_id=tuple(f"c-{n}" for n in number),
        account=account.astype(np.int32),
        subscriber=zero,
        service=service.astype(np.int32),
        destination=zero,
        switch=(number % 2).astype(np.int32),
        time=START + hour * HOUR + number * MINUTE,
        volume=volume,
        late=np.zeros(len(rows), np.bool_),
    )


def line(number: int, account: int, hour: int, micros: int) -> BilledLine:
    """A voice line; every seventh spans two days and is refused."""
    day = START + hour * HOUR // DAY * DAY
    end = day + (2 if number % 7 == 6 else 1) * DAY
    time = START + hour * HOUR
    return BilledLine(f"l-{number}", "b", "bills", ACCOUNTS[account], "voice", day, end, 1, Money(micros, "EUR"), time)


def recharge(number: int, account: int, hour: int, micros: int) -> Recharge:
    return Recharge(f"r-{number}", "vouchers", ACCOUNTS[account], Money(micros, "EUR"), START + hour * HOUR)


def switch_count(number: int, hour: int, records: int, volume: int) -> SwitchCount:
    """Every seventh spans two hours and is refused."""
    start = START + hour * HOUR
    end = start + (2 if number % 7 == 6 else 1) * HOUR
    return SwitchCount(f"n-{number}", "switches", f"m-{number % 2}", "voice", start, end, records, volume)


def mediated(number: int, hour: int, records: int, volume: int) -> MediatedCount:
    start = START + hour * HOUR
    return MediatedCount(
        count_id=f"x-{number}-{hour}-{records}-{volume}",
        feed="cdr",
        switch=f"m-{number % 2}",
        service="voice",
        period_start=start,
        period_end=start + HOUR,
        records=records,
        volume=volume,
        time=start + 59 * MINUTE,
        rated_micros=volume * 3,
        currency="EUR",
    )


few, volumes, micros = st.integers(0, 9), st.integers(0, 3_000), st.integers(-5, 2_000_000)
usage = st.builds(envelope, feeds, st.lists(row, min_size=1, max_size=5))
bills = st.builds(line, few, st.integers(0, 1), hours, micros)
recharges = st.builds(recharge, few, st.integers(0, 3), hours, micros)
switch_counts = st.builds(switch_count, few, hours, few, volumes)
mediated_counts = st.builds(mediated, few, hours, few, volumes)
controls = st.one_of(
    st.builds(lambda hour: Tick(START + hour * HOUR), hours), st.just(EndOfFeed("replay:cdr", 3 * DAY))
)


def streams(*events: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Some dozens of events of these kinds, with ticks and ends of feed among them."""
    return st.lists(st.one_of(*events, *events, controls), max_size=30)


def topology(operators: Callable[[Catalogue], Sequence[AnyOperator]], *inputs: type) -> Callable[[], Topology]:
    """A topology of these operators that reads these inputs as charging does."""
    sources = tuple(source for source in CHARGING.sources if source.event in inputs)
    return lambda: Topology("laws", sources, operators)


def usage_days(n: int) -> list[UsageRecords]:
    """Day after day, each with two new records on each of two accounts."""
    return [envelope("cdr", [(10 * day + i, i % 2, i // 2, 24 * day, 60) for i in range(4)]) for day in range(n)]


def rows_of(events: Sequence[Any]) -> int:
    return sum(len(event) for event in events if isinstance(event, UsageRecords))


def letters_of(outcome: Outcome, operator: str) -> int:
    return sum(letter.operator == operator for letter in outcome.of(DeadLetter))
