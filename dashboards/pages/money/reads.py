"""What the page of money reads; the sums are everybody's, and a list is read again once a few seconds have passed."""

from typing import Final

from dashboards.pages.money.choice import MoneyChoice
from dashboards.pages.money.evidence import OpenedCase, opened_case
from dashboards.pages.money.leaks import CaseList, cases, causes
from dashboards.pages.money.suspense import suspense
from dashboards.pages.money.watch import charged_today, control_states, newest_charges
from dashboards.shell.reading import Read, Refresh
from dashboards.shell.recent import Recent
from dashboards.snapshot.reads import FRESH
from telassure.kernel.instant import SECOND

CHARGES: Final = 24


def _lists(_: Refresh) -> Recent[MoneyChoice, CaseList]:
    return Recent(3 * SECOND)


def _cases(reading: Refresh) -> CaseList:
    choice = reading.of(CHOICE).of_case("")
    return reading.lasting(_lists).of(choice, reading.now, lambda: cases(reading.reader, choice))


def _opened(_: Refresh) -> Recent[str, OpenedCase | None]:
    return Recent(3 * SECOND)


def _case(reading: Refresh) -> OpenedCase | None:
    name = reading.of(CHOICE).case
    return reading.lasting(_opened).of(name, reading.now, lambda: opened_case(reading.reader, name))


CHOICE: Final = Read("choice of money", lambda reading: MoneyChoice.read(reading.query))
CAUSES: Final = Read("causes of leakage", lambda reading: causes(reading.reader), 3 * SECOND)
CASES: Final = Read("cases of leakage", _cases)
CASE: Final = Read("case of leakage", _case)
SUSPENSE: Final = Read("suspense", lambda reading: suspense(reading.reader), 3 * SECOND)
CONTROLS: Final = Read("controls", lambda reading: control_states(reading.reader), 5 * SECOND)
TODAY: Final = Read("charged today", lambda reading: charged_today(reading.reader, reading.now), 5 * SECOND)
NEWEST: Final = Read("newest charges", lambda reading: newest_charges(reading.reader, CHARGES), FRESH)
