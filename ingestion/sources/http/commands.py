"""Commands over HTTP: what is offered, and giving one through the same port as the page and the command line."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

from ingestion.fields.json_keys import refuse_key_twice
from ingestion.sources.edge.bodies import BodyRefused, read_body
from ingestion.sources.edge.endpoint import offer, principal_of
from streams.operators.commands import commands
from telassure.access.endpoint import KNOWN, Endpoint
from telassure.access.principal import Concern, Principal, may, permit_of
from telassure.access.tokens import Authenticator
from telassure.kernel import fields
from telassure.kernel.commands import LONGEST_WHY, CommandDesk, Instruction, Reply
from telassure.kernel.errors import ConflictingDuplicate, DamagedStore, InvalidInput, NotPermitted, TransientError
from telassure.kernel.events.act import DONE
from telassure.kernel.instant import iso

FACE: Final = "api"
PATH: Final = "/v1/commands"
_MOST_BYTES: Final = 64 << 10
_PATIENCE: Final = 10.0
_KNOWN: Final = ("command", "object", "arguments", "user", "why", "id")


def add_commands(app: FastAPI, desk: CommandDesk, authenticator: Authenticator) -> None:
    """GET /v1/commands lists what may be asked; POST /v1/commands asks: {"command", "object", "why", "arguments",
    "user", "id"}. Each command needs a right, which a role of the token's principal has to bring. The user is that
    principal, and a body that names another is refused. 200: done; 202: durable, and no worker has taken it yet; 403:
    the principal may not; 409: refused by the operator that would have obeyed; 422: it can have no effect, and is not
    in the log."""

    async def listed(request: Request) -> Response:
        found = offered(principal_of(request))
        if not found:
            return _answer(403, {"error": "this token may not give commands"})
        return _answer(200, {"commands": found})

    async def given(request: Request) -> Response:
        try:
            body = await read_body(request, _MOST_BYTES, _PATIENCE)
            instruction = read_instruction(body, principal_of(request), request.headers.get("traceparent", ""))
            return _told(await run_in_threadpool(partial(desk.give, instruction)))
        except BodyRefused as error:
            return _answer(error.status, {"error": error.reason})
        except NotPermitted as error:
            return _answer(403, {"error": str(error)})
        except InvalidInput as error:
            return _answer(422, {"error": str(error)})
        except ConflictingDuplicate as error:
            return _answer(409, {"error": str(error)})
        except TransientError as error:
            known = str(error) if isinstance(error, DamagedStore) else "the log is not to be had; try again"
            return _answer(503, {"error": known}, {"Retry-After": "1"})

    offer(app, Endpoint("GET", PATH, KNOWN), listed, authenticator)
    offer(app, Endpoint("POST", PATH, KNOWN), given, authenticator)


def offered(principal: Principal) -> list[dict[str, Any]]:
    """Every command that a principal may give, as it may read it."""
    return [
        {
            "command": command.name,
            "on": command.on.name,
            "text": command.text,
            "right": command.right,
            "needs_why": command.needs_why,
            "arguments": [
                {"name": each.name, "text": each.text, "words": list(each.words), "default": each.default}
                for each in command.arguments
            ],
        }
        for _, command in sorted(commands().items())
        if may(principal, command.right, Concern())
    ]


def read_instruction(body: bytes, principal: Principal, trace: str) -> Instruction:
    """The instruction of a body, in the name of whom the token is of. InvalidInput where the body names another."""
    try:
        row = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"the body is not JSON in UTF-8: {error.msg}") from None
    refuse_key_twice(body)
    if not isinstance(row, dict):
        raise InvalidInput(f"the body is {type(row).__name__}; send one object")
    fields.known_only(row, _KNOWN)
    if row.get("user") not in (None, "") and fields.text(row["user"], "user") != principal.name:
        raise InvalidInput(
            f"user is {fields.shown(row['user'])}, and the token is {principal.name}'s: who acts is taken from the"
            " token; leave user out, or send that person's token"
        )
    return Instruction(
        command=fields.text(row.get("command"), "command"),
        object_id=fields.text(row.get("object"), "object"),
        user=principal.name,
        why=fields.prose(row.get("why"), "why", LONGEST_WHY),
        arguments=_arguments(row.get("arguments")),
        face=FACE,
        stated=False,
        act_id=fields.optional_text(row.get("id"), "id"),
        trace=trace,
        permit=permit_of(principal),
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


def _answer(status: int, content: object, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, "application/json")
