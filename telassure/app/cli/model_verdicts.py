"""The commands of `telassure models` about verdicts: what operators said, what it changed, and taking it back."""

import getpass
from contextlib import closing
from dataclasses import asdict
from typing import Annotated, Any, Final

import typer

from ingestion.kinds.verdicts import VERDICTS
from telassure import wiring
from telassure.app.cli.act import FACE
from telassure.app.cli.ids import record_named
from telassure.app.cli.model_records import User, Why, episodes_of, submit, thresholds
from telassure.app.cli.output import print_lines, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.kernel.commands import Instruction, house_own
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import KpiEpisode, ThresholdChange
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import iso
from telassure.wiring.network_policies import figures, in_force

_UNKNOWN: Final = "there is no such change; see telassure models show"


def show_models(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """The thresholds that verdicts have moved, and each change with who, when, why, before and after.

    Example: telassure models show --json
    """
    with reasons():
        settings = configured(config)
        wiring.home(settings)
        with closing(wiring.reader(settings)) as reader:
            found = list(reader.every(ThresholdChange))
            standing = figures(reader)
        valid = {change.change_id for change in in_force(found)}
        changes = [
            {**asdict(change), "given_at": iso(change.given_at), "in_force": change.change_id in valid}
            for change in found
        ]
        moved = thresholds(found)
        if as_json:
            show({"thresholds": moved, "changes": changes, "figures": standing}, as_json)
            return
        print_lines(("domain", "managed_object", "measurement", "factor"), moved)
        print_lines(("change_id", "given_at", "verdict", "in_force", "before", "after", "user", "why"), changes)


def judge(  # noqa: PLR0913, PLR0917  # one parameter for each option
    subject: Annotated[str, typer.Argument(help="An episode or a problem (its episodes); or the beginning of one.")],
    verdict: Annotated[str, typer.Argument(help="true_positive or false_positive.")],
    why: Why,
    measurement: Annotated[bool, typer.Option(help="Of the measurement in the domain, not the series alone.")] = False,
    user: User = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Say what an episode was worth: a false positive makes its threshold 10% wider, a true one 5% narrower.

    Example: telassure models judge 3f0c… false_positive --why "planned works"
    """
    with reasons():
        settings = configured(config)
        if verdict not in ("true_positive", "false_positive"):
            raise typer.BadParameter(f"verdict {verdict!r} is neither true_positive nor false_positive")
        wiring.home(settings)
        with closing(wiring.reader(settings)) as reader:
            episodes = episodes_of(reader, subject)
            scope = "measurement" if measurement else "series"
            said, who = {"verdict": verdict, "scope": scope}, user or getpass.getuser()
            with wiring.opened_log(settings) as log:
                desk = wiring.commands(settings, log, reader, patience=0)
                given = [
                    desk.give(Instruction("verdict", each.episode_id, who, why, said, FACE, permit=house_own)).act_id
                    for each in episodes
                ]
        show({"verdicts": given, **said}, as_json)


def undo(
    change_id: Annotated[str, typer.Argument(metavar="CHANGE", help="As in telassure models show, or its beginning.")],
    why: Why,
    user: User = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Take a verdict back: its threshold is what the other verdicts on it say.

    Example: telassure models undo 9b1d… --why "it was a fault after all"
    """
    with reasons():
        settings = configured(config)
        wiring.home(settings)
        with closing(wiring.reader(settings)) as reader:
            change = record_named(reader, ThresholdChange, change_id, _UNKNOWN)
            episode = reader.get(KpiEpisode, change.episode_id)
        if episode is None:
            raise InvalidInput("its episode is not kept any more, so its threshold stays", change.change_id)
        scope = "series" if change.managed_object else "measurement"
        row = _verdict(episode, ("undo", scope), (user, why)) | {"undoes": change.change_id}
        with wiring.opened_log(settings) as log:
            submit(settings, log, VERDICTS.name, [row], row["verdict_id"])
        show({"undoes": change.change_id, "verdict_id": row["verdict_id"]}, as_json)


def _verdict(episode: KpiEpisode, said: tuple[str, str], by: tuple[str, str]) -> dict[str, Any]:
    """The row of one verdict: (word, scope) by (user, why), now."""
    (word, scope), (user, why) = said, by
    now, who = wiring.WallClock().now(), user or getpass.getuser()
    return {
        "verdict_id": derive_id("verdict", episode.episode_id, word, scope, who, now),
        "domain": episode.domain,
        "feed": episode.feed,
        "managed_object": episode.managed_object,
        "measurement": episode.measurement,
        "started_at": iso(episode.started_at),
        "verdict": word,
        "scope": scope,
        "user": who,
        "why": why,
        "given_at": iso(now),
    }
