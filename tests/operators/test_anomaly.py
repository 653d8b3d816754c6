"""The anomaly operator on its own: rows in, scored points, episodes and refusals out; its cell survives the store."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import msgpack
import numpy as np
import pytest

from models.detection.earlier import SERIES_1
from models.detection.element import ELEMENT
from streams.catalogue import Catalogue
from streams.operators.detection.anomaly import Anomaly
from streams.operators.detection.cell import DomainCell, load_cell
from streams.operators.detection.element_episodes import ElementEpisodes
from telassure.kernel.codec import decode
from telassure.kernel.events import DeadLetter, KpiEpisode, Measurements, PerceivedSeverity, PolicyValue, ScoredPoints
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND, Instant
from tests.models.detection_shapes import MONDAY, Times, Values, grid, noisy, weekly

HISTORY = grid(MONDAY, MONDAY + 14 * DAY)
LIVE = MONDAY + 14 * DAY


@dataclass
class Cells:
    """One partition's cells and timers in memory."""

    operator: Anomaly
    cells: dict[str, DomainCell] = field(default_factory=dict)
    timers: dict[str, Instant] = field(default_factory=dict)

    def of(self, key: str) -> DomainCell:
        return self.cells.setdefault(key, self.operator.fresh())

    def peek(self, key: str) -> DomainCell | None:
        return self.cells.get(key)

    def wake(self, key: str, at: Instant | None) -> None:
        self.timers.pop(key, None)
        if at is not None:
            self.timers[key] = at

    def due(self, watermark: Instant) -> Iterable[tuple[str, DomainCell]]:
        for key in sorted(key for key, at in self.timers.items() if at <= watermark):
            del self.timers[key]
            yield key, self.cells[key]

    def forget(self, key: str) -> None:
        del self.cells[key]


@dataclass
class Site:
    """The operator with its state: what it emitted is in `outputs`."""

    catalogue: Catalogue = field(default_factory=Catalogue)
    outputs: list[ScoredPoints | KpiEpisode | DeadLetter] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.operator = Anomaly(self.catalogue)
        self.state = Cells(self.operator)

    def take(self, *envelopes: Measurements) -> "Site":
        self.outputs.extend(self.operator.step(envelopes, self.state, 0))
        return self

    def learn(self) -> "Site":
        return self.take(throughput(HISTORY, noisy(HISTORY, seed=1)))

    def timer(self, at: Instant) -> "Site":
        self.outputs.extend(self.operator.step((), self.state, at))
        return self

    def reload(self) -> "Site":
        for domain, cell in self.state.cells.items():
            self.state.cells[domain] = self.operator.load(self.operator.dump(cell), self.operator.state_version)
        return self

    def emitted(self, kind: type) -> list:
        return [output for output in self.outputs if isinstance(output, kind)]


def throughput(time: Times, value: Values, cell: str = "cell-1", domain: str = "site-1") -> Measurements:
    zeros = np.zeros(len(time), np.int32)
    return Measurements(
        domain, "pm", 15 * MINUTE, (cell,), ("throughput",), zeros, zeros, time, value, np.zeros(len(time), np.bool_)
    )


def many(objects: tuple[str, ...], names: tuple[str, ...], time: Instant) -> Measurements:
    """One row of every object and measurement."""
    first, second = np.divmod(np.arange(len(objects) * len(names), dtype=np.int32), len(names))
    return Measurements(
        "site-1",
        "pm",
        15 * MINUTE,
        objects,
        names,
        first,
        second,
        np.full(len(first), time),
        np.arange(len(first)) * 1.0,
        np.zeros(len(first), np.bool_),
    )


def faulted(start: Instant, end: Instant, factor: float) -> Measurements:
    time = grid(start, end)
    return throughput(time, factor * weekly(time))


