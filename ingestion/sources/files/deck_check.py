"""What is wrong with a file of tariffs before it is loaded: every fault with its file, its line and how to mend it."""

from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Final

from ingestion.batches.in_force import CatalogueInForce
from ingestion.fields.privacy import Pseudonymiser
from ingestion.fields.terms import Terms
from ingestion.kinds.catalogue import entries
from ingestion.kinds.tariff_versions import version_faults
from ingestion.sources.files.catalogue import read
from ingestion.statement import judged
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Tariff

_CORRECT: Final = "correct the line"


@dataclass(frozen=True, slots=True)
class DeckFault:
    """Where it is, what is wrong, and what to do about it."""

    place: str
    reason: str
    mend: str


@dataclass(frozen=True, slots=True)
class DeckChecked:
    """How many versions and prices a file states, and what is wrong with it."""

    versions: int
    prices: int
    faults: tuple[DeckFault, ...]


def check_deck(path: Path, zone: tzinfo, who: Pseudonymiser) -> DeckChecked:
    """The file as `telassure load` would read it, and beyond that what its versions leave open between them."""
    name = str(path)
    versions, prices = 0, 0
    found: list[DeckFault] = []
    try:
        for batch in read(path, name):
            found += [_fault(refusal.place, refusal.reason) for refusal in batch.refused]
            read_rows = entries(batch.body, Terms("load", zone=zone), who, batch.place)
            statement = judged(read_rows, CatalogueInForce(), batch.place)
            tariffs = [each.entry for each in statement.entries if isinstance(each.entry, Tariff)]
            versions += len(tariffs)
            prices += sum(len(tariff.prices) for tariff in tariffs)
            bad = [*statement.rejected, *version_faults(statement.entries)]
            found += [_fault(batch.place(row), row.reason) for row in bad]
    except InvalidInput as error:
        found.append(_fault(error.place or name, error.reason))
    if not found and not versions:
        found.append(DeckFault(name, "the file states no tariff", "name a file with tariffs"))
    return DeckChecked(versions, prices, tuple(found))


def _fault(place: str, reason: str) -> DeckFault:
    """Our reasons say what to do behind their last semicolon, where it is not plain from what is wrong."""
    wrong, stop, mend = reason.rpartition("; ")
    return DeckFault(place, wrong, mend) if stop else DeckFault(place, reason, _CORRECT)
