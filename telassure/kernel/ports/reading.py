"""Reading what came out, for screens and reports."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from telassure.kernel.events import (
    Alarm,
    DeadLetter,
    KpiEpisode,
    PerceivedSeverity,
    RevenueLeakage,
    ServiceProblem,
    TroubleTicket,
)
from telassure.kernel.instant import Instant


class AssuranceReader(Protocol):
    """Read-only views over the business records of all topologies, for screens and reports. Never blocks a writer."""

    def severity_counts(self) -> Mapping[PerceivedSeverity, int]:
        """Active alarms by severity."""
        ...

    def alarms(self, state: str, limit: int) -> Sequence[Alarm]: ...
    def problems(self, state: str, limit: int) -> Sequence[ServiceProblem]:
        """Worst severity first, then newest."""
        ...

    def tickets(self, open_only: bool, limit: int) -> Sequence[TroubleTicket]: ...
    def episodes(self, state: str, limit: int) -> Sequence[KpiEpisode]:
        """Open ones by their rank, one without as at 1/2, then newest change first; others newest change first."""
        ...

    def charged_since(self, since: Instant) -> Mapping[str, int]:
        """Micro-units charged for usage with event time from `since`, by currency; recharges left out."""
        ...

    def leakage(self, since: Instant, limit: int) -> Sequence[RevenueLeakage]:
        """Open leakage found at or after `since`, largest amount first."""
        ...

    def dead_letters(self, limit: int) -> Sequence[DeadLetter]:
        """The newest that are open: refused, and not put in again since."""
        ...

    def open_letters(self) -> int: ...
    def counters(self) -> Mapping[str, int]:
        """Summed over topologies, e.g. records, late, dead_letters."""
        ...

    def feeds(self) -> Mapping[str, Instant]:
        """The newest event time of each feed."""
        ...

    def digest(self) -> str:
        """A hash over all business records sorted by id: no wall clock, row id, offset or pseudonym in it."""
        ...
