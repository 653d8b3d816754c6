"""Episodes of elements: what an object's KPIs show together and none alone, and the group that its episodes make."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.detection.elements import Kept, Rows, Scored, Told, Watch, gather, no_element_marks
from models.detection.layout import NEVER, RECOVERED, SILENT, Columns, Record, Records, Scores, Setting
from models.detection.persistence import end_silent
from streams.catalogue import Catalogue
from streams.operators.detection.domain_series import DomainSeries
from streams.operators.detection.episode import NAME, as_it_stands, plain
from streams.operators.detection.policies import SILENCE
from streams.operators.detection.rules import element_evidence_of
from streams.operators.detection.words import together
from telassure.kernel.events import KpiEpisode
from telassure.kernel.events.kpi import ELEMENT
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import Instant


class Followed(NamedTuple):
    """What rows came to: the start of the group of each mark of a series, and the elements' own marks."""

    group: NDArray[np.int64]
    marks: Records


class Place(NamedTuple):
    """Where an element's episode is told: the domain, the feed of its latest row, and the trace of the envelope."""

    domain: str
    feed: str
    trace: str = ""


def watch_of(catalogue: Catalogue, domain: str, rule: Records, setting: Setting) -> Watch:
    """What the policies say of the elements of a domain; `rule` is that of the measurement ELEMENT."""
    return Watch(
        rule=rule,
        limit=element_evidence_of(catalogue, domain),
        feed=setting.feed,
        granularity=setting.granularity,
        silence=setting.silence,
    )


def rows_of(columns: Columns, rules: Records, scores: Scores) -> Scored:
    """Scored rows as the elements take them."""
    rows = Rows(columns.slot, columns.time, columns.value, columns.rule, columns.unlearned, columns.unalarmed)
    return Scored(rows, rules, scores.expected, scores.upper, scores.score)


def follow(cell: DomainSeries, scored: Scored, marks: Records, watch: Watch) -> Followed:
    """Take scored rows, and the marks that they made, into their elements."""
    kept = cell.elements.of(cell.pairs)
    told = Told(marks, len(marks), np.zeros(len(marks), np.int64))
    found = no_element_marks(len(scored.columns.slot))
    count = gather(kept, scored, told, watch, found)
    return Followed(told.group, found[:count])


def group_id(domain: str, measured_object: str, start: Instant) -> str:
    """The id of the group of episodes of an object that began then."""
    return derive_id(NAME, "group", domain, measured_object, start)


def grouped(told: KpiEpisode, group: Instant, others: Sequence[str]) -> KpiEpisode:
    """An episode of a series with the start of its group and the KPIs that are with it, while open in words too."""
    words = together(others, told.managed_object) if told.state == "open" else ""
    identity = group_id(told.domain, told.managed_object, group)
    return replace(told, reason=told.reason + words, group_id=identity, corroborating=tuple(others))


def close_single(cell: DomainSeries, slot: int, changed: Instant) -> Instant:
    """Take the end of a silent series' episode into its element's group; the start of the group."""
    kept: Kept = cell.elements.of(cell.pairs)
    element = kept.elements[kept.number[slot]]
    element["episodes"] = max(int(element["episodes"]) - 1, 0)
    element["grouped"] = max(int(element["grouped"]), changed)
    return int(element["group"])


def end_silent_elements(
    catalogue: Catalogue, cell: DomainSeries, domain: str, watermark: Instant
) -> tuple[list[KpiEpisode], Instant]:
    """Close the episodes of elements that have been silent long enough; when the next one may be (or NEVER)."""
    cell.elements.of(cell.pairs)
    used = cell.elements.used
    open_ones = int(np.count_nonzero(used["open"]))
    if not open_ones:
        return [], NEVER
    marks = no_element_marks(open_ones)
    count, upcoming = end_silent(used, watermark, SILENCE.of(catalogue, domain), marks)
    feeds, found = list(cell.feeds), []
    for entry in marks[:count]:
        element = used[entry["slot"]]
        element["grouped"] = max(int(element["grouped"]), int(entry["changed"]))
        entry["group"], entry["heard"] = element["group"], element["worst_heard"]
        entry["top"], entry["share"] = element["worst_top"], element["worst_share"]
        found.append(episode_of_element(cell, entry, Place(domain, feeds[element["feed"]])))
    return found, upcoming


def named(cell: DomainSeries, mark: Record) -> Iterator[tuple[str, float]]:
    """The KPIs that an element's mark names, with their share of the evidence."""
    for slot, share in zip(mark["top"].tolist(), mark["share"].tolist(), strict=True):
        if slot >= 0:
            yield cell.pairs[slot][1], share


def wrong_together(cell: DomainSeries, mark: Record, measured_object: str) -> str:
    """What is wrong with an element at the worst step of a mark.

    "5 KPIs of cell-7 are odd together: drops (41%), load (33%), users (12%) and 2 more;
    evidence 2.6 where 2 is too much, score 1.3"
    """
    shares = [
        f"{name} ({share:.0%}{'' if place else ' of it'})" for place, (name, share) in enumerate(named(cell, mark))
    ]
    heard = int(mark["heard"])
    more = f" and {heard - len(shares)} more" if heard > len(shares) else ""
    return (
        f"{heard} KPIs of {measured_object} are odd together: {', '.join(shares)}{more}; "
        f"evidence {plain(float(mark['value']))} where {plain(float(mark['expected']))} is too much, "
        f"score {float(mark['peak']):.1f}"
    )


def episode_of_element(cell: DomainSeries, mark: Record, place: Place) -> KpiEpisode:
    """An element's episode as one mark leaves it: its id is the element and its start."""
    measured_object = cell.elements.names[int(mark["slot"])]
    kind, started, changed = int(mark["kind"]), int(mark["started"]), int(mark["changed"])
    closed, ended = kind in (RECOVERED, SILENT), int(mark["ended"])
    return KpiEpisode(
        episode_id=derive_id(NAME, ELEMENT, place.domain, measured_object, started),
        domain=place.domain,
        feed=place.feed,
        managed_object=measured_object,
        measurement=ELEMENT,
        state="closed" if closed else "open",
        severity=int(mark["severity"]),
        started_at=started,
        changed_at=changed,
        ended_at=ended if closed else None,
        peak_score=float(mark["peak"]),
        value=float(mark["value"]),
        expected=float(mark["expected"]),
        reason=as_it_stands(kind, ended - started, wrong_together(cell, mark, measured_object)),
        group_id=group_id(place.domain, measured_object, int(mark["group"])),
        corroborating=tuple(name for name, _ in named(cell, mark)),
        trace=place.trace,
    )
