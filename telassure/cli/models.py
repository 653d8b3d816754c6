"""`telassure models …`: which detection profile rules where, promotion and rollback, and verdicts on episodes."""

import getpass
from contextlib import closing
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from telassure import wiring
from telassure.cli import model_verdicts
from telassure.cli.model_records import User, Why, figures, policies, print_lines, submit
from telassure.cli.output import notes, reasons, show
from telassure.cli.settings import AsJson, ConfigFile, configured
from telassure.config import Settings
from telassure.errors import InvalidInput
from telassure.events import ModelComparison
from telassure.identity import derive_id
from telassure.instant import iso

if TYPE_CHECKING:
    from streams.operators.model_changes import ModelChange

models_app = typer.Typer(help="Detection profiles and what operators say of episodes.", no_args_is_help=True)
models_app.command("show")(model_verdicts.show_models)
models_app.command("judge")(model_verdicts.judge)
models_app.command("undo")(model_verdicts.undo)
_SHOWN: Final = 1_000
_TRIAL: Final = ("domain", "challenger", "champion_episodes", "challenger_episodes", "agreed", "since", "time")
Selector = Annotated[str, typer.Option("--for", help="A measurement or a domain; everywhere without it.")]


@models_app.command("list")
def list_models(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """The profiles with their versions, where each is champion or challenger, the trials' figures, and every decision.

    Example: telassure models list --json
    """
    from streams.operators.detection_rules import PROFILES
    from streams.operators.model_changes import challengers, champions, history, version_of

    with reasons():
        settings = configured(config)
        wiring.home(settings)
        with wiring.opened_log(settings) as log:
            rules = policies(settings, log)
        with closing(wiring.reader(settings)) as reader:
            trials = [_shown(each, "since", "time") for each in reader.comparisons(_SHOWN)]
        ruling, tried = champions(rules), challengers(rules)
        models = [
            {
                "profile": name,
                "version": version_of(name),
                "champion_for": [selector or "*" for selector, ruler in ruling.items() if ruler == name],
                "challenger_for": [
                    selector or "*" for selector, profile_tried in tried.items() if profile_tried == name
                ],
                "parameters": profile._asdict(),
            }
            for name, profile in PROFILES.items()
        ]
        changes = [_shown(change, "at") for change in reversed(history(rules))]
        if as_json:
            show({"models": models, "trials": trials, "changes": changes}, as_json)
            return
        print_lines(("profile", "version", "champion_for", "challenger_for", "parameters"), models)
        print_lines(_TRIAL, trials)
        print_lines(("change_id", "at", "action", "selector", "before", "after", "user", "why"), changes)


@models_app.command("promote")
def promote(  # one parameter for each option
    profile: Annotated[str, typer.Argument(help="novelty, balanced or sensitive.")],
    why: Why,
    selector: Selector = "",
    user: User = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Make a profile the champion from here on in the log: a control record, kept with who, when, why and figures.

    Example: telassure models promote sensitive --for throughput --why "quiet cells were missed"
    """
    from streams.operators.detection_rules import PROFILES
    from streams.operators.model_changes import champion, champions

    with reasons():
        settings = configured(config)
        if profile not in PROFILES:
            raise typer.BadParameter(f"there is no profile {profile!r}; there are {', '.join(PROFILES)}")
        wiring.home(settings)
        with wiring.opened_log(settings) as log:
            rules = policies(settings, log)
            before = champion(rules, selector)
            if before == profile and selector in champions(rules):
                raise InvalidInput(f"{profile} is the champion there already", selector or "everywhere")
            change = _change(settings, rules, ("promote", selector, before, profile), (user, why))
            _record(settings, log, change)
        show(_shown(change, "at"), as_json)


@models_app.command("challenge")
def challenge(
    profile: Annotated[str, typer.Argument(help="novelty, balanced or sensitive; none ends the trial.")],
    why: Why,
    domain: Annotated[str, typer.Option("--for", help="A domain; every one without it.")] = "",
    user: User = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Run a profile beside the champion on the live stream: its episodes are counted and compared, and told nobody.

    Example: telassure models challenge sensitive --for north --why "does it find more?"
    """
    from streams.operators.detection_rules import PROFILES
    from streams.operators.model_changes import NONE, challenger

    with reasons():
        settings = configured(config)
        if profile not in (*PROFILES, NONE):
            raise typer.BadParameter(f"there is no profile {profile!r}; there are {', '.join(PROFILES)}, and {NONE}")
        wiring.home(settings)
        with wiring.opened_log(settings) as log:
            rules = policies(settings, log)
            before = challenger(rules, domain)
            if before == profile:
                raise InvalidInput(f"{profile} is the challenger there already", domain or "everywhere")
            change = _change(settings, rules, ("challenge", domain, before, profile), (user, why))
            _record(settings, log, change)
        show(_shown(change, "at"), as_json)


@models_app.command("rollback")
def rollback(
    why: Why,
    change_id: Annotated[str, typer.Argument(metavar="[CHANGE]", help="The newest promotion without it.")] = "",
    user: User = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Take a promotion back: the profile before it is champion again, by a control record of its own.

    Example: telassure models rollback --why "too many false alarms"
    """
    from streams.operators.model_changes import to_undo

    with reasons():
        settings = configured(config)
        wiring.home(settings)
        with wiring.opened_log(settings) as log:
            rules = policies(settings, log)
            undone = to_undo(rules, change_id)
            change = _change(settings, rules, ("rollback", undone.selector, undone.after, undone.before), (user, why))
            change = replace(change, undoes=undone.change_id)
            _record(settings, log, change)
        if change.after_version != undone.before_version:
            notes.print(f"{change.after} has other numbers in this release than when {undone.change_id} replaced it")
        show(_shown(change, "at"), as_json)


def _change(settings: Settings, rules: Any, what: tuple[str, str, str, str], by: tuple[str, str]) -> "ModelChange":
    """The change (action, selector, before, after) by (user, why), now, with the figures of now."""
    from streams.operators.model_changes import LONGEST_WHY, ModelChange, next_number, version_of

    (action, selector, before, after), (user, why) = what, by
    if not why.strip() or len(why) > LONGEST_WHY:
        raise InvalidInput(f"write 1 to {LONGEST_WHY} characters that say why", "--why")
    with closing(wiring.reader(settings)) as reader:
        standing = figures(reader)
    now, who = wiring.WallClock().now(), user or getpass.getuser()
    return ModelChange(
        change_id=derive_id("model_change", selector, after, who, now),
        action=action,
        selector=selector,
        before=before,
        before_version=version_of(before),
        after=after,
        after_version=version_of(after),
        user=who,
        why=why,
        at=now,
        number=next_number(rules),
        figures=standing,
    )


def _record(settings: Settings, log: Any, change: "ModelChange") -> None:
    from streams.operators.model_changes import entries

    submit(settings, log, "catalogue", {"policies": [asdict(entry) for entry in entries(change)]}, change.change_id)


def _shown(line: "ModelChange | ModelComparison", *times: str) -> dict[str, Any]:
    """The fields, with these as times in words."""
    return {**asdict(line), **{name: iso(getattr(line, name)) for name in times}}
