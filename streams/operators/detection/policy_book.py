"""What the policies say of a domain and of its measurements, read once per version of the catalogue."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Final, NamedTuple

from models.detection.layout import Records
from models.ranking.ranker import Ranker
from streams.catalogue import Catalogue
from streams.operators.detection.calendar import Calendar
from streams.operators.detection.domain_series import Room
from streams.operators.detection.labels import selectors
from streams.operators.detection.policies import BORROW, FORGET, GAP_PERIODS, SERIES_LIMIT, SILENCE
from streams.operators.detection.ranks import ranker_for
from streams.operators.detection.rules import element_evidence_of, rules_for
from telassure.kernel.events.kpi import ELEMENT
from telassure.kernel.instant import Duration

MOST_RULES: Final = 64  # sets of measurements whose rules are kept


class DomainPolicies(NamedTuple):
    """What holds for a whole domain: the room for its series, the microseconds without a row after which an episode
    ends, the periods without a value after which there is a gap (0: never), the rule of elements and the evidence that
    is too much of one, and by measurement whether its series are lent a shape and which ranker is in force."""

    room: Room
    silence: Duration
    gap_periods: float
    element_rule: Records
    element_evidence: float
    borrows: Callable[[str], bool]
    ranker: Callable[[str], Ranker | None]


@dataclass(slots=True)
class PolicyBook:
    """The policies of detection as its operator asks for them."""

    catalogue: Catalogue
    calendar: Calendar = field(init=False)
    _domains: dict[str, DomainPolicies] = field(default_factory=dict)
    _rules: dict[tuple[str, tuple[str, ...]], Records] = field(default_factory=dict)
    _version: int = -1

    def __post_init__(self) -> None:
        self.calendar = Calendar(self.catalogue)

    def of(self, domain: str) -> DomainPolicies:
        """Those of a domain as a whole."""
        self._refresh()
        found = self._domains.get(domain)
        if found is None:
            found = self._domains[domain] = domain_policies(self.catalogue, domain)
        return found

    def rules(self, domain: str, measurements: tuple[str, ...]) -> Records:
        """One rule per measurement, in their order."""
        self._refresh()
        found = self._rules.get((domain, measurements))
        if found is None:
            if len(self._rules) >= MOST_RULES:
                self._rules.clear()
            found = self._rules[(domain, measurements)] = rules_for(self.catalogue, domain, measurements)
        return found

    def _refresh(self) -> None:
        if self._version != self.catalogue.version:
            self._version = self.catalogue.version
            self._domains.clear()
            self._rules.clear()


def domain_policies(catalogue: Catalogue, domain: str) -> DomainPolicies:
    """What the catalogue says of a domain."""
    return DomainPolicies(
        room=Room(SERIES_LIMIT.of(catalogue, domain), FORGET.of(catalogue, domain)),
        silence=SILENCE.of(catalogue, domain),
        gap_periods=GAP_PERIODS.of(catalogue, domain),
        element_rule=rules_for(catalogue, domain, (ELEMENT,)),
        element_evidence=element_evidence_of(catalogue, domain),
        borrows=lambda measurement: BORROW.of(catalogue, *selectors(measurement), domain),
        ranker=cache(partial(ranker_for, catalogue.policies, domain)),
    )
