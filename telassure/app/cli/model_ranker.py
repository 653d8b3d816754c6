"""The commands of `telassure models` about ranks: episodes by rank, training a ranker from verdicts, retiring it."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final

import orjson
import typer

from telassure import wiring
from telassure.app.cli.model_records import (
    Selector,
    User,
    Why,
    given,
    instruction,
    judged_episodes,
)
from telassure.app.cli.output import After, print_lines, reasons, show, tell_of_the_rest
from telassure.app.cli.settings import AsJson, ConfigFile, configured
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import KpiEpisode
from telassure.kernel.events.kpi import BY_RANK
from telassure.kernel.instant import iso
from telassure.wiring.settings import Settings

if TYPE_CHECKING:
    from models.ranking.training import Trained

RANKER_COLUMNS: Final = ("selector", "ranker", "usable", "auc", "peak_auc", "at", "user", "why")
_LISTED: Final = ("rank", "severity", "started_at", "managed_object", "measurement", "episode_id", "reason")
_WEIGHT_DIGITS: Final = 4


def train(
    why: Why,
    selector: Selector = "",
    dry_run: Annotated[bool, typer.Option(help="Measure and print; change nothing.")] = False,
    user: User = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """Learn from verdicts how probable it is that an episode is a true one, and list open episodes by that from here
    on. Refused where there are too few verdicts, or where out of sample it is not shown to beat the peak score.

    Example: telassure models train --why "80 of each kind judged" --dry-run
    """
    from models.ranking.training import train as learn

    with reasons():
        settings = configured(config)
        wiring.home(settings)
        with closing(wiring.reader(settings)) as reader:
            judged, unknown = judged_episodes(reader, selector)
        found = learn(judged)
        figures = {**found.figures, "without_evidence": unknown}
        if found.ranker is None:
            show({"selector": selector, "ranker": "none", "refusal": found.refusal, **figures}, as_json)
            raise InvalidInput(found.refusal, selector or "everywhere")
        change = {} if dry_run else _put_in_force(settings, replace(found, figures=figures), (selector, user, why))
        told = {"selector": selector, "ranker": found.ranker.version, "dry_run": dry_run, **change, **figures}
        show({**told, "weights": weights(found)}, as_json)


def weights(found: "Trained") -> Mapping[str, float]:
    """What a standard deviation more of each feature adds to the log-odds, the strongest first."""
    if found.ranker is None:
        return {}
    pairs = zip(found.ranker.features, found.ranker.weight, strict=True)
    return {name: round(weight, _WEIGHT_DIGITS) + 0.0 for name, weight in sorted(pairs, key=lambda pair: -abs(pair[1]))}


def _put_in_force(settings: Settings, found: "Trained", by: tuple[str, str, str]) -> dict[str, Any]:
    """Record a ranker for a selector, by (selector, user, why); who it replaces, and the change's id."""
    (selector, user, why), ranker = by, found.ranker
    if ranker is None:
        return {}
    numbers = {"parameters": ranker.text(), "figures": orjson.dumps(found.figures).decode()}
    asked = instruction("train", ranker.version, (user, why), selector=selector, **numbers)
    with wiring.opened_log(settings) as log:
        change = given(settings, log, asked)
    return {
        "change_id": change.change_id,
        "before": change.before,
        "user": change.user,
        "why": why,
        "at": iso(change.at),
    }


def rankers(rules: Mapping[tuple[str, str, str], str]) -> list[dict[str, Any]]:
    """The ranker of each selector that has one, with what was measured when it was trained."""
    from streams.operators.detection.ranker_changes import trainings_in_force
    from streams.operators.detection.ranks import ranker_named

    return [
        {
            "selector": change.selector or "*",
            "ranker": change.after,
            "usable": ranker_named(rules, change.after) is not None,
            "auc": change.figures.get("auc"),
            "peak_auc": change.figures.get("peak_auc"),
            "at": iso(change.at),
            "user": change.user,
            "why": change.why,
            "replaces": change.before,
        }
        for change in sorted(trainings_in_force(rules), key=lambda change: change.selector)
    ]


def list_episodes(
    state: Annotated[str, typer.Option(help="open or closed.")] = "open",
    limit: Annotated[int, typer.Option(min=1, help="So many at once.")] = 50,
    after: After = "",
    as_json: AsJson = False,
    config: ConfigFile = None,
) -> None:
    """KPI episodes with their ids, as judging needs them: open ones by their rank, closed ones the newest first.

    Example: telassure models episodes --limit 20
    """
    with reasons():
        settings = configured(config)
        if state not in ("open", "closed"):
            raise typer.BadParameter(f"state {state!r} is neither open nor closed")
        wiring.home(settings)
        with closing(wiring.reader(settings)) as reader:
            order = BY_RANK if state == "open" else ()
            found = reader.find(KpiEpisode, {"state": state}, order, limit, after)
        listed = [_line(episode) for episode in found.rows]
        if as_json:
            show({"episodes": listed, "total": found.total, "after": found.after}, as_json)
            return
        print_lines(_LISTED, [{**line, "rank": _percent(line["rank"])} for line in listed])
        tell_of_the_rest(found)


def _percent(rank: float | None) -> str:
    return "" if rank is None else f"{rank:.0%}"


def _line(episode: KpiEpisode) -> dict[str, Any]:
    return {
        "episode_id": episode.episode_id,
        "rank": episode.rank,
        "state": episode.state,
        "severity": episode.severity,
        "domain": episode.domain,
        "managed_object": episode.managed_object,
        "measurement": episode.measurement,
        "started_at": iso(episode.started_at),
        "peak_score": episode.peak_score,
        "reason": episode.reason,
    }
