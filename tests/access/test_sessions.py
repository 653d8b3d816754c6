"""Accounts and sessions: who gets in, for how long, how often somebody may try, and what is written down of it."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telassure.access import passwords
from telassure.access.accounts import Accounts
from telassure.access.principal import Principal
from telassure.access.register import FRESH_SECONDS, Register
from telassure.access.sessions import Sessions, TriedTooOften
from telassure.access.throttle import FREE, LONGEST_PAUSE, LoginThrottle
from telassure.access.trail import AuditTrail
from telassure.kernel.errors import InvalidInput, NotPermitted
from telassure.kernel.instant import HOUR, MINUTE
from telassure.store.sql.access import SqlAccess
from tests.access.test_register import Hands

EVE = Principal("eve", frozenset({"operator"}))
KIM = Principal("kim", frozenset({"viewer"}), domains=frozenset({"north"}))
PASSWORD = "nine blue otters at dusk"
HERE = "192.0.2.7"


class House:
    """Accounts, sessions and the trail over one database."""

    def __init__(self, folder: Path) -> None:
        self.hands = Hands()
        self.folder = folder
        self.store = SqlAccess(f"sqlite:///{folder / 'access.db'}")
        self.trail = AuditTrail(self.store, self.hands, b"a key of the tests")
        self.accounts = Accounts(self.store, self.hands, self.trail, "root")
        self.sessions = self.opened()
        self.register = Register(self.store, self.hands, self.trail, elapsed=self.hands.elapsed)

    def opened(self) -> Sessions:
        return Sessions(self.store, self.hands, self.trail, elapsed=self.hands.elapsed)

    def later(self, micros: int) -> None:
        self.hands.time += micros
        self.hands.up += micros / 1e6

    def told(self) -> list[tuple[str, str, str, str]]:
        return [(each.actor, each.deed, each.subject, each.outcome) for each in reversed(self.trail.newest(1_000))]


@pytest.fixture
def house(tmp_path: Path) -> House:
    found = House(tmp_path)
    found.accounts.open(EVE, PASSWORD)
    return found


@pytest.mark.parametrize("wanted", [EVE, KIM])
def test_a_session_is_its_principals(tmp_path: Path, wanted: Principal) -> None:
    house = House(tmp_path)
    house.accounts.open(wanted, PASSWORD)
    assert house.sessions.principal(house.sessions.login(wanted.name, PASSWORD, HERE)) == wanted


@pytest.mark.parametrize(
    ("name", "password"), [("eve", PASSWORD + " "), ("eve", ""), ("Eve", PASSWORD), ("kim", PASSWORD), ("", "")]
)
def test_what_does_not_fit_is_refused_and_written_down(house: House, name: str, password: str) -> None:
    with pytest.raises(NotPermitted, match="the name or the password is wrong"):
        house.sessions.login(name, password, HERE)
    assert house.told()[-1] == ("eve" if name == "eve" else "nobody known", "login", "page", "failed")


def test_a_password_that_was_typed_as_a_name_is_not_written_down(house: House) -> None:
    with pytest.raises(NotPermitted):
        house.sessions.login(PASSWORD, "eve", HERE)
    assert PASSWORD not in str(house.told())


@pytest.mark.parametrize("key", ["", "x", "é" * 40, "\udcff" * 20])
def test_what_is_no_key_is_nobodys(house: House, key: str) -> None:
    house.sessions.login("eve", PASSWORD, HERE)
    assert house.sessions.principal(key) is None


def test_another_process_knows_the_session(house: House) -> None:
    assert house.opened().principal(house.sessions.login("eve", PASSWORD, HERE)) == EVE


def test_a_session_that_is_used_ends_after_its_hours(house: House) -> None:
    key = house.sessions.login("eve", PASSWORD, HERE)
    for _ in range(24):
        house.later(30 * MINUTE - 1_000_000)
        assert house.sessions.principal(key) == EVE
    house.later(MINUTE)
    assert house.sessions.principal(key) is None


def test_a_session_that_is_not_used_ends_in_an_hour(house: House) -> None:
    key = house.sessions.login("eve", PASSWORD, HERE)
    house.later(HOUR)
    assert house.sessions.principal(key) is None


def test_who_logs_out_is_out_in_every_process_within_a_second(house: House) -> None:
    other, key = house.opened(), house.sessions.login("eve", PASSWORD, HERE)
    assert other.principal(key) == EVE
    house.sessions.end(key)
    house.hands.up += FRESH_SECONDS
    assert (house.sessions.principal(key), other.principal(key)) == (None, None)
    assert house.told()[-1] == ("eve", "logout", "page", "done")


@pytest.mark.parametrize("ending", ["revoke", "password"])
def test_sessions_and_links_end_with_what_they_stand_on(house: House, ending: str) -> None:
    key, link = house.sessions.login("eve", PASSWORD, HERE), house.accounts.link("eve")
    if ending == "revoke":
        house.register.revoke("eve")
    else:
        house.accounts.change("eve", "ten green otters at dawn")
    house.hands.up += FRESH_SECONDS
    assert house.sessions.principal(key) is None
    with pytest.raises(NotPermitted):
        house.sessions.enter(link, HERE)
    with pytest.raises(NotPermitted):
        house.sessions.login("eve", PASSWORD, HERE)


def test_a_link_logs_in_once(house: House) -> None:
    link = house.accounts.link("eve")
    assert house.sessions.principal(house.sessions.enter(link, HERE)) == EVE
    with pytest.raises(NotPermitted, match="used already"):
        house.sessions.enter(link, HERE)


@pytest.mark.parametrize("lasts", [MINUTE, HOUR])
def test_a_link_ends(house: House, lasts: int) -> None:
    link = house.accounts.link("eve", lasts)
    house.later(lasts)
    with pytest.raises(NotPermitted, match="too old"):
        house.sessions.enter(link, HERE)


def test_the_first_link_is_an_admins_every_time(house: House) -> None:
    for _ in range(2):
        found = house.sessions.principal(house.sessions.enter(house.accounts.first_link(), HERE))
        assert found == Principal("admin", frozenset({"admin"}))


@pytest.mark.parametrize("name", ["eve", "sensor"])
def test_a_name_is_given_once(house: House, name: str) -> None:
    house.register.enrol(Principal("sensor", frozenset({"source"})))
    with pytest.raises(InvalidInput, match="already"):
        house.accounts.open(Principal(name, frozenset({"viewer"})), PASSWORD)


@pytest.mark.parametrize(
    "password", ["", "short", "x" * 129, "a" * 20, "abababababab", "evening is eve's", "EVE-EVE-EVE1"]
)
def test_a_password_that_is_easily_guessed_is_refused_and_not_said(house: House, password: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        house.accounts.change("eve", password)
    assert not password or password not in str(refused.value)


def test_no_secret_is_in_the_database(house: House) -> None:
    secrets = [PASSWORD, house.accounts.link("eve"), house.sessions.login("eve", PASSWORD, HERE)]
    kept = b"".join(place.read_bytes() for place in house.folder.iterdir())
    assert [secret for secret in secrets if secret.encode() in kept] == []


def test_an_account_without_its_digest_admits_nobody(house: House) -> None:
    assert not passwords.password_fits(None, "a password that nobody has")
    assert not passwords.password_fits("no digest", PASSWORD)


def test_after_a_few_failures_nobody_looks_until_some_seconds_are_over(house: House) -> None:
    for _ in range(FREE["name at address"]):
        with pytest.raises(NotPermitted):
            house.sessions.login("eve", "wrong", HERE)
    with pytest.raises(TriedTooOften):
        house.sessions.login("eve", PASSWORD, HERE)
    house.later(2_000_000)
    assert house.sessions.principal(house.sessions.login("eve", PASSWORD, HERE)) == EVE


@given(tries=st.integers(0, 200), pauses=st.lists(st.floats(0, 30), min_size=1, max_size=8))
@settings(max_examples=50)
def test_who_tries_for_an_hour_is_heard_about_once_a_minute(tries: int, pauses: list[float]) -> None:
    hands = Hands()
    throttle = LoginThrottle(hands.elapsed)
    heard = 0
    while hands.up < 3_600:
        heard += throttle.admit("eve", HERE) == 0.0
        hands.up += 0.25 + pauses[(heard + tries) % len(pauses)]
    assert heard <= FREE["name at address"] + 7 + 3_600 / LONGEST_PAUSE


@pytest.mark.parametrize("vary", ["name", "address"])
def test_many_names_and_many_addresses_are_bounded_too(vary: str) -> None:
    hands = Hands()
    throttle = LoginThrottle(hands.elapsed)
    several = [(f"n{n}", HERE) if vary == "name" else ("eve", f"192.0.2.{n}") for n in range(200)]
    heard = sum(throttle.admit(*each) == 0.0 for each in several)
    assert heard == FREE["address" if vary == "name" else "name"]


def test_somebody_elses_failures_elsewhere_keep_nobody_out() -> None:
    hands = Hands()
    throttle = LoginThrottle(hands.elapsed)
    for _ in range(20):
        throttle.admit("eve", "198.51.100.1")
    assert throttle.admit("eve", HERE) == 0.0


def test_many_who_log_in_from_one_address_do_not_wait() -> None:
    hands = Hands()
    throttle = LoginThrottle(hands.elapsed)
    for number in range(3 * FREE["address"]):
        assert throttle.admit(f"n{number}", HERE) == 0.0
        throttle.succeeded(f"n{number}", HERE)


def test_the_trail_of_all_this_is_proven(house: House) -> None:
    house.sessions.enter(house.accounts.link("eve"), HERE)
    assert (house.trail.prove().ok, len(house.told())) == (True, 3)


@pytest.mark.parametrize(("before", "version"), [("access_0001", 1), ("access_0002", 2)])
def test_a_register_of_a_release_before_gets_its_tables(tmp_path: Path, before: str, version: int) -> None:
    place = tmp_path / "access.db"
    house = House(tmp_path)
    house.register.enrol(KIM)
    with sqlite3.connect(place) as opened:
        for table in (
            "access_request",
            "access_session",
            "access_link",
            "access_account",
            *(("audit_entry", "audit_head") * (version == 1)),
        ):
            opened.execute(f"DROP TABLE {table}")
        opened.execute("UPDATE alembic_version SET version_num = ?", (before,))
    opened.close()
    again = House(tmp_path)
    again.accounts.change("kim", PASSWORD)
    assert again.sessions.principal(again.sessions.login("kim", PASSWORD, HERE)) == KIM
