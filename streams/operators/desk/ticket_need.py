"""Whether a problem needs a ticket: at once, when it has lasted, or not as it stands."""

from typing import Final

from streams.catalogue import Catalogue
from streams.operators.desk.policies import ALONE, IMPACT_CUSTOMERS, MASS_ALARMS, MINIMUM_SEVERITY, SEVERAL_ALARMS
from telassure.kernel.events import PerceivedSeverity, ServiceProblem
from telassure.kernel.instant import Instant

AGAIN: Final = 4  # alarms that came so many times as often weigh as much as those that are active at once


def needed_at(event: ServiceProblem, catalogue: Catalogue) -> Instant | None:
    """When an open problem needs a ticket if it stays as it is; None: not as it is.

    Few alarms that soon clear by themselves are no incident: a problem that is bad enough, but of few alarms and of few
    customers, is told in the list of problems and waits `alone_seconds` from its start. A mass of mild alarms is one.
    """
    feed, severity = event.feed, event.perceived_severity
    if severity >= PerceivedSeverity.WARNING and event.active_count >= MASS_ALARMS.of(catalogue, feed):
        return event.changed_at
    if severity < MINIMUM_SEVERITY.of(catalogue, feed):
        return None
    several = max(event.active_count, event.member_count // AGAIN) >= SEVERAL_ALARMS.of(catalogue, feed)
    if several or len(event.affected_customers) >= IMPACT_CUSTOMERS.of(catalogue, feed):
        return event.changed_at
    return max(event.changed_at, event.opened_at + ALONE.of(catalogue, feed))
