"""The way in: the gateway, who belongs where as far as the log says, and the ingestion endpoint."""

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from threading import Event, Lock
from typing import Final

from fastapi import FastAPI

from ingestion.batches.ahead import AheadRules
from ingestion.batches.batch import Batch, Origin
from ingestion.batches.directory import Directory, MemoryDirectory
from ingestion.batches.routes import FOLLOWED
from ingestion.commands import LoggedCommands
from ingestion.fields.privacy import Pseudonymiser
from ingestion.gateway import Gateway, GatewaySettings, InputLog
from ingestion.kinds.catalogue import CATALOGUE
from ingestion.sources.edge.allowance import Rates
from ingestion.sources.edge.reception import ReceptionLimits
from ingestion.sources.http.api import EndpointState, create_app
from ingestion.sources.http.api import Limits as ApiLimits
from ingestion.sources.http.commands import add_commands
from ingestion.sources.http.source import HTTP
from telassure.access.audited_commands import AuditedCommands
from telassure.access.tokens import Authenticator
from telassure.access.trail import HOUSE, AuditTrail
from telassure.kernel.codec import decode, kind_of
from telassure.kernel.commands import CommandDesk, Instruction, Reply
from telassure.kernel.errors import DamagedStore, TransientError
from telassure.kernel.events import CatalogueChange, CatalogueEntry, PolicyValue
from telassure.kernel.instant import SECOND
from telassure.kernel.ports import AssuranceReader, Deed, EventLog, RecordReader, StateStore
from telassure.observe.gauges import DiskCollector, OutboxCollector, SkewCollector
from telassure.observe.heartbeats import ill, remarks, uptime
from telassure.observe.metrics import StoreCollector, registry
from telassure.observe.vitals import HeartbeatCollector
from telassure.wiring.access import access_register, audit_trail, second_look
from telassure.wiring.home import Home
from telassure.wiring.industry_faces import add_industry_faces
from telassure.wiring.network_policies import StatedPolicies
from telassure.wiring.places import (
    TOPOLOGIES,
    WallClock,
    depths,
    event_log,
    partitions,
    sparing_reader,
    state_store,
    zone,
)
from telassure.wiring.received import add_received
from telassure.wiring.settings import Settings

_log = logging.getLogger(__name__)
_ZONE: Final = ("network", "zone", "")  # the policy that stands for the setting; of area detection it is an operator's
_TOLD: Final = ("network", "zone_told", "")  # that every partition has it: of a publish that fails, some may
_READ: Final = 1_000
_PATIENCE: Final = 3.0
_PROBED: Final = 1.0
_PROBE_BYTES: Final = 65_536  # more than a file system keeps beside its inodes, so that a full disk shows
_READ_BYTES: Final = 16 << 20


class DirectoryFollower:
    """Keeps a directory at what the log says of the catalogue, whichever process put it there. `policies` are
    those that were set, by area, name and selector; `after` is how far the log was read."""

    def __init__(
        self, opened: Callable[[str], AbstractContextManager[StateStore]], topologies: Iterable[str], log: EventLog
    ) -> None:
        self._log = log
        self.after = 0
        self.directory = MemoryDirectory(catch_up=self.catch_up)
        self.policies: dict[tuple[str, str, str], PolicyValue] = {}
        self._followed = self._begin(opened, [FOLLOWED[0], *(name for name in topologies if name != FOLLOWED[0])])
        with suppress(DamagedStore):  # whoever gives something to the log is told, until it is mended
            self.catch_up()

    def catch_up(self) -> None:
        """Take the changes that have come since the last call. The catalogue's version is the place of the newest."""
        with self.directory.gate:
            while records := self._log.read(*self._followed, self.after, _READ, _READ_BYTES):
                for record in records:
                    if record.kind == kind_of(CatalogueChange):
                        self._learn(decode(record.kind, record.payload).entries)
                        self.directory.in_force.version = record.offset
                self.after = records[-1].offset

    def _begin(
        self, opened: Callable[[str], AbstractContextManager[StateStore]], names: Sequence[str]
    ) -> tuple[str, int]:
        """Learn what a state knows, and which partition that is: every one has all of the catalogue, so that of a
        topology whose database is damaged another stands in."""
        for last, name in enumerate(names, start=1 - len(names)):
            try:
                with opened(name) as store:
                    # The offset first, so that no change falls between the two.
                    self.after = store.checkpoint(name, FOLLOWED[1]).offset
                    self._learn(store.catalogue(name, FOLLOWED[1]))
                    # A place in the log, as later ones are: a count might be one that other statements are made upon.
                    self.directory.in_force.version = self.after
            except DamagedStore as damaged:
                if last == 0:
                    raise
                _log.warning("the catalogue is read from another topology: %s", damaged)
            else:
                return name, FOLLOWED[1]
        return FOLLOWED

    def stated(self, place: tuple[str, str, str]) -> str:
        """The text that was set for a policy, "" where none was."""
        found = self.policies.get(place)
        return "" if found is None else found.value

    def _learn(self, entries: Iterable[CatalogueEntry]) -> None:
        several = tuple(entries)
        self.directory.learn(several)
        for entry in several:
            if isinstance(entry, PolicyValue):
                self.policies[entry.area, entry.name, entry.selector] = entry

    def run(self, stop: Event, every: float = 1.0) -> None:
        """Catch up once a second until `stop` is set; a busy store is asked again."""
        while not stop.wait(every):
            with suppress(TransientError):
                self.catch_up()


