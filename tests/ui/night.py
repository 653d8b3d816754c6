"""A night at the demo operator, kept in real stores under a temporary home: what the page's tests look at."""

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from dashboards.shell.reading import PagePorts
from streams.operators.desk.ticketing import ticket_of
from telassure.access.admission import Admission
from telassure.access.principal import Principal
from telassure.kernel.events import (
    Alarm,
    CatalogueEntry,
    Charge,
    DeadLetter,
    KpiEpisode,
    Measurements,
    PerceivedSeverity,
    Resource,
    RevenueLeakage,
    RootCause,
    ScoredPoints,
    Service,
    ServiceProblem,
    TroubleTicket,
)
from telassure.kernel.events.shares import codes_of
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND, Instant, day_of
from telassure.kernel.money import Money
from telassure.kernel.ports import BusinessRecord, Turn
from telassure.wiring import accounts, home, metric_store, page_admission, reader, state_store
from telassure.wiring.settings import Settings

CRITICAL, MAJOR, MINOR = PerceivedSeverity.CRITICAL, PerceivedSeverity.MAJOR, PerceivedSeverity.MINOR
WARNING, INDETERMINATE = PerceivedSeverity.WARNING, PerceivedSeverity.INDETERMINATE
PASSWORD_OF_EVE = "nine blue otters at dusk"
DOMAIN = "germany50"
QUARTER = 15 * MINUTE
TOP = "link-frankfurt-giessen"
FEEDS = MappingProxyType({"demo-pm": 8, "demo-fm": 31, "demo-cdr": 14, "demo-switches": 1_700, "demo-billing": 40_000})
"""Seconds since each feed's newest event."""


class SetClock:
    """ports.Clock that a test sets."""

    def __init__(self, now: Instant) -> None:
        self.time = now

    def now(self) -> Instant:
        return self.time


class Night:
    """The stores of a home, and writing to them as a worker does."""

    def __init__(self, directory: Path, now: Instant) -> None:
        self.settings = Settings(home=directory)
        home(self.settings)
        self.now = now
        self.stores = {name: state_store(self.settings, name) for name in ("assurance", "charging")}
        self.reader = reader(self.settings)
        self.metrics = metric_store(self.settings, read_only=True)
        self.clock = SetClock(now)
        self.catalogue: Sequence[CatalogueEntry] = ()

    @property
    def ports(self) -> PagePorts:
        return PagePorts(self.reader, self.metrics, self.clock, catalogue=lambda: self.catalogue)

    def door(self) -> Admission:
        """Who is let in: anybody may read, and eve may log in to act."""
        return page_admission(self.settings)

    def link_of_eve(self) -> str:
        """The path of a link by which eve, an operator, logs in once."""
        people = accounts(self.settings)
        if "eve" not in people.names():
            people.open(Principal("eve", frozenset({"operator"})), PASSWORD_OF_EVE)
        return f"enter?once={people.link('eve')}"

    def keep(self, records: Sequence[BusinessRecord] = (), topology: str = "assurance", **writes: object) -> None:
        store = self.stores[topology]
        at = store.checkpoint(topology, 0).offset
        store.commit(Turn(topology, 0, at, at + 1, b"", records=records, **writes))  # type: ignore[arg-type]

    def feed_ages(self, seconds: dict[str, int]) -> None:
        """Let these feeds' newest events be so many seconds old; a feed's newest event never moves back."""
        self.keep(counters={f"feed:{name}": self.now - age * SECOND for name, age in seconds.items()})

    def measure(self, name: str, measurement: str, odd: int = 0, level: float = 50.0) -> None:
        """Two days of one series by quarter hours, its last `odd` points far above the band."""
        writer = metric_store(self.settings, read_only=False)
        at = writer.applied("detection-0") + 1
        writer.write(scored(self.now, name, measurement, odd, level), "detection-0", at)
        writer.flush()
        writer.close()

    def close(self) -> None:
        for store in (*self.stores.values(), self.reader, self.metrics):
            store.close()


