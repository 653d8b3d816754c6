"""Rules of causes learned offline from the alarms that a home has on record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from models.correlation.alarm_history import AlarmHistory
from models.correlation.cause_links import CauseLink, cause_links
from models.correlation.hawkes import LAG_EDGES
from streams.operators.correlation.cause_rules import CauseRule
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Alarm, CatalogueEntry, Resource
from telassure.kernel.instant import SECOND, Instant

MOST_KINDS: Final = 200
LEAST_RAISES: Final = 5
MOST_RULES: Final = 100
_DIGITS: Final = 3


@dataclass(frozen=True, slots=True)
class Raises:
    """What was learned from: alarms by what they say, of kinds with at least five raises (the commonest 200)."""

    alarms: int
    kinds: Sequence[str]
    since: Instant
    until: Instant
    history: AlarmHistory


def raises_of(alarms: Iterable[Alarm], entries: Sequence[CatalogueEntry]) -> Raises:
    """The history of recorded alarms over the inventory's links; InvalidInput where there is too little to learn."""
    told = [(alarm.raised_at, alarm.specific_problem or alarm.probable_cause, alarm.managed_object) for alarm in alarms]
    counts: dict[str, int] = {}
    for _, says, _ in told:
        counts[says] = counts.get(says, 0) + 1
    common = sorted((says for says in counts if says and counts[says] >= LEAST_RAISES), key=lambda s: (-counts[s], s))
    kinds = sorted(common[:MOST_KINDS])
    if len(kinds) < 2:  # a cause and an effect
        wanted = f"two kinds that came {LEAST_RAISES} times"
        raise InvalidInput(f"the {len(told)} alarms on record are too few to learn from: {wanted} are needed")
    numbers = {says: number for number, says in enumerate(kinds)}
    kept = [(raised, numbers[says], place) for raised, says, place in told if says in numbers]
    places = {place: number for number, place in enumerate(sorted({place for _, _, place in kept}))}
    rows = [(raised / SECOND, kind, places[place]) for raised, kind, place in kept]
    times = [raised for raised, _, _ in kept]
    history = AlarmHistory.of(rows, len(kinds), len(places), _links(entries, places))
    return Raises(len(kept), kinds, min(times), max(times), history)


def proposed_rules(raises: Raises) -> list[CauseRule]:
    """At most a hundred rules, the best supported first."""
    return [_rule(raises, link) for link in cause_links(raises.history)[:MOST_RULES]]


def _links(entries: Sequence[CatalogueEntry], places: dict[str, int]) -> list[tuple[int, int]]:
    """Which places lie together: what depends on another, or names it as a neighbour, also over one that never alarms
    between them."""
    near: dict[str, set[str]] = {}
    for entry in entries:
        if isinstance(entry, Resource):
            for other in (*entry.depends_on, *entry.adjacent):
                near.setdefault(entry.resource_id, set()).add(other)
                near.setdefault(other, set()).add(entry.resource_id)
    return sorted({(places[one], places[other]) for one in places for other in near.get(one, ()) if other in places})


def _rule(raises: Raises, link: CauseLink) -> CauseRule:
    edges, parts = LAG_EDGES, link.density
    spans = [f"{low:g}-{high:g} s {part:.2f}" for low, high, part in zip(edges[:-1], edges[1:], parts, strict=True)]
    reached = [sum(parts[: at + 1]) for at in range(len(parts))]
    return CauseRule(
        cause=raises.kinds[link.cause],
        effect=raises.kinds[link.effect],
        support=round(link.support),
        lift=round(link.lift, _DIGITS),
        typical=next(high for high, part in zip(edges[1:], reached, strict=True) if part >= 0.5),
        longest=next(high for high, part in zip(edges[1:], reached, strict=True) if part >= 0.95),
        density=", ".join(spans),
        stability=round(link.stability, _DIGITS),
        since=raises.since,
        until=raises.until,
    )
