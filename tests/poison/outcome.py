"""What a run has told of the network: alarms, tickets, notices, money and points, without what poison itself made."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from typing import Any

from telassure import wiring
from telassure.kernel.events import Alarm, Charge, Notification, RevenueLeakage, ServiceProblem, TroubleTicket
from telassure.kernel.instant import DAY
from telassure.kernel.kept import BusinessRecord
from tests.poison.living import Living
from tests.poison.machine import START
from tests.poison.network import ACCOUNTS, CELLS, DOMAINS

TOLD = {
    "alarms": (Alarm, "managed_object"),
    "problems": (ServiceProblem, "root_causes"),
    "tickets": (TroubleTicket, "root_cause"),
    "notices": (Notification, "customer"),
    "charges": (Charge, "account"),
    "leakage": (RevenueLeakage, "subject"),
}
_OF_THE_COMMIT = frozenset({"trace", "seal", "checksum", "digest"})
"""What is of the commit that a record was in, and so of what others sent, too."""
Told = Mapping[str, list[str]]
OURS = (*(f"{domain}-" for domain in DOMAINS), *ACCOUNTS, *(f"c-{account}" for account in ACCOUNTS), "msc-1")


def outcome(system: Living, heard: list[str]) -> Told:
    """By what it is, everything that was told, in words that can be compared. `heard` is what a receiver has heard."""
    found = {name: _of(system, kind, field) for name, (kind, field) in TOLD.items()}
    found["heard"] = sorted(heard)
    found["points"] = _points(system)
    found["refused"] = list(system.refused)
    found["late"] = list(system.late)
    return found


def _of(system: Living, kind: type[BusinessRecord], field: str) -> list[str]:
    records = (
        {**(said := asdict(each)), **dict.fromkeys(_OF_THE_COMMIT & said.keys(), "")}
        for each in system.reader.every(kind)
    )
    return sorted(repr(each) for each in records if any(name in str(each[field]) for name in OURS))


def _points(system: Living) -> list[str]:
    with closing(wiring.metric_store(system.settings, read_only=True)) as store:
        read = {cell: store.read(cell, "load", START - DAY, START + DAY) for cell in CELLS}
    return [f"{cell} {_listed(columns)}" for cell, columns in read.items()]


def _listed(columns: Any) -> dict[str, Any]:
    return {name: list(map(float, columns[name])) for name in ("time", "value", "score")}


def differing(found: Told, wanted: Told) -> Mapping[str, Mapping[str, list[str]]]:
    """Where a run has told other things than the undisturbed one: what is missing, and what is more."""
    return {
        name: {
            "missing": [each for each in wanted[name] if each not in found[name]],
            "more": [each for each in found[name] if each not in wanted[name]],
        }
        for name in wanted
        if found[name] != wanted[name]
    }
