"""Commands over HTTP: what is offered, and giving one through the same port as the page and the command line."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

from ingestion.fields.json_keys import refuse_key_twice
from ingestion.sources.http.bodies import BodyRefused, read_body
from streams.operators.commands import commands
from telassure.access.tokens import Authenticator, Client
from telassure.kernel import fields
from telassure.kernel.commands import LONGEST_WHY, CommandDesk, Instruction, Reply
from telassure.kernel.errors import ConflictingDuplicate, DamagedStore, InvalidInput, TransientError
from telassure.kernel.events.act import DONE
from telassure.kernel.instant import iso
from telassure.kernel.roles import OPERATE

FACE: Final = "api"
_MOST_BYTES: Final = 64 << 10
_PATIENCE: Final = 10.0
_KNOWN: Final = ("command", "object", "arguments", "user", "why", "id")


def add_commands(app: FastAPI, desk: CommandDesk, authenticator: Authenticator) -> None:
    """GET /v1/commands lists what may be asked; POST /v1/commands asks: {"command", "object", "why", "arguments",
    "user", "id"}. Both need a token with the role "operate". 200: done; 202: durable, and no worker has taken it yet;
    409: refused by the operator that would have obeyed; 422: it can have no effect, and is not in the log."""

    async def listed(request: Request) -> Response:
        client = _client(request, authenticator)
        return _forbidden(client) or _answer(200, {"commands": offered()})

    async def given(request: Request) -> Response:
        client = _client(request, authenticator)
        refusal = _forbidden(client)
        if refusal is not None or client is None:
            return refusal or _forbidden(None) or _answer(401, {})
        try:
            body = await read_body(request, _MOST_BYTES, _PATIENCE)
            instruction = read_instruction(body, client.name, request.headers.get("traceparent", ""))
            return _told(await run_in_threadpool(partial(desk.give, instruction)))
        except BodyRefused as error:
            return _answer(error.status, {"error": error.reason})
        except InvalidInput as error:
            return _answer(422, {"error": str(error)})
        except ConflictingDuplicate as error:
            return _answer(409, {"error": str(error)})
        except TransientError as error:
            known = str(error) if isinstance(error, DamagedStore) else "the log is not to be had; try again"
            return _answer(503, {"error": known}, {"Retry-After": "1"})

    app.add_api_route("/v1/commands", listed, methods=["GET"], response_model=None)
    app.add_api_route("/v1/commands", given, methods=["POST"], response_model=None)


def offered() -> list[dict[str, Any]]:
    """Every command as a client may read it."""
    return [
        {
            "command": command.name,
            "on": command.on.name,
            "text": command.text,
            "role": command.role,
            "needs_why": command.needs_why,
            "arguments": [
                {"name": each.name, "text": each.text, "words": list(each.words), "default": each.default}
                for each in command.arguments
            ],
        }
        for _, command in sorted(commands().items())
    ]


def read_instruction(body: bytes, client: str, trace: str) -> Instruction:
    """The instruction of a body; the user is whom it states, or else the token's client."""
    try:
        row = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"the body is not JSON in UTF-8: {error.msg}") from None
    refuse_key_twice(body)
    if not isinstance(row, dict):
        raise InvalidInput(f"the body is {type(row).__name__}; send one object")
    fields.known_only(row, _KNOWN)
    stated = row.get("user") not in (None, "")
    return Instruction(
        command=fields.text(row.get("command"), "command"),
        object_id=fields.text(row.get("object"), "object"),
        user=fields.text(row["user"], "user") if stated else client,
        why=fields.prose(row.get("why"), "why", LONGEST_WHY),
        arguments=_arguments(row.get("arguments")),
        face=FACE,
        stated=stated,
        act_id=fields.optional_text(row.get("id"), "id"),
        trace=trace,
    )


def _arguments(found: object) -> Mapping[str, str]:
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise InvalidInput('arguments is no object; write {"name": "value"}')
    return {name: value if isinstance(value, str) else str(value) for name, value in found.items()}


def _told(reply: Reply) -> Response:
    outcome = reply.outcome
    if outcome is None:
        words = "it is durable; the worker that obeys has not taken it yet"
        return _answer(202, {"act_id": reply.act_id, "outcome": "waiting", "reason": words})
    told = {"act_id": reply.act_id, "outcome": outcome.outcome, "object": outcome.object_id, "user": outcome.user}
    told |= {"given_at": iso(outcome.given_at)}
    if outcome.outcome == DONE:
        return _answer(200, told)
    return _answer(409, {**told, "error": outcome.reason})


def _client(request: Request, authenticator: Authenticator) -> Client | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return authenticator.client(token.strip()) if scheme.lower() == "bearer" and token else None


def _forbidden(client: Client | None) -> Response | None:
    if client is None:
        return _answer(401, {"error": "send Authorization: Bearer <token>"}, {"WWW-Authenticate": "Bearer"})
    if OPERATE not in client.roles:
        return _answer(403, {"error": "this token may not give commands"})
    return None


def _answer(status: int, content: object, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, "application/json")
