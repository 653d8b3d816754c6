"""Recall and false episodes by the age of a series: lives and counts by hand, and a small network end to end."""

import numpy as np
import pytest

from telassure.evaluation.anomalies.newborn import AGES, BEGIN, LIFE, Ages, Lives, born_as, evaluate_newborn, life_of
from telassure.kernel.instant import DAY, HOUR

SMALL = {"sites_per_city": 1, "consumers": 70, "enterprises": 10}


def test_an_object_is_born_again_after_a_life_and_one_with_a_history_never() -> None:
    lives = Lives(np.array([BEGIN - DAY, BEGIN + HOUR]), np.array([True, False]))
    assert lives.number(BEGIN).tolist() == [0, -1]
    assert lives.number(BEGIN + HOUR + LIFE).tolist() == [0, 1]
    assert lives.age(BEGIN + 5 * HOUR + LIFE).tolist() == [LIFE, 4 * HOUR]


def test_half_of_the_objects_have_a_history_and_the_others_are_born_within_one_life() -> None:
    lives = Lives.of(3, 2_000)
    assert 0.45 < lives.old.mean() < 0.55
    born = lives.first[~lives.old] - BEGIN
    assert 0 <= born.min() < LIFE / 20 < LIFE * 19 / 20 < born.max() < LIFE


def test_a_life_has_a_name_of_its_own_that_leads_back_to_the_object() -> None:
    assert [life_of("cell-1", number) for number in (0, 2)] == ["cell-1", "cell-1~2"]
    assert born_as(life_of("cell-1", 2)) == "cell-1"


def test_figures_are_by_age_and_what_never_was_is_no_ratio() -> None:
    ages = Ages()
    ages.faults[1], ages.delays[1] = 4, [60.0, 120.0, 600.0]
    ages.true[1], ages.false[1], ages.series_days[1] = 6, 2, 8
    youngest, young, *_, oldest = ages.figures()
    assert (young["recall"], young["precision"], young["delay_p50_s"]) == (0.75, 0.75, 120)
    assert young["false_episodes_per_series_day"] == 0.25
    assert (youngest["recall"], youngest["precision"], youngest["false_episodes_per_series_day"]) == (None, None, None)
    assert (oldest["from_days"], oldest["to_days"]) == (LIFE / DAY, None)


@pytest.mark.heavy
def test_a_series_among_peers_is_found_in_its_first_day_and_one_without_in_its_second() -> None:
    found = evaluate_newborn([1], 8, "balanced", lambda text: None, **SMALL)
    lent, alone = ({one["from_days"]: one for one in ages} for ages in (found["ages"], *found["baselines"].values()))
    assert len(lent) == len(AGES)
    assert all(one["series_days"] > 100 and one["faults"] > 5 for one in lent.values())
    assert [alone[age]["found"] + alone[age]["false_episodes"] for age in (0.0, 0.25, 0.5)] == [0, 0, 0]
    assert lent[0.0]["false_episodes"] == 0
    assert lent[0.5]["recall"] >= 0.5
    assert alone[1.5]["recall"] >= 0.5
    assert sum(one["false_episodes"] for one in lent.values()) <= sum(one["false_episodes"] for one in alone.values())
    assert lent[4.0]["recall"] == alone[4.0]["recall"] >= 0.85
