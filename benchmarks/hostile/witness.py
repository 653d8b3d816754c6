"""A client that means well: what it sent, what was acknowledged, and what became of it."""

import sqlite3
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any, Final

import httpx

from benchmarks.hostile.client import Target, now

_ACCOUNT: Final = "witness"
_EVERY: Final = 1.0
_CATALOGUE: Final[dict[str, Any]] = {
    "resources": [{"resource_id": "witness-olt", "kind": "olt", "name": "witness", "domain": "witness"}],
    "tariffs": [
        {
            "tariff_id": "witness",
            "currency": "EUR",
            "valid_from": "2020-01-01T00:00:00Z",
            "prices": [{"service": "voice", "prefix": "", "kind": "per_unit", "rate": "0.06", "per": 60}],
        }
    ],
    "products": [
        {"product_id": "witness", "name": "Witness", "monthly_fee": "0", "tariff": "witness", "currency": "EUR"}
    ],
    "customers": [{"customer_id": "witness", "name": "witness"}],
    "accounts": [
        {
            "account_id": _ACCOUNT,
            "customer": "witness",
            "product": "witness",
            "payment": "postpaid",
            "currency": "EUR",
            "opening_balance": "0",
        }
    ],
}


@dataclass
class Witness:
    """Once a second an alarm of an element of its own, and a call of its own account; each is sent again, with the same
    id, until it is acknowledged."""

    target: Target
    _sent: list[str] = field(default_factory=list)
    _gate: Lock = field(default_factory=Lock)

    def introduced(self) -> bool:
        """Its account is in the catalogue."""
        with suppress(httpx.HTTPError):
            return self.target.post("catalogue", _CATALOGUE, "inventory").status_code == 202
        return False

    def greet(self) -> None:
        """Send the first before anything else happens."""
        self._send("witness-first", Event())

    def send(self, stop: Event) -> None:
        number = 0
        while not stop.wait(_EVERY):
            self._send(f"witness-{number}", stop)
            number += 1

    @property
    def acknowledged(self) -> int:
        with self._gate:
            return len(self._sent)

    def missing(self) -> list[str]:
        """What was acknowledged and is not applied yet, an alarm or a call."""
        alarms, calls = self._alarms(), self._calls()
        with self._gate:
            return [name for name in self._sent if name not in alarms or name not in calls]

    def lost(self) -> list[str]:
        return self.missing()

    def doubled(self) -> list[str]:
        """Calls that were charged more than once."""
        return [name for name, times in self._calls().items() if times > 1]

    def _send(self, name: str, stop: Event) -> None:
        if self._acknowledged(name, stop):
            with self._gate:
                self._sent.append(name)

    def _acknowledged(self, name: str, stop: Event) -> bool:
        when = now()
        alarm = {"managed_object": name, "probable_cause": "linkDown", "perceived_severity": "minor", "time": when}
        call = {"record_id": name, "account": _ACCOUNT, "service": "voice", "volume": 60, "time": when}
        wanted = [("alarms", alarm | {"notification_id": name}), ("usage", call)]
        while wanted and not stop.is_set():
            kind, row = wanted[0]
            with suppress(httpx.HTTPError):
                if self.target.post(kind, [row], f"witness-{kind}").status_code == 202:
                    wanted.pop(0)
                    continue
            stop.wait(0.5)
        return not wanted

    def _alarms(self) -> set[str]:
        query = "SELECT managed_object FROM alarm WHERE managed_object LIKE 'witness-%'"
        return {str(name) for (name,) in self._asked("assurance", query)}

    def _calls(self) -> Counter[str]:
        query = "SELECT record_id FROM charge WHERE record_id LIKE 'witness-%' AND NOT correction"
        return Counter(str(name) for (name,) in self._asked("charging", query))

    def _asked(self, topology: str, query: str) -> list[tuple[Any, ...]]:
        place = self.target.home / f"{topology}.db"
        with closing(sqlite3.connect(f"file:{place}?mode=ro", uri=True, timeout=20)) as opened:
            return opened.execute(query).fetchall()