class CatalogueFollower(DirectoryFollower):
    """The same from the state that the settings name."""

    def __init__(self, settings: Settings, log: EventLog) -> None:
        def opened(name: str) -> AbstractContextManager[StateStore]:
            return closing(state_store(settings, name))

        super().__init__(opened, TOPOLOGIES, log)


def announce(settings: Settings, follower: CatalogueFollower, way_in: Gateway) -> None:
    """Put the network's zone into the log where the settings name one and the log says another, or may not say it to
    every partition. It is part of the input from then on, so that a replay changes it where the first run did; no
    worker reads the setting."""
    stated = settings.network.zone
    if stated and (stated, stated) != (follower.stated(_ZONE), follower.stated(_TOLD)):
        if stated != follower.stated(_TOLD):
            follower.directory.in_force.doubt([PolicyValue(*_ZONE[:2], stated)])
        for area, name, _ in (_ZONE, _TOLD):
            body = {"policies": [{"area": area, "name": name, "value": stated}]}
            place = f"{name} {stated} after {follower.after}"
            way_in.submit(Batch(CATALOGUE.name, body, place), Origin("settings", "settings", actor="the settings"))


def gateway(settings: Settings, log: InputLog, directory: Directory) -> Gateway:
    """The way in; `directory` says where what comes in belongs."""
    offsets = {name: int(each.clock_offset * SECOND) for name, each in settings.sources.items() if each.clock_offset}
    arrival, held = settings.arrival_seconds * SECOND, settings.held_seconds * SECOND
    ahead = AheadRules(arrival, held, settings.future_seconds * SECOND, offsets)
    in_vain = partial(_write_down, cache(partial(audit_trail, settings)))
    rules = GatewaySettings(ahead=ahead, in_vain=in_vain, second=second_look(settings))
    return Gateway(log, directory, WallClock(), partitions(settings), pseudonymiser(settings), rules)


def _write_down(trail: Callable[[], AuditTrail], batch: Batch, origin: Origin) -> None:
    """Who stated of the catalogue (tariffs, policies, models, inventory) what was refused."""
    parts = sorted(batch.body) if isinstance(batch.body, dict) else []
    what, asked = f"state {', '.join(map(str, parts))}".strip(), batch.digest.hex() or batch.position
    trail().record(Deed(origin.actor or HOUSE, what, origin.source, f"refused in part: {asked}"))


def pseudonymiser(settings: Settings) -> Pseudonymiser:
    """Keyed by the setting, else by a secret: made once in the home, or the one that all machines are given."""
    key = settings.pseudonym_key or Home(settings.home, settings.secrets).secret("pseudonym_key")
    return Pseudonymiser(key.encode())


