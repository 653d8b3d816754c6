"""What the versions of a tariff leave open between them: gaps, overlaps, and currencies that do not agree."""

from collections.abc import Iterator, Sequence

from ingestion.fields.terms import BadRow
from ingestion.kinds.catalogue import StatedEntry
from telassure.kernel.events import Tariff
from telassure.kernel.instant import iso


def version_faults(stated: Sequence[StatedEntry]) -> Iterator[BadRow]:
    """Faults that no version has by itself, each at the version that begins later.

    A version within another is a promotion, one over an open-ended other takes its place: neither is a fault. One that
    begins within another and outlasts its end is: whether the other was to end earlier, nobody knows.
    """
    by_tariff: dict[str, list[tuple[Tariff, StatedEntry]]] = {}
    for each in stated:
        if isinstance(each.entry, Tariff):
            by_tariff.setdefault(each.entry.tariff_id, []).append((each.entry, each))
    for versions in by_tariff.values():
        yield from _faults(sorted(versions, key=lambda version: version[0].valid_from))


def _faults(versions: Sequence[tuple[Tariff, StatedEntry]]) -> Iterator[BadRow]:
    longest = versions[0][0]
    for tariff, each in versions[1:]:
        name = f"{each.name}: tariff {tariff.tariff_id}"
        if tariff.currency != versions[0][0].currency:
            mixed = f"is in {tariff.currency} here and in {versions[0][0].currency} in its first version"
            yield BadRow(each.index, f"{name} {mixed}; write one currency, or give it an id of its own")
        end = longest.valid_to
        if end is not None and end < tariff.valid_from:
            when = f"from {iso(end)} to {iso(tariff.valid_from)}"
            yield BadRow(each.index, f"{name} has a gap {when}, in which usage has no price; let its versions meet")
        elif end is not None and end > tariff.valid_from and _outlasts(tariff, end):
            until = "open-ended" if tariff.valid_to is None else f"until {iso(tariff.valid_to)}"
            both = f"from {iso(tariff.valid_from)} {until} overlaps the version until {iso(end)}"
            yield BadRow(each.index, f"{name} {both}; end the earlier one where this one begins")
        if end is not None and _outlasts(tariff, end):
            longest = tariff


def _outlasts(tariff: Tariff, end: int) -> bool:
    return tariff.valid_to is None or tariff.valid_to > end
