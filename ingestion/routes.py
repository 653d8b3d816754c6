"""Where an event goes: which topology, which partition, under which domain or account; envelopes are cut to fit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np

from ingestion.directory import Directory
from ingestion.kinds.body import InboundEvent
from telassure.kernel.events import (
    AlarmAction,
    AlarmNotification,
    BilledLine,
    CatalogueChange,
    EndOfFeed,
    KpiEpisode,
    Measurements,
    MediatedCount,
    Recharge,
    SwitchCount,
    UsageRecords,
    Verdict,
)
from telassure.kernel.events.kpi import Ints
from telassure.kernel.routing import partition_of, split

DETECTION: Final = "detection"
ASSURANCE: Final = "assurance"
CHARGING: Final = "charging"
ROWS: Final = 10_000
Inner: TypeAlias = KpiEpisode | MediatedCount  # made by one topology for another; they come only from dead letters
Routed: TypeAlias = InboundEvent | Inner | EndOfFeed


@dataclass(frozen=True, slots=True)
class Draft:
    """An event on its way to one partition. `counted` is how many source rows it stands for (copies stand for none)."""

    topology: str
    partition: int
    event: Routed
    counted: int


@dataclass(frozen=True, slots=True)
class Routes:
    """The way of each event. `partitions` is the number per topology; `rows` the most in one envelope."""

    directory: Directory
    partitions: Mapping[str, int]
    rows: int = ROWS

    def of(self, event: InboundEvent | Inner, domain: str) -> Iterator[Draft]:
        """The drafts of one event; `domain` is where an unknown object belongs."""
        match event:
            case Measurements():
                yield from self._measurements(event, domain)
            case UsageRecords():
                yield from self._usage(event)
            case AlarmNotification():
                home = self.directory.domain_of(event.managed_object) or domain
                yield self._single(ASSURANCE, home, replace(event, domain=home))
            case AlarmAction():
                home = event.domain or domain
                yield self._single(ASSURANCE, home, replace(event, domain=home))
            case Verdict():
                yield self._single(DETECTION, event.domain, event)
            case BilledLine() | Recharge():
                yield self._single(CHARGING, event.account, event)
            case KpiEpisode():
                yield self._single(ASSURANCE, event.domain, event)
            case SwitchCount() | MediatedCount():
                yield self._single(CHARGING, event.switch, event)
            case CatalogueChange():
                yield from self.everywhere(event, len(event.entries))

    def everywhere(self, event: CatalogueChange | EndOfFeed, rows: int) -> Iterator[Draft]:
        """A control record: one copy for every partition of every topology."""
        for topology in sorted(self.partitions):
            for partition in range(self.partitions[topology]):
                yield Draft(topology, partition, event, rows)
                rows = 0

    def _single(self, topology: str, key: str, event: Routed) -> Draft:
        return Draft(topology, partition_of(key, self.partitions[topology]), event, 1)

    def _measurements(self, envelope: Measurements, domain: str) -> Iterator[Draft]:
        homes = [self.directory.domain_of(name) or domain for name in envelope.objects]
        domains = tuple(dict.fromkeys(homes))
        places = {home: code for code, home in enumerate(domains)}
        home_of = np.fromiter((places[home] for home in homes), np.int64, len(homes))[envelope.measured_object]
        for code in np.unique(home_of).tolist():
            part = envelope.take(home_of == code)
            partition = partition_of(domains[code], self.partitions[DETECTION])
            for start in range(0, len(part), self.rows):
                piece = _compact_measurements(part.take(np.arange(start, min(start + self.rows, len(part)))))
                yield Draft(DETECTION, partition, replace(piece, domain=domains[code]), len(piece))

    def _usage(self, envelope: UsageRecords) -> Iterator[Draft]:
        charged = self._with_accounts(envelope)
        for start in range(0, len(charged), self.rows):
            piece = charged.take(np.arange(start, min(start + self.rows, len(charged))))
            parts = split(piece, piece.accounts, piece.account, self.partitions[CHARGING])
            for partition, part in sorted(parts.items()):
                yield Draft(CHARGING, partition, compact_usage(part), len(part))

    def _with_accounts(self, envelope: UsageRecords) -> UsageRecords:
        """Usage that names only its subscriber goes to the account that pays for that subscriber."""
        if "" not in envelope.accounts:
            return envelope
        open_code = envelope.accounts.index("")
        codes = {account: code for code, account in enumerate(envelope.accounts)}
        payers = [self.directory.account_of(who) or "" if who else "" for who in envelope.subscribers]
        paid_by = np.fromiter((codes.setdefault(payer, len(codes)) for payer in payers), np.int32, len(payers))
        account = np.where(envelope.account == open_code, paid_by[envelope.subscriber], envelope.account)
        return replace(envelope, accounts=tuple(codes), account=account.astype(np.int32))


def _used(dictionary: Sequence[str], codes: Ints) -> tuple[tuple[str, ...], Ints]:
    """The dictionary without what no row uses, and the codes in it."""
    used, places = np.unique(codes, return_inverse=True)
    if len(used) == len(dictionary):
        return tuple(dictionary), codes
    return tuple(dictionary[code] for code in used.tolist()), places.astype(np.int32)


def _compact_measurements(part: Measurements) -> Measurements:
    objects, measured_object = _used(part.objects, part.measured_object)
    names, measurement = _used(part.names, part.measurement)
    return replace(part, objects=objects, measured_object=measured_object, names=names, measurement=measurement)


def compact_usage(part: UsageRecords) -> UsageRecords:
    """Only the dictionary entries that its rows use."""
    accounts, account = _used(part.accounts, part.account)
    subscribers, subscriber = _used(part.subscribers, part.subscriber)
    services, service = _used(part.services, part.service)
    destinations, destination = _used(part.destinations, part.destination)
    switches, switch = _used(part.switches, part.switch)
    return replace(
        part,
        accounts=accounts,
        account=account,
        subscribers=subscribers,
        subscriber=subscriber,
        services=services,
        service=service,
        destinations=destinations,
        destination=destination,
        switches=switches,
        switch=switch,
    )
