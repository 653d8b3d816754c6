"""The network and what it carries: resources with their dependencies (TMF639) and services (TMF638)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Resource:
    """A managed object. It fails when what it depends on fails: `depends_on` names its direct supports (resource ids).

    `adjacent` names neighbours without a known direction of dependency. `kind` is the object class (router, link,
    interface, site, power, enodeb, cell, switch ...). A resource that is not `in_service` is out of the inventory.
    """

    resource_id: str
    kind: str
    name: str
    domain: str
    depends_on: tuple[str, ...] = ()
    adjacent: tuple[str, ...] = ()
    latitude: float | None = None
    longitude: float | None = None
    in_service: bool = True


@dataclass(frozen=True, slots=True)
class Service:
    """A customer-facing service of one account, carried by resources; any of them failing affects it."""

    service_id: str
    kind: str
    account: str
    product: str
    supported_by: tuple[str, ...]
    active: bool = True
