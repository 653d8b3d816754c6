"""What leaks at the busy night: a switch whose usage went missing while it was down, unbilled accounts, suspense."""

from dataclasses import replace
from typing import Final

from telassure.kernel.events import CaseDecision, MediatedCount, RevenueLeakage, SwitchCount
from telassure.kernel.instant import HOUR, MINUTE, Instant
from telassure.kernel.money import Money
from tests.ui.night import MAJOR, Night, alarm, charge, leakage, letter, problem

SWITCH: Final = "msc-1"
DOWN: Final = "power-berlin-2"
STEP: Final = 5 * MINUTE
PRICE: Final = 'rate: account acc-0917 has no tariff for service "mms"; add a price'


def missing(name: str, number: int, service: str, euros: str, now: Instant) -> RevenueLeakage:
    """One period of the switch's usage that is missing."""
    begun = now - now % HOUR - 2 * HOUR + number * STEP
    amount = Money.of(euros, "EUR")
    reason = "120 of 480 records and 7200 of 28800 units are missing or in suspense"
    return RevenueLeakage(
        name, "missing_usage", SWITCH, service, begun, begun + STEP, amount, Money.zero("EUR"), amount, "open", reason,
        begun + STEP,
    )  # fmt: skip


def counted(case: RevenueLeakage) -> list[SwitchCount | MediatedCount]:
    """What the switch counted in a case's period, and what arrived of it."""
    times = case.period_start, case.period_end
    return [
        SwitchCount(f"sc-{case.leakage_id}", "demo-switches", SWITCH, case.service, *times, 480, 28_800),
        MediatedCount(
            f"mc-{case.leakage_id}", "demo-cdr", SWITCH, case.service, *times, 360, 21_600, times[1], 9_000_000, "EUR"
        ),
    ]


def let_leak(night: Night) -> None:
    """An incident had the switch down while its usage went missing; nobody has billed some accounts; one case is
    disputed."""
    now = night.now
    voice = [missing(f"le-v{number}", number, "voice", f"{9 - number}.25", now) for number in range(6)]
    lost = [*voice, *(missing(f"le-d{number}", number, "data", "3.10", now) for number in range(3))]
    bills = [
        replace(leakage(f"le-b{number}", "unbilled_usage", f"{40 - number}.5", now), subject=f"acc-{number:05d}")
        for number in range(30)
    ]
    disputed = CaseDecision("le-b3", "acc-00003", "disputed", "eve", "a test account", now)
    records = [record for case in lost for record in counted(case)]
    lines = [charge(f"c-b{number}", f"1.{number:02d}", now - HOUR - number * MINUTE) for number in range(20)]
    night.keep([*lost, *bills, disputed, *records, *lines], "charging")
    cause = problem("sp-switch", DOWN, MAJOR, now - 3 * HOUR, 12, "90")
    own = replace(alarm("al-sp-switch-1", SWITCH, MAJOR, now - 3 * HOUR), probable_cause="powerProblem")
    night.keep([cause, own])
    night.keep(letters=[letter(f"9{number}", PRICE, now - number * MINUTE) for number in range(7)])
