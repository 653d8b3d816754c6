"""What an object's KPIs show together: episodes of elements, and the groups that the episodes of an object make."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final, Self

import numpy as np
from numpy.typing import NDArray

from models.detection.elements import ElementRows, Scored, SeriesMarks, Watch, gather, no_element_marks
from models.detection.layout import OPENED, RECOVERED, SILENT, Record
from models.detection.persistence import end_silent
from streams.cells import CellCodec
from streams.operators.detection.domain_series import DomainSeries
from streams.operators.detection.elements import ElementBytes, Elements, load_elements
from streams.operators.detection.episode import NAME, as_it_stands, plain
from streams.operators.detection.part import Expiry, Packed, Part, Passage, Telling
from telassure.kernel.events import KpiEpisode
from telassure.kernel.events.kpi import ELEMENT, Flags
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import Instant

AFTER_SERIES: Final = 1  # of a row's, and of a timer's, outputs
ELEMENT_BYTES: Final = CellCodec(ElementBytes)
NAMED: Final = 3  # KPIs of the same object that are named; more are only counted


@dataclass(slots=True, eq=False)
class ElementEpisodes(Part):
    """One row per measured object, and a little per series. Of a row, what the series shows is told first."""

    name: ClassVar[str] = "elements"
    kept: Elements = field(default_factory=Elements)

    def take(self, passage: Passage) -> None:
        """Take scored rows, and the marks that they made, into their elements."""
        kept = self.kept.of(passage.series.pairs)
        told = SeriesMarks(passage.marks, len(passage.marks), np.zeros(len(passage.marks), np.int64))
        marks = no_element_marks(len(passage.slots))
        marks = marks[: gather(kept, scored_of(passage), told, watch_of(passage), marks)]
        passage.group = told.group
        for mark in marks:
            place = 2 * int(mark["row"]) + AFTER_SERIES
            self._tell(passage, mark, place, (passage.envelope.feed, passage.envelope.trace))
        opened = passage.envelope.time[marks["row"][marks["kind"] == OPENED]]
        if len(opened):
            passage.wake_by(int(opened.min()) + passage.policies.silence)

    def expire(self, expiry: Expiry) -> None:
        """Take the silent series' ends into their groups, and close the elements that have been silent long enough."""
        kept, silence = self.kept.of(expiry.series.pairs), expiry.policies.silence
        group = [close_single(kept.elements[kept.number[mark["slot"]]], mark) for mark in expiry.marks]
        expiry.group = np.array(group, np.int64)
        used = self.kept.used
        marks = no_element_marks(int(np.count_nonzero(used["open"])))
        count, upcoming = end_silent(used, expiry.watermark, np.full(len(used), silence, np.int64), marks)
        feeds = list(expiry.series.feeds)
        for mark in marks[:count]:
            element = used[mark["slot"]]
            close_element(element, mark)
            self._tell(expiry, mark, AFTER_SERIES, (feeds[element["feed"]], ""))
        expiry.wake_by(upcoming)

    def _tell(self, telling: Telling, mark: Record, place: int, origin: tuple[str, str]) -> None:
        measured_object = self.kept.names[int(mark["slot"])]
        telling.tell(place, episode_of_element(mark, measured_object, telling.domain, telling.series, origin))

    def forget(self, slot: int) -> None:
        """The slot's element names it no more."""
        self.kept.forget(slot)

    def holds(self, slots: NDArray[np.intp], series: DomainSeries) -> Flags:
        """A series of an element with an open episode stays."""
        return self.kept.holds(slots, series.pairs)

    def packed(self, series: DomainSeries) -> Packed:
        """As bytes."""
        return ELEMENT_BYTES.plain(self.kept.packed(series.pairs))

    @classmethod
    def of(cls, packed: Packed, series: DomainSeries) -> Self:
        """The inverse of `packed`; for a cell that knows no elements, its series say which episodes are open."""
        return cls(load_elements(ELEMENT_BYTES.of(packed), series.pairs, series.state))


def scored_of(passage: Passage) -> Scored:
    """Scored rows as the elements take them."""
    columns, scores = passage.columns, passage.scored()
    rows = ElementRows(
        columns.slot,
        columns.time,
        columns.value,
        columns.rule,
        columns.suspect,
        columns.unlearned,
        columns.unalarmed,
    )
    return Scored(rows, passage.rules, scores.expected, scores.upper, scores.new)