def test_an_episode_says_what_is_wrong_in_one_line() -> None:
    site = Site().learn().take(faulted(LIVE + 12 * HOUR, LIVE + 13 * HOUR, 0.3))

    opened, *_ = site.emitted(KpiEpisode)

    low, expected = opened.value, opened.expected
    assert opened.state == "open"
    assert (opened.started_at, opened.changed_at) == (LIVE + 12 * HOUR + 15 * MINUTE, LIVE + 12 * HOUR + 45 * MINUTE)
    assert opened.reason.startswith(f"throughput {low:.4g} is {expected - low:.4g} below the expected {expected:.4g} (")
    assert opened.reason.endswith(f"score {opened.peak_score:.1f}")


def test_an_episode_worsens_and_closes_under_its_first_id() -> None:
    site = (
        Site()
        .learn()
        .take(faulted(LIVE + 12 * HOUR, LIVE + 14 * HOUR, 0.0), faulted(LIVE + 14 * HOUR, LIVE + 16 * HOUR, 1.0))
    )

    episodes = site.emitted(KpiEpisode)

    assert [e.state for e in episodes] == ["open", "open", "closed"]
    assert [e.severity for e in episodes] == [PerceivedSeverity.MAJOR, *[PerceivedSeverity.CRITICAL] * 2]
    assert len({e.episode_id for e in episodes}) == 1
    assert episodes[-1].ended_at == LIVE + 15 * HOUR
    assert episodes[-1].reason.startswith("normal again after 2.75 h; at worst throughput 0 is")


def test_an_episode_of_a_silent_series_closes_by_timer() -> None:
    site = Site().learn().take(faulted(LIVE + 12 * HOUR, LIVE + 13 * HOUR, 0.3))
    first_timer = site.state.timers["site-1"]

    site.timer(first_timer).timer(site.state.timers["site-1"])

    closed = site.emitted(KpiEpisode)[-1]
    assert first_timer == LIVE + 12 * HOUR + 45 * MINUTE + 6 * HOUR
    assert (closed.state, closed.ended_at, closed.changed_at) == ("closed", LIVE + 13 * HOUR, LIVE + 19 * HOUR)
    assert site.state.timers == {}


def test_the_timer_and_a_late_row_close_an_episode_alike() -> None:
    fault = faulted(LIVE + 12 * HOUR, LIVE + 13 * HOUR, 0.3)
    row = faulted(LIVE + 22 * HOUR, LIVE + 22 * HOUR + 15 * MINUTE, 1.0)
    by_row = Site().learn().take(fault, row)

    by_timer = Site().learn().take(fault)
    by_timer.timer(by_timer.state.timers["site-1"])
    by_timer.timer(by_timer.state.timers["site-1"]).take(row)

    assert by_row.emitted(KpiEpisode) == by_timer.emitted(KpiEpisode)


def test_no_row_sets_a_timer_nearer_than_promised() -> None:
    site = Site().learn().take(throughput(np.array([LIVE + 13 * HOUR + 30 * MINUTE]), np.array([50.0]), "cell-2"))

    site.take(faulted(LIVE + 12 * HOUR, LIVE + 12 * HOUR + 45 * MINUTE, 0.3))

    assert site.state.timers["site-1"] - (LIVE + 13 * HOUR + 30 * MINUTE) >= site.operator.shortest_timer


def test_every_row_comes_out_as_a_scored_point() -> None:
    envelope = many(("a", "b", "c"), ("m1", "m2"), LIVE)

    points = Site().take(envelope).emitted(ScoredPoints)

    assert [p.points for p in points] == [envelope]
    assert len(points[0].score) == 6


def test_a_cell_survives_the_store_bit_for_bit() -> None:
    site = Site().learn().take(many(("a", "b"), ("m1", "m2"), LIVE), faulted(LIVE, LIVE + HOUR, 0.3))
    cell = site.state.cells["site-1"]
    blob = cell.dump()

    again = site.operator.load(blob, site.operator.state_version)

    assert again.dump() == blob
    assert (again.series.pairs, again.series.slots, again.series.feeds, again.wake) == (
        cell.series.pairs,
        cell.series.slots,
        cell.series.feeds,
        cell.wake,
    )
    elements = len(cell.part(ElementEpisodes).kept.names)
    assert (
        len(blob) < 1_080 * len(cell.series.pairs) + ELEMENT.itemsize * elements + 520
    )  # the last: names, and one open episode


