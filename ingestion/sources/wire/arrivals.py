"""What came without anybody waiting for an answer: batches that go into the log however long that takes."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from threading import Event
from typing import Final

from ingestion.batches.batch import Batch, Origin, Refusal
from ingestion.mappings.mapping import SourceMapping
from ingestion.mappings.shelf import mappings_set
from ingestion.sources.source import Ground
from telassure.kernel.errors import TransientError

_PATIENCE: Final = 0.5
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Arrivals:
    """Documents by the first mapping that takes them. Nothing tells two datagrams of one content apart from one that
    came twice, so that each is new: its position is of this start."""

    ground: Ground
    mappings: Sequence[SourceMapping]
    name: str
    _numbers: "count[int]" = field(default_factory=count)
    _start: str = ""

    def __post_init__(self) -> None:
        self._start = str(self.ground.clock.now())

    def take(self, documents: Sequence[Mapping[str, object]], refused: Sequence[Refusal], stop: Event) -> None:
        """Durable when it returns, unless `stop` is set before the log can be had."""
        ways: dict[int, list[Mapping[str, object]]] = {}
        left = list(refused)
        for document in documents:
            place = next((number for number, each in enumerate(self.mappings) if each.takes(document)), None)
            if place is None:
                left.append(Refusal(str(document.get("trap") or "message"), _untaken(self.mappings)))
            else:
                ways.setdefault(place, []).append(document)
        for place, several in ways.items():
            mapping = self.mappings[place]
            found = mapping.of(several, self.ground.clock.now(), self.ground.zone)
            for reason, many in found.left_out.items():
                self.ground.tell(f"left out: {reason}", many)
            if found.rows or found.refused:
                self._submit(found.batch(mapping.kind, self._position()), stop)
        if left:
            self._submit(Batch(self.mappings[0].kind, [], self._position(), refused=left), stop)

    def _position(self) -> str:
        return f"{self._start}:{next(self._numbers)}"

    def _submit(self, batch: Batch, stop: Event) -> None:
        origin = Origin(self.name, f"{self.name}:{batch.kind}", zone=self.ground.zone)
        while True:
            try:
                self.ground.gateway.submit(batch, replace(origin))
            except TransientError as failure:
                _log.warning("what came by %s waits for the log: %s", self.name, failure)
                self.ground.beat()
                if stop.wait(_PATIENCE):
                    return
            else:
                return


def arrivals(ground: Ground, names: Sequence[str], source: str) -> Arrivals:
    """ConfigurationError where a mapping is wrong, or there is none of that name."""
    return Arrivals(ground, mappings_set(ground.home, names, f"{source}.mappings"), source)


def _untaken(mappings: Sequence[SourceMapping]) -> str:
    return (
        f"none of the mappings {', '.join(each.name for each in mappings)} takes it; write one in mappings/ of the home"
    )
