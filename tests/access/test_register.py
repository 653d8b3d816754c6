"""The register of access: tokens that serve, end and are ended, and what its files of the release before stand for."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telassure import wiring
from telassure.access.principal import Concern, Principal, may
from telassure.access.register import FRESH_SECONDS, Register
from telassure.access.roles import ROLES
from telassure.access.trail import AuditTrail
from telassure.kernel.errors import ConfigurationError, InvalidInput
from telassure.kernel.instant import DAY, HOUR, SECOND
from telassure.kernel.rights import RIGHTS
from telassure.store.sql.access import SqlAccess
from telassure.wiring.settings import isolated

SENSOR = Principal("sensor", frozenset({"source"}), frozenset({"pm-north"}))
EVE = Principal("eve", frozenset({"operator"}), domains=frozenset({"north"}))


class Hands:
    """A clock and an uptime that a test moves."""

    def __init__(self) -> None:
        self.time, self.up = 1_000 * DAY, 0.0

    def now(self) -> int:
        return self.time

    def elapsed(self) -> float:
        return self.up


@pytest.fixture
def hands() -> Hands:
    return Hands()


def opened(folder: Path, hands: Hands) -> Register:
    store = SqlAccess(f"sqlite:///{folder / 'access.db'}")
    return Register(store, hands, AuditTrail(store, hands, b"a key of the tests"), elapsed=hands.elapsed)


@pytest.fixture
def register(tmp_path: Path, hands: Hands) -> Register:
    return opened(tmp_path, hands)


@pytest.mark.parametrize("wanted", [SENSOR, EVE])
def test_a_token_is_its_principals(register: Register, wanted: Principal) -> None:
    assert register.principal(register.enrol(wanted)) == wanted


@pytest.mark.parametrize("token", ["", "x", "tls_", "é" * 40, "\udcff" * 20])
def test_what_is_no_token_is_nobodys(register: Register, token: str) -> None:
    register.enrol(SENSOR)
    assert register.principal(token) is None


def test_no_token_is_in_any_file(tmp_path: Path, register: Register) -> None:
    tokens = [register.enrol(SENSOR), register.enrol(EVE), register.rotate("eve")]
    written = b"".join(place.read_bytes() for place in tmp_path.iterdir())
    assert not [token for token in tokens if token.encode() in written or token[4:].encode() in written]


def test_a_revoked_token_ends_in_another_process_within_a_second(
    tmp_path: Path, register: Register, hands: Hands
) -> None:
    token, api = register.enrol(SENSOR), opened(tmp_path, hands)
    assert api.principal(token) == SENSOR
    register.revoke("sensor")
    hands.up += FRESH_SECONDS
    assert api.principal(token) is None


def test_a_new_principal_is_known_to_another_process_within_a_second(
    tmp_path: Path, register: Register, hands: Hands
) -> None:
    api = opened(tmp_path, hands)
    api.principal("nobody's token")
    token = register.enrol(EVE)
    hands.up += FRESH_SECONDS
    assert api.principal(token) == EVE


@pytest.mark.parametrize(("later", "serves"), [(0, True), (DAY - 1, True), (DAY, False), (30 * DAY, False)])
def test_a_token_serves_until_it_expires(register: Register, hands: Hands, later: int, serves: bool) -> None:
    token = register.enrol(SENSOR, hands.time + DAY)
    hands.time += later
    assert (register.principal(token) == SENSOR) is serves


@pytest.mark.parametrize(("overlap", "later", "serves"), [(0, 0, False), (HOUR, HOUR - 1, True), (HOUR, HOUR, False)])
def test_the_token_before_a_rotation_serves_for_the_overlap(
    register: Register, hands: Hands, overlap: int, later: int, serves: bool
) -> None:
    before = register.enrol(SENSOR)
    after = register.rotate("sensor", overlap)
    hands.time += later
    assert (register.principal(after), register.principal(before) == SENSOR) == (SENSOR, serves)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Principal("x", frozenset()), "has no role"),
        (Principal("x", frozenset({"root"})), "no role root"),
        (Principal("", frozenset({"viewer"})), "name"),
        (Principal("a\nb", frozenset({"viewer"})), "control characters"),
        (Principal("x", frozenset({"viewer"}), frozenset({"pm"})), "no source"),
        (Principal("x", frozenset({"source"}), domains=frozenset({"north"})), "bounded by feeds"),
    ],
)
def test_a_principal_that_would_not_be_what_it_seems_is_refused(
    register: Register, wanted: Principal, said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        register.enrol(wanted)


def test_a_name_is_given_once(register: Register) -> None:
    register.enrol(EVE)
    with pytest.raises(InvalidInput, match="already"):
        register.enrol(EVE)


@pytest.mark.parametrize("change", ["rotate", "revoke"])
def test_nobody_is_changed_who_is_not_there(register: Register, change: str) -> None:
    with pytest.raises(InvalidInput, match="no principal 'kim'"):
        getattr(register, change)("kim")


def test_the_files_of_the_release_before_go_on_serving(tmp_path: Path) -> None:
    settings = isolated(tmp_path / "home")
    home = wiring.home(settings)
    api, recording = home.secret("api_token"), home.secret("recording_token")
    register = wiring.access_register(settings)
    sent = [
        (may(found, "ingest", Concern(feed="http")), may(found, "ingest", Concern(feed="replay:x")))
        for found in (register.principal(api), register.principal(recording))
        if found is not None
    ]
    assert sent == [(True, False), (False, True)]


def test_the_token_of_the_release_before_may_give_every_command(tmp_path: Path) -> None:
    settings = isolated(tmp_path / "home")
    token = wiring.home(settings).secret("api_token")
    found = wiring.access_register(settings).principal(token)
    assert found is not None
    assert found.rights == RIGHTS


def test_a_file_that_holds_another_token_ends_the_one_before(register: Register) -> None:
    for token in ("a-first-token-of-a-file", "a-second-token-of-a-file"):
        register.adopt(SENSOR, token, "secrets/sensor")
    found = [register.principal(f"a-{each}-token-of-a-file") for each in ("first", "second")]
    assert found == [None, SENSOR]


def test_a_token_of_a_file_that_was_revoked_stays_so_at_the_next_start(register: Register) -> None:
    register.adopt(SENSOR, "a-token-of-a-file-here", "secrets/sensor")
    register.revoke("sensor")
    register.adopt(SENSOR, "a-token-of-a-file-here", "secrets/sensor")
    assert register.principal("a-token-of-a-file-here") is None


def test_a_token_of_a_file_is_not_rotated_behind_its_back(register: Register) -> None:
    register.adopt(SENSOR, "a-token-of-a-file-here", "secrets/sensor")
    with pytest.raises(InvalidInput, match="secrets/sensor"):
        register.rotate("sensor")


def test_a_token_that_can_be_guessed_is_not_adopted(register: Register) -> None:
    with pytest.raises(ConfigurationError, match="shorter"):
        register.adopt(SENSOR, "short", "secrets/sensor")


def test_a_recording_needs_a_source_that_names_it() -> None:
    anyone = Principal("x", frozenset({"source"}))
    named = Principal("y", frozenset({"source"}), frozenset({"replay:north"}))
    found = [may(who, "ingest", Concern(feed=f"replay:{which}")) for who in (anyone, named) for which in ("north", "s")]
    assert found == [False, False, True, False]


names = st.sampled_from(["north", "south", "replay:north", "pm", "*", ""])
bounds = st.frozensets(names, max_size=3)


@given(st.frozensets(st.sampled_from(sorted(ROLES))), bounds, bounds, st.sampled_from(sorted(RIGHTS)), names, names)
def test_a_bound_and_a_role_less_never_allow_more(roles, feeds, domains, right, feed, domain):
    concern = Concern(feed, domain)
    bounded = Principal("x", roles, feeds, domains)
    free = Principal("x", frozenset(ROLES), feeds or frozenset(), frozenset())
    assert may(free, right, concern) or not may(bounded, right, concern)


@given(st.frozensets(st.text()), bounds, bounds, st.text(), names, names)
def test_what_nobody_has_declared_is_refused(roles, feeds, domains, right, feed, domain):
    who = Principal("x", roles - ROLES.keys(), feeds, domains)
    assert not may(who, right, Concern(feed, domain))


def test_a_token_costs_no_reading_within_a_second(tmp_path: Path, hands: Hands) -> None:
    register = opened(tmp_path, hands)
    token = register.enrol(SENSOR)
    register.principal(token)
    for place in tmp_path.glob("access.db*"):
        place.unlink()
    hands.time += SECOND // 2
    assert register.principal(token) == SENSOR
