"""Dead letters of a whole installation: listed without their input, put in again once, and back where still refused."""

import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ingestion.batches.batch import Batch, Origin
from telassure import wiring
from telassure.kernel.ports import Entry
from telassure.wiring.settings import Settings
from tests.system.installation import ROOT, Installation

NUMBER = "491700000001"
TARIFF = {"service": "voice", "kind": "per_unit", "rate": "1/500", "per": 1, "increment": 60}
CATALOGUE = {
    "customers": [{"customer_id": "cu-1", "name": "One", "segment": "consumer"}],
    "products": [{"product_id": "pr-1", "name": "Talk", "monthly_fee": "10", "currency": "EUR", "tariff": "ta-1"}],
    "tariffs": [
        {
            "tariff_id": "ta-1",
            "valid_from": "2020-01-01T00:00:00Z",
            "valid_to": None,
            "currency": "EUR",
            "prices": [TARIFF],
        }
    ],
}
CUSTOMER = {
    "accounts": [
        {
            "account_id": "a-1", "customer": "cu-1", "product": "pr-1", "payment": "postpaid",
            "opening_balance": {"amount": "0", "currency": "EUR"},
        }
    ],
    "subscribers": [{"msisdn": NUMBER, "account": "a-1"}],
}  # fmt: skip
DYING = """
import os, sys
from telassure.store.sql import SqlStateStore
SqlStateStore.mark_replayed = lambda *_: os._exit(9)
from telassure.app.cli.main import app
app(["letters", "replay", "--json"])
"""


class Place:
    """One home, its commands as processes, and its workers by our own hand."""

    def __init__(self, home: Path) -> None:
        self.system = Installation(home)
        self.settings = Settings.model_construct(
            home=home, pseudonym_key=self.system.environment["TELASSURE_PSEUDONYM_KEY"]
        )
        wiring.home(self.settings)

    def send(self, kind: str, body: object, position: str) -> None:
        with wiring.opened_log(self.settings) as log:
            gateway = wiring.gateway(self.settings, log, wiring.CatalogueFollower(self.settings, log).directory)
            gateway.submit(Batch(kind, body, position), Origin("replay:test", f"test:{kind}"))
        self.apply()

    def apply(self) -> None:
        with wiring.worker(self.settings, [], live=False) as host:
            host.drain()

    def call(self, *arguments: str) -> dict[str, Any]:
        return self.system.run("letters", *arguments, "--json").json

    def replay(self, *ids: str) -> dict[str, Any]:
        found = self.call("replay", *ids)
        self.apply()
        return found

    def open(self) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = self.call("list")["letters"]
        return found

    def charges(self) -> int:
        with closing(wiring.reader(self.settings)) as reader:
            return reader.counts()["charge"]


def call(volume: int = 60) -> dict[str, object]:
    return {
        "record_id": "cdr-1", "subscriber": NUMBER, "service": "voice", "destination": "4930123456", "switch": "msc-1",
        "time": "2026-03-02T10:00:00Z", "volume": volume,
    }  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Place:
    found = Place(tmp_path / "home")
    found.send("catalogue", CATALOGUE, "1")
    return found


@pytest.fixture
def suspended(place: Place) -> Place:
    """One call of a subscriber whom nobody knows; then the subscriber is added."""
    place.send("usage", call(), "1")
    place.send("catalogue", CUSTOMER, "2")
    return place


def test_a_call_of_an_unknown_subscriber_is_charged_once_when_its_letter_is_replayed_twice(suspended: Place) -> None:
    (letter,) = suspended.open()
    first, second = suspended.replay(letter["id"]), suspended.replay(letter["id"][:9])
    assert (letter["operator"], letter["reason"].split(";")[0]) == ("rate", "unknown subscriber")
    assert (first["replayed"], second["replayed"], second["already_replayed"]) == (1, 0, 1)
    assert (suspended.charges(), suspended.open()) == (1, [])


def test_a_replay_that_dies_between_log_and_mark_charges_once(suspended: Place) -> None:
    died = subprocess.run(
        [sys.executable, "-c", DYING], env=suspended.system.environment, cwd=ROOT, capture_output=True, check=False
    )
    suspended.apply()
    between = len(suspended.open())
    suspended.replay()
    assert (died.returncode, between, len(suspended.open()), suspended.charges()) == (9, 1, 0, 1)


def test_a_letter_whose_cause_remains_comes_back_as_itself(place: Place) -> None:
    place.send("usage", call(), "1")
    before = place.open()
    place.replay()
    assert place.open() == before


def test_a_reused_record_id_is_refused_again_for_the_same_reason_and_adds_no_letter(place: Place) -> None:
    place.send("catalogue", CUSTOMER, "2")
    place.send("usage", call(), "1")
    place.send("usage", call(volume=120), "2")
    before = place.open()
    place.replay()
    place.replay()
    assert [letter["reason"] for letter in before] == ["duplicate id with other content"]
    assert (place.open(), place.charges(), place.call("list")["replayed"]) == (before, 1, 0)


def test_bytes_that_are_no_event_are_listed_and_not_replayable(place: Place) -> None:
    with wiring.opened_log(place.settings) as log:
        log.append([Entry("charging", 0, "usage_records", b"\xc1", "elsewhere", "7", b"d")])
    place.apply()
    (letter,) = place.open()
    refused = place.system.run("letters", "replay", letter["id"])
    assert (letter["replayable"], letter["mend"]) == (False, "send it again, corrected")
    assert (refused.code, "send it again" in " ".join(refused.notes.split())) == (1, True)


def test_no_number_and_no_input_of_a_letter_is_printed(place: Place) -> None:
    place.send("usage", [call(), call() | {"time": "yesterday"}], "1")
    said = json.dumps(place.call("list"))
    assert (said.count('"id"'), NUMBER in said, "4930123456" in said) == (2, False, False)


def test_a_replay_leaves_the_digest_of_the_letters_as_it_was(place: Place) -> None:
    place.send("usage", call(), "1")
    before = wiring.state_digest(place.settings)
    place.replay()
    assert wiring.state_digest(place.settings) == before
