"""What is chosen for a group hangs on the others alone."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from telassure.evaluation.anomalies.corpus import Series
from telassure.evaluation.anomalies.out_of_sample import Tuning, best, out_of_sample, worth_of_scores
from tests.evaluation.series import alarms, series

GROUPS = ("a", "b", "c", "d")


def labelled() -> list[Series]:
    return [replace(series(1_000, (500, 540), name=name), group=name, corpus="made") for name in GROUPS]


def scored(threshold: str, *rows: Sequence[int]) -> Tuning:
    """Alarms of each group at these rows."""
    corpus = labelled()
    starts = {one.place: [int(one.time[row]) for row in found] for one, found in zip(corpus, rows, strict=True)}
    return Tuning(threshold, [alarms(1_000, *found) for found in rows], starts)


GOOD, SILENT, WILD = [500], list[int](), [300, 400, 700, 900]


def test_each_group_is_scored_as_the_others_chose() -> None:
    for_a, for_others = scored("3", GOOD, WILD, WILD, WILD), scored("5", WILD, GOOD, GOOD, GOOD)

    found = out_of_sample(labelled(), [for_a, for_others])["by_group"]

    assert found["made/a"]["threshold"] == "5"  # what suits a best is not known to it
    assert found["made/a"]["nab_fixed_threshold"]["standard"] < 0
    assert found["made/b"]["nab_fixed_threshold"]["standard"] == 100.0
    assert found["made/b"]["episodes"]["f1"] == 1.0
    assert found["made/a"]["episodes"]["false"] == 4


def test_the_labels_of_the_group_left_out_change_no_choice() -> None:
    candidates = [scored("3", GOOD, GOOD, SILENT, SILENT), scored("5", SILENT, SILENT, GOOD, GOOD)]
    known, blind = labelled(), labelled()
    blind[0] = replace(blind[0], windows=(), value=np.full(1_000, 7.0))
    chosen = [best(corpus, candidates, ("made", "a"), worth_of_scores).threshold for corpus in (known, blind)]
    assert chosen[0] == chosen[1]


def test_a_lone_group_is_scored_as_the_product_is_shipped() -> None:
    alone = labelled()[:1]
    candidates = [
        replace(scored(name, GOOD, GOOD, GOOD, GOOD), columns=[alarms(1_000, 500)]) for name in ("3", "4", "5")
    ]
    assert out_of_sample(alone, candidates)["by_group"]["made/a"]["threshold"] == "4"


def test_the_figures_over_all_are_those_of_the_groups_put_together() -> None:
    candidates = [scored("3", GOOD, WILD, SILENT, WILD), scored("5", WILD, GOOD, GOOD, SILENT)]
    found = out_of_sample(labelled(), candidates)
    for name in ("windows", "found", "false"):
        assert found["episodes"][name] == sum(one["episodes"][name] for one in found["by_group"].values())
    assert set(found) >= {"nab", "nab_fixed_threshold", "events", "episodes", "by_group"}
