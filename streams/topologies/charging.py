"""The charging topology: usage to money on an account, and the controls that watch what gets lost on the way."""

from collections.abc import Sequence
from typing import Any, Final

from streams.catalogue import Catalogue
from streams.operators.charging.charge import Charger
from streams.operators.charging.dedupe import Dedupe
from streams.operators.charging.mediated_count import MediatedCounts
from streams.operators.charging.rate import Rate
from streams.operators.commands import owner_of
from streams.operators.controls.bill_register import BillRegister
from streams.operators.controls.case_book import CaseBook
from streams.operators.controls.control import controls
from streams.topology import AnyOperator, Hop, Source, Topology
from telassure.kernel.events import (
    Act,
    BalanceTransfer,
    BilledLine,
    MediatedCount,
    Recharge,
    SwitchCount,
    UsageRecords,
)
from telassure.kernel.instant import DAY, HOUR

LATENESS: Final = 48 * HOUR
NEVER_LATE: Final = 36_500 * DAY  # a case of any age may be decided about


HOPS: Final = (
    Hop(MediatedCount, "charging", lambda count: count.switch),
    Hop(BalanceTransfer, "charging", lambda transfer: transfer.account),
)


def _operators(catalogue: Catalogue) -> Sequence[AnyOperator]:
    """Charging with every control that is declared. One that compares what hops comes first: it takes what hopped back
    under its own key, not what was just made under another's."""
    hopped = {hop.event for hop in HOPS}
    first = [control for control in controls() if not hopped.isdisjoint(control.evidence)]
    behind = [control for control in controls() if hopped.isdisjoint(control.evidence)]
    return (
        *(control.operator(catalogue) for control in first),
        Rate(catalogue),
        Dedupe(catalogue),
        Charger(catalogue),
        *(control.operator(catalogue) for control in behind),
        MediatedCounts(catalogue),
        BillRegister(catalogue),
        CaseBook(),
    )


def _by_account(event: Any) -> tuple[tuple[str, ...], None]:
    return (event.account,), None


def _by_switch(event: Any) -> tuple[tuple[str, ...], None]:
    return (event.switch,), None


CHARGING: Final = Topology(
    name="charging",
    sources=(
        Source(UsageRecords, lambda usage: (usage.accounts, usage.account), LATENESS, late="correct"),
        Source(Recharge, _by_account, LATENESS),
        Source(BilledLine, _by_account, LATENESS),
        Source(SwitchCount, _by_switch, LATENESS),
        Source(MediatedCount, _by_switch, LATENESS),
        Source(BalanceTransfer, _by_account, NEVER_LATE),
        Source(Act, owner_of, NEVER_LATE),
    ),
    operators=_operators,
    hops=HOPS,
    quiet=0,  # the end of a recording proves no bill and no record missing
)
