"""Episodes carry what was known of them and, under a ranker, their rank, on which nothing else depends."""

from dataclasses import replace

import msgpack
import numpy as np
import pytest

from models.ranking.features import FEATURES
from models.ranking.ranker import LONGEST, Ranker, version_of
from streams.cells import packed, unpacked
from streams.operators.detection.cell import load_cell
from streams.operators.detection.domain_series import DomainSeries
from streams.operators.detection.episode_evidence import MOST_SERIES, EpisodeEvidence
from streams.operators.detection.episodes import Episodes
from streams.operators.detection.policies import NONE, RANKER, RANKER_PARAMETERS
from streams.operators.detection.ranks import ranker_for
from streams.topologies.detection import DETECTION
from telassure.kernel.codec import decode, encode
from telassure.kernel.events import CatalogueChange, KpiEpisode, Measurements, PolicyValue, Tick
from telassure.kernel.instant import DAY, MINUTE
from tests.driver import Driver
from tests.operators.golden.former import former

MONDAY = 20_003 * DAY
STEP = 15 * MINUTE
HOSTILE = '"}] ; DROP TABLE kpi_episode; -- \\ \u00e9'


def telemetry(start: int, rows: int, scale: float = 1.0, measurement: str = "throughput") -> Measurements:
    """Rows of a cell at 15 min: a daily shape with a ripple."""
    time = start + np.arange(1, rows + 1) * STEP
    value = (100 + 40 * np.sin(2 * np.pi * (time % DAY) / DAY) + 3 * np.sin(time // MINUTE * 0.7)) * scale
    zeros, clear = np.zeros(rows, np.int32), np.zeros(rows, np.bool_)
    return Measurements("north", "pm", STEP, ("a",), (measurement,), zeros, zeros, time, value, clear)


def by(name: str, weight: float, **offsets: float) -> Ranker:
    """A ranker that looks at one feature."""
    return Ranker((name,), (0.0,), (1.0,), (weight,), 0.0, offsets)


def in_force(ranker: Ranker, selector: str = "") -> CatalogueChange:
    named = PolicyValue(*RANKER.place, ranker.version, selector)
    return CatalogueChange((PolicyValue(*RANKER_PARAMETERS.place, ranker.text(), ranker.version), named))


def fault(driver: Driver, day: int, scale: float = 0.3, measurement: str = "throughput") -> list[KpiEpisode]:
    """A fault at the start of a day and its end: every word on its episode, in order."""
    heard, start, rows = len(driver.outputs(KpiEpisode)), MONDAY + day * DAY, 12
    normal = telemetry(start + rows * STEP, 96 - rows, measurement=measurement)
    driver.pipe(telemetry(start, rows, scale, measurement), normal)
    return driver.outputs(KpiEpisode)[heard:]


def learned(measurement: str = "throughput") -> Driver:
    return Driver(DETECTION).pipe(telemetry(MONDAY, 3 * 96, measurement=measurement))


def known(episode: KpiEpisode, feature: str, state: int = -1) -> float:
    return episode.evidence[state][FEATURES.index(feature)]


def test_an_episode_keeps_what_was_known_when_it_opened_and_when_it_worsened() -> None:
    first, *between, last = fault(learned(), 3)
    assert ({word.state for word in (first, *between)}, last.state) == ({"open"}, "closed")
    assert last.evidence == (*first.evidence, *(word.evidence[-1] for word in between))
    assert [len(word.evidence) for word in (first, *between)] == list(range(1, len(between) + 2))
    assert known(first, "severity") == first.severity
    assert known(last, "peak", 0) == pytest.approx(np.log1p(first.peak_score), rel=1e-5)


def test_earlier_episodes_are_counted_and_fade() -> None:
    driver = learned()
    first, second, later = fault(driver, 3)[0], fault(driver, 4, 5.0)[0], fault(driver, 40, 20.0)[0]
    assert [known(word, "series_lately") for word in (first, second)] == [0, pytest.approx(np.log1p(0.92), abs=0.02)]
    assert 0 < known(later, "measurement_lately") < known(second, "measurement_lately") / 5


def test_the_rank_is_the_rankers_word_on_the_newest_state_and_a_closed_episode_keeps_it() -> None:
    driver, ranker = learned(), by("peak", 0.5)
    driver.pipe(in_force(ranker))
    told = fault(driver, 3)
    assert [word.rank for word in told] == [ranker.probability(word.evidence[-1], "throughput") for word in told]
    assert told[-1].rank == told[-2].rank
    assert driver.records(KpiEpisode)[0].rank == told[-1].rank


def test_a_ranker_changes_nothing_but_the_rank() -> None:
    plain, ordered = learned(), learned()
    ordered.pipe(in_force(by("peak", -9.0)))
    unlikely = fault(ordered, 3)
    assert all(word.rank is not None and word.rank < 0.01 for word in unlikely)
    assert [replace(word, rank=None) for word in unlikely] == fault(plain, 3)


def test_the_narrowest_ranker_rules_and_without_one_of_its_own_the_wider_does() -> None:
    general, narrow = by("peak", 1.0), by("peak", 2.0)
    change = (*in_force(general).entries, *in_force(narrow, "north").entries)
    policies = {(p.area, p.name, p.selector): p.value for p in change if isinstance(p, PolicyValue)}
    assert (ranker_for(policies, "north", "load"), ranker_for(policies, "south", "load")) == (narrow, general)
    policies[*RANKER.place, "load"] = NONE
    assert ranker_for(policies, "north", "load") == narrow
    assert ranker_for({**policies, (*RANKER.place, "north"): NONE}, "north", "load") == general


def test_ranks_are_gone_when_the_ranker_is_and_the_same_again_in_a_replay() -> None:
    def run(crashes: bool) -> set[KpiEpisode]:
        driver = learned()
        for day, change in (
            (3, in_force(by("hour_sin", 1.0))),
            (4, CatalogueChange((PolicyValue(*RANKER.place, NONE),))),
        ):
            driver.pipe(change)
            driver.pipe(telemetry(MONDAY + day * DAY, 8, 0.3))
            if crashes:
                driver.crash()
            driver.pipe(telemetry(MONDAY + day * DAY + 8 * STEP, 88))
        return set(driver.pipe(Tick(MONDAY + 9 * DAY)).outputs(KpiEpisode))

    told = run(crashes=False)
    closed = sorted((word.started_at, word.rank is None) for word in told if word.state == "closed")
    assert [unranked for _, unranked in closed] == [False, True]
    assert run(crashes=True) == told


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[]", "no JSON", "null", "1", '{"features": 1}', "x" * (LONGEST + 1),
        by("peak", 1.0).text().replace("peak", "weather"),
        by("peak", 1.0).text().replace('"weight":[1.0]', '"weight":[]'),
        by("peak", 1.0).text().replace('"weight":[1.0]', '"weight":["1"]'),
        by("peak", 1.0).text().replace('"weight":[1.0]', '"weight":[1e99]'),
        by("peak", 1.0).text().replace('"scale":[1.0]', '"scale":[0.0]'),
        by("peak", 1.0).text().replace('"offset":{}', '"offset":{"a":null}'),
    ],
)  # fmt: skip
def test_what_is_no_ranker_ranks_nothing_and_stops_nothing(text: str) -> None:
    driver, version = learned(), version_of(text)
    driver.pipe(
        CatalogueChange((PolicyValue(*RANKER_PARAMETERS.place, text, version), PolicyValue(*RANKER.place, version)))
    )
    told = fault(driver, 3)
    assert [word.state for word in told][-1] == "closed"
    assert {word.rank for word in told} == {None}


