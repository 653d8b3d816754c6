"""The policies of the whole network as commands read and state them: by the way in of all input."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from ingestion.batches.batch import Batch, Origin
from ingestion.batches.directory import Directory, MemoryDirectory
from ingestion.gateway import Gateway
from ingestion.kinds.catalogue import CATALOGUE
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import KpiEpisode, PolicyValue, ThresholdChange
from telassure.kernel.policies import Texts
from telassure.kernel.ports import RecordReader

FEED: Final = "operators"
_FIELDS: Final = ("area", "name", "value", "selector")


class Following(Protocol):
    """What the log says of the catalogue at its end, whether or not a worker has applied it."""

    directory: MemoryDirectory
    policies: dict[tuple[str, str, str], PolicyValue]


@dataclass(frozen=True, slots=True)
class StatedPolicies:
    """ingestion.commands.NetworkPolicies by the way in of all input."""

    following: Callable[[], Following]
    way_in: Callable[[Directory], Gateway]
    reader: RecordReader

    def texts(self) -> Texts:
        return {place: entry.value for place, entry in self.following().policies.items()}

    def figures(self) -> Mapping[str, int]:
        return figures(self.reader)

    def state(self, entries: Sequence[PolicyValue], act_id: str, user: str) -> None:
        if not entries:
            return
        body = {"policies": [{name: getattr(entry, name) for name in _FIELDS} for entry in entries]}
        origin = Origin(FEED, f"models:{CATALOGUE.name}", actor=user)
        receipt = self.way_in(self.following().directory).submit(Batch(CATALOGUE.name, body, act_id), origin)
        if receipt.rejected:
            raise InvalidInput(receipt.rejected[0].reason, CATALOGUE.name)


def figures(reader: RecordReader) -> Mapping[str, int]:
    """How things stand: episodes on record and open, and verdicts in force by word."""
    words = [change.verdict for change in in_force(list(reader.every(ThresholdChange)))]
    return {
        "episodes": reader.count(KpiEpisode),
        "open_episodes": reader.count(KpiEpisode, {"state": "open"}),
        "false_positives": words.count("false_positive"),
        "true_positives": words.count("true_positive"),
    }


def in_force(changes: Sequence[ThresholdChange]) -> list[ThresholdChange]:
    """The verdicts that were neither undone nor replaced."""
    undone = {change.undoes for change in changes}
    return [change for change in changes if change.verdict != "undo" and change.change_id not in undone]
