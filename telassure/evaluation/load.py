"""Made-up load with real shapes: many series with a daily curve, many accounts, alarms that come and go."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any, Final

import numpy as np

from telassure.kernel.events import (
    Account,
    AlarmNotification,
    CatalogueChange,
    Measurements,
    PerceivedSeverity,
    Price,
    Product,
    Resource,
    Tariff,
    UsageRecords,
)
from telassure.kernel.instant import DAY, MINUTE, SECOND, Instant
from telassure.kernel.money import Money

BEGIN: Final[Instant] = 1_767_571_200 * SECOND  # 2026-01-05T00:00:00Z
ENVELOPE: Final = 10_000
SERIES: Final = 20_000
ACCOUNTS: Final = 10_000
HUBS: Final = 50
SITES: Final = 1_000
# A recorded feed: its times are its own, and no tick of the wall clock makes them old.
FEED: Final = "replay:bench"
GRANULARITY: Final = 15 * MINUTE


def rows_of(event: Any) -> int:
    return len(event) if isinstance(event, Measurements | UsageRecords) else 1


def catalogue() -> CatalogueChange:
    """A tree of cells on sites under hubs, postpaid and prepaid accounts, and one tariff."""
    hubs = [Resource(f"hub-{i}", "router", f"hub-{i}", "bench") for i in range(HUBS)]
    sites = [Resource(f"site-{i}", "site", f"site-{i}", "bench", (f"hub-{i % HUBS}",)) for i in range(SITES)]
    cells = [
        Resource(f"cell-{i}-{c}", "cell", f"cell-{i}-{c}", "bench", (f"site-{i}",))
        for i in range(SITES)
        for c in range(3)
    ]
    prices = (
        Price("voice", "", "per_unit", Fraction(9, 100), 60, 60),
        Price("sms", "", "flat", Fraction(7, 100)),
        Price("data", "", "per_unit", Fraction(1, 1000), 1 << 20, 1 << 10),
    )
    accounts = [
        Account(f"a-{i}", f"c-{i}", "plan", "prepaid" if i % 2 else "postpaid", Money(50_000_000, "EUR"))
        for i in range(ACCOUNTS)
    ]
    plan = Product("plan", "Plan", Money(10_000_000, "EUR"), "standard")
    return CatalogueChange((*hubs, *sites, *cells, Tariff("standard", 0, None, "EUR", prices), plan, *accounts))


def batches(kind: str, rows: int, size: int = 0, after: int = 0) -> Iterator[Sequence[Any]]:
    """Lists of events of one kind until there are about `rows` rows; `size` rows each where it is given. `after` moves
    their times and names, so that one stream can follow another."""
    makers: dict[str, Callable[[int, int, int], Iterator[Sequence[Any]]]]
    makers = {"telemetry": _telemetry, "usage": _usage, "alarms": _alarms}
    return makers[kind](rows, size, after)


def _telemetry(rows: int, size: int, after: int) -> Iterator[list[Measurements]]:
    """Every series at one instant, then at the next, as elements report, one domain an envelope."""
    rng = np.random.default_rng(4)
    width = size or ENVELOPE
    parts = max(1, SERIES // width) if not size else 1
    names = ("DRB.UEThpDl", "RRU.PrbUsedDl")
    level, swing = rng.uniform(20, 80, (parts, width)), rng.uniform(2, 15, (parts, width))
    codes = (np.repeat(np.arange(width // 2, dtype=np.int32), 2), np.tile(np.arange(2, dtype=np.int32), width // 2))
    objects = [tuple(f"d{p}-cell-{i}" for i in range(width // 2)) for p in range(parts)]
    unsuspect = np.zeros(len(codes[0]), dtype=np.bool_)
    for step in range(rows // (parts * len(codes[0])) + 1):
        at = BEGIN + (step + after * 100_000) * (GRANULARITY if not size else SECOND)
        phase = 2 * np.pi * (at % DAY) / DAY
        times = np.full(len(codes[0]), at)
        for p in range(parts):
            value = (level[p] + swing[p] * np.sin(phase) + rng.normal(0, 1, width))[: len(times)]
            yield [Measurements(f"d{p}", FEED, 900 * SECOND, objects[p], names, *codes, times, value, unsuspect)]


def _usage(rows: int, size: int, after: int) -> Iterator[list[UsageRecords]]:
    rng = np.random.default_rng(5)
    width = size or ENVELOPE
    accounts = tuple(f"a-{i}" for i in range(ACCOUNTS))
    subscribers = tuple(f"{i:032x}" for i in range(ACCOUNTS))
    for number in range(rows // width + 1):
        who = rng.integers(0, ACCOUNTS, width).astype(np.int32)
        what = rng.integers(0, 3, width).astype(np.int32)
        volume = np.where(
            what == 0, rng.integers(1, 900, width), np.where(what == 1, 1, rng.integers(1, 1 << 24, width))
        )
        time = BEGIN + after * DAY + number * MINUTE + np.sort(rng.integers(0, 60 * SECOND, width))
        zeros = np.zeros(width, dtype=np.int32)
        yield [
            UsageRecords(
                FEED, accounts, subscribers, ("voice", "sms", "data"), ("+49151",), ("msc-1", "msc-2", "pgw-1"),
                tuple(f"{after}-{number}-{i}" for i in range(width)), who, who, what, zeros, what, time, volume,
                np.zeros(width, dtype=np.bool_),
            )
        ]  # fmt: skip


def _alarms(rows: int, size: int, after: int) -> Iterator[list[AlarmNotification]]:
    """Faults one after another: a hub, a site or a cell fails, what depends on it alarms within seconds, some messages
    come twice, and five minutes later all of it clears. Ten messages a second of event time, in its order."""
    rng = np.random.default_rng(6)
    width, sent, at = size or 500, 0, BEGIN + after * DAY
    waiting: list[AlarmNotification] = []
    while sent < rows:
        while len(waiting) < 50 * width:
            waiting += _fault(rng, at)
            at += int(rng.integers(2 * SECOND, 8 * SECOND))
        waiting.sort(key=lambda alarm: alarm.time)
        yield waiting[:width]
        waiting, sent = waiting[width:], sent + width


def flood(rows: int) -> Iterator[list[AlarmNotification]]:
    """So many alarms of a whole network, hub after hub, within ten seconds a day after `batches`; then a cell now and
    then for thirty, so that time goes on until all of it is settled. A list for every tenth of a second."""
    begin, per = BEGIN + 2 * DAY, max(1, rows // 100)
    struck = [(element, cause) for cause in ("powerProblem", "heartbeatLost", "linkDown") for element in _elements()]
    for number in range(400):
        at = begin + number * SECOND // 10
        chosen = struck[number * per : (number + 1) * per] if number < 100 else [(f"cell-{number}-0", "degraded")]
        yield [_message(element, cause, 5 if cause == "powerProblem" else 4, at) for element, cause in chosen]


def _elements() -> Iterator[str]:
    """Every hub, and after each what depends on it."""
    for hub in range(HUBS):
        sites = range(hub, SITES, HUBS)
        yield from (f"hub-{hub}", *(f"site-{s}" for s in sites), *(f"cell-{s}-{c}" for s in sites for c in range(3)))


def _fault(rng: np.random.Generator, at: Instant) -> list[AlarmNotification]:
    hub, site, cell = int(rng.integers(HUBS)), int(rng.integers(SITES)), int(rng.integers(3))
    size = rng.random()
    if size < 0.1:
        sites = range(hub, SITES, HUBS)
        struck = [f"hub-{hub}", *(f"site-{s}" for s in sites), *(f"cell-{s}-{c}" for s in sites for c in range(3))]
    elif size < 0.7:
        struck = [f"site-{site}", *(f"cell-{site}-{c}" for c in range(3))]
    else:
        struck = [f"cell-{site}-{cell}"]
    delays = rng.integers(0, 5 * SECOND, 2 * len(struck)).tolist()
    found = []
    for place, element in enumerate(struck):
        cause, severity = ("powerProblem", 5) if place == 0 else ("heartbeatLost", 4)
        raised = at if place == 0 else at + delays[place]
        cleared = at + 5 * MINUTE + delays[len(struck) + place]
        found += [_message(element, cause, severity, raised), _message(element, cause, 0, cleared)]
        if rng.random() < 0.05:
            found.append(found[-2])
    return found


def _message(element: str, cause: str, severity: int, at: Instant) -> AlarmNotification:
    name = f"{element}-{severity}-{at}"
    level = PerceivedSeverity(severity)
    return AlarmNotification(name, "bench", FEED, element, "equipmentAlarm", cause, "", level, at)