def test_a_restart_changes_nothing_that_comes_after() -> None:
    fault, rest = faulted(LIVE + 12 * HOUR, LIVE + 13 * HOUR, 0.3), faulted(LIVE + 13 * HOUR, LIVE + 16 * HOUR, 1.0)
    straight = Site().learn().take(fault, rest)

    restarted = Site().learn().reload().take(fault).reload().take(rest)

    assert restarted.emitted(KpiEpisode) == straight.emitted(KpiEpisode)
    assert restarted.state.cells["site-1"].dump() == straight.state.cells["site-1"].dump()


def test_a_cell_of_the_release_before_is_read_and_its_band_goes_on_scoring() -> None:
    rows = np.zeros(1, SERIES_1)
    rows["last"], rows["stretch"], rows["hourly"], rows["spread"], rows["spread_time"] = LIVE, 1.0, 1.0, 2.0, 2e5
    rows["magnitude"], rows["seen"], rows["residuals"], rows["learned"] = 60.0, 2e5, 900, 9e5
    rows["profile"], rows["evidence"] = 60.0, 7_200.0
    header = msgpack.packb((["cell-1"], ["throughput"], np.zeros(2, "<i4").tobytes(), ["pm"], None, SERIES_1.itemsize))
    site = Site()
    blob = len(header).to_bytes(4, "little") + header + rows.tobytes()

    site.state.cells["site-1"] = site.operator.load(blob, 1)
    site.take(throughput(grid(LIVE, LIVE + HOUR), np.full(4, 90.0)))

    (points,) = site.emitted(ScoredPoints)
    (episode,) = site.emitted(KpiEpisode)
    assert points.expected[0] == 60.0
    assert (points.score > 1).all()
    assert (episode.state, episode.managed_object) == ("open", "cell-1")


@pytest.mark.parametrize("objects", [3, 600])
def test_a_series_keeps_its_state_whatever_the_dictionaries(objects: int) -> None:
    """600 objects with 600 names are too many pairs for a table."""
    names = tuple(f"m{n}" for n in range(objects))
    cells = tuple(f"c{n}" for n in range(objects))
    site = Site().take(many(cells[:3], names[:3], LIVE))
    turned = many(cells[::-1], names[::-1], LIVE + 15 * MINUTE)

    site.take(turned.take((turned.measured_object >= objects - 3) & (turned.measurement >= objects - 3)))

    assert site.state.cells["site-1"].series.pairs == [(c, n) for c in cells[:3] for n in names[:3]]
    assert (site.state.cells["site-1"].series.state["last"][:9] == LIVE + 15 * MINUTE).all()


def test_series_that_come_one_by_one_are_as_those_that_come_at_once() -> None:
    whole = many(tuple(f"cell-{n}" for n in range(40)), ("load", "drops"), MONDAY)

    at_once = Site().take(whole)
    one_by_one = Site().take(*(whole.take(np.array([row])) for row in range(80)))

    grown = one_by_one.state.of("site-1")
    assert grown.dump() == at_once.state.of("site-1").dump()
    assert len(grown.series.state) > grown.series.ready == 80
    assert not any(grown.series.state[grown.series.ready :].tobytes())  # never written: it takes no memory


def test_rows_beyond_the_limit_are_kept_whole_in_one_letter() -> None:
    site = Site()
    site.catalogue.apply([PolicyValue("detection", "series_limit", "4", "site-1")])
    site.take(many(("a", "b"), ("m1", "m2"), LIVE))

    site.take(many(("b", "c", "d"), ("m1", "m2"), LIVE + 15 * MINUTE))

    (letter,) = site.emitted(DeadLetter)
    refused = decode("measurements", letter.payload)
    assert [refused.objects[o] for o in refused.measured_object] == ["c", "c", "d", "d"]
    assert refused.value.tolist() == [2.0, 3.0, 4.0, 5.0]
    assert "4 rows of 4 series, first c m1" in letter.reason
    assert "limit of 4 series" in letter.reason
    assert sum(len(p) for p in site.emitted(ScoredPoints)) == 10


