"""`telassure letters …`: what was refused and why, and how its input goes in again once the cause is mended."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, replace
from typing import Annotated, Any, Final

import typer

from bss_sync.outbox.lane import OPERATOR as NOTIFIED
from ingestion.gateway import Gateway
from telassure import wiring
from telassure.app.cli.ids import CANDIDATES, whole_id
from telassure.app.cli.output import After, complain, print_lines, reasons, show, tell_of_the_rest
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import DeadLetter
from telassure.kernel.instant import iso
from telassure.kernel.ports import AssuranceReader, Choice
from telassure.wiring.settings import Settings

letters_app = typer.Typer(help="Dead letters: refused input, listed and put in again.", no_args_is_help=True)
Operator = Annotated[str, typer.Option(help="Only what this operator refused, e.g. rate.")]
_PIECE: Final = 500  # letters of one append and one mark
_UNKNOWN: Final = "there is no such dead letter; see telassure letters list"
_COLUMNS: Final = ("id", "time", "source", "position", "place", "operator", "reason", "mend")
_MEND: Final = {
    True: "mend what the reason names, then: telassure letters replay ID",
    False: "send it again, corrected",
}


@letters_app.command("list")
def list_letters(
    operator: Operator = "",
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    after: After = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """The open dead letters, newest first; what was refused is not printed, only where it stands and why.

    Example: telassure letters list --operator rate --limit 20
    """
    with reasons():
        settings = configured(config)
        wiring.home(settings)
        with closing(wiring.reader(settings)) as reader:
            found = reader.letters(operator, limit, after)
            counts = asdict(reader.letter_counts(operator))
        lines = [_line(letter) for letter in found.rows]
        if as_json:
            show({"letters": lines, **counts, "after": found.after}, as_json)
            return
        print_lines(_COLUMNS, lines)
        tell_of_the_rest(found)
        show(counts, as_json)


@letters_app.command("show")
def show_letter(
    letter: Annotated[str, typer.Argument(metavar="ID", help="A letter's id, or the beginning of one.")],
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """One dead letter, open or not: where its input stands, why it was refused and what to do.

    Example: telassure letters show 3f0c
    """
    with reasons():
        settings = configured(config)
        wiring.home(settings)
        with closing(wiring.reader(settings)) as reader:
            found = reader.letter(named_letter(reader, letter))
        if found is None:
            raise InvalidInput(_UNKNOWN, letter)
        show(_line(found), as_json)


def named_letter(reader: AssuranceReader, text: str) -> str:
    """The id that is this text or alone begins so."""
    if not text:
        raise InvalidInput("an id is empty; write it, or how it begins")
    return whole_id(text, reader.letters_beginning(text, CANDIDATES + 1), _UNKNOWN)


@letters_app.command("replay")
def replay_letters(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="Ids or their beginnings; all replayable ones without it."),
    ] = None,
    operator: Operator = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Put the input of dead letters back into the log; the worker that runs, or the next one, takes it from there.

    Example: telassure letters replay --operator rate
    """
    with reasons():
        settings = configured(config)
        wiring.home(settings)
        with closing(wiring.reader(settings)) as reader:
            named = [named_letter(reader, text) for text in ids or ()]
        choice = Choice(operator, tuple(dict.fromkeys(named)))
        already = _already(settings, choice)
        replayed, failed = _put_back(settings, choice)
        show({"replayed": replayed, "already_replayed": already, "failed": failed}, as_json)
        for each in failed:
            complain(f"letter {each['id']} stays: {each['reason']}")
        if failed:
            raise typer.Exit(1)


def _already(settings: Settings, choice: Choice) -> int:
    """How many of the letters named are replayed already; InvalidInput for a name that cannot be replayed at all."""
    with closing(wiring.reader(settings)) as reader:
        known = reader.known_letters(choice.ids)
    for name in choice.ids:
        if not known[name][1]:
            raise InvalidInput("its input was not kept, or may not go in as it is; send it again, corrected", name)
    return sum(not waiting for waiting, _ in known.values())


def _put_back(settings: Settings, choice: Choice) -> tuple[int, list[dict[str, str]]]:
    """How many letters' input is in the log again, and which could not be read or routed."""
    replayed = 0
    failed: list[dict[str, str]] = []
    with wiring.opened_log(settings) as log:
        gateway = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
        for outgoing in wiring.outboxes(settings).values():
            with closing(outgoing):
                replayed += _told_again(outgoing, choice)
        for topology in wiring.TOPOLOGIES:
            with closing(wiring.state_store(settings, topology)) as store:
                for done, wrong in _rounds(gateway, store, choice):
                    replayed, failed = replayed + done, failed + wrong
        with wiring.buried_letters(settings) as buried:
            for done, wrong in _rounds(gateway, buried, choice):
                replayed, failed = replayed + done, failed + wrong
    return replayed, failed


def _told_again(outgoing: wiring.NoticeKeeper, choice: Choice) -> int:
    """Notices that a receiver refused go back into the outbox, for this receiver; how many."""
    if choice.operator not in {"", NOTIFIED}:
        return 0
    found = outgoing.replayable_letters(replace(choice, operator=NOTIFIED), "", _PIECE)
    told = 0
    while found:
        outgoing.requeue(found)
        told += len(found)
        found = outgoing.replayable_letters(replace(choice, operator=NOTIFIED), found[-1].letter.letter_id, _PIECE)
    return told


def _rounds(gateway: Gateway, keeper: wiring.Keeper, choice: Choice) -> Iterator[tuple[int, list[dict[str, str]]]]:
    """Append, then mark: a crash between the two appends again, and the log refuses what it has."""
    after = ""
    while chosen := keeper.replayable_letters(choice, after, _PIECE):
        after = chosen[-1].letter.letter_id
        wrong = gateway.readmit([(each.letter, each.times) for each in chosen])
        done = [each for each in chosen if each.letter.letter_id not in wrong]
        keeper.mark_replayed(done)
        yield len(done), [{"id": name, "reason": reason} for name, reason in wrong.items()]


def _line(letter: DeadLetter) -> Mapping[str, Any]:
    return {
        "id": letter.letter_id,
        "time": iso(letter.time),
        "source": letter.source,
        "position": letter.position,
        "place": letter.place,
        "operator": letter.operator,
        "reason": letter.reason,
        "replayable": bool(letter.kind),
        "mend": _MEND[bool(letter.kind)],
    }
