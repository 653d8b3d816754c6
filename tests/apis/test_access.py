"""Every endpoint, kind of input, command and page with every role, as declared: what is added is walked too."""

import asyncio
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from dashboards.shell.page import pages
from ingestion.batches.kind import kinds
from ingestion.sources.http.commands import add_commands
from streams.operators.commands import commands
from telassure import wiring
from telassure.access.endpoint import KNOWN, OPEN, endpoints_of
from telassure.access.principal import Concern, Principal, may
from telassure.access.roles import ROLES
from telassure.access.tokens import Tokens
from telassure.kernel.kept import kept_types
from telassure.kernel.rights import RIGHTS
from telassure.wiring.settings import isolated
from tests.apis.conftest import token_of

PROXIED = {"X-Forwarded-For": "192.0.2.7"}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """All that the product offers over HTTP, with a token for each role."""
    settings = isolated(tmp_path_factory.mktemp("access") / "home")
    wiring.home(settings)
    tokens = Tokens({token_of(role): Principal(role, frozenset({role})) for role in ROLES})
    with wiring.opened_log(settings) as log:
        way_in = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        yield wiring.api(settings, log, way_in, tokens)


def asked(app: FastAPI, method: str, path: str, token: str = "", **more: Any) -> httpx.Response:
    async def answered() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1") as client:
            headers = {**PROXIED, **({"Authorization": f"Bearer {token}"} if token else {})}
            return await client.request(method, path, headers=headers, **more)

    return asyncio.run(answered())


def _address(path: str) -> str:
    """One that a path stands for."""
    return path.replace("{kind}", "alarms").replace("{id:path}", "no-such-thing")


def test_no_address_is_answered_that_does_not_say_which_right_it_needs(api: FastAPI) -> None:
    routes = {(method, route.path) for route in api.routes for method in route.methods}  # type: ignore[attr-defined]
    assert routes == {(each.method, each.path) for each in endpoints_of(api)}


def test_without_a_token_only_what_is_open_is_answered(api: FastAPI) -> None:
    found = {each: asked(api, each.method, _address(each.path)).status_code for each in endpoints_of(api)}
    assert {each for each, status in found.items() if status != 401} == {
        each for each in endpoints_of(api) if each.right == OPEN
    }


@pytest.mark.parametrize("role", ROLES)
def test_an_endpoint_answers_the_roles_that_bring_its_right(api: FastAPI, role: str) -> None:
    for each in endpoints_of(api):
        if each.right in (OPEN, KNOWN):
            continue
        status = asked(api, each.method, _address(each.path), token_of(role)).status_code
        assert (status == 403) == (each.right not in ROLES[role]), each


@pytest.mark.parametrize("role", ROLES)
def test_a_kind_of_input_is_taken_from_the_roles_that_bring_its_right(api: FastAPI, role: str) -> None:
    found = {name: asked(api, "POST", f"/v1/ingest/{name}", token_of(role), json=[]).status_code for name in kinds()}
    assert {name for name, status in found.items() if status == 403} == {
        name for name, kind in kinds().items() if kind.right not in ROLES[role]
    }


@pytest.mark.parametrize("role", ROLES)
def test_a_command_is_taken_from_the_roles_that_bring_its_right(api: FastAPI, role: str) -> None:
    names = {name for name, _ in commands()}
    bodies = {name: {"command": name, "object": "no-such-object", "why": "tried"} for name in names}
    found = {name: asked(api, "POST", "/v1/commands", token_of(role), json=body) for name, body in bodies.items()}
    wanted = {name: {each.right for (known, _), each in commands().items() if known == name} for name in names}
    assert {name for name, answer in found.items() if answer.status_code == 403} == {
        name for name, rights in wanted.items() if not rights & ROLES[role]
    }


@pytest.mark.parametrize("role", ROLES)
def test_the_commands_that_are_listed_are_those_that_may_be_given(api: FastAPI, role: str) -> None:
    answer = asked(api, "GET", "/v1/commands", token_of(role))
    listed = {(each["command"], each["right"]) for each in answer.json().get("commands", [])}
    assert listed == {(name, each.right) for (name, _), each in commands().items() if each.right in ROLES[role]}


def test_every_declaration_names_a_right_that_there_is() -> None:
    named = [each.right for each in (*kinds().values(), *commands().values(), *pages().values())]
    shown = [right for kept in kept_types().values() for right in kept.shown_to]
    assert {*named, *shown} <= RIGHTS


def test_every_right_is_somebodys() -> None:
    assert frozenset[str]().union(*ROLES.values()) == RIGHTS


def test_who_is_bounded_to_a_domain_sees_no_page_of_all_of_them() -> None:
    bounded = [Principal("eve", frozenset({role}), domains=frozenset({"north"})) for role in ROLES]
    seen = [(who.roles, page.path) for who, page in product(bounded, pages().values()) if may(who, page.right, _ALL)]
    assert not seen


_ALL = Concern(domain="")


@pytest.mark.parametrize("user", ["kim", "admin2", "api_token"])
def test_a_body_that_names_another_than_the_tokens_principal_is_refused(api: FastAPI, user: str) -> None:
    body = {"command": "ack", "object": "no-such-object", "user": user}
    answer = asked(api, "POST", "/v1/commands", token_of("operator"), json=body)
    assert (answer.status_code, "taken from the token" in answer.json()["error"]) == (422, True)


_AT = "2026-06-01T11:00:00Z"
_ACTION = {"action_id": "1", "alarm_id": "a", "action": "clear", "domain": "d", "time": _AT}
_VERDICT = dict.fromkeys(("verdict_id", "domain", "feed", "managed_object", "measurement", "why"), "x") | {
    "started_at": _AT,
    "given_at": _AT,
    "verdict": "false_positive",
}


@pytest.mark.parametrize(("kind", "row"), [("actions", _ACTION), ("verdicts", _VERDICT)])
@pytest.mark.parametrize(("user", "status"), [("kim", 422), ("admin", 422), ("operator", 202), (None, 202)])
def test_a_row_acts_for_the_tokens_principal_alone(
    api: FastAPI, kind: str, row: dict[str, str], user: str | None, status: int
) -> None:
    said = {**row, f"{kind[:-1]}_id": f"{kind} of {user}", **({} if user is None else {"user": user})}
    assert asked(api, "POST", f"/v1/ingest/{kind}", token_of("operator"), json=said).status_code == status


def test_a_role_that_is_none_may_nothing(tmp_path: Path) -> None:
    app = FastAPI()
    add_commands(app, _Nobody(), Tokens({"the-token-of-a-janitor": Principal("janitor", frozenset({"janitor"}))}))
    assert asked(app, "GET", "/v1/commands", "the-token-of-a-janitor").status_code == 403


class _Nobody:
    """A desk that nothing reaches."""

    def give(self, instruction: object) -> Any:
        raise AssertionError(instruction)
