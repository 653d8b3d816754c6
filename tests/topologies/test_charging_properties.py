"""Laws of money over any stream: conservation, once only, and controls that end the same however inputs interleave."""

from collections import Counter
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.topologies.charging import CHARGING
from telassure.kernel.events import (
    Account,
    BilledLine,
    Charge,
    Price,
    Product,
    Recharge,
    RevenueLeakage,
    SwitchCount,
    Tariff,
    UsageRecords,
)
from telassure.kernel.instant import DAY, HOUR, parse_instant
from telassure.kernel.money import Money
from tests.driver import Driver

MONDAY = parse_instant("2026-03-02T00:00:00Z")
OPENING = {"a-post": 0, "a-pre": 100_000}
SERVICES = ("voice", "sms")
PRICES = (Price("voice", "", "per_unit", Fraction("0.001"), 7, 3), Price("sms", "", "flat", Fraction("0.07")))
CATALOGUE = (
    Tariff("t-1", 0, None, "EUR", PRICES),
    Product("mobile", "Mobile", Money(0, "EUR"), "t-1"),
    Account("a-post", "c-1", "mobile", "postpaid", Money(OPENING["a-post"], "EUR")),
    Account("a-pre", "c-2", "mobile", "prepaid", Money(OPENING["a-pre"], "EUR")),
)
SETTINGS = settings(max_examples=60, deadline=None)
LATER = MONDAY + 20 * DAY

rows = st.tuples(
    st.integers(0, 1), st.integers(0, 1), st.integers(0, 96), st.integers(0, 1_000), st.integers(0, 1)
)  # account, service, hour, volume, switch


def envelope(numbered):
    """An envelope of (record number, row)s."""
    numbers, found = zip(*numbered, strict=True)
    account, service, hour, volume, switch = (np.array(column) for column in zip(*found, strict=True))
    return UsageRecords(
        feed="cdr",
        accounts=tuple(OPENING),
        subscribers=("s",),
        services=SERVICES,
        destinations=("49",),
        switches=("m-0", "m-1"),
        record_id=tuple(f"c-{n}" for n in numbers),
        account=account.astype(np.int32),
        subscriber=np.zeros(len(numbers), np.int32),
        service=service.astype(np.int32),
        destination=np.zeros(len(numbers), np.int32),
        switch=switch.astype(np.int32),
        time=MONDAY + hour * HOUR,
        volume=volume.astype(np.int64),
        late=np.zeros(len(numbers), np.bool_),
    )


def chunked(found, size):
    numbered = list(enumerate(found))
    return [envelope(numbered[i : i + size]) for i in range(0, len(numbered), size)]


def recharge(number, hour, micros):
    account = list(OPENING)[number % 2]
    return Recharge(f"r-{number}", "vouchers", account, Money(micros, "EUR"), MONDAY + hour * HOUR)


usages = st.builds(chunked, st.lists(rows, min_size=1, max_size=25), st.integers(1, 8))
recharges = st.lists(st.builds(recharge, st.integers(0, 9), st.integers(0, 96), st.integers(1, 300_000)), max_size=6)
streams = st.tuples(usages, recharges).map(lambda both: [*both[0], *both[1]]).flatmap(st.permutations)


def charged(events, batch):
    return Driver(CHARGING, batch=batch, catalogue=CATALOGUE).pipe(*events)


@SETTINGS
@given(streams, st.sampled_from([1, 2, 64]))
def test_opening_balance_and_recharges_less_what_was_charged_is_the_balance(events, batch):
    ledger = charged(events, batch).outputs(Charge)

    for account, opening in OPENING.items():
        lines = [line for line in ledger if line.account == account]
        assert [line.balance_micros for line in lines] == [
            opening - sum(line.amount_micros for line in lines[: n + 1]) for n in range(len(lines))
        ]


@SETTINGS
@given(streams)
def test_a_prepaid_balance_is_never_below_zero_and_what_it_cannot_cover_is_shortfall(events):
    lines = [line for line in charged(events, 64).outputs(Charge) if line.account == "a-pre" and line.service]

    assert all(line.balance_micros == 0 or line.shortfall_micros == 0 for line in lines)
    assert all(line.balance_micros >= 0 for line in lines)


@SETTINGS
@given(streams)
def test_every_usage_record_has_exactly_one_charge_and_a_second_time_changes_nothing(events):
    driver = charged(events, 64)
    once = driver.outputs(Charge)

    driver.pipe(*[event for event in events if isinstance(event, UsageRecords)])

    sent = Counter(record for event in events if isinstance(event, UsageRecords) for record in event.record_id)
    assert Counter(line.record_id for line in once if line.service) == sent
    assert driver.outputs(Charge) == once


def line(number, account, service, day, micros):
    start = MONDAY + day * DAY
    amount = Money(micros, "EUR")
    return BilledLine(
        f"l-{number}", "b", "bills", account, SERVICES[service], start, start + DAY, 1, amount, start + DAY + 5 * HOUR
    )


def count(switch, service, hour, records, volume):
    start = MONDAY + hour * HOUR
    identity = f"n-{switch}-{service}-{hour}"
    return SwitchCount(identity, "switches", f"m-{switch}", SERVICES[service], start, start + HOUR, records, volume)


lines = st.lists(
    st.tuples(st.sampled_from(list(OPENING)), st.integers(0, 1), st.integers(0, 4), st.integers(0, 200_000)), max_size=8
).map(lambda found: [line(n, *each) for n, each in enumerate(found)])
counts = st.lists(
    st.builds(
        count, st.integers(0, 1), st.integers(0, 1), st.integers(0, 96), st.integers(0, 9), st.integers(0, 2_000)
    ),
    max_size=8,
    unique_by=lambda each: each.count_id,
)
worlds = st.tuples(usages, lines, counts).map(lambda found: [event for part in found for event in part])
interleaved = worlds.flatmap(lambda events: st.tuples(st.permutations(events), st.permutations(events)))


def still_open(events):
    driver = Driver(CHARGING, catalogue=CATALOGUE).pipe(*events).advance(LATER)
    return {found.leakage_id: found for found in driver.records(RevenueLeakage) if found.state == "open"}


@SETTINGS
@given(interleaved)
def test_what_is_open_in_the_end_depends_on_the_inputs_and_not_on_their_interleaving(orders):
    one, other = orders

    assert still_open(one) == still_open(other)
