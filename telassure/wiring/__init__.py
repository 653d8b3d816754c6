"""The composition root: `places` (adapters behind ports), `faces` (the way in), `hosts` (what moves the records)."""

from telassure.wiring.faces import CatalogueFollower, api, gateway, pseudonymiser
from telassure.wiring.hosts import notifier, worker
from telassure.wiring.places import (
    TOPOLOGIES,
    GroupedLog,
    Keeper,
    WallClock,
    applied,
    buried_letters,
    depths,
    event_log,
    home,
    metric_store,
    opened_log,
    partitions,
    reader,
    state_digest,
    state_store,
    topologies,
    zone,
)

__all__ = [
    "TOPOLOGIES",
    "CatalogueFollower",
    "GroupedLog",
    "Keeper",
    "WallClock",
    "api",
    "applied",
    "buried_letters",
    "depths",
    "event_log",
    "gateway",
    "home",
    "metric_store",
    "notifier",
    "opened_log",
    "partitions",
    "pseudonymiser",
    "reader",
    "state_digest",
    "state_store",
    "topologies",
    "worker",
    "zone",
]
