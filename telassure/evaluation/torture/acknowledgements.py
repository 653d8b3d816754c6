"""Everything that was acknowledged is where it belongs, once; everything bad was answered as bad."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ingestion.gateway import HELD
from streams.hosts.partition.effects import HOP
from telassure.evaluation.torture.plant import Plant
from telassure.evaluation.torture.request import InputRequest, Tell, Workload
from telassure.evaluation.torture.senders import batch_of
from telassure.kernel.codec import decode
from telassure.kernel.events import (
    ActOutcome,
    AlarmNotification,
    BilledLine,
    Measurements,
    Recharge,
    SwitchCount,
    UsageRecords,
)

_SHOWN: Final = 3


@dataclass(slots=True)
class Acknowledgements:
    """What the elements and the person were told, against the logs and what became of them."""

    plant: Plant
    workload: Workload
    acts: Iterable[str]
    tell: Tell

    def check(self) -> None:
        """Each row that was acknowledged is in the logs, once."""
        logged: dict[str, Counter[str]] = {
            kind: Counter() for kind in ("alarms", "usage", "recharges", "bills", "counts")
        }
        places = set[tuple[str, str, str]]()
        kept = self.plant.kept
        for topology, count in kept.partitions.items():
            for record in (record for n in range(count) for record in kept.records(topology, n)):
                place = topology, record.source, record.position
                if place in places:
                    if kept.broker is None:
                        self.tell(f"{place} is in the log twice")
                    continue
                places.add(place)
                if not record.source.startswith((HOP, "tick")):
                    _note(decode(record.kind, record.payload), logged)
        for kind, found in logged.items():
            wanted = Counter(_name(kind, row) for request in self.workload.of(kind) for row in request.good)
            self._told(kind, "acknowledged and not in the log", wanted - found)
            again = {_name(kind, row) for each in self.workload.of(kind) if self._was_held(each) for row in each.rows}
            more = Counter({name: times for name, times in (found - wanted).items() if name not in again})
            self._told(kind, "in the log more often than acknowledged", more)
        self._points()
        outcomes = kept.states["assurance"].records.get(ActOutcome, {})
        self._told("acts", "durable and without an outcome", Counter(set(self.acts) - outcomes.keys()))
        for request in self.workload.every:
            self._answer(request)

    def _answer(self, request: InputRequest) -> None:
        """The answer spoke of every row, and of exactly the bad ones as bad."""
        if request.refusal:
            self.tell(f"{request.feed} at {request.due}: refused for good: {request.refusal}")
        elif request.receipt is not None and request.kind != "catalogue":
            receipt = request.receipt
            bad = {each.index for each in receipt.rejected}
            if not request.bad <= bad:
                self.tell(f"{request.feed}: rows {sorted(request.bad - bad)} are bad and were taken")
            if not bad <= request.bad:
                reasons = sorted({each.reason for each in receipt.rejected if each.index not in request.bad})
                self.tell(f"{request.feed}: rows {sorted(bad - request.bad)} are good and were refused: {reasons[0]}")
            if receipt.rows != len(request.rows):
                self.tell(f"{request.feed}: {len(request.rows)} rows were sent, the answer speaks of {receipt.rows}")

    def _was_held(self, request: InputRequest) -> bool:
        """Rows that were held have no place in the log until they are due: sent again by then, they come in as new, and
        are known by their own ids."""
        batch, origin = batch_of(request)
        letters = self.plant.kept.graveyard.letters.values()
        held = [letter.position for letter in letters if (letter.operator, letter.source) == (HELD, origin.source)]
        return any(position.startswith(f"{batch.position}.held.") for position in held)

    def _points(self) -> None:
        rows = self.plant.kept.points.rows
        missing = Counter[str]()
        for request in self.workload.of("measurements"):
            for row in request.good:
                place = row["managed_object"], row["measurement"], row["time"]
                if place not in rows or rows[place][0] != row["value"]:
                    missing[str(place)] += 1
        self._told("measurements", "acknowledged and not among the points", missing)

    def _told(self, kind: str, what: str, rows: Counter[str]) -> None:
        if rows:
            self.tell(f"{kind}: {rows.total()} are {what}, such as {', '.join(sorted(rows)[:_SHOWN])}")


def _note(event: Any, logged: Mapping[str, Counter[str]]) -> None:
    match event:
        case AlarmNotification():
            logged["alarms"][event.notification_id] += 1
        case UsageRecords():
            logged["usage"].update(event.record_id)
        case Recharge():
            logged["recharges"][event.recharge_id] += 1
        case BilledLine():
            logged["bills"][event.line_id] += 1
        case SwitchCount():
            logged["counts"][f"{event.switch} {event.service} {event.period_start}"] += 1
        case Measurements():
            """Looked for among the points."""


def _name(kind: str, row: Mapping[str, Any]) -> str:
    if kind == "counts":
        return f"{row['switch']} {row['service']} {row['period_start']}"
    return str(
        row[{"alarms": "notification_id", "usage": "record_id", "recharges": "recharge_id", "bills": "line_id"}[kind]]
    )
