"""What detection is worth where it was not tuned: each group is judged under the policies that suit the others best.

A group is a folder of a corpus. For each one, the candidates are compared on all series of the other groups, and the
best one is scored on the group left out; the figures over all groups are of these scores put together. Twice so: once
for scores (NAB at the fixed threshold, and events), once for episodes (their F1). A measure over several corpora is the
mean of what it is on each, since their windows are of different kinds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Any, Final, TypeAlias

from models.detection.notices import noticed
from telassure.evaluation.anomalies.corpus import Floats, Series
from telassure.evaluation.anomalies.detectors import policies_of, product_detector, scores_of
from telassure.evaluation.anomalies.episodes import EpisodeCount, Starts, count_episodes, episode_starts
from telassure.evaluation.anomalies.score import DetectorScores, ratios, rounded, score_corpus
from telassure.kernel.events import PolicyValue

THRESHOLDS: Final = ("2.5", "3", "3.5", "4", "5", "6", "8")
AS_SHIPPED: Final = "4"  # what the default policies are

Group: TypeAlias = tuple[str, str]  # the names of its corpus and of itself
Chosen: TypeAlias = Mapping[Group, "Tuning"]


@dataclass(frozen=True, slots=True, eq=False)
class Tuning:
    """One setting of the product, with its score of every row of every series, and its episodes."""

    threshold: str
    columns: Sequence[Floats]
    starts: Starts


def tuning(series: Sequence[Series], profile: str, threshold: str) -> Tuning:
    """The product under a profile and a threshold on all series."""
    policies = (PolicyValue("detection", "threshold", threshold),)
    columns = [scores_of(product_detector(profile, policies), one) for one in series]
    return Tuning(threshold, columns, episode_starts(series, (*policies_of(profile), *policies)))


def groups_of(series: Sequence[Series]) -> list[Group]:
    """The groups, sorted."""
    return sorted({(one.corpus, one.group) for one in series})


def out_of_sample(series: Sequence[Series], candidates: Sequence[Tuning]) -> Mapping[str, Any]:
    """The key `out_of_sample`. A lone group has no others to choose on: it is scored as the product is shipped."""
    groups = groups_of(series)
    by_scores = {group: best(series, candidates, group, worth_of_scores) for group in groups}
    by_episodes = {group: best(series, candidates, group, worth_of_episodes) for group in groups}
    columns = [by_scores[one.corpus, one.group].columns[place] for place, one in enumerate(series)]
    starts = {
        place: times
        for group, chosen in by_episodes.items()
        for place, times in chosen.starts.items()
        if place[:2] == group
    }
    return {
        **figures(series, columns, starts),
        "by_corpus": {name: figures(*of_corpus(series, columns, name), starts) for name in corpora_of(series)},
        "by_group": {
            "/".join(group): {
                "threshold": by_scores[group].threshold,
                "episode_threshold": by_episodes[group].threshold,
                **figures(*of_group(series, columns, group), starts),
            }
            for group in groups
        },
    }


def best(series: Sequence[Series], candidates: Sequence[Tuning], left_out: Group, worth: Any) -> Tuning:
    """The candidate that is worth most on the groups that are not left out; of equal ones the first."""
    others = [place for place, one in enumerate(series) if (one.corpus, one.group) != left_out]
    if not any(series[place].windows for place in others):
        return next((one for one in candidates if one.threshold == AS_SHIPPED), candidates[0])
    return max(candidates, key=lambda one: worth([series[place] for place in others], one, others))


def worth_of_scores(series: Sequence[Series], one: Tuning, places: Sequence[int]) -> float:
    """The mean over the corpora of NAB's standard score (of 1) and of the F1 of events, both at the fixed threshold."""
    columns = [one.columns[place] for place in places]
    found = []
    for name in corpora_of(series):
        scores = product_scores(*of_corpus(series, columns, name))
        if scores.events.events:
            found += [max(scores.nab_fixed_threshold["standard"] / 100.0, -1.0), scores.events.f1]
    return mean(found)


def worth_of_episodes(series: Sequence[Series], one: Tuning, places: Sequence[int]) -> float:
    """The mean over the corpora of the F1 of episodes."""
    return mean(
        count_episodes([each for each in series if each.corpus == name], one.starts).f1
        for name in corpora_of(series)
        if any(each.windows for each in series if each.corpus == name)
    )


def product_scores(series: Sequence[Series], columns: Sequence[Floats]) -> DetectorScores:
    """The scores of the product's columns: NAB judges the notices that they are worth."""
    return score_corpus(series, columns, notices_by_series=[noticed(column) for column in columns])


def figures(series: Sequence[Series], columns: Sequence[Floats], starts: Starts) -> dict[str, Any]:
    """What is said of these series."""
    scores = product_scores(series, columns)
    counted: EpisodeCount = count_episodes(series, starts)
    return {
        "series": len(series),
        "nab": {name: rounded(found.score, 2) for name, found in scores.nab.items()},
        "nab_fixed_threshold": {name: rounded(found, 2) for name, found in scores.nab_fixed_threshold.items()},
        "events": ratios(scores.events),
        "false_alarms_per_series_day": rounded(scores.false_alarms_per_series_day, 4),
        "episodes": counted.figures(),
    }


def corpora_of(series: Sequence[Series]) -> list[str]:
    """The names of the corpora, sorted."""
    return sorted({one.corpus for one in series})


def of_corpus(
    series: Sequence[Series], columns: Sequence[Floats], name: str
) -> tuple[Sequence[Series], Sequence[Floats]]:
    """The series of one corpus with their columns."""
    pairs = [(one, column) for one, column in zip(series, columns, strict=True) if one.corpus == name]
    return [one for one, _ in pairs], [column for _, column in pairs]


def of_group(
    series: Sequence[Series], columns: Sequence[Floats], group: Group
) -> tuple[Sequence[Series], Sequence[Floats]]:
    """The series of one group with their columns."""
    pairs = [(one, column) for one, column in zip(series, columns, strict=True) if (one.corpus, one.group) == group]
    return [one for one, _ in pairs], [column for _, column in pairs]
