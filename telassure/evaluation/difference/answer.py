"""A past day through today's code with something changed, beside the same day as it was."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, Final

from telassure import wiring
from telassure.evaluation.difference.arrival import NEVER
from telassure.evaluation.difference.comparison import COMPARED, Difference, charged, differences, tally
from telassure.evaluation.difference.proposal import ProposalReader
from telassure.evaluation.difference.run import DayReplay
from telassure.evaluation.difference.stretch import SPACE, Place, Stretch, stretch
from telassure.kernel.codec import decode, kind_of
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import CatalogueChange, CatalogueEntry
from telassure.kernel.events.control import identity_of
from telassure.kernel.instant import DAY, Instant, iso
from telassure.wiring.settings import Settings

Identity = tuple[type, str]
_CHANGE: Final = kind_of(CatalogueChange)
_DATE: Final = 10  # characters of one


def compare_day(settings: Settings, begin: Instant, days: int, file: Path, examples: int) -> Mapping[str, Any]:
    """The days from `begin` as they were and with what the file says from their beginning. The home is only read.
    InvalidInput where its log holds nothing of them, or the file is refused."""
    wiring.topologies(())
    stretches = {
        place: stretch(records, begin, begin + days * DAY) for place, records in wiring.recorded_log(settings).items()
    }
    _refuse_nothing(stretches, begin, days)
    former, missing = _former(wiring.catalogue_now(settings), stretches), _missing(stretches, begin)
    replay = DayReplay(stretches, former, begin)
    in_force = list(replay.before.catalogue("assurance", 0))
    reader = ProposalReader(wiring.known_pseudonymiser(settings), wiring.zone(settings), begin)
    proposal = reader.read(file, in_force)
    found = list(differences(replay.day(), replay.day(proposal.entries)))
    stated = asdict(proposal)
    stated.pop("entries")
    return {
        "day": iso(begin)[:_DATE],
        "days": days,
        "records": sum(len(each.records) - each.start for each in stretches.values()),
        **tally(found),
        "charged": charged(found),
        "examples": [each.written() for each in _examples(found, examples)],
        "stated": stated,
        "missing": [*missing, *_restated(stretches, proposal.entries)],
    }


def _examples(found: Sequence[Difference], most: int) -> Sequence[Difference]:
    kinds = [(what, change) for what in COMPARED for change in ("added", "removed", "changed")]
    return [each for kind in kinds for each in islice((d for d in found if (d.what, d.change) == kind), most)]


def _refuse_nothing(stretches: Mapping[Place, Stretch], begin: Instant, days: int) -> None:
    """InvalidInput where no partition has a record of the days."""
    if any(each.start < len(each.records) for each in stretches.values()):
        return
    known = sorted(at for each in stretches.values() for at in each.arrived if at != NEVER)
    span = f"what it holds begins on {iso(known[0])[:_DATE]}" if known else "it holds nothing up to then"
    raise InvalidInput(
        f"the log holds nothing of {iso(begin)[:_DATE]}{f' and {days - 1} days after' * (days > 1)}; {span}"
    )


def _former(
    now: Sequence[CatalogueEntry], stretches: Mapping[Place, Stretch]
) -> Mapping[Place, Sequence[CatalogueEntry]]:
    """Of each partition whose log no longer reaches back, the entries in force of which that log says nothing: they
    have stood from before it begins."""
    told = {place: _told(found, 0) for place, found in stretches.items() if not _whole(found)}
    return {place: [e for e in now if (type(e), identity_of(e)) not in known] for place, known in told.items()}


def _told(found: Stretch, start: int) -> set[Identity]:
    changes = (decode(r.kind, r.payload) for r in found.records[start:] if r.kind == _CHANGE)
    return {(type(entry), identity_of(entry)) for change in changes for entry in change.entries}


def _whole(found: Stretch) -> bool:
    return not found.records or found.records[0].offset < 2 * SPACE


def _missing(stretches: Mapping[Place, Stretch], begin: Instant) -> Sequence[str]:
    """What the state before the day, or the day itself, lacks."""
    told = []
    for (topology, number), each in sorted(stretches.items()):
        if not _whole(each):
            first = next((at for at in each.arrived if at != NEVER), begin)
            lacks = "the day is not whole" if first > begin else "what stood before is not known"
            told.append(
                f"{topology}/{number}: the log begins at {iso(first)}: {lacks}, such as alarms, balances and what was"
                " learnt; of the catalogue, what has not been stated since stands as it does now"
            )
    return told


def _restated(stretches: Mapping[Place, Stretch], stated: Sequence[CatalogueEntry]) -> Sequence[str]:
    """What the file says holds until the day itself says otherwise."""
    told = {each for found in stretches.values() for each in _told(found, found.start)}
    again = [entry for entry in stated if (type(entry), identity_of(entry)) in told]
    return [
        f"{len(again)} of the stated entries were stated anew in the course of the day, and hold until then"
    ] * bool(again)
