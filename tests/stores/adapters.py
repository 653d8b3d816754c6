"""The discovery of store adapters, and the records that the laws are tried on."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import telassure.store
from telassure.kernel.events import (
    ActOutcome,
    Alarm,
    CaseDecision,
    Charge,
    CustomerBill,
    DeadLetter,
    KpiEpisode,
    MediatedCount,
    ModelComparison,
    Notification,
    PerceivedSeverity,
    RevenueLeakage,
    RootCause,
    ServiceProblem,
    Silence,
    SwitchCount,
    ThresholdChange,
    TroubleTicket,
)
from telassure.kernel.instant import DAY, HOUR, SECOND
from telassure.kernel.money import Money
from telassure.kernel.ports import (
    BusinessRecord,
    CellRow,
    Entry,
    EventLog,
    OutboxRow,
    PositionLedger,
    StateStore,
    Taken,
    Turn,
)
from telassure.store.sql import SqlEventLog, SqlPositionLedger, SqlStateStore, migrate

ROOT = Path(__file__).resolve().parents[2]
START = 1_700_000_000 * SECOND // DAY * DAY


@dataclass(frozen=True)
class Adapter:
    """An adapter's name and how to open an empty one over a directory; with a `kind` over a PostgreSQL schema of it."""

    name: str
    make: Callable[[Any], Any]
    kind: str = ""


def _classes(port: type) -> Iterator[type]:
    wanted = {name for name in vars(port) if not name.startswith("_")}
    seen: set[type] = set()
    for module in pkgutil.walk_packages(telassure.store.__path__, "telassure.store."):
        if any(part in module.name for part in (".migrations", ".metrics_", ".kafka")):
            continue
        for _, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            ours = found.__module__.startswith("telassure.store") and not getattr(found, "_is_protocol", False)
            if ours and found not in seen and wanted <= set(dir(found)):
                seen.add(found)
                yield found


def _adapters(port: type, kind: str) -> list[Adapter]:
    return [Adapter(found.__name__, _maker(found, kind)) for found in _classes(port)]


def _maker(found: type, kind: str) -> Callable[[Path], Any]:
    """How to open it, by its first parameter: none, a database's url, or another log of ours to wrap."""
    first = next(iter(inspect.signature(found).parameters), None)
    if first is None:
        return lambda _: found()
    if first == "now":
        return lambda _: found()
    if first == "url":
        return lambda directory: found(made(directory, kind))
    if first == "log":
        return lambda directory: found(SqlEventLog(made(directory, kind)))
    raise TypeError(f"teach tests/stores/adapters.py how to open {found.__name__}({first}, ...)")


def event_logs() -> list[Adapter]:
    return _adapters(EventLog, "log")


def state_stores() -> list[Adapter]:
    return [*_adapters(StateStore, "state"), Adapter("SqlStateStore on PostgreSQL", SqlStateStore, "state")]


def ledgers() -> list[Adapter]:
    return [*_adapters(PositionLedger, "log"), Adapter("SqlPositionLedger on PostgreSQL", SqlPositionLedger, "log")]


def url(directory: Path) -> str:
    """Where the one database of a test is."""
    return f"sqlite:///{directory}/store.db"


@cache
def _template(kind: str) -> bytes:
    with TemporaryDirectory() as directory:
        migrate.upgrade(url(Path(directory)), kind)
        return (Path(directory) / "store.db").read_bytes()


def made(directory: Path, kind: str, name: str = "store") -> str:
    """The url of an empty database that is migrated already: a copy, since migrating hundreds takes a while."""
    path = directory / f"{name}.db"
    path.write_bytes(_template(kind))
    return f"sqlite:///{path}"


@contextmanager
def opened(adapter: Adapter, place: Path | str) -> Iterator[Any]:
    """The adapter over a directory or a PostgreSQL url, closed at the end together with what it wraps."""
    store = adapter.make(place)
    try:
        yield store
    finally:
        for part in (store, getattr(store, "_log", None)):
            if hasattr(part, "close"):
                part.close()


# --- records ---------------------------------------------------------------------------------------------------------


def entry(position: str, content: bytes = b"x", topology: str = "charging", partition: int = 0, **more: Any) -> Entry:
    return Entry(topology, partition, "tick", content, more.pop("source", "feed"), position, content, **more)


