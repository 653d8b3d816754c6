"""A challenger learns and alarms by itself, is counted beside the champion, and changes nothing that is told."""

from streams.operators.detection.trial import Trial, load_trial
from streams.topologies.detection import DETECTION
from telassure.kernel.events import KpiEpisode, ModelComparison, PolicyValue
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import DAY
from tests.driver import Driver
from tests.operators.test_feedback import MONDAY, telemetry


def watched(*policies: PolicyValue) -> Driver:
    """Three days of two cells, and then two hours at a third of what they should be."""
    driver = Driver(DETECTION, catalogue=policies)
    return driver.pipe(telemetry(MONDAY, 3 * 96), telemetry(MONDAY + 3 * DAY, 8, 0.3))


def trial(profile: str) -> PolicyValue:
    return PolicyValue("detection", "challenger", profile, "north")


def test_the_champion_as_its_own_challenger_agrees_with_itself() -> None:
    (found,) = watched(trial("balanced")).records(ModelComparison)
    assert (found.champion_episodes, found.challenger_episodes, found.agreed) == (2, 2, 2)


def test_what_is_told_is_the_same_with_and_without_a_challenger() -> None:
    alone, tried = watched(), watched(trial("sensitive"))
    assert alone.records(KpiEpisode) == tried.records(KpiEpisode)
    assert alone.outcome().points == tried.outcome().points


def test_another_challenger_begins_anew_and_none_leaves_no_state() -> None:
    driver = watched(trial("sensitive")).change(trial("novelty")).pipe(telemetry(MONDAY + 4 * DAY, 4)).settle()
    kept = [row for row in driver.memory.stored("detection", 0) if row.operator == "challenger"]
    driver.change(trial("none")).pipe(telemetry(MONDAY + 4 * DAY + DAY // 24, 4)).settle()
    left = [row for row in driver.memory.stored("detection", 0) if row.operator == "challenger"]
    assert [load_trial(row.blob).profile for row in kept] == ["novelty"]
    assert left == []


def test_a_pair_of_episodes_agrees_once() -> None:
    found = Trial("sensitive")
    name = derive_id("anomaly", "north", "a", "throughput", 0)
    episode = KpiEpisode(name, "north", "pm", "a", "throughput", "open", 3, 0, 0, None, 2.0, 1.0, 2.0, "")
    for _ in range(3):
        found.hear_champion(episode)
        found.hear_challenger(episode)
    assert (found.champion_episodes, found.challenger_episodes, found.agreed) == (1, 1, 1)