def test_numbers_that_are_not_those_of_the_version_are_not_used() -> None:
    ranker = by("peak", 1.0)
    swapped = PolicyValue(*RANKER_PARAMETERS.place, by("peak", 2.0).text(), ranker.version)
    policies = {(p.area, p.name, p.selector): p.value for p in (swapped, PolicyValue(*RANKER.place, ranker.version))}
    assert ranker_for(policies, "north", "load") is None


def test_a_hostile_name_is_a_name() -> None:
    driver = learned(HOSTILE)
    driver.pipe(in_force(by("peak", 0.5), HOSTILE))
    assert fault(driver, 3, measurement=HOSTILE)[0].rank == pytest.approx(0.7, abs=0.2)


def test_a_cell_and_an_episode_from_before_are_read_and_an_episode_open_then_is_closed_without_evidence() -> None:
    driver = learned().pipe(in_force(by("peak", 1.0)), telemetry(MONDAY + 3 * DAY, 8, 0.3))
    (cell,) = driver.settle().memory.cells("detection", 0, "anomaly", ["north"]).values()
    assert cell.blob is not None
    loaded = load_cell(former(cell.blob, 10), 2)
    assert loaded.part(Episodes).evidence == EpisodeEvidence()
    kind, payload = encode(driver.outputs(KpiEpisode)[-1])
    version, fields = msgpack.unpackb(payload)
    before = decode(kind, msgpack.packb([version, fields[:14]]))
    assert (before.evidence, before.rank) == ((), None)