def letter(name: str, reason: str = "not a number", time: int = START) -> DeadLetter:
    return DeadLetter(name, "a.csv", "7", "", "a.csv:7", reason, b"\x00\xff", time)


def cell(key: str, blob: bytes | None = b"blob", wake: int | None = None, operator: str = "charge") -> CellRow:
    return CellRow(operator, key, 1, blob, wake, 5)


def outgoing(name: str) -> OutboxRow:
    return OutboxRow(name, "notify", "notification", name.encode(), name, START)


def applied(position: str, offset: int = 1, digest: bytes = b"x", source: str = "feed") -> Taken:
    return Taken(source, position, digest, offset)


def turn(expected: int = 0, offset: int = 1, topology: str = "charging", partition: int = 0, **writes: Any) -> Turn:
    return Turn(topology, partition, expected, offset, f"clocks-{offset}".encode(), **writes)


def charge(name: str, micros: int = 5_000_000, time: int = START, service: str = "voice") -> Charge:
    return Charge(name, f"r-{name}", "a-1", service, "flat", time, 60, micros, 0, -micros, "EUR", False)


def alarm(name: str, severity: PerceivedSeverity = PerceivedSeverity.MAJOR, state: str = "active") -> Alarm:
    return Alarm(
        name, "site-1", "snmp", "olt-3", "equipment", "los", "", severity, state, START, START, None, "", 1, 0,
        "unacknowledged", "loss of signal",
    )  # fmt: skip


def problem(name: str, severity: PerceivedSeverity, opened_at: int = START) -> ServiceProblem:
    causes = (RootCause("olt-3", 0.75, "it failed first"), RootCause("onu-1", 0.25, "close by"))
    return ServiceProblem(
        name, "site-1", "snmp", "open", severity, opened_at, opened_at, None, causes, ("al-1", "al-2"), 2, 2,
        ("s-1",), ("c-1", "c-ü"), Money.of("1.25", "EUR"),
    )  # fmt: skip


def ticket(name: str, state: str) -> TroubleTicket:
    severity = PerceivedSeverity.MAJOR
    return TroubleTicket(
        name, "pb-1", "site-1", "snmp", state, severity, "olt-3 is down", "olt-3", ("c-1",), Money.of(3, "EUR"),
        START, START, None,
    )  # fmt: skip


def leakage(name: str, amount: str, time: int = START, state: str = "open") -> RevenueLeakage:
    money = Money.of(amount, "EUR")
    return RevenueLeakage(
        name, "unbilled_usage", "a-1", "voice", START, START + DAY, money, Money.zero("EUR"), money, state, "", time
    )


def one_of_each() -> list[BusinessRecord]:
    return [
        alarm("al-1"),
        KpiEpisode(
            "ep-1",
            "site-1",
            "pm",
            "cell-1",
            "prb",
            "open",
            4,
            START,
            START,
            None,
            1.5,
            0.25,
            0.5,
            "high",
            ((1.5, -2.0), (3.0, 0.0)),
            0.75,
            "gr-1",
            ("drops", "load"),
        ),
        problem("pb-1", PerceivedSeverity.CRITICAL),
        ticket("tt-1", "acknowledged"),
        Notification("no-1", "tt-1", "c-1", "We are on it", "Your service …", START),
        charge("ch-1"),
        leakage("le-1", "12.5"),
        SwitchCount("sw-1", "counts", "msc-1", "voice", START, START + HOUR, 10, 600),
        MediatedCount("me-1", "cdr", "msc-1", "voice", START, START + HOUR, 9, 540, START),
        ThresholdChange(
            "tc-1", "site-1", "pm", "cell-1", "prb", "ep-1", "false_positive", "", "kim", "works", 1.0, 1.1, 1, START
        ),
        ModelComparison("mc-1", "site-1", "sensitive", 3, 5, 2, START, START + HOUR),
        CaseDecision("le-1", "a-1", "disputed", "kim", "a test account", START),
        CustomerBill("cb-1", "2026-06", "a-1", "bills", START, START + HOUR, 2, Money.of("1.25", "EUR"), START),
        Silence("si-1", "site-1", "site-1/cell*", "active", "kim", "works", START, START + HOUR, ""),
        ActOutcome(
            "ac-1",
            "note",
            "ticket",
            "tt-1",
            "site-1",
            ("text=works",),
            "kim",
            True,
            "said so",
            "page",
            START,
            "done",
            "",
        ),
    ]
