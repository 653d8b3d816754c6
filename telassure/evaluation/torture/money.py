"""What was acknowledged as usage and as recharges, against the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from telassure.evaluation.torture.plant import Plant
from telassure.evaluation.torture.request import Tell, Workload
from telassure.evaluation.torture.territory import ACCOUNTS, msisdn, priced
from telassure.kernel.events import Charge
from telassure.kernel.money import MICRO

_SHOWN: Final = 3


@dataclass(slots=True)
class LedgerProof:
    """Each record and recharge is in the ledger once, at the price that was worked out apart."""

    plant: Plant
    workload: Workload
    tell: Tell

    def check(self) -> None:
        charges, wanted = self._charges(), self._wanted()
        for name in sorted(wanted.keys() - charges.keys())[:_SHOWN]:
            self.tell(f"{name} was acknowledged and is not charged")
        for name in sorted(charges.keys() - wanted.keys())[:_SHOWN]:
            self.tell(f"{name} is charged and was not acknowledged")
        for name in sorted(wanted.keys() & charges.keys()):
            amount, short = charges[name].amount_micros, charges[name].shortfall_micros
            if amount + short != wanted[name]:
                self.tell(f"{name} costs {wanted[name]}, charged {amount} and {short} short")

    def _charges(self) -> Mapping[str, Charge]:
        charges: dict[str, Charge] = {}
        for charge in self.plant.kept.states["charging"].records.get(Charge, {}).values():
            if charge.record_id in charges:
                self.tell(f"{charge.record_id} is charged twice")
            charges[charge.record_id] = charge
        return charges

    def _wanted(self) -> Mapping[str, int]:
        """What each must cost, in micro-units."""
        numbers = {msisdn(number) for number in range(ACCOUNTS)}
        wanted: dict[str, int] = {}
        for request in self.workload.of("usage"):
            known = (row for row in request.good if row["subscriber"] in numbers)
            wanted |= {row["record_id"]: priced(row["service"], row["volume"]) for row in known}
        for request in self.workload.of("recharges"):
            wanted |= {row["recharge_id"]: -round(float(row["amount"]["amount"]) * MICRO) for row in request.good}
        return wanted