def api(settings: Settings, log: EventLog, way_in: Gateway, authenticator: Authenticator | None = None) -> FastAPI:
    """The ingestion endpoint, with metrics that speak for every process of this system; who asks is known by the
    register of access where nobody else is named."""
    tokens = authenticator or access_register(settings)
    asked = settings.of(HTTP)
    kept = sparing_reader(settings)
    rates = Rates(asked.rows_a_second, asked.bytes_a_second, asked.feeds, _known_feeds(settings, kept))
    limits = ApiLimits(body_bytes=asked.body_bytes, concurrency=asked.concurrency, zone=zone(settings), rates=rates)
    collector = StoreCollector(kept, WallClock(), lambda: depths(settings, log))
    states = {name: state_store(settings, name) for name in TOPOLOGIES}
    outboxes = OutboxCollector(states, WallClock())
    skews = SkewCollector(lambda: way_in.skews)
    vitals = HeartbeatCollector(settings.home)
    metrics = registry(collector, outboxes, skews, DiskCollector({"home": settings.home}), vitals)
    app = create_app(way_in, tokens, Readiness(settings, log), limits, metrics)
    desk = commands(settings, log, kept)
    add_commands(app, desk, tokens)
    add_industry_faces(app, settings, way_in, desk, (kept, tokens))
    reception = ReceptionLimits(asked.concurrency, zone=limits.zone, rates=rates)
    add_received(app, settings, log, lambda counted: gateway(settings, counted, way_in.directory), (tokens, reception))
    app.state.open_ones.callback(kept.close)
    for each in states.values():
        app.state.open_ones.callback(each.close)
    return app


def _known_feeds(settings: Settings, kept: AssuranceReader) -> frozenset[str]:
    """Those that the settings name, and those of whom something has been applied before this start."""
    with suppress(TransientError):
        return frozenset((*settings.sources, *kept.feeds()))
    return frozenset(settings.sources)


def commands(settings: Settings, log: EventLog, found: RecordReader, patience: float = _PATIENCE) -> CommandDesk:
    """Where commands are given, whatever face they come through: the page, the API or the command line. `patience` is
    how many seconds each waits for a worker to obey."""
    policies = StatedPolicies(
        lambda: CatalogueFollower(settings, log), lambda directory: gateway(settings, log, directory), found
    )
    given = LoggedCommands(log, partitions(settings), (found, policies), WallClock(), patience, second_look(settings))
    return AuditedCommands(given, audit_trail(settings))


class LateCommands:
    """The same for a process that mostly reads: the log is opened when the first command is given."""

    def __init__(self, settings: Settings, found: RecordReader) -> None:
        self._settings, self._found = settings, found
        self._opening = Lock()
        self._desk: CommandDesk | None = None

    def give(self, instruction: Instruction) -> Reply:
        with self._opening:
            if self._desk is None:
                self._desk = commands(self._settings, event_log(self._settings), self._found)
        return self._desk.give(instruction)


def page_commands(settings: Settings, found: RecordReader) -> CommandDesk:
    """Where the page gives commands."""
    return LateCommands(settings, found)


@dataclass(slots=True)
class Readiness:
    """Whether input can be taken and is worked on: the log answers, the disk takes a durable write (tried at most once
    a second), and every process of this home beats. Called, it says what is wrong, and what else there is to say."""

    settings: Settings
    log: EventLog
    _tried: float = 0.0
    _refused: str = ""
    _gate: Lock = field(default_factory=Lock)

    def __call__(self) -> EndpointState:
        self.log.end(*FOLLOWED)
        with self._gate:
            if uptime() - self._tried > _PROBED:
                self._tried, self._refused = uptime(), _written(self.settings.home / "health" / "probe")
            refused = [self._refused] if self._refused else []
        return EndpointState((*refused, *ill(self.settings.home)), tuple(remarks(self.settings.home)))


def _written(place: Path) -> str:
    """Why a small durable write cannot be made here, "" where it can."""
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with place.open("wb") as out:
            out.write(bytes(_PROBE_BYTES))
            out.flush()
            os.fsync(out.fileno())
    except OSError as refused:
        return f"the disk of {place.parent.parent} takes nothing: {refused.strerror}"
    return ""
