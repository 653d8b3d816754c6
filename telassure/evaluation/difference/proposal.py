"""What a file says that is to be different, judged as the gateway judges it against the catalogue of the day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Final

from ingestion.batches.batch import Disposition
from ingestion.batches.in_force import CatalogueInForce
from ingestion.fields.privacy import Pseudonymiser
from ingestion.fields.terms import Terms
from ingestion.kinds.catalogue import entries, signed
from ingestion.sources.files.catalogue import read
from ingestion.statement import judged
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import CatalogueChange, CatalogueEntry
from telassure.kernel.instant import Instant

_SHOWN: Final = 20
STATED: Final = "diff"
"""Who sets what a replay states."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The entries of a file that are not in force already, and how many of them are new, changes and repeats."""

    entries: Sequence[CatalogueEntry]
    new: int
    changed: int
    repeats: int


@dataclass(frozen=True, slots=True)
class ProposalReader:
    """Reads files as `telassure load` does. InvalidInput names the place and the reason of all that is bad in one:
    nothing of it is replayed then."""

    who: Pseudonymiser
    zone: tzinfo
    begin: Instant

    def read(self, file: Path, in_force: Sequence[CatalogueEntry]) -> Proposal:
        if not file.is_file():
            raise InvalidInput("there is no such file", str(file))
        known = CatalogueInForce()
        known.learn(in_force)
        terms = Terms(STATED, zone=self.zone, priced=known.priced)
        taken: list[CatalogueEntry] = []
        outcomes: list[Disposition] = []
        bad: list[str] = []
        for batch in read(file, file.name):
            statement = judged(entries(batch.body, terms, self.who, batch.place), known, batch.place)
            bad += [f"{refused.place}: {refused.reason}" for refused in batch.refused]
            bad += [f"{batch.place(row)}: {row.reason}" for row in statement.rejected]
            taken += [each.entry for each in statement.needed().entries]
            outcomes += statement.outcomes
        if bad:
            more = f"; and {len(bad) - _SHOWN} more" if len(bad) > _SHOWN else ""
            raise InvalidInput("; ".join(bad[:_SHOWN]) + more)
        counts = [outcomes.count(each) for each in (Disposition.NEW, Disposition.CHANGED, Disposition.REPEAT)]
        change = signed(CatalogueChange(tuple(taken)), STATED, self.begin)
        return Proposal(change.entries, *counts)
