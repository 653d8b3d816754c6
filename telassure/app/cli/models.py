"""`telassure models …`: which detection profile rules where, promotion and rollback, and verdicts on episodes."""

from contextlib import closing
from typing import Annotated, Final

import typer

from telassure import wiring
from telassure.app.cli import model_counters, model_ranker, model_verdicts
from telassure.app.cli.ids import whole_id
from telassure.app.cli.model_records import Selector, User, Why, given, instruction, policies, shown
from telassure.app.cli.output import notes, print_lines, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.kernel.events import ModelComparison

models_app = typer.Typer(help="Detection profiles and what operators say of episodes.", no_args_is_help=True)
models_app.command("counters")(model_counters.counters)
models_app.command("show")(model_verdicts.show_models)
models_app.command("judge")(model_verdicts.judge)
models_app.command("undo")(model_verdicts.undo)
models_app.command("train")(model_ranker.train)
models_app.command("episodes")(model_ranker.list_episodes)
_NOT_IN_FORCE: Final = "there is no such promotion or ranker in force; see telassure models list"
_TRIAL: Final = ("domain", "challenger", "champion_episodes", "challenger_episodes", "agreed", "since", "time")


@models_app.command("list")
def list_models(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """The profiles with their versions, where each is champion or challenger, the trials' figures, the rankers, and
    every decision.

    Example: telassure models list --json
    """
    from streams.operators.detection.model_changes import challengers, champions, history, version_of
    from streams.operators.detection.rules import PROFILES

    with reasons():
        settings = configured(config)
        wiring.home(settings)
        with wiring.opened_log(settings) as log:
            rules = policies(settings, log)
        with closing(wiring.reader(settings)) as reader:
            trials = [shown(each, "since", "time") for each in reader.every(ModelComparison)]
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
        changes = [shown(change, "at") for change in reversed(history(rules))]
        if as_json:
            show(
                {"models": models, "trials": trials, "rankers": model_ranker.rankers(rules), "changes": changes},
                as_json,
            )
            return
        print_lines(("profile", "version", "champion_for", "challenger_for", "parameters"), models)
        print_lines(_TRIAL, trials)
        print_lines(model_ranker.RANKER_COLUMNS, model_ranker.rankers(rules))
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
    from streams.operators.detection.rules import PROFILES

    with reasons():
        settings = configured(config)
        if profile not in PROFILES:
            raise typer.BadParameter(f"there is no profile {profile!r}; there are {', '.join(PROFILES)}")
        wiring.home(settings)
        with wiring.opened_log(settings) as log:
            change = given(settings, log, instruction("promote", profile, (user, why), selector=selector))
        show(shown(change, "at"), as_json)


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
    from streams.operators.detection.policies import NONE
    from streams.operators.detection.rules import PROFILES

    with reasons():
        settings = configured(config)
        if profile not in (*PROFILES, NONE):
            raise typer.BadParameter(f"there is no profile {profile!r}; there are {', '.join(PROFILES)}, and {NONE}")
        wiring.home(settings)
        with wiring.opened_log(settings) as log:
            change = given(settings, log, instruction("challenge", profile, (user, why), selector=domain))
        show(shown(change, "at"), as_json)


@models_app.command("rollback")
def rollback(
    why: Why,
    change_id: Annotated[
        str,
        typer.Argument(metavar="[CHANGE]", help="Or its beginning; the newest of all without it."),
    ] = "",
    user: User = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Take a promotion back: the profile before it is champion again, by a control record of its own. Of a ranker, the
    one before it is in force again, or none.

    Example: telassure models rollback --why "too many false alarms"
    """
    from streams.operators.detection.model_changes import promotions_in_force, to_undo
    from streams.operators.detection.ranker_changes import TRAIN, trainings_in_force

    with reasons():
        settings = configured(config)
        wiring.home(settings)
        with wiring.opened_log(settings) as log:
            rules = policies(settings, log)
            standing = [*promotions_in_force(rules), *trainings_in_force(rules)]
            named = whole_id(change_id, [change.change_id for change in standing], _NOT_IN_FORCE)
            undone = to_undo(standing, named)
            change = given(settings, log, instruction("rollback", undone.change_id, (user, why)))
        if undone.action == TRAIN:
            notes.print("an open episode keeps the rank it has until it next changes")
        elif change.after_version != undone.before_version:
            notes.print(f"{change.after} has other numbers in this release than when {undone.change_id} replaced it")
        show(shown(change, "at"), as_json)