def test_what_is_known_of_series_and_of_an_episode_is_bounded() -> None:
    evidence = EpisodeEvidence()
    for number in range(MOST_SERIES + 50):
        evidence.open(number, f"m{number}", number)
        evidence.close(number)
    for _ in range(50):
        states = evidence.note(7, (1.0,))
    assert (len(evidence.of_series), len(evidence.of_measurement), len(states)) == (MOST_SERIES, 1_000, 8)
    assert 0 not in evidence.of_series
    kept = Episodes(evidence=evidence).packed(DomainSeries())
    assert Episodes.of(unpacked(packed(kept)), DomainSeries()).evidence == evidence


def kpis_at_fault(rows: int, silent: bool) -> set[KpiEpisode]:
    """Every word on the episodes of an object whose three KPIs fail together, its rows in envelopes of so many; they
    recover, or fall silent."""
    time = np.repeat(MONDAY + np.arange(1, 5 * 96 + 1) * STEP, 3)
    kpi = np.tile(np.arange(3), 5 * 96)
    value = 100 + 40 * np.sin(2 * np.pi * (time % DAY) / DAY) + 3 * np.sin(time // MINUTE * 0.7 + kpi)
    faulty = (time - MONDAY) % DAY <= (8 + kpi) * STEP
    value[faulty & (time > MONDAY + 3 * DAY)] *= 0.3
    kept = np.ones(len(time), np.bool_)
    if silent:  # one after the other, and the others go on
        kept = (time <= MONDAY + 3 * DAY + 6 * STEP) | (kpi == 2) | (time > MONDAY + 4 * DAY)
    time, kpi, value = time[kept], kpi[kept], value[kept]
    whole = Measurements(
        "north", "pm", STEP, ("a",), ("drops", "load", "throughput"), np.zeros(len(time), np.int32),
        kpi.astype(np.int32), time, value, np.zeros(len(time), np.bool_),
    )  # fmt: skip
    ranker = Ranker(("learned", "companions"), (2.0, 0.0), (1.0, 1.0), (9.0, 1.0), 0, {})
    driver = Driver(DETECTION).pipe(in_force(ranker))
    for start in range(0, len(time), rows):
        driver.pipe(whole.take(np.arange(start, min(start + rows, len(time)))))
    return {replace(word, group_id="") for word in driver.pipe(Tick(MONDAY + 9 * DAY)).outputs(KpiEpisode)}


@pytest.mark.parametrize("silent", [False, True])
def test_what_is_known_of_an_episode_its_rank_and_its_words_do_not_depend_on_where_envelopes_are_cut(
    silent: bool,
) -> None:
    whole = kpis_at_fault(10_000, silent)
    assert max(known(word, "companions") for word in whole if word.evidence) > 1
    assert kpis_at_fault(5, silent) == whole == kpis_at_fault(67, silent)
