"""Whether a problem needs a ticket: at once, when it has lasted, or not as it stands."""

from typing import Final

from streams.catalogue import Catalogue
from streams.operators.desk.policies import ALONE, IMPACT_CUSTOMERS, MASS_ALARMS, MINIMUM_SEVERITY, SEVERAL_ALARMS
from streams.operators.desk.silences import HeldProblem
from telassure.kernel.events import PerceivedSeverity, ServiceProblem
from telassure.kernel.instant import Instant

AGAIN: Final = 4  # alarms that came so many times as often weigh as much as those that are active at once


def lasting_since(event: ServiceProblem, held: HeldProblem | None) -> Instant:
    """Since when a problem has lasted as it is: from its start, or, where an alarm of it comes after another has
    cleared, from that: an alarm that clears and comes again lasts as long as it stays. `held` is how it was told last
    (None: not yet, or it has cleared since)."""
    before = held.member_count if held is not None else 0
    if event.member_count > max(before, event.active_count):
        return event.changed_at
    return held.since or event.opened_at if held is not None else event.opened_at


def needed_at(event: ServiceProblem, since: Instant, catalogue: Catalogue) -> Instant | None:
    """When an open problem, which has lasted since then, needs a ticket if it stays as it is; None: not as it is.

    Few alarms that soon clear by themselves are no incident: a problem that is bad enough, but of few alarms and of few
    customers, is told in the list of problems and waits until it has lasted `alone_seconds`. A mass of mild alarms is
    one.
    """
    feed, severity = event.feed, event.perceived_severity
    if severity >= PerceivedSeverity.WARNING and event.active_count >= MASS_ALARMS.of(catalogue, feed):
        return event.changed_at
    if severity < MINIMUM_SEVERITY.of(catalogue, feed):
        return None
    several = max(event.active_count, event.member_count // AGAIN) >= SEVERAL_ALARMS.of(catalogue, feed)
    if several or len(event.affected_customers) >= IMPACT_CUSTOMERS.of(catalogue, feed):
        return event.changed_at
    return max(event.changed_at, since + ALONE.of(catalogue, feed))
