"""`telassure privacy export`: all that is kept of a person under any of the names, and nothing of anybody else."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from telassure import wiring
from telassure.app.cli.main import app
from telassure.kernel.events import Account, CatalogueEntry, Customer, Subscriber
from telassure.kernel.money import Money
from telassure.wiring.settings import Settings, isolated
from tests.stores.adapters import charge, leakage, turn

NUMBER, OTHER, SECOND = "+49 171 555 0123", "+49 171 555 0124", "+49 171 555 0125"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Erna has the accounts a-1 (with two numbers) and a-2, Otto has a-9."""
    found = isolated(tmp_path / "home")
    wiring.home(found)
    who = wiring.pseudonymiser(found)
    balance = Money.zero("EUR")
    entries: list[CatalogueEntry] = [
        Customer("c-1", "Erna", "gold", "erna@example.org"),
        Customer("c-9", "Otto", "gold", "otto@example.org"),
        *(
            Account(name, owner, "p", "postpaid", balance)
            for name, owner in (("a-1", "c-1"), ("a-2", "c-1"), ("a-9", "c-9"))
        ),
        Subscriber(who.of(NUMBER), "a-1"),
        Subscriber(who.of(SECOND), "a-1"),
        Subscriber(who.of(OTHER), "a-9"),
    ]
    kept = [
        charge("1"),
        replace(charge("2"), account="a-2"),
        replace(charge("9"), account="a-9"),
        leakage("l-1", "1.00"),
    ]
    with closing(wiring.state_store(found, "assurance")) as store:
        store.commit(turn(0, 0, topology="assurance", catalogue=entries))
    with closing(wiring.state_store(found, "charging")) as store:
        store.commit(turn(0, 0, records=kept))
    return found


def export(settings: Settings, subject: str, typed: str = "") -> tuple[int, str, dict[str, Any]]:
    """The exit, all that was printed, and its JSON."""
    ran = CliRunner().invoke(
        app, ["privacy", "export", subject, "--json"], env={"TELASSURE_HOME": str(settings.home)}, input=typed
    )
    return ran.exit_code, ran.output, orjson.loads(ran.stdout) if ran.exit_code == 0 else {}


@pytest.mark.parametrize(
    ("subject", "stores"),
    [
        (NUMBER, {"catalogue": 3, "charge": 1, "revenue_leakage": 1}),
        ("0049171-5550123", {"catalogue": 3, "charge": 1, "revenue_leakage": 1}),
        ("a-1", {"catalogue": 4, "charge": 1, "revenue_leakage": 1}),
        ("a-2", {"catalogue": 2, "charge": 1}),
        ("c-1", {"catalogue": 5, "charge": 2, "revenue_leakage": 1}),
        ("c-9", {"catalogue": 3, "charge": 1}),
    ],
)
def test_all_of_a_subject_is_found_by_each_of_its_names(
    settings: Settings, subject: str, stores: dict[str, int]
) -> None:
    code, _, found = export(settings, subject)
    assert (code, found["stores"], found["keys_destroyed"]) == (0, stores, 0)
    assert {name: len(several) for name, several in found["records"].items()} == stores


@pytest.mark.parametrize(("subject", "others"), [(NUMBER, ["Otto", "a-9", "a-2"]), ("c-9", ["Erna", "a-1", "a-2"])])
def test_nothing_of_anybody_else_is_told(settings: Settings, subject: str, others: list[str]) -> None:
    said = export(settings, subject)[1]
    assert [each for each in others if f'"{each}"' in said] == []


@pytest.mark.parametrize("subject", [NUMBER, "004917155501 23", OTHER])
def test_the_number_is_said_nowhere(settings: Settings, subject: str) -> None:
    said = export(settings, "-", typed=subject + "\n")[1]
    entries = [f"{each.subject} {each.outcome}" for each in wiring.audit_trail(settings).newest(9)]
    assert [text for text in (said, *entries) if "5550" in text.replace(" ", "")] == []


@pytest.mark.parametrize("subject", ["+49 30 1234567", "c-7", ""])
def test_a_subject_of_whom_nothing_is_kept_is_refused_without_its_number(settings: Settings, subject: str) -> None:
    code, said, _ = export(settings, subject)
    assert (code, "nothing is kept" in said, "1234567" in said) == (1, True, False)


def test_an_export_is_written_down_with_the_digest_of_what_went_out(settings: Settings) -> None:
    certificate = export(settings, NUMBER)[2]["certificate"]
    (entry,) = wiring.audit_trail(settings).newest(9)
    assert (entry.deed, entry.outcome) == ("export subject", f"records: 5; sha256 {certificate}")


@pytest.mark.parametrize("account", [NUMBER, "00491715550123"])
def test_a_record_that_keeps_the_number_as_it_is_is_found(settings: Settings, account: str) -> None:
    verbatim = replace(charge("3"), account=account)
    with closing(wiring.state_store(settings, "charging")) as store:
        store.commit(turn(0, 2, records=[verbatim]))
    found = export(settings, account)[2]
    assert (found["stores"]["charge"], account in found["known_as"]) == (2, False)


@pytest.mark.parametrize(
    "place", ["TM Forum", "cells", "access.db", "trails", "metric store", "dead letters", "backups"]
)
def test_every_place_that_is_not_looked_into_is_named(settings: Settings, place: str) -> None:
    assert any(place in each for each in export(settings, "a-1")[2]["left_out"])
