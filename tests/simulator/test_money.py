"""The billing system's independent arithmetic agrees with exact rating, and the switches count what was used."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from telassure.kernel.instant import DAY, HOUR
from telassure.kernel.money import Money, round_half_up
from telassure.simulator.billing import BilledPrice
from telassure.simulator.operator import DemoOperator

from .demo import BEGIN, days, rows, small


def exact_micros(price: dict[str, Any], volume: int) -> int:
    rate = Fraction(price["rate"])
    if price["kind"] == "per_unit":
        blocks = -(-volume // price["increment"])
        rate = rate * blocks * price["increment"] / price["per"]
    return round_half_up(rate * 1_000_000)


def rated(operator: DemoOperator, usage: list[Any]) -> dict[tuple[str, str, int], tuple[int, int]]:
    """(volume, micros) per (account, service, day) from the published catalogue alone."""
    catalogue: dict[str, Any] = operator.catalogue()
    account = {s["msisdn"]: s["account"] for s in catalogue["subscribers"]}
    product = {a["account_id"]: a["product"] for a in catalogue["accounts"]}
    tariff = {p["product_id"]: p["tariff"] for p in catalogue["products"]}
    prices = {t["tariff_id"]: t["prices"] for t in catalogue["tariffs"]}
    found: dict[tuple[str, str, int], tuple[int, int]] = {}
    for _, subscriber, service, destination, _, time, volume in usage:
        owner = account[subscriber]
        fits = [
            p for p in prices[tariff[product[owner]]] if p["service"] == service and destination.startswith(p["prefix"])
        ]
        best = max(fits, key=lambda p: len(p["prefix"]))
        key = (owner, service, time - time % DAY)
        before = found.get(key, (0, 0))
        found[key] = (before[0] + volume, before[1] + exact_micros(best, int(volume)))
    return found


def test_bills_equal_exact_rating_where_nothing_is_broken() -> None:
    operator = DemoOperator(small())
    found = days(operator, 4)
    expected = {k: v for k, v in rated(operator, found["usage"]).items() if k[2] < BEGIN + 3 * DAY}
    billed = {
        (line["account"], line["service"], line["period_start"]): (
            line["quantity"],
            Money.of(line["amount"], "EUR").micros,
        )
        for line in found["bills"]
    }
    assert len(expected) > 200
    assert billed == expected


@given(
    rate=st.decimals(min_value=0, max_value=10, places=6),
    per=st.integers(1, 10_000_000),
    increment=st.integers(1, 100_000),
    volume=st.integers(1, 10**12),
)
def test_every_price_is_rounded_once_and_half_up(rate: Decimal, per: int, increment: int, volume: int) -> None:
    price = BilledPrice("data", "", False, rate, per, increment)
    entry = {"kind": "per_unit", "rate": format(rate, "f"), "per": per, "increment": increment}
    assert price.micros(volume, Decimal(1)) == exact_micros(entry, volume)


def test_lines_of_a_day_are_issued_once_and_on_the_next_morning() -> None:
    bills = days(DemoOperator(small()), 4)["bills"]
    assert len({line["line_id"] for line in bills}) == len(bills)
    assert all(3 * HOUR <= line["time"] - line["period_end"] < 8 * HOUR for line in bills)


def test_switch_counts_equal_the_records_of_their_hours() -> None:
    found = days(DemoOperator(small()), 2)
    used = Counter((r[4], r[2], int(r[5]) // HOUR * HOUR) for r in found["usage"])
    counted = {(c["switch"], c["service"], c["period_start"]): c["records"] for c in found["counts"]}
    last_hour = BEGIN + 2 * DAY - HOUR
    assert counted == {key: records for key, records in used.items() if key[2] < last_hour}


def test_prepaid_accounts_never_run_dry_in_a_fortnight() -> None:
    operator = DemoOperator(small(consumers=300, enterprises=0))
    found = rows(operator.history(BEGIN, BEGIN + 14 * DAY))
    catalogue: dict[str, Any] = operator.catalogue()
    opening = {
        a["account_id"]: Money.of(a["opening_balance"]["amount"], "EUR").micros
        for a in catalogue["accounts"]
        if a["payment"] == "prepaid"
    }
    moves = [(r["time"], r["account"], Money.of(r["amount"], "EUR").micros) for r in found["recharges"]]
    moves += [
        (day + DAY, account, -micros)
        for (account, _, day), (_, micros) in rated(operator, found["usage"]).items()
        if account in opening
    ]
    for _, account, micros in sorted(moves):
        opening[account] += micros
        assert opening[account] >= 0
    assert opening
