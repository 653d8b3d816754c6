"""The peers of an object: others of its kind that have the same KPI, those that hang on the same things first."""

from collections.abc import Iterable, Mapping
from typing import Final

from telassure.kernel.events import CatalogueEntry, Resource
from telassure.kernel.ports import MetricStore

PEERS: Final = 8
_LOOKED_AT: Final = 2_000


def resources_of(catalogue: Iterable[CatalogueEntry]) -> Mapping[str, Resource]:
    """Everything in service, by its id."""
    return {each.resource_id: each for each in catalogue if isinstance(each, Resource) and each.in_service}


def peers_of(
    managed_object: str, measurement: str, metrics: MetricStore, resources: Mapping[str, Resource]
) -> tuple[str, ...]:
    """Up to PEERS of them; an object that no inventory knows has those that no inventory knows either."""
    own = resources.get(managed_object)
    having = [name for name, kpi in metrics.series(measurement, _LOOKED_AT) if kpi == measurement]
    kind = own.kind if own else ""
    alike = [name for name in having if name != managed_object and _kind(resources.get(name)) == kind]
    return tuple(sorted(alike, key=lambda name: (-_shared(own, resources.get(name)), name))[:PEERS])


def _kind(resource: Resource | None) -> str:
    return resource.kind if resource else ""


def _shared(one: Resource | None, other: Resource | None) -> int:
    """How many supports and neighbours two have in common; being neighbours counts too."""
    if one is None or other is None:
        return 0
    near = len({*one.depends_on, *one.adjacent} & {*other.depends_on, *other.adjacent})
    return near + (other.resource_id in one.adjacent) + (one.resource_id in other.adjacent)
