"""Bills are made up of lines, whatever their order, and hold no line twice."""

from dataclasses import replace

import pytest

from streams.topologies.charging import CHARGING
from telassure.kernel.events import Account, BilledLine, CustomerBill, PolicyValue
from telassure.kernel.instant import DAY, HOUR
from telassure.kernel.money import Money
from tests.driver import Driver

START = 20_000 * DAY
ENTRIES = (
    Account("a-1", "c-1", "p-1", "postpaid", Money(0, "EUR")),
    PolicyValue("leakage", "retention_days", "5"),
)


def line(number: int, euros: str = "1.5", **changed: object) -> BilledLine:
    start = START + number * DAY
    whole = BilledLine(
        f"l-{number}", "2026-06", "bills", "a-1", "voice", start, start + DAY, 3, Money.of(euros, "EUR"), start + HOUR
    )
    return replace(whole, **changed)


@pytest.fixture
def driver() -> Driver:
    return Driver(CHARGING).change(*ENTRIES)


def bill(driver: Driver) -> CustomerBill:
    (found,) = driver.records(CustomerBill)
    return found


def refusals(driver: Driver) -> list[str]:
    return [each.reason for each in driver.letters() if each.operator == "bill_register"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_a_bill_is_the_sum_of_its_lines_in_any_order(driver, order):
    driver.pipe(*(line(number) for number in order)).run()
    found = bill(driver)
    assert (found.lines, found.amount, found.account, found.bill_id) == (3, Money.of("4.5", "EUR"), "a-1", "2026-06")
    assert (found.period_start, found.period_end, found.issued_at) == (START, START + 3 * DAY, START + 2 * DAY + HOUR)


def test_a_line_that_comes_again_counts_once(driver):
    driver.pipe(line(0), line(1), line(0), line(0, "9")).run()
    assert (bill(driver).lines, bill(driver).amount) == (2, Money.of("3", "EUR"))


def test_the_same_number_on_another_account_is_another_bill(driver):
    driver.pipe(line(0), line(1, account="a-2")).run()
    assert sorted(each.account for each in driver.records(CustomerBill)) == ["a-1", "a-2"]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"amount": Money.of("1", "USD")}, "the bill is in EUR, and this line is not"),
        ({"amount": Money((1 << 62), "EUR")}, "the bill would come to more than can be kept"),
    ],
)
def test_a_line_that_cannot_be_of_the_bill_is_a_letter(driver, wrong, reason):
    driver.pipe(line(0), line(1, **wrong)).run()
    assert (bill(driver).lines, refusals(driver)) == (1, [reason])


def test_a_line_of_a_bill_whose_lines_are_forgotten_changes_no_sum(driver):
    driver.pipe(line(0)).advance(START + 20 * DAY)
    driver.pipe(line(1)).run()
    assert bill(driver).amount == Money.of("1.5", "EUR")
    assert refusals(driver) == ["the bill is closed: its newest line came more than `leakage.retention_days` before"]