def scored(now: Instant, name: str, measurement: str, odd: int, level: float) -> ScoredPoints:
    count = 192
    time = now - now % QUARTER - QUARTER * np.arange(count - 1, -1, -1, dtype=np.int64)
    expected = level * (1 + 0.35 * np.sin(2 * np.pi * (time % DAY) / DAY - 2.1))
    value = expected + np.random.default_rng(7).normal(0, level * 0.025, count)
    score = np.abs(value - expected) / (level * 0.12)
    if odd:
        value[-odd:] += level * np.linspace(0.35, 0.75, odd)
        score[-odd:] = np.abs(value[-odd:] - expected[-odd:]) / (level * 0.12)
    parts = np.stack([np.full(count, part) for part in (0.65, 0.3, 0.05)], axis=1).astype(np.float32)
    shares = codes_of(np.zeros(count, np.uint8), parts, score)
    zeros = np.zeros(count, np.int32)
    measured = Measurements(
        DOMAIN, "demo-pm", QUARTER, (name,), (measurement,), zeros, zeros, time, value, np.zeros(count, np.bool_)
    )
    return ScoredPoints(measured, expected, expected - level * 0.12, expected + level * 0.12, score, shares)


def alarm(name: str, managed_object: str, severity: PerceivedSeverity, raised_at: Instant, ack: bool = False) -> Alarm:
    return Alarm(
        name, DOMAIN, "demo-fm", managed_object, "communications", "loss of signal", "", severity, "active", raised_at,
        raised_at, None, "", 1, 0, "acknowledged" if ack else "unacknowledged", "",
    )  # fmt: skip


def problem(
    name: str, cause: str, severity: PerceivedSeverity, opened_at: Instant, customers: int = 3, euros: str = "12.50"
) -> ServiceProblem:
    causes = (
        RootCause(cause, 0.82, "explains 14 of 14 alarmed objects; 12 of 12 dependants alarmed; its own alarm first"),
        RootCause("router-giessen", 0.11, "explains 6 of 14 alarmed objects"),
        RootCause("if-frankfurt-giessen", 0.07, "explains 1 of 14 alarmed objects"),
    )
    affected = tuple(f"cust-{number:04d}" for number in range(1, customers + 1))
    return ServiceProblem(
        name, DOMAIN, "demo-fm", "open", severity, opened_at, opened_at, None, causes,
        (f"al-{name}-1", f"al-{name}-2", f"ep-{name}"), 14, 11, affected, affected, Money.of(euros, "EUR"),
    )  # fmt: skip


def ticket(of: ServiceProblem, state: str = "acknowledged", closed_at: Instant | None = None) -> TroubleTicket:
    cause, grade = of.root_causes[0].managed_object, of.perceived_severity
    return TroubleTicket(
        ticket_of(of.problem_id), of.problem_id, DOMAIN, "demo-fm", state, grade, f"{cause} is down", cause,
        of.affected_customers, of.revenue_at_risk, of.opened_at, closed_at or of.opened_at, closed_at,
    )  # fmt: skip


def episode(name: str, managed_object: str, measurement: str, started_at: Instant) -> KpiEpisode:
    return KpiEpisode(
        name, DOMAIN, "demo-pm", managed_object, measurement, "open", 4, started_at, started_at, None, 6.2, 84.0, 50.0,
        "six widths above what is expected at this hour",
    )  # fmt: skip


def leakage(name: str, control: str, amount: str, time: Instant, currency: str = "EUR") -> RevenueLeakage:
    gap, nothing = Money.of(amount, currency), Money.zero(currency)
    return RevenueLeakage(name, control, "acc-0042", "data", time - DAY, time, gap, nothing, gap, "open", "", time)


def charge(name: str, euros: str, time: Instant, currency: str = "EUR") -> Charge:
    micros = Money.of(euros, currency).micros
    return Charge(name, f"r-{name}", "acc-0042", "data", "flat", time, 60, micros, 0, -micros, currency, False)


def carried(customers: int = 200) -> list[CatalogueEntry]:
    """A router in the north and one in the south, and a service of each customer over one of them."""
    places = {"router-kiel": 54.3, "router-ulm": 48.4}
    routers = [Resource(name, "router", name, DOMAIN, latitude=at, longitude=10.0) for name, at in places.items()]
    return [
        *routers,
        *(
            Service(f"cust-{number:04d}", "mobile", f"acc-{number}", "flat", (tuple(places)[number % 2],))
            for number in range(1, customers + 1)
        ),
    ]