def watch_of(passage: Passage) -> Watch:
    """What holds for the elements of an envelope."""
    policies, setting = passage.policies, passage.setting
    rule, limit = policies.element_rule, policies.element_evidence
    return Watch(rule, limit, setting.feed, setting.granularity, setting.silence)


def close_single(element: Record, mark: Record) -> int:
    """Take the end of a silent series' episode into its element's group; the start of the group."""
    element["episodes"] = max(int(element["episodes"]) - 1, 0)
    element["grouped"] = max(int(element["grouped"]), int(mark["changed"]))
    return int(element["group"])


def close_element(element: Record, mark: Record) -> None:
    """Take the end of a silent element's own episode into its group, and its worst step into the mark."""
    element["grouped"] = max(int(element["grouped"]), int(mark["changed"]))
    mark["group"], mark["heard"] = element["group"], element["worst_heard"]
    mark["top"], mark["share"] = element["worst_top"], element["worst_share"]


def group_id(domain: str, measured_object: str, start: Instant) -> str:
    """The id of the group of episodes of an object that began then."""
    return derive_id(NAME, "group", domain, measured_object, start)


def together(found: Sequence[str], measured_object: str) -> str:
    """What else is wrong with an object, "" where nothing is.

    >>> together(("drops", "load", "users", "wait"), "cell-7")
    '; 4 other KPIs of cell-7 with it: drops, load, users and more'
    """
    if not found:
        return ""
    count = f"{len(found)} other KPI{'s' if len(found) > 1 else ''}"
    more = " and more" if len(found) > NAMED else ""
    return f"; {count} of {measured_object} with it: {', '.join(found[:NAMED])}{more}"


def grouped(told: KpiEpisode, group: Instant, others: Sequence[str]) -> KpiEpisode:
    """An episode of a series with the start of its group and the KPIs that are with it, while open in words too."""
    words = together(others, told.managed_object) if told.state == "open" else ""
    identity = group_id(told.domain, told.managed_object, group)
    return replace(told, reason=told.reason + words, group_id=identity, corroborating=tuple(others))


def named(series: DomainSeries, mark: Record) -> Iterator[tuple[str, float]]:
    """The KPIs that an element's mark names, with their share of the evidence."""
    for slot, share in zip(mark["top"].tolist(), mark["share"].tolist(), strict=True):
        if slot >= 0:
            yield series.pairs[slot][1], share


def wrong_together(series: DomainSeries, mark: Record, measured_object: str) -> str:
    """What is wrong with an element at the worst step of a mark.

    "5 KPIs of cell-7 are odd together: drops (41%), load (33%), users (12%) and 2 more;
    evidence 2.6 where 2 is too much, score 1.3"
    """
    shares = [
        f"{name} ({share:.0%}{'' if place else ' of it'})" for place, (name, share) in enumerate(named(series, mark))
    ]
    heard = int(mark["heard"])
    more = f" and {heard - len(shares)} more" if heard > len(shares) else ""
    return (
        f"{heard} KPIs of {measured_object} are odd together: {', '.join(shares)}{more}; "
        f"evidence {plain(float(mark['value']))} where {plain(float(mark['expected']))} is too much, "
        f"score {float(mark['peak']):.1f}"
    )


def episode_of_element(
    mark: Record, measured_object: str, domain: str, series: DomainSeries, origin: tuple[str, str]
) -> KpiEpisode:
    """An element's episode as one mark leaves it: its id is the element and its start. `origin` is the feed of its
    latest row and the trace of the envelope."""
    kind, started, changed = int(mark["kind"]), int(mark["started"]), int(mark["changed"])
    closed, ended = kind in (RECOVERED, SILENT), int(mark["ended"])
    feed, trace = origin
    return KpiEpisode(
        episode_id=derive_id(NAME, ELEMENT, domain, measured_object, started),
        domain=domain,
        feed=feed,
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
        reason=as_it_stands(kind, ended - started, wrong_together(series, mark, measured_object)),
        group_id=group_id(domain, measured_object, int(mark["group"])),
        corroborating=tuple(name for name, _ in named(series, mark)),
        trace=trace,
    )
