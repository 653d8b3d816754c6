"""The figures on the page add up: each is computed here once more, from every record, by other means."""

from collections import Counter, defaultdict
from fractions import Fraction

import pytest

from dashboards.pages.live.queries import LISTED, incidents
from dashboards.pages.live.reads import INCIDENTS, SEVERITIES
from dashboards.shell.reading import Screen
from dashboards.snapshot.reads import MONEY
from telassure.kernel.events import Alarm, Charge, PerceivedSeverity, RevenueLeakage, ServiceProblem
from telassure.kernel.instant import day_of
from tests.ui.night import WARNING, Night, alarm, leakage, problem

MANY = 700  # more than any list of the page holds


@pytest.fixture
def busy(night: Night) -> Night:
    """A night with more of everything than a list shows."""
    night.keep([alarm(f"al-{n}", f"cell-{n}", PerceivedSeverity(1 + n % 5), night.now - n) for n in range(MANY)])
    night.keep([problem(f"sp-{n}", f"cell-{n}", WARNING, night.now - n) for n in range(MANY)])
    kinds = ("missing_usage", "under_billed", "unbilled_usage")
    lost = [leakage(f"le-{n}", kinds[n % 3], f"{n}.{n % 7}", night.now, ("EUR", "CHF")[n % 2]) for n in range(MANY)]
    night.keep(lost, "charging")
    return night


def test_the_severities_sum_to_the_active_alarms(busy: Night) -> None:
    tiles = {tile.severity: tile.count for tile in Screen(busy.ports).reading().of(SEVERITIES)}
    alarms = Counter(each.perceived_severity for each in busy.reader.every(Alarm) if each.state == "active")
    assert {severity: count for severity, count in tiles.items() if count} == dict(alarms)


def test_the_pages_of_incidents_sum_to_their_number(busy: Night) -> None:
    total = Screen(busy.ports).reading().of(INCIDENTS).total
    pages = [incidents(busy.reader, page).rows for page in range(1, -(-total // LISTED) + 1)]
    every = {each.problem_id for each in busy.reader.every(ServiceProblem) if each.state == "open"}
    assert [row.problem_id for rows in pages for row in rows].count("sp-0") == 1
    assert {row.problem_id for rows in pages for row in rows} == every
    assert total == len(every)


def test_leakage_by_control_sums_to_its_headline_and_to_every_open_case(busy: Night) -> None:
    view = Screen(busy.ports).reading().of(MONEY)
    cases: Counter[str] = Counter()
    amounts: dict[str, Fraction] = defaultdict(Fraction)
    for each in busy.reader.every(RevenueLeakage):
        if each.state == "open":
            cases[each.control] += 1
            amounts[each.amount.currency] += Fraction(each.amount.micros, 1_000_000)
    shown: Counter[str] = Counter()
    for line in view.leakage:
        shown[line.control] += line.cases
    assert shown == cases
    assert {total.currency: Fraction(total.micros, 1_000_000) for total in view.totals} == dict(amounts)


def test_charged_today_is_the_sum_of_the_ledger(busy: Night) -> None:
    view = Screen(busy.ports).reading().of(MONEY)
    today: dict[str, int] = defaultdict(int)
    for line in busy.reader.every(Charge):
        if line.service and line.time >= day_of(busy.now):
            today[line.currency] += line.amount_micros
    assert {each.currency: each.micros for each in view.charged} == dict(today)
