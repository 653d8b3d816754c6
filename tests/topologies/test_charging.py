"""Usage to money, whole: what the charging topology answers to the ways in which usage and bills go wrong."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from streams.topologies.charging import CHARGING
from telassure.kernel.codec import decode
from telassure.kernel.events import (
    Account,
    BilledLine,
    Charge,
    PolicyValue,
    Price,
    Product,
    Recharge,
    RevenueLeakage,
    SwitchCount,
    Tariff,
    UsageRecords,
)
from telassure.kernel.instant import DAY, HOUR, SECOND, parse_instant
from telassure.kernel.money import Money
from tests.driver import Driver

MONDAY = parse_instant("2026-03-02T00:00:00Z")
APRIL = parse_instant("2026-04-01T00:00:00Z")
VOICE = Price("voice", "", "per_unit", Fraction("0.06"), per=60)
SMS = Price("sms", "", "flat", Fraction("0.07"))
CATALOGUE = (
    Tariff("t-1", 0, APRIL, "EUR", (VOICE, SMS)),
    Tariff("t-1", APRIL, None, "EUR", (replace(VOICE, rate=Fraction("0.12")), SMS)),
    Product("mobile", "Mobile", Money.of("10", "EUR"), "t-1"),
    Account("a-post", "c-1", "mobile", "postpaid", Money.zero("EUR")),
    Account("a-pre", "c-2", "mobile", "prepaid", Money.of("0.50", "EUR")),
    Account("a-lost", "c-3", "forgotten", "postpaid", Money.zero("EUR")),
)


@pytest.fixture
def driver():
    return Driver(CHARGING, catalogue=CATALOGUE)


def usage(
    record_id, volume=60, *, account="a-post", service="voice", at=MONDAY + 10 * HOUR, feed="cdr", switch="msc-1"
):
    zero = np.zeros(1, np.int32)
    return UsageRecords(
        feed=feed,
        accounts=(account,),
        subscribers=("s-" + account,),
        services=(service,),
        destinations=("4930",),
        switches=(switch,),
        record_id=(record_id,),
        account=zero,
        subscriber=zero,
        service=zero,
        destination=zero,
        switch=zero,
        time=np.array([at]),
        volume=np.array([volume]),
        late=np.zeros(1, np.bool_),
    )


def billed(amount, *, line="l-1", account="a-post", service="voice", day=MONDAY, at=MONDAY + DAY + 5 * HOUR):
    return BilledLine(line, "b-1", "bills", account, service, day, day + DAY, 60, Money.of(amount, "EUR"), at)


def counted(records, volume, *, hour=MONDAY + 10 * HOUR, count="n-1"):
    return SwitchCount(count, "switches", "msc-1", "voice", hour, hour + HOUR, records, volume)


def recharge(amount, *, identity="r-1", account="a-pre", at=MONDAY + 11 * HOUR):
    return Recharge(identity, "vouchers", account, Money.of(amount, "EUR"), at)


def leakage(driver):
    return [(r.control, r.service, r.state, str(r.amount)) for r in driver.records(RevenueLeakage)]


def amounts(driver):
    return [charge.amount_micros for charge in driver.outputs(Charge)]


CLOSE = MONDAY + DAY + 36 * HOUR + SECOND


def test_a_duplicate_cdr_file_is_charged_once(driver):
    driver.pipe(usage("c-1"), usage("c-2"), usage("c-1", feed="again"), usage("c-2", feed="again"))

    assert amounts(driver) == [60_000, 60_000]


def test_the_same_record_id_with_another_volume_is_a_dead_letter(driver):
    driver.pipe(usage("c-1", 60), usage("c-1", 61))

    assert [(letter.position, letter.reason) for letter in driver.letters()] == [
        ("c-1", "duplicate id with other content")
    ]


def test_what_comes_after_repeats_are_forgotten_is_not_charged_again(driver):
    driver.pipe(usage("c-1"), usage("c-2", at=MONDAY + 40 * DAY)).pipe(usage("c-1", feed="again"))

    assert [letter.reason[:22] for letter in driver.letters()] == ["older than the 35 days"]


def test_a_late_cdr_is_charged_as_a_correction(driver):
    driver.pipe(usage("c-1", at=MONDAY + 5 * DAY), usage("c-2", at=MONDAY))

    assert [(c.record_id, c.correction) for c in driver.outputs(Charge)] == [("c-1", False), ("c-2", True)]


def test_usage_is_rated_by_the_tariff_of_its_own_time(driver):
    driver.pipe(usage("c-1", at=APRIL), usage("c-2", at=APRIL - SECOND))

    assert amounts(driver) == [120_000, 60_000]


def test_usage_of_an_unknown_subscriber_waits_with_its_bytes(driver):
    driver.pipe(usage("c-1", account=""))

    letter = driver.letters()[0]
    waiting = decode("usage_records", letter.payload)
    assert (letter.reason.split(";")[0], waiting.record_id, driver.outputs(Charge)) == (
        "unknown subscriber",
        ("c-1",),
        [],
    )


def test_usage_in_suspense_is_charged_when_the_catalogue_has_what_it_lacked(driver):
    driver.pipe(usage("c-1", account="a-lost"))
    letter = driver.letters()[0]

    driver.change(Product("forgotten", "Old", Money.zero("EUR"), "t-1")).pipe(decode("usage_records", letter.payload))

    assert "product forgotten" in letter.reason
    assert amounts(driver) == [60_000]


def test_a_negative_volume_is_a_dead_letter(driver):
    driver.pipe(usage("c-1", -1))

    assert [letter.reason for letter in driver.letters()] == ["volume is negative; correct it at the source"]


def test_a_service_without_a_price_names_tariff_and_service(driver):
    driver.pipe(usage("c-1", service="data"))

    assert driver.letters()[0].reason == (
        "tariff t-1 from 1970-01-01T00:00:00Z has no price for service data towards 4930; add one"
    )


def test_a_prepaid_balance_runs_out_at_zero_and_lives_again_by_a_recharge(driver):
    calls = [usage(f"c-{n}", 300, account="a-pre", at=MONDAY + n * HOUR) for n in (1, 2)]

    driver.pipe(*calls, recharge("1", at=MONDAY + 3 * HOUR), usage("c-4", 300, account="a-pre", at=MONDAY + 4 * HOUR))

    ledger = [(c.amount_micros, c.shortfall_micros, c.balance_micros) for c in driver.outputs(Charge)]
    assert ledger == [(300_000, 0, 200_000), (200_000, 100_000, 0), (-1_000_000, 0, 1_000_000), (300_000, 0, 700_000)]


def test_a_recharge_counts_once(driver):
    driver.pipe(recharge("1"), recharge("1"), recharge("2"))

    assert amounts(driver) == [-1_000_000]
    assert [letter.reason for letter in driver.letters()] == ["duplicate recharge id with other content"]


def test_a_service_that_is_not_billed_is_leakage_after_the_bill_delay(driver):
    driver.pipe(usage("c-1"), usage("c-2", 1, service="sms"), billed("0.06"))

    driver.advance(CLOSE)

    assert leakage(driver) == [("unbilled_usage", "sms", "open", "0.07 EUR")]


def test_nothing_is_leakage_before_the_bill_delay(driver):
    driver.pipe(usage("c-1")).advance(CLOSE - 2 * SECOND)

    assert leakage(driver) == []


def test_a_wrong_tariff_at_the_billing_system_is_under_billed(driver):
    driver.pipe(usage("c-1", 6_000), billed("4.20")).advance(CLOSE)

    assert leakage(driver) == [("under_billed", "voice", "open", "1.80 EUR")]


def test_over_billing_is_shown_but_is_no_lost_money(driver):
    driver.pipe(usage("c-1", 6_000), billed("7")).advance(CLOSE)

    assert leakage(driver) == [("over_billed", "voice", "open", "0.00 EUR")]


def test_a_bill_that_comes_late_recovers_the_leakage(driver):
    driver.pipe(usage("c-1", 6_000)).advance(CLOSE).pipe(billed("2", line="l-1"), billed("4", line="l-2"))

    states = [(r.control, str(r.amount), r.state) for r in driver.outputs(RevenueLeakage)]
    assert states == [
        ("unbilled_usage", "6.00 EUR", "open"),
        ("under_billed", "4.00 EUR", "open"),
        ("unbilled_usage", "0.00 EUR", "recovered"),
    ]


def test_accounts_that_get_no_bills_by_policy_are_left_out(driver):
    driver.change(PolicyValue("leakage", "billed", "no", "prepaid"))

    driver.pipe(usage("c-1", 120, account="a-pre")).advance(CLOSE)

    assert leakage(driver) == []


def test_a_line_that_spans_days_is_a_dead_letter(driver):
    driver.pipe(replace(billed("1"), period_end=MONDAY + 2 * DAY))

    assert [letter.reason for letter in driver.letters()] == [
        "the line's period is not within one UTC day; bill usage by day"
    ]


def test_a_feed_gap_is_valued_at_the_mean_price_of_its_hour_and_recovered_by_late_records(driver):
    driver.pipe(usage("c-1", 100), counted(2, 300)).advance(MONDAY + 13 * HOUR + SECOND)
    gap = leakage(driver)

    driver.pipe(usage("c-2", 200))

    assert gap == [("missing_usage", "voice", "open", "0.20 EUR")]
    assert leakage(driver) == [("missing_usage", "voice", "recovered", "0.00 EUR")]


def test_an_hour_without_any_record_is_valued_by_its_day(driver):
    driver.pipe(usage("c-1", 100, at=MONDAY + 9 * HOUR), counted(3, 300)).advance(MONDAY + 13 * HOUR + SECOND)

    assert leakage(driver) == [("missing_usage", "voice", "open", "0.30 EUR")]


def test_a_gap_that_nothing_prices_says_how_much_is_missing(driver):
    driver.pipe(counted(3, 300)).advance(MONDAY + 13 * HOUR + SECOND)

    assert driver.records(RevenueLeakage)[0].reason == (
        "3 of 3 records and 300 of 300 units are missing or in suspense; no rated usage to price them by"
    )


def test_a_repeated_file_does_not_hide_a_feed_gap(driver):
    driver.pipe(usage("c-1", 100), usage("c-1", 100), counted(2, 200)).advance(MONDAY + 13 * HOUR + SECOND)

    assert leakage(driver) == [("missing_usage", "voice", "open", "0.10 EUR")]


def test_a_bill_that_has_come_is_compared_once_it_has_settled(driver):
    driver.pipe(usage("c-1"), usage("c-2", service="sms", volume=1), billed("0.03"))
    settled = MONDAY + DAY + 9 * HOUR  # four hours after the line

    driver.advance(settled - SECOND)
    before = leakage(driver)
    driver.advance(settled + SECOND)

    found = [("unbilled_usage", "sms", "open", "0.07 EUR"), ("under_billed", "voice", "open", "0.03 EUR")]
    assert (before, sorted(leakage(driver))) == ([], found)


def test_a_day_without_any_bill_waits_as_long_as_bills_may_take(driver):
    driver.pipe(usage("c-1")).advance(CLOSE - 2 * SECOND)
    before = leakage(driver)
    driver.advance(CLOSE)

    assert (before, leakage(driver)) == ([], [("unbilled_usage", "voice", "open", "0.06 EUR")])


def test_the_end_of_a_recording_alleges_nothing_that_it_does_not_reach(driver):
    """Monday's bill is in the recording, Tuesday's would have come after it; so would the usage of its last hour."""
    last = MONDAY + 2 * DAY + HOUR
    recorded = [
        usage("c-1", feed="replay:cdr"),
        usage("c-2", feed="replay:cdr", at=MONDAY + DAY + 10 * HOUR),
        replace(billed("0.06"), feed="replay:bills"),
        usage("c-3", feed="replay:cdr", at=last),
        replace(counted(9, 540, hour=last), feed="replay:switches"),
    ]

    driver.pipe(*recorded)
    for feed in ("replay:cdr", "replay:bills", "replay:switches"):
        driver.end_feed(feed, 7 * DAY)

    assert leakage(driver) == []


def test_a_switch_that_counts_every_five_minutes_is_compared_by_them(driver):
    driver.change(
        PolicyValue("leakage", "count_period_minutes", "5"), PolicyValue("leakage", "count_delay_hours", "0.05")
    )
    at = MONDAY + 10 * HOUR
    period = replace(counted(2, 120, hour=at), period_end=at + HOUR // 12)

    driver.pipe(usage("c-1", at=at + SECOND), period).advance(at + HOUR // 6)

    (row,) = driver.records(RevenueLeakage)
    assert (row.control, row.period_end - row.period_start, str(row.amount)) == (
        "missing_usage",
        HOUR // 12,
        "0.06 EUR",
    )


def test_a_count_longer_than_the_period_is_a_dead_letter(driver):
    driver.change(PolicyValue("leakage", "count_period_minutes", "5"))
    driver.pipe(counted(1, 60))
    assert ["count_period_minutes" in letter.reason for letter in driver.letters()] == [True]


def test_counts_of_a_recording_beyond_its_usage_allege_nothing_until_usage_comes(driver):
    hours = [MONDAY + hour * HOUR for hour in (10, 11, 12, 20)]
    told = [replace(counted(1, 60, hour=at, count=f"n-{at}"), feed="replay:switches") for at in hours]

    driver.pipe(usage("c-1", at=hours[0], feed="replay:cdr"), *told)
    before = leakage(driver)
    driver.pipe(usage("c-2", at=hours[2], feed="replay:cdr"))

    assert (before, leakage(driver)) == ([], [("missing_usage", "voice", "open", "0.06 EUR")])
