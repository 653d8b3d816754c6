"""What the network says: measurements every five minutes, and alarms that come in bursts and clear."""

from collections.abc import Iterator
from random import Random
from typing import Any, Final

from telassure.evaluation.torture.request import InputRequest
from telassure.evaluation.torture.territory import Land
from telassure.kernel.instant import HOUR, MINUTE, SECOND, Instant

PERIOD: Final = 5 * MINUTE
_NAMES: Final = ("prb_used", "throughput")
_INCIDENTS: Final = 10.0  # a domain and hour
_FAST: Final = 0.03


def measurements(land: Land, dice: Random, begin: Instant, end: Instant) -> Iterator[InputRequest]:
    """Of each domain a body a period: some values too high for a while, some rows ahead of their time, some bad."""
    for domain in land.domains:
        cells = [cell for site in land.sites(domain) for cell in land.cells(site)]
        high: dict[str, Instant] = {}
        for at in range(begin + PERIOD, end, PERIOD):
            if dice.random() < 0.1:
                high[dice.choice(cells)] = at + dice.randrange(2, 6) * PERIOD
            rows = [_row(dice, cell, name, at, high) for cell in cells for name in _NAMES]
            bad = frozenset[int]()
            if dice.random() < _FAST:
                rows[0]["time"] = at + 3 * MINUTE
            if dice.random() < _FAST:
                rows[1]["value"], bad = "much", frozenset({1})
            due = at + dice.randrange(30) * SECOND
            yield InputRequest(due, f"pm-{domain}", "measurements", rows, rows, _key(dice, "pm", domain, at), bad)


def _row(dice: Random, cell: str, name: str, at: Instant, high: dict[str, Instant]) -> dict[str, Any]:
    value = 95 + dice.random() if name == "prb_used" and at < high.get(cell, 0) else 40 + 10 * dice.random()
    return {"time": at, "managed_object": cell, "measurement": name, "value": value, "granularity_s": PERIOD // SECOND}


def alarms(land: Land, dice: Random, begin: Instant, end: Instant) -> Iterator[InputRequest]:
    """Incidents one after another in each domain, each as some bodies of a few messages."""
    for domain in land.domains:
        at, number = begin, 0
        while (at := at + round(dice.expovariate(_INCIDENTS / HOUR))) < end:
            rows = sorted(_incident(land, dice, domain, at), key=lambda row: row["time"])
            while rows:
                some, rows = rows[: (size := dice.randrange(1, 5))], rows[size:]
                number += 1
                for place, row in enumerate(some):
                    row["notification_id"] = f"n-{domain}-{number}-{place}"
                due = some[-1]["time"] + dice.randrange(5) * SECOND
                yield InputRequest(due, f"fm-{domain}", "alarms", some, some, _key(dice, "fm", domain, number))


def _incident(land: Land, dice: Random, domain: str, at: Instant) -> Iterator[dict[str, Any]]:
    site = dice.choice(land.sites(domain))
    struck = dice.choice(([land.hub(domain), *land.sites(domain)], [site, *land.cells(site)], [land.cells(site)[0]]))
    lasts = dice.randrange(1, 40) * MINUTE
    for place, element in enumerate(struck):
        raised = at + (dice.randrange(8 * SECOND) if place else 0)
        cause, severity = ("powerProblem", "critical") if place == 0 else ("heartbeatLost", "major")
        yield _message(element, cause, severity, raised)
        if dice.random() < 0.2:
            yield _message(element, cause, severity, raised + dice.randrange(1, 60) * SECOND)
        if dice.random() < 0.9:
            yield _message(element, cause, "cleared", raised + lasts + dice.randrange(30) * SECOND)


def _message(element: str, cause: str, severity: str, at: Instant) -> dict[str, Any]:
    return {
        "managed_object": element,
        "event_type": "equipmentAlarm",
        "probable_cause": cause,
        "perceived_severity": severity,
        "time": at,
    }


def _key(dice: Random, *parts: object) -> str:
    """Half of all requests have an Idempotency-Key."""
    return "-".join(map(str, parts)) if dice.random() < 0.5 else ""
