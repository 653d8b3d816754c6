"""`telassure rules …`: rules of causes, learned from the alarms on record, proposed, approved and withdrawn."""

import getpass
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final

import orjson
import typer

from telassure import wiring
from telassure.app.cli.model_records import User, Why, policies
from telassure.app.cli.output import print_lines, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.kernel.commands import Instruction, house_own
from telassure.kernel.events import Alarm
from telassure.kernel.instant import iso
from telassure.wiring.recorded import catalogue_now
from telassure.wiring.settings import Settings

if TYPE_CHECKING:
    from streams.operators.correlation.cause_rules import CauseRule

rules_app = typer.Typer(help="Rules of causes that were learned from recorded alarms.", no_args_is_help=True)
_RULE: Final = ("rule_id", "state", "version", "cause", "effect")
_COLUMNS: Final = (*_RULE, "support", "lift", "typical", "longest", "stability")
_DECIDED: Final = (*_RULE, "user", "why", "at")
_RuleId = Annotated[str, typer.Argument(metavar="RULE", help="The id of the rule, of telassure rules list.")]


@rules_app.command("propose")
def propose(
    dry_run: Annotated[bool, typer.Option(help="Learn and print; propose nothing.")] = False,
    user: User = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Learn from the alarms on record which kinds cause which, and propose rules. None is evidence until approved.

    Example: telassure rules propose --dry-run
    """
    from telassure.wiring.rule_proposals import proposed_rules, raises_of

    with reasons():
        settings = configured(config)
        wiring.home(settings)
        with closing(wiring.reader(settings)) as reader:
            raises = raises_of(reader.every(Alarm), catalogue_now(settings))
        found = proposed_rules(raises)
        if found and not dry_run:
            told = orjson.dumps([asdict(rule) for rule in found]).decode()
            _give(settings, ("propose", "history"), (user, ""), {"rules": told})
        known = {} if dry_run else _rules(settings)
    listed = [_line(known.get(rule.rule_id, rule)) for rule in found]
    if as_json:
        learned = {"alarms": raises.alarms, "kinds": len(raises.kinds), "dry_run": dry_run}
        show({"rules": listed, **learned, "since": iso(raises.since), "until": iso(raises.until)}, as_json)
        return
    print_lines(_COLUMNS, listed)


@rules_app.command("list")
def list_rules(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Every rule with its state, what speaks for it and who decided about it.

    Example: telassure rules list --json
    """
    with reasons():
        settings = configured(config)
        wiring.home(settings)
        listed = [_line(rule) for rule in _rules(settings).values()]
    if as_json:
        show({"rules": listed}, as_json)
        return
    print_lines(_COLUMNS, listed)


@rules_app.command("approve")
def approve(rule: _RuleId, why: Why, user: User = "", as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Make a rule evidence from here on; correlation weighs it and names it in what it says of a cause.

    Example: telassure rules approve c62b7693d16f0 --why "a cut takes the session down"
    """
    _decide("approve", rule, (user, why), as_json, config)


@rules_app.command("withdraw")
def withdraw(rule: _RuleId, why: Why, user: User = "", as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Take a rule out of evidence, or turn a proposed one down; it is not proposed again.

    Example: telassure rules withdraw c62b7693d16f0 --why "the lag was a batch job"
    """
    _decide("withdraw", rule, (user, why), as_json, config)


def _decide(command: str, rule_id: str, by: tuple[str, str], as_json: bool, config: ConfigFile) -> None:
    with reasons():
        settings = configured(config)
        wiring.home(settings)
        _give(settings, (command, rule_id), by, {})
        line = _line(_rules(settings)[rule_id])
    if as_json:
        show(line, as_json)
        return
    print_lines(_DECIDED, [line])


def _give(settings: Settings, asked: tuple[str, str], by: tuple[str, str], arguments: Mapping[str, str]) -> None:
    (command, of), (user, why) = asked, by
    given = Instruction(command, of, user or getpass.getuser(), why, arguments, "command line", permit=house_own)
    with wiring.opened_log(settings) as log, closing(wiring.reader(settings)) as reader:
        wiring.commands(settings, log, reader, patience=0).give(given)


def _rules(settings: Settings) -> "dict[str, CauseRule]":
    from streams.operators.correlation.cause_rules import rules_of

    with wiring.opened_log(settings) as log:
        return rules_of(policies(settings, log))


def _line(rule: "CauseRule") -> dict[str, Any]:
    times = {"since": iso(rule.since), "until": iso(rule.until), "at": iso(rule.at) if rule.at else ""}
    return {"rule_id": rule.rule_id, **asdict(rule), **times}
