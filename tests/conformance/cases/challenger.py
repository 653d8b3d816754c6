"""The challenger before the law suite: the champion's own streams, with trials that begin, change and end."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from streams.hosts.driver import Outcome
from streams.operators.detection.challenger import Challenger
from streams.topologies.detection import DETECTION
from telassure.kernel.events import CatalogueChange, KpiEpisode, ModelComparison, PolicyValue
from tests.conformance.cases import OperatorCase
from tests.conformance.cases.anomaly import DOMAINS, LIMIT, all_stored, days, new_series
from tests.operators.golden.later import later_trials

NAMES = ("sensitive", "novelty", "none")


@st.composite
def trials(draw: st.DrawFn) -> list[Any]:
    events = draw(days())
    for _ in range(draw(st.integers(0, 3))):
        selector = draw(st.sampled_from(("", *DOMAINS)))
        change = CatalogueChange((PolicyValue("detection", "challenger", draw(st.sampled_from(NAMES)), selector),))
        events.insert(draw(st.integers(0, len(events))), change)
    return events


def all_counted(inputs: Sequence[Any], outcome: Outcome) -> bool:
    """Every row is a stored point, and no trial counts more of the champion's episodes than there are."""
    opened = {episode.episode_id for episode in outcome.of(KpiEpisode)}
    counted = [comparison.champion_episodes for comparison in outcome.of(ModelComparison)]
    return all_stored(inputs, outcome) and max(counted, default=0) <= len(opened)


CASES = (
    OperatorCase(
        operator=Challenger,
        topology=lambda: DETECTION,
        streams=trials(),
        long_run=new_series,
        cell_bound=len(DOMAINS),
        reflected=all_counted,
        later=later_trials,
        catalogue=(
            PolicyValue("detection", "challenger", "sensitive"),
            PolicyValue("detection", "series_limit", str(LIMIT)),
            PolicyValue("detection", "persistence", "2/3"),
            PolicyValue("detection", "forget_days", "1"),
        ),
    ),
)
