"""What `telassure models` reads and writes: the policies in force, and control records and verdicts into the log."""

import getpass
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ingestion.batches.batch import Batch, Origin
from telassure import wiring
from telassure.app.cli.ids import ids_beginning, whole_id
from telassure.kernel.commands import Instruction, house_own
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import KpiEpisode, ModelComparison, ServiceProblem, ThresholdChange
from telassure.kernel.instant import iso
from telassure.kernel.policies import Texts
from telassure.kernel.ports import AnyOf, AssuranceReader, EventLog
from telassure.wiring.network_policies import in_force
from telassure.wiring.settings import Settings

if TYPE_CHECKING:
    from models.ranking.training import Judged
    from streams.operators.detection.model_changes import ModelChange

OPERATORS: Final = "operators"
_ASKED: Final = 500  # ids in one question
_NEITHER: Final = "there is no such episode with a score, and no such problem with one in it"
Why = Annotated[str, typer.Option(help="Kept with the change.")]
Selector = Annotated[str, typer.Option("--for", help="A measurement or a domain; everywhere without it.")]
User = Annotated[str, typer.Option(help="Who decides; whoever runs the command without it.")]


def policies(settings: Settings, log: EventLog) -> Texts:
    """Every policy at the log's end, also what no worker has applied yet."""
    found = wiring.CatalogueFollower(settings, log).policies
    return {place: entry.value for place, entry in found.items()}


def submit(settings: Settings, log: EventLog, kind: str, body: object, position: str, actor: str = "") -> None:
    """Make it durable by the way of all input; InvalidInput with the first reason where a part of it is refused."""
    gateway = wiring.gateway(settings, log, wiring.CatalogueFollower(settings, log).directory)
    receipt = gateway.submit(Batch(kind, body, position), Origin(OPERATORS, f"models:{kind}", actor=actor))
    if receipt.rejected:
        raise InvalidInput(receipt.rejected[0].reason, kind)


def thresholds(changes: Sequence[ThresholdChange]) -> list[dict[str, Any]]:
    """The factor of every threshold that verdicts have moved, as the newest change of each left it."""
    newest: dict[tuple[str, str, str], ThresholdChange] = {}
    for change in sorted(changes, key=lambda change: change.number):
        newest[change.domain, change.managed_object, change.measurement] = change
    return [
        {"domain": domain, "managed_object": element, "measurement": measurement, "factor": change.after}
        for (domain, element, measurement), change in sorted(newest.items())
        if change.after != 1.0
    ]


def episodes_of(reader: AssuranceReader, name: str) -> list[KpiEpisode]:
    """The episode of an id, or the episodes among the members of the problem of that id; InvalidInput for neither.
    Gaps have no threshold and are left out."""
    from streams.operators.detection.feedback import is_scored

    near = [*ids_beginning(reader, KpiEpisode, name), *ids_beginning(reader, ServiceProblem, name)]
    subject = whole_id(name, near, _NEITHER)
    problem = reader.get(ServiceProblem, subject)
    named = [subject] if problem is None else list(problem.members)
    episodes = [found for found in episodes_named(reader, named) if is_scored(found)]
    if not episodes:
        raise InvalidInput(_NEITHER, name)
    return episodes


def episodes_named(reader: AssuranceReader, ids: Sequence[str]) -> list[KpiEpisode]:
    """Those of these ids that are kept."""
    found: list[KpiEpisode] = []
    for start in range(0, len(ids), _ASKED):
        found += reader.every(KpiEpisode, {"episode_id": AnyOf(ids[start : start + _ASKED])})
    return found


def judged_episodes(reader: AssuranceReader, selector: str) -> tuple[list["Judged"], int]:
    """The episodes of a selector by their newest verdict in force, and how many more have one but were told before
    episodes kept what was known of them."""
    from models.ranking.features import usable
    from models.ranking.training import Judged

    changes = in_force(list(reader.every(ThresholdChange)))
    verdicts = {change.episode_id: change.verdict == "true_positive" for change in reversed(changes)}  # newest first
    episodes = episodes_named(reader, list(verdicts))
    chosen = [e for e in episodes if selector in ("", e.domain, e.measurement)]
    known = [e for e in chosen if e.evidence and all(map(usable, e.evidence))]
    judged = [Judged(e.started_at, e.measurement, e.evidence, verdicts[e.episode_id]) for e in known]
    return judged, len(chosen) - len(known)


def given(settings: Settings, log: EventLog, instruction: Instruction) -> "ModelChange":
    """Give a command that changes a model through the one port of commands; the change as it is kept."""
    from streams.operators.detection.model_changes import history

    with closing(wiring.reader(settings)) as reader:
        reply = wiring.commands(settings, log, reader, patience=0).give(instruction)
    return next(change for change in history(policies(settings, log)) if change.change_id == reply.act_id)


def instruction(command: str, of: str, by: tuple[str, str], **arguments: str) -> Instruction:
    """A command on a profile, a ranker or a promotion, by (user, why)."""
    user, why = by
    stated = {name: value for name, value in arguments.items() if value}
    return Instruction(command, of, user or getpass.getuser(), why, stated, "command line", permit=house_own)


def shown(line: "ModelChange | ModelComparison", *times: str) -> dict[str, Any]:
    """The fields, with these as times in words."""
    return {**asdict(line), **{name: iso(getattr(line, name)) for name in times}}
