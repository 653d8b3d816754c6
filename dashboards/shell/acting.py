"""Commands on a page: a form for each that is declared, and the address that takes what a form asks.

The page's script posts a pressed form here and shows the answer, so that a panel drawn anew meanwhile loses neither.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final

import orjson
from dash import dcc, html
from dash.development.base_component import Component
from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

from dashboards.shell.visit import VISITOR
from streams.operators.commands import commands
from streams.operators.desk.commands.ticket import ASSIGN
from telassure.access.principal import Principal, permit_of
from telassure.kernel import fields
from telassure.kernel.commands import Command, CommandDesk, Instruction, ObjectType, Reply
from telassure.kernel.errors import InvalidInput, NotPermitted, TelassureError
from telassure.kernel.events.act import DONE
from telassure.kernel.instant import in_utc

PATH: Final = "/act"
FACE: Final = "page"
_WHY: Final = "why"
_DONE: Final = {"ack": "Acknowledged", "unack": "Acknowledgement taken back"}


def offered(on: ObjectType, rights: Collection[str]) -> tuple[Command[Any], ...]:
    """The commands that act on this type of object, of those that need one of these rights."""
    return tuple(command for _, command in sorted(commands().items()) if command.on == on and command.right in rights)


def give_button(command: str, object_id: str, words: Any, kind: str = "") -> Component:
    """A button that gives a command, with what the fields of its form say where it stands in one."""
    said: dict[str, Any] = {"data-command": command, "data-object": object_id}
    return html.Button(words, className=f"give {kind}", type="button", **said)


def command_form(command: Command[Any], object_id: str) -> Component:
    """A command with its arguments and why."""
    parts = [_field(each.name, each.text, each.words, each.default) for each in command.arguments]
    why = _field(_WHY, "Why" if command.needs_why else "Why (may be left out)", (), None)
    button = give_button(command.name, object_id, command.name.replace("_", " "))
    return html.Div([html.P(command.text), html.Div([*parts, why, button], className="fields")], className="command")


def _field(name: str, text: str, words: Sequence[str], default: str | None) -> Component:
    said: dict[str, Any] = {"data-name": name}
    if words:
        choice = dcc.RadioItems(list(words), default or words[0], inline=True)
        return html.Span([html.Span(name, className="label"), choice], className="field", **said)
    line = dcc.Input(type="text", value=default or "", placeholder=text, autoComplete="off")
    return html.Span(line, className="field", **said)


def take_commands(server: FastAPI, desk: CommandDesk) -> None:
    """POST PATH gives a command: {"command", "object", "fields"}, in the name of whoever has logged in. 403 where that
    one may not."""

    async def act(request: Request) -> Response:
        body, who = await request.body(), VISITOR.get().principal
        try:
            kind, words = await run_in_threadpool(partial(given, desk, body, who))
        except NotPermitted as refused:
            said = orjson.dumps({"kind": "refused", "words": str(refused)})
            return Response(said, 403, media_type="application/json")
        return Response(orjson.dumps({"kind": kind, "words": words}), media_type="application/json")

    server.add_api_route(PATH, act, methods=["POST"], response_model=None)


def given(desk: CommandDesk, body: bytes, who: Principal) -> tuple[str, str]:
    """Give what a form asks; what became of it ("done", "refused" or "waiting"), and in words. NotPermitted where
    whoever asks may not."""
    name = "command"
    try:
        asked = _asked(body)
        name = fields.text(asked.get("command"), "command")
        own = {key: value for key, value in _texts(asked.get("fields")).items() if value}
        if name == ASSIGN.name:
            own.setdefault(ASSIGN.arguments[0].name, who.name)  # who names nobody takes it themselves
        why, object_id = own.pop(_WHY, ""), fields.text(asked.get("object"), "object")
        asks = Instruction(name, object_id, who.name, why, own, FACE, stated=False, permit=permit_of(who))
        return _words(desk.give(asks))
    except NotPermitted:
        raise
    except TelassureError as refused:
        return "refused", f"{name}: {refused}"


def _asked(body: bytes) -> Mapping[str, Any]:
    try:
        asked = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"the body is not JSON in UTF-8: {error.msg}") from None
    if not isinstance(asked, dict):
        raise InvalidInput(f"the body is {type(asked).__name__}; send one object")
    return asked


def _texts(found: object) -> Mapping[str, str]:
    if not isinstance(found, dict):
        return {}
    return {str(name): value for name, value in found.items() if isinstance(value, str)}


def _words(reply: Reply) -> tuple[str, str]:
    found = reply.outcome
    if found is None:
        return "waiting", "Taken down; the worker that obeys has not answered yet."
    if found.outcome != DONE:
        return "refused", f"{found.command}: {found.reason}"
    done = _DONE.get(found.command, f"{found.command.replace('_', ' ').capitalize()} done")
    return "done", f"{done} by {found.user} at {in_utc(found.given_at)}"
