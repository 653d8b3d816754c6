"""The composition root: `places` (adapters behind ports), `faces` (the way in), `hosts` (what moves the records)."""

from telassure.wiring.access import access_register, audit_trail, audit_trails
from telassure.wiring.backups import backup, prove, restore
from telassure.wiring.deliveries import NoticeKeeper, deliver, delivery, outboxes
from telassure.wiring.faces import CatalogueFollower, announce, api, commands, gateway, page_commands, pseudonymiser
from telassure.wiring.feed_clocks import fast_feeds, feed_skews
from telassure.wiring.hosts import traced_process, worker
from telassure.wiring.input_sources import source_health, source_runner, wanted_sources
from telassure.wiring.ledger import audited_ledger
from telassure.wiring.log_adoption import adopt_log, audited_log
from telassure.wiring.people import accounts, page_address, page_admission
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
    shared_log,
    sparing_reader,
    state_digest,
    state_store,
    topologies,
    transport,
    zone,
)
from telassure.wiring.recorded import catalogue_now, known_pseudonymiser, recorded_log
from telassure.wiring.security_watch import SecurityWatch
from telassure.wiring.subject_export import subject_export

__all__ = [
    "TOPOLOGIES",
    "CatalogueFollower",
    "GroupedLog",
    "Keeper",
    "NoticeKeeper",
    "SecurityWatch",
    "WallClock",
    "access_register",
    "accounts",
    "adopt_log",
    "announce",
    "api",
    "applied",
    "audit_trail",
    "audit_trails",
    "audited_ledger",
    "audited_log",
    "backup",
    "buried_letters",
    "catalogue_now",
    "commands",
    "deliver",
    "delivery",
    "depths",
    "event_log",
    "fast_feeds",
    "feed_skews",
    "gateway",
    "home",
    "known_pseudonymiser",
    "metric_store",
    "opened_log",
    "outboxes",
    "page_address",
    "page_admission",
    "page_commands",
    "partitions",
    "prove",
    "pseudonymiser",
    "reader",
    "recorded_log",
    "restore",
    "shared_log",
    "source_health",
    "source_runner",
    "sparing_reader",
    "state_digest",
    "state_store",
    "subject_export",
    "topologies",
    "traced_process",
    "transport",
    "wanted_sources",
    "worker",
    "zone",
]
