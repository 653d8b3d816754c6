"""`telassure topics …`: the topics of Kafka as the settings want them, with the plan shown first."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from telassure import wiring
from telassure.app.cli.output import notes, reasons, show
from telassure.app.cli.settings import AsJson, ConfigFile, configured

if TYPE_CHECKING:
    from telassure.store.kafka.topics import Change

topics_app = typer.Typer(help="The topics of Kafka: what is to change, and changing it.", no_args_is_help=True)
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Apply without asking.")]


@topics_app.command("plan")
def plan_topics(as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Show what would change; ends with 1 where something cannot be changed.

    Example: telassure topics plan --json
    """
    from telassure.store.kafka import topics
    from telassure.wiring import kafka_topics

    with reasons():
        settings = configured(config)
        with kafka_topics.cluster(settings) as cluster:
            wishes = kafka_topics.wanted_topics(settings)
            changes = topics.plan(wishes, cluster.found(wishes))
    _print(changes)
    _end(changes, applied=False, as_json=as_json)


@topics_app.command("apply")
def apply_topics(yes: Yes = False, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Make the topics as the settings want them, and the database's schemas: the plan is shown, then applied. Where a
    part of it is refused (partitions of a topic that holds records), nothing is applied. Twice changes nothing.

    Example: telassure topics apply --yes
    """
    from telassure.store.kafka import topics
    from telassure.wiring import kafka_topics

    with reasons():
        settings = configured(config)
        with kafka_topics.cluster(settings) as cluster:
            wishes = kafka_topics.wanted_topics(settings)
            changes = topics.plan(wishes, cluster.found(wishes))
            _print(changes)
            applied = not any(each.refused for each in changes) and _agreed(changes, yes)
            if applied:
                wiring.home(settings)
                topics.apply(cluster, wishes, changes)
    _end(changes, applied, as_json)
    if not applied:
        raise typer.Exit(1)


def _agreed(changes: "Sequence[Change]", yes: bool) -> bool:
    return yes or not changes or typer.confirm("Apply?", err=True)


def _end(changes: "Sequence[Change]", applied: bool, as_json: bool) -> None:
    """The result, and exit 1 where something is refused."""
    refused = [each for each in changes if each.refused]
    if as_json:
        show({"changes": [_line(each) for each in changes], "applied": applied}, as_json)
    elif applied or not changes:
        notes.print(f"{len(changes)} changes applied" if changes else "nothing to change: the topics are as wanted")
    for each in refused:
        text = f"{each.topic}: {each.change} {each.before} cannot become {each.after}: {each.refused}"
        notes.print(text, style="red", markup=False, highlight=False)
    if refused:
        raise typer.Exit(1)


def _line(change: "Change") -> Mapping[str, Any]:
    line = {"topic": change.topic, "change": change.change, "from": change.before, "to": change.after}
    return line | ({"refused": change.refused} if change.refused else {})


def _print(changes: "Sequence[Change]") -> None:
    table = Table("topic", "change", "from", "to", "")
    for each in changes:
        table.add_row(each.topic, each.change, each.before, each.after, "refused" if each.refused else "")
    if changes:
        notes.print(table)
