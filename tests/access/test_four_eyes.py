"""Acts that take two persons: one asks, another one asks for the same, and both are on the trail."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ingestion.batches.batch import Batch, Origin
from telassure import wiring
from telassure.access.four_eyes import FourEyes
from telassure.access.trail import AuditTrail
from telassure.kernel.commands import CommandDesk, Instruction, house_own, unpermitted
from telassure.kernel.errors import ConfigurationError, InvalidInput, NotPermitted, SecondWanted
from telassure.kernel.instant import DAY, HOUR, Instant
from telassure.kernel.ports import AskedAct, EventLog
from telassure.store.sql.access import SqlAccess
from telassure.wiring.settings import AccessSettings, Settings, isolated
from tests.stores.adapters import alarm, leakage, turn

OBJECTS = {"approve": "l-1", "dispute": "l-2", "ack": "al-1", "cure": "clock"}
PRICE = {"service": "voice", "prefix": "", "kind": "per_unit", "per": 60}


class Hands:
    at: Instant = 1_000 * DAY

    def now(self) -> Instant:
        return self.at


class Office:
    """An installation in which some acts take two persons."""

    def __init__(self, settings: Settings, log: EventLog, desk: CommandDesk) -> None:
        self.settings, self.log, self.desk = settings, log, desk

    def give(self, who: str, command: str, why: str = "a reason", act_id: str = "", **more: str) -> None:
        permit = unpermitted if who == "mallory" else house_own
        stated = who == "somebody"
        asked = Instruction(
            command, OBJECTS[command], who, why, more, "page", act_id=act_id, stated=stated, permit=permit
        )
        self.desk.give(asked)

    def state_tariff(self, who: str, rate: str, key: str = "") -> None:
        tariff = {"tariff_id": "t", "valid_from": "2026-01-01", "currency": "EUR", "prices": [{**PRICE, "rate": rate}]}
        directory = wiring.CatalogueFollower(self.settings, self.log).directory
        origin = Origin("catalogue", "api", actor=who, principal="" if who == "somebody" else who)
        wiring.gateway(self.settings, self.log, directory).submit(
            Batch("catalogue", {"tariffs": [tariff]}, key or f"{who} {rate}", key.encode(), guarded=bool(key)), origin
        )

    def told(self) -> list[tuple[str, str, str, str]]:
        """Database, actor, deed and outcome up to its first colon, the trail of access first."""
        return [
            (trail.database, each.actor, each.deed, each.outcome.split(":")[0])
            for trail in wiring.audit_trails(self.settings)
            for each in reversed(trail.newest(99))
        ]

    def records(self) -> int:
        return sum(self.log.end(name, 0) for name in wiring.TOPOLOGIES)


def two_for(folder: Path, *acts: str) -> Settings:
    return isolated(folder / "home").model_copy(update={"access": AccessSettings(four_eyes=list(acts))})


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    settings = two_for(tmp_path, *OBJECTS, "tariffs")
    wiring.home(settings)
    kept = {"charging": [leakage("l-1", "1.00"), leakage("l-2", "1.00")], "assurance": [alarm("al-1")]}
    for topology, records in kept.items():
        with closing(wiring.state_store(settings, topology)) as store:
            store.commit(turn(0, 0, topology=topology, records=records))
    with wiring.opened_log(settings) as log, closing(wiring.reader(settings)) as reader:
        yield Office(settings, log, wiring.commands(settings, log, reader, 0))


@pytest.mark.parametrize("command", sorted(OBJECTS))
def test_what_one_person_asks_for_is_done_when_another_asks_for_the_same(office: Office, command: str) -> None:
    with pytest.raises(SecondWanted, match="waits for another one"):
        office.give("eve", command)
    assert office.records() == 0
    office.give("kim", command, "in other words")
    assert office.records() > 0
    assert office.told() == [
        ("access", "eve", command, "requested"),
        ("access", "kim", command, "approved"),
        ("log", "kim", command, "durable by page"),
    ]


@pytest.mark.parametrize("command", sorted(OBJECTS))
def test_one_person_alone_does_nothing_however_often(office: Office, command: str) -> None:
    for _ in range(3):
        with pytest.raises(SecondWanted):
            office.give("eve", command)
    assert (office.records(), office.told()) == (0, [("access", "eve", command, "requested")])


def test_who_may_not_do_it_is_no_second_person_and_no_first(office: Office) -> None:
    with pytest.raises(NotPermitted):
        office.give("mallory", "approve")
    with pytest.raises(SecondWanted):
        office.give("eve", "approve")
    with pytest.raises(NotPermitted):
        office.give("mallory", "approve")
    assert office.records() == 0


def test_who_has_not_shown_who_they_are_is_no_person(office: Office) -> None:
    with pytest.raises(InvalidInput, match="log in"):
        office.give("somebody", "approve")
    with pytest.raises(InvalidInput, match="log in"):
        office.state_tariff("somebody", "0.10")
    assert office.records() == 0


def test_another_object_or_another_act_is_another_request(office: Office) -> None:
    with pytest.raises(SecondWanted):
        office.give("eve", "approve")
    with pytest.raises(SecondWanted):
        office.give("kim", "dispute")
    assert office.records() == 0


def test_a_confirmation_serves_once(office: Office) -> None:
    with pytest.raises(SecondWanted):
        office.give("eve", "cure")
    office.give("kim", "cure")
    with pytest.raises(SecondWanted):
        office.give("kim", "cure")


@pytest.mark.parametrize("command", sorted(OBJECTS))
def test_who_confirmed_and_repeats_it_under_its_id_does_nothing_twice(office: Office, command: str) -> None:
    with pytest.raises(SecondWanted):
        office.give("eve", command)
    office.give("kim", command, act_id="b")
    once, told = office.records(), office.told()
    office.give("kim", command, act_id="b")
    assert (office.records(), office.told()) == (once, told)
    with pytest.raises(SecondWanted):
        office.give("eve", command)


@pytest.mark.parametrize(("who", "act_id"), [("kim", "c"), ("kim", ""), ("ann", "b")])
def test_a_confirmation_is_of_one_person_and_one_id(office: Office, who: str, act_id: str) -> None:
    with pytest.raises(SecondWanted):
        office.give("eve", "approve")
    office.give("kim", "approve", act_id="b")
    with pytest.raises(SecondWanted):
        office.give(who, "approve", act_id=act_id)


def test_a_tariff_that_is_sent_again_under_its_key_waits_for_nobody(office: Office) -> None:
    with pytest.raises(SecondWanted):
        office.state_tariff("eve", "0.10", "key a")
    office.state_tariff("kim", "0.10", "key b")
    once, told = office.records(), office.told()
    office.state_tariff("kim", "0.10", "key b")
    assert (office.records(), office.told()) == (once, told)


def test_a_tariff_is_activated_by_two(office: Office) -> None:
    with pytest.raises(SecondWanted):
        office.state_tariff("eve", "0.10")
    with pytest.raises(SecondWanted):
        office.state_tariff("kim", "0.01")
    assert office.records() == 0
    office.state_tariff("kim", "0.10")
    assert office.told()[-2:] == [("access", "kim", "tariffs", "approved"), ("log", "kim", "state tariffs", "durable")]


def test_a_tariff_that_is_in_force_already_needs_nobody(office: Office) -> None:
    with pytest.raises(SecondWanted):
        office.state_tariff("eve", "0.10")
    office.state_tariff("kim", "0.10")
    before = office.records()
    office.state_tariff("somebody", "0.10")
    assert office.records() == before


@pytest.mark.parametrize(("pause", "confirmed"), [(0, True), (23 * HOUR, True), (25 * HOUR, False)])
def test_a_request_lasts_a_day(tmp_path: Path, pause: int, confirmed: bool) -> None:
    hands, store = Hands(), SqlAccess(f"sqlite:///{tmp_path / 'access.db'}")
    look = FourEyes(frozenset({"approve"}), store, AuditTrail(store, hands, b"a key of the tests"), hands)
    with pytest.raises(SecondWanted):
        look(AskedAct("approve", "l-1", b"1", "eve"))
    hands.at += pause
    try:
        look(AskedAct("approve", "l-1", b"1", "kim"))
    except SecondWanted:
        assert not confirmed
    else:
        assert confirmed


def test_an_act_that_nobody_knows_is_refused_at_the_start(tmp_path: Path) -> None:
    settings = two_for(tmp_path, "aprove")
    wiring.home(settings)
    with wiring.opened_log(settings) as log, pytest.raises(ConfigurationError, match="aprove"):
        wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)


def test_without_the_setting_one_person_is_enough(tmp_path: Path) -> None:
    settings = isolated(tmp_path / "home")
    wiring.home(settings)
    with wiring.opened_log(settings) as log, closing(wiring.reader(settings)) as reader:
        office = Office(settings, log, wiring.commands(settings, log, reader, 0))
        office.give("eve", "cure")
        office.state_tariff("somebody", "0.10")
        assert office.records() > 0