def letter(name: str, reason: str, time: Instant) -> DeadLetter:
    return DeadLetter(name, "usage.csv", name, "rate", f"usage.csv:{name}", reason, b"", time)


CAUSES = (
    (TOP, CRITICAL, 6, 148, "1284.40"),
    ("power-muenchen-3", CRITICAL, 19, 31, "212.75"),
    ("router-leipzig", MAJOR, 34, 67, "640.00"),
    ("link-bremen-hamburg", MAJOR, 52, 44, "388.10"),
    ("cell-koeln-2-3", MINOR, 12, 5, "18.20"),
    ("bts-wuerzburg-4", MINOR, 77, 9, "33.90"),
    ("agg-osnabrueck-1", MINOR, 143, 12, "47.60"),
    ("if-ulm-augsburg", WARNING, 210, 0, "0"),
)
"""Root cause, severity, minutes open, customers, EUR an hour."""


def busy_night(directory: Path, now: Instant) -> Night:
    """Eight incidents, alarms of every severity, charges, leakage, closed tickets, dead letters, all feeds alive."""
    night = Night(directory, now)
    night.catalogue = carried()
    problems = [
        problem(f"sp-{number}7f3a9c21e04", cause, severity, now - minutes * MINUTE, customers, euros)
        for number, (cause, severity, minutes, customers, euros) in enumerate(CAUSES, start=1)
    ]
    top = problems[0]
    alarms = [
        alarm(f"al-{p.problem_id}-{n}", p.root_causes[0].managed_object, p.perceived_severity, p.opened_at)
        for p in problems
        for n in (1, 2)
    ]
    alarms += [alarm(f"al-x{n}", f"cell-trier-{n}", INDETERMINATE, now - HOUR) for n in range(3)]
    tickets = [ticket(p, "inProgress" if n % 2 else "acknowledged") for n, p in enumerate(problems[:6])]
    done = [
        problem(f"sp-9{n}c00d", c, s, now - (n + 3) * HOUR, n * 7)
        for n, (c, s) in enumerate(
            (
                ("link-berlin-magdeburg", CRITICAL),
                ("cell-kiel-1-2", MINOR),
                ("power-siegen-2", MAJOR),
                ("router-fulda", MAJOR),
                ("cell-passau-5-1", WARNING),
                ("bts-essen-3", MINOR),
            )
        )
    ]
    tickets += [ticket(p, "closed" if n else "resolved", now - (n * 47 + 9) * MINUTE) for n, p in enumerate(done)]
    episodes = [
        episode(f"ep-{top.problem_id}", TOP, "LINK.Util", now - 5 * MINUTE),
        episode("ep-2", "cell-koeln-2-3", "DRB.UEThpDl", now - 80 * MINUTE),
    ]
    night.keep([*problems, *alarms, *tickets, *episodes])
    night.keep(
        letters=[
            letter("812", 'rate: account acc-0917 has no tariff for service "mms"; add a price', now - 3 * MINUTE),
            letter("14", "line 14: volume -20 is negative; correct it at the source", now - 70 * MINUTE),
        ],
        counters={"dead_letters": 2},
    )
    cases = [
        leakage("le-1", "unbilled_usage", "1284.20", now - HOUR),
        leakage("le-2", "unbilled_usage", "96.05", now - HOUR),
        leakage("le-3", "missing_usage", "402.77", now - 2 * HOUR),
    ]
    night.keep(
        [charge("c-1", "48210.364", max(day_of(now), now - HOUR)), charge("c-2", "120.5", now, "CHF"), *cases],
        "charging",
    )
    night.feed_ages(dict(FEEDS))
    for name, measurement, odd, level in (
        (TOP, "LINK.Util", 6, 48.0),
        ("cell-koeln-2-3", "DRB.UEThpDl", 4, 42_000.0),
        ("router-leipzig", "CPU.UsageMean", 0, 37.0),
    ):
        night.measure(name, measurement, odd, level)
    return night
