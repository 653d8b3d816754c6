"""Attacks on this installation become alarms in the queue of all others, by what its trails say."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Final

from ingestion.batches.batch import Batch, Origin
from ingestion.gateway import Gateway
from ingestion.kinds.alarms import ALARMS
from telassure.access.trail import DatabaseTrail
from telassure.access.watch import SecurityReport, broken, reports
from telassure.kernel.errors import TelassureError
from telassure.kernel.instant import DAY, iso
from telassure.kernel.ports import Clock
from telassure.observe.heartbeats import uptime
from telassure.store.sql.audit_rows import AuditHead

FEED: Final = "security"
PLAYBOOKS: Final = "docs/security-alarms.md"
EVERY: Final = 10.0
_READ: Final = 5_000
_BACK: Final = 2 * DAY
_SHARE: Final = 100.0
"""A proof that takes long is made so many times as seldom as it lasts."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class SecurityWatch:
    """Looks at the trails of an installation and sends alarms by the way in of all input, under a feed of its own.

    What was sent before, by this process or an earlier one, is a repeat that the log refuses. A broken trail is known
    to this process alone: one that was mended while none ran is cleared by hand.
    """

    trails: Sequence[DatabaseTrail]
    gateway: Gateway
    clock: Clock
    _sent: set[str] = field(default_factory=set)
    _broken: set[str] = field(default_factory=set)
    _proven: dict[str, float] = field(default_factory=dict)
    _heads: dict[str, AuditHead] = field(default_factory=dict)

    def run(self, stop: Event) -> None:
        """Look every few seconds until `stop`; where something is not to be had, the next look finds the same."""
        while not stop.wait(EVERY):
            try:
                self.look()
            except TelassureError as error:
                _log.warning("the trails cannot be watched now", extra={"reason": str(error)})
            except Exception:  # the last resort: a watch that has died sees no attack ever again
                _log.exception("a look at the trails failed, the next one tries again")

    def look(self) -> None:
        """Read the trails two days back to one entry before, prove them, and send what there is to say."""
        now = self.clock.now()
        for trail in self.trails:
            read = trail.newest(_READ)
            within = sum(each.at > now - _BACK for each in read)
            self._send(reports(trail.database, read[within::-1], now))
            self._send(self._proof(trail))

    def _proof(self, trail: DatabaseTrail) -> Iterable[SecurityReport]:
        began, name = uptime(), trail.database
        if began < self._proven.get(name, 0.0):
            return
        proof = trail.prove(self._heads.get(name))
        if proof.ok and (head := trail.head()) is not None:
            self._heads[name] = head  # so that a trail that is emptied while this process looks is missed
        self._proven[name] = uptime() + _SHARE * (uptime() - began)
        if proof.ok is (name in self._broken):
            yield broken(name, proof, self.clock.now())
            (self._broken.discard if proof.ok else self._broken.add)(name)

    def _send(self, several: Iterable[SecurityReport]) -> None:
        for each in several:
            if each.cause not in self._sent:
                self.gateway.submit(Batch(ALARMS.name, [_row(each)], each.cause), Origin(FEED, FEED, FEED, actor=FEED))
                self._sent.add(each.cause)


def _row(report: SecurityReport) -> dict[str, str]:
    return {
        "managed_object": report.managed_object,
        "event_type": report.event_type,
        "probable_cause": report.probable_cause,
        "specific_problem": report.rule,
        "perceived_severity": report.severity.name.lower(),
        "time": iso(report.time),
        "text": f"{report.text}; what to do: {PLAYBOOKS}#{report.rule}",
    }