def test_at_the_limit_a_new_series_takes_the_place_of_the_longest_silent_one_only() -> None:
    site = Site()
    site.catalogue.apply([PolicyValue("detection", "series_limit", "3"), PolicyValue("detection", "forget_days", "2")])
    site.take(many(("b", "a"), ("m",), LIVE)).take(many(("c",), ("m",), LIVE + DAY))

    site.take(many(("a", "d", "e", "c"), ("m",), LIVE + 2 * DAY + 15 * MINUTE))

    (letter,) = site.emitted(DeadLetter)
    assert "first e m" in letter.reason
    cell = site.state.cells["site-1"]
    assert cell.series.pairs == [("d", "m"), ("a", "m"), ("c", "m")]
    again = load_cell(cell.dump())
    assert (again.series.slots, again.series.state["last"].tolist()) == (
        cell.series.slots,
        [LIVE + 2 * DAY + 15 * MINUTE] * 3,
    )


def test_short_lived_objects_do_not_exhaust_a_domain() -> None:
    site = Site()
    site.catalogue.apply([PolicyValue("detection", "series_limit", "40")])
    for day in range(120):
        site.take(many((f"pod-{day}", "node"), ("m",), LIVE + day * DAY))
    assert site.emitted(DeadLetter) == []
    assert site.state.cells["site-1"].series.slots[("node", "m")] == 1


def test_a_raised_limit_lets_refused_series_in() -> None:
    site = Site()
    site.catalogue.apply([PolicyValue("detection", "series_limit", "1")])
    site.take(many(("a", "b"), ("m1",), LIVE))

    site.catalogue.apply([PolicyValue("detection", "series_limit", "2")])
    site.take(many(("a", "b"), ("m1",), LIVE + 15 * MINUTE))

    assert len(site.emitted(DeadLetter)) == 1
    assert site.state.cells["site-1"].series.pairs == [("a", "m1"), ("b", "m1")]


@pytest.mark.parametrize(
    ("policies", "opens"),
    [
        ([], 1),
        ([PolicyValue("detection", "threshold", "40", "throughput")], 0),
        ([PolicyValue("detection", "threshold", "40", "site-1")], 0),
        (
            [
                PolicyValue("detection", "threshold", "40", "site-1"),
                PolicyValue("detection", "threshold", "4", "throughput"),
            ],
            1,
        ),
        ([PolicyValue("detection", "threshold", "wide")], 1),
        ([PolicyValue("detection", "persistence", "5/5")], 0),
        ([PolicyValue("detection", "floor", "50", "throughput")], 0),
    ],
)
def test_policies_rule_while_running_narrowest_first(policies: list[PolicyValue], opens: int) -> None:
    site = Site().learn()
    site.catalogue.apply(policies)

    site.take(faulted(LIVE + 12 * HOUR, LIVE + 13 * HOUR, 0.3))

    assert len([e for e in site.emitted(KpiEpisode) if e.state == "open"][:1]) == opens


def test_domains_do_not_share_series() -> None:
    site = Site().learn()

    site.take(throughput(grid(LIVE, LIVE + HOUR), np.zeros(4), domain="site-2"))

    assert site.emitted(KpiEpisode) == []
    assert np.isnan(site.emitted(ScoredPoints)[-1].score).all()


def test_a_finer_granularity_of_a_feed_is_another_series() -> None:
    site = Site().learn()
    time = grid(LIVE, LIVE + HOUR, 15 * SECOND)

    site.take(replace(throughput(time, weekly(time)), granularity=15 * SECOND))

    series = site.state.cells["site-1"].series
    assert series.pairs == [("cell-1", "throughput"), ("cell-1", "throughput@PT15S")]
    assert series.used["granularity"].tolist() == [900.0, 15.0]


def test_the_input_is_not_changed() -> None:
    envelope = throughput(HISTORY, noisy(HISTORY, seed=1))
    copy = [column.copy() for column in (envelope.time, envelope.value, envelope.measured_object)]

    Site().take(envelope)

    assert all(
        np.array_equal(a, b)
        for a, b in zip(copy, (envelope.time, envelope.value, envelope.measured_object), strict=True)
    )
