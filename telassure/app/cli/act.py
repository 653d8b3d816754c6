"""`telassure act …`: every declared command, through the port that the page and the API use; and what was given."""

import getpass
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from streams.operators.commands import commands
from telassure import wiring
from telassure.app.cli.output import After, print_lines, reasons, show, tell_of_the_rest
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.kernel.commands import Argument, Command, Instruction, Reply, house_own
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import ActOutcome
from telassure.kernel.events.act import REFUSED
from telassure.kernel.instant import in_utc

FACE: Final = "command line"
_OWN: Final = ("object_id", "why", "user", "act_id", "as_json", "config")
_COLUMNS: Final = ("act_id", "given_at", "command", "object_id", "user", "face", "outcome", "reason", "why")
_HELP: Final = (
    "Acts: acknowledge, clear, assign …: each is a control record with who gave it, when and why.\n\n"
    'Example: telassure act ack 3f0c… --why "crew is on its way"'
)


def act_app() -> typer.Typer:
    """The commands that are declared, each under its name."""
    app = typer.Typer(help=_HELP, no_args_is_help=True, rich_markup_mode=None)
    app.command("list")(list_acts)
    names = sorted({name for name, _ in commands()})
    for name in names:
        several = [command for (known, _), command in sorted(commands().items()) if known == name]
        app.command(name, help=_help(several))(_asker(name, several))
    return app


def list_acts(
    object_id: Annotated[str, typer.Option("--object", help="Only of the alarm, problem, ticket … of this id.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    after: After = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """What was given: by whom, when, why, through which face, and what became of it; the newest first.

    Example: telassure act list --object 3f0c7a…
    """
    with reasons():
        settings = configured(config)
        wiring.home(settings)
        where = {"object_id": object_id} if object_id else {}
        with closing(wiring.reader(settings)) as reader:
            found = reader.find(ActOutcome, where, limit=limit, after=after)
        acts = [{**asdict(act), "given_at": in_utc(act.given_at)} for act in found.rows]
        if as_json:
            show({"acts": acts, "total": found.total, "after": found.after}, as_json)
            return
        print_lines(_COLUMNS, acts)
        tell_of_the_rest(found)


def _help(several: Sequence[Command[Any]]) -> str:
    texts = "\n\n".join(f"On {_a(command.on.name)}: {command.text}" for command in several)
    return f"{texts}\n\nExample: telassure act {several[0].name} {several[0].example}"


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _asker(name: str, several: Sequence[Command[Any]]) -> Callable[..., None]:
    """The function of one command; Typer reads its options from its signature."""
    arguments = list({each.name: each for command in several for each in command.arguments}.values())
    needs_why = any(command.needs_why for command in several)

    def ask(**given: Any) -> None:
        own = {key: given.pop(key) for key in _OWN}
        with reasons():
            stated = {key: value for key, value in given.items() if value is not None}
            instruction = Instruction(
                name,
                own["object_id"],
                own["user"] or getpass.getuser(),
                own["why"] or "",
                stated,
                FACE,
                act_id=own["act_id"],
                permit=house_own,
            )
            _give(instruction, own["config"], own["as_json"])

    parameters = [*_own_parameters(several, needs_why), *map(_parameter, arguments)]
    ask.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # functions have one where it is set
    ask.__annotations__ = {each.name: each.annotation for each in parameters}
    return ask


def _own_parameters(several: Sequence[Command[Any]], needs_why: bool) -> list[Parameter]:
    on = " or ".join(command.on.name for command in several)
    why: Any = Annotated[str, typer.Option(help="Kept with it.")]
    kinds: dict[str, tuple[Any, Any]] = {
        "object_id": (Annotated[str, typer.Argument(metavar="ID", help=f"The id of the {on}.")], Parameter.empty),
        "why": (why, Parameter.empty if needs_why else ""),
        "user": (Annotated[str, typer.Option(help="Who gives it; whoever runs the command without it.")], ""),
        "act_id": (Annotated[str, typer.Option("--id", help="Given twice under one id it is given once.")], ""),
        "as_json": (AsJson, False),
        "config": (ConfigFile, None),
    }
    return [
        Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
        for name, (annotation, default) in kinds.items()
    ]


def _parameter(argument: Argument) -> Parameter:
    metavar = "|".join(argument.words) or "TEXT"
    option = typer.Option(f"--{argument.name.replace('_', '-')}", help=argument.text, metavar=metavar)
    if argument.default is None:
        return Parameter(argument.name, Parameter.KEYWORD_ONLY, annotation=Annotated[str, option])
    return Parameter(argument.name, Parameter.KEYWORD_ONLY, default=argument.default, annotation=Annotated[str, option])


def _give(instruction: Instruction, config: Path | None, as_json: bool) -> None:
    settings = configured(config)
    wiring.home(settings)
    with wiring.opened_log(settings) as log, closing(wiring.reader(settings)) as reader:
        reply = wiring.commands(settings, log, reader).give(instruction)
    show(told(reply), as_json)


def told(reply: Reply) -> dict[str, Any]:
    """What became of it; InvalidInput where its operator refused."""
    found = reply.outcome
    if found is None:
        return {"act_id": reply.act_id, "outcome": "durable; the worker that obeys has not taken it yet"}
    if found.outcome == REFUSED:
        raise InvalidInput(found.reason, f"{found.command} {found.object_id}")
    return {
        "act_id": reply.act_id,
        "outcome": found.outcome,
        "command": found.command,
        found.object_type: found.object_id,
        "user": found.user,
        "given_at": in_utc(found.given_at),
        "why": found.why,
    }
