"""The anomaly operator before the law suite: days of telemetry with faults, gaps, repeats, verdicts and ticks."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from models.ranking.ranker import Ranker
from streams.hosts.driver import Outcome
from streams.operators.detection.anomaly import Anomaly
from streams.topologies.detection import DETECTION
from telassure.kernel.events import (
    Act,
    ActOutcome,
    CatalogueChange,
    EndOfFeed,
    Measurements,
    PolicyValue,
    ThresholdChange,
    Tick,
    Verdict,
)
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import DAY, HOUR, MINUTE, Instant
from tests.conformance.cases import OperatorCase
from tests.operators.golden.later import later_cells

MONDAY = 20_003 * DAY
BLOCK = 8 * HOUR
ROWS = BLOCK // (15 * MINUTE)
DOMAINS = ("north", "south", "east")
LIMIT = 3
FATES = ("sent", "sent", "sent", "doubled", "missing", "behind", "backwards", "hourly", "unsaid")
LABELS = ("throughput", "throughput@PT15M", "throughput@PT1H")
RANKER = Ranker(("peak", "series_lately"), (1.0, 0.0), (1.0, 1.0), (0.7, -0.4), 0.1, {})
CHANGES = (
    ("threshold", "2"),
    ("direction", "down"),
    ("kind", "counter"),
    ("gap_periods", "0"),
    ("highest", "150"),
    ("zone", "America/New_York"),
    ("no_alarm", "2024-10-08T00:00Z/2024-10-08T20:00Z"),
    ("no_learn", "2024-10-09T00:00Z/2024-10-09T20:00Z"),
)


def block(domain: str, feed: str, start: Instant, cells: tuple[str, ...], factor: float) -> Measurements:
    """Eight hours of every cell's throughput, row by row in time, its second half times `factor`."""
    time = np.repeat(start + np.arange(1, ROWS + 1) * 15 * MINUTE, len(cells))
    ripple = np.sin(time // MINUTE * 0.7)
    value = 100 + 40 * np.sin(2 * np.pi * (time % DAY) / DAY) + ripple
    value[len(value) // 2 :] *= factor
    value[(time // (15 * MINUTE)) % 29 == 0] = np.nan
    return Measurements(
        domain=domain,
        feed=feed,
        granularity=15 * MINUTE,
        objects=tuple(f"{domain}-{cell}" for cell in cells),
        names=("throughput",),
        measured_object=np.tile(np.arange(len(cells), dtype=np.int32), ROWS),
        measurement=np.zeros(len(time), np.int32),
        time=time,
        value=value,
        suspect=(time // (15 * MINUTE)) % 31 == 0,
    )


@st.composite
def verdict(draw: st.DrawFn, number: int) -> Verdict:
    """On some series, known or not; every third takes back what the one before it may have changed."""
    domain, cell = draw(st.sampled_from(DOMAINS)), draw(st.sampled_from("abz"))
    word = "undo" if number % 3 == 2 else draw(st.sampled_from(["true_positive", "false_positive"]))
    return Verdict(
        verdict_id=f"verdict-{number}",
        domain=domain,
        feed="replay:pm" if domain == "south" else "pm",
        managed_object=f"{domain}-{cell}",
        measurement="throughput",
        started_at=MONDAY + draw(st.integers(0, 3)) * BLOCK,
        verdict=word,
        scope=draw(st.sampled_from(["series", "series", "measurement"])),
        user="kim",
        why="known works",
        given_at=MONDAY + number * BLOCK,
        undoes=f"verdict-{number - 1}" if word == "undo" else "",
    )


@st.composite
def days(draw: st.DrawFn) -> list[Any]:
    """Up to four days of three domains: each block is sent, doubled, left out, sent again a day later, or said to be of
    another granularity or of none."""
    events: list[Any] = []
    for number in range(draw(st.integers(2, 12))):
        start = MONDAY + number * BLOCK
        for domain in DOMAINS[: draw(st.integers(1, 3))]:
            feed = "replay:pm" if domain == "south" else "pm"
            cells = draw(st.sampled_from([("a", "b"), ("b",), ("b", "a", "c", "d")]))
            factor = draw(st.sampled_from([1.0, 1.0, 0.2, 3.0]))
            fate = draw(st.sampled_from(FATES))
            sent = block(domain, feed, start - (DAY if fate == "behind" else 0), cells, factor)
            sent = replace(sent, granularity={"hourly": HOUR, "unsaid": 0}.get(fate, sent.granularity))
            if fate == "backwards":
                sent = sent.take(np.arange(len(sent))[::-1])
            events += {"doubled": [sent, sent], "missing": []}.get(fate, [sent])
        events += [draw(verdict(number))] if draw(st.booleans()) else []
        events += [draw(act(number))] if draw(st.booleans()) else []
        if draw(st.booleans()):
            events.append(Tick(start + BLOCK))
        if draw(st.integers(0, 5)) == 0:
            name, value = draw(st.sampled_from(CHANGES))
            events.append(CatalogueChange((PolicyValue("detection", name, value, draw(st.sampled_from(DOMAINS))),)))
    return [*events, EndOfFeed("replay:pm", DAY), Tick(MONDAY + 6 * DAY)]


@st.composite
def act(draw: st.DrawFn, number: int) -> Act:
    """A command on some episode, known or not."""
    domain, cell = draw(st.sampled_from(DOMAINS)), draw(st.sampled_from("abz"))
    at = MONDAY + draw(st.integers(0, 3)) * BLOCK
    name = draw(st.sampled_from(["verdict", "verdict", "unverdict"]))
    series = (f"{domain}-{cell}", "throughput")
    feed = "replay:pm" if domain == "south" else "pm"
    said = (f"verdict={draw(st.sampled_from(['true_positive', 'false_positive']))}", "scope=series")
    where = ("episode", derive_id("anomaly", domain, *series, at), domain, feed, at, series)
    return Act(f"act-{number}", name, *where, said, "kim", True, "known works", "page", MONDAY + number * BLOCK)


def new_series(count: int) -> list[Any]:
    """Ever new cells in three domains, and ticks."""
    events: list[Any] = []
    for number in range(count):
        start = MONDAY + number * HOUR
        events.append(block(DOMAINS[number % 3], "pm", start, (f"cell-{number}",), 1.0))
        if number % 10 == 9:
            events.append(Tick(start + BLOCK))
    return events


def all_stored(inputs: Sequence[Any], outcome: Outcome) -> bool:
    """Every row is a stored point, scored or not, but for counts that came too late to have a rate, which are counted;
    every verdict is a change or a dead letter; every act has an outcome."""
    acts = {event.act_id for event in inputs if isinstance(event, Act)}
    verdicts = {event.verdict_id for event in inputs if isinstance(event, Verdict)}
    changes = {change.change_id for change in outcome.of(ThresholdChange)} - acts
    answered = {each.act_id for each in outcome.of(ActOutcome)}
    refused = {letter.position for letter in outcome.letters if letter.kind == "verdict"}
    missing = [
        (envelope.objects[cell], time)
        for envelope in inputs
        if isinstance(envelope, Measurements)
        for cell, time in zip(envelope.measured_object.tolist(), envelope.time.tolist(), strict=True)
        if not any((envelope.objects[cell], name, time) in outcome.points for name in LABELS)
    ]
    return acts <= answered and verdicts == changes | refused and len(missing) <= outcome.counters.get("late", 0)


CASES = (
    OperatorCase(
        operator=Anomaly,
        topology=lambda: DETECTION,
        streams=days(),
        long_run=new_series,
        cell_bound=len(DOMAINS),
        reflected=all_stored,
        later=later_cells,
        catalogue=(
            PolicyValue("detection", "series_limit", str(LIMIT)),
            PolicyValue("detection", "persistence", "2/3"),
            PolicyValue("detection", "forget_days", "1"),
            PolicyValue("detection", "gap_periods", "8"),
            PolicyValue("detection", "zone", "Europe/Berlin"),
            PolicyValue("detection", "holidays", "2024-10-09"),
            PolicyValue("models", "ranker_parameters", RANKER.text(), RANKER.version),
            PolicyValue("models", "ranker", RANKER.version),
        ),
    ),
)
