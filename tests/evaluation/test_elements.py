"""`telassure evaluate elements`: what is found, what is false, what is one alarm, and the keys of the contract."""

import json
from pathlib import Path

import numpy as np
import orjson
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as some
from typer.testing import CliRunner, Result

from telassure.app.cli.evaluate import evaluate_app
from telassure.evaluation.elements.alarms import AlarmFigures, chosen, judged, openings
from telassure.evaluation.elements.labelled import LabelledElement, labelled_elements
from telassure.evaluation.elements.rivals import RIVALS
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import DAY, HOUR, MINUTE, iso
from tests.evaluation.series import START, STEP

KEYS = {"elements", "incidents", "found", "false", "precision", "recall", "f1", "delay_p50_s", "false_per_element_day"}
BASELINES = {"any_kpi", "count_of_kpis", "robust_z", "half_space_trees", "isolation_forest"}
LABEL = (START + DAY, START + DAY + 3 * HOUR)


def labelled(*windows: tuple[int, int], rows: int = 2 * 288, seed: int = 0) -> LabelledElement:
    time = START + STEP * np.arange(rows, dtype=np.int64)
    value = 20 + np.random.default_rng(seed).normal(size=(rows, 3))
    return LabelledElement("site", ("a", "b", "c"), time, value, windows)


@pytest.mark.parametrize(
    ("at", "found", "false"),
    [
        (LABEL[0] - 11 * MINUTE, 0, 1),
        (LABEL[0] - 10 * MINUTE, 1, 0),
        (LABEL[0] + HOUR, 1, 0),
        (LABEL[1], 1, 0),
        (LABEL[1] + MINUTE, 0, 0),
        (LABEL[1] + 2 * HOUR, 0, 0),
        (LABEL[1] + 2 * HOUR + MINUTE, 0, 1),
    ],
)
def test_an_incident_counts_by_when_it_opens(at: int, found: int, false: int) -> None:
    figures = judged(labelled(LABEL), [(at, at)])

    assert (figures.found, figures.false) == (found, false)


def test_the_delay_is_from_the_beginning_of_the_label_and_never_less_than_none() -> None:
    late, early = (
        judged(labelled(LABEL), [(LABEL[0] + 7 * MINUTE,) * 2]),
        judged(labelled(LABEL), [(LABEL[0] - 1,) * 2]),
    )

    assert (late.delays, early.delays) == ((420.0,), (0.0,))


def test_an_alarm_that_stands_since_before_a_label_has_not_found_it() -> None:
    figures = judged(labelled(LABEL), [(LABEL[0] - HOUR, LABEL[1]), (LABEL[0] + HOUR, LABEL[0] + HOUR)])

    assert (figures.found, figures.false) == (0, 1)


@given(some.lists(some.tuples(some.integers(0, 5_000), some.integers(0, 90)), max_size=12), some.randoms())
def test_openings_are_an_hour_behind_every_alarm_before_them_in_whatever_order(spans, chance) -> None:  # type: ignore[no-untyped-def]  # hypothesis gives the types
    alarms = [(first * MINUTE, (first + length) * MINUTE) for first, length in spans]
    shuffled = chance.sample(alarms, len(alarms))
    opened = openings(alarms)

    assert openings(shuffled) == opened
    for at in opened:
        assert all(first >= at or at - last >= HOUR for first, last in alarms)


def test_thresholds_out_of_sample_are_chosen_on_the_others_alone() -> None:
    found, missed = AlarmFigures(1, 1, 0, (0.0,), 1.0), AlarmFigures(1, 0, 5, (), 1.0)

    limits, _ = chosen({1.0: [found, missed, missed], 2.0: [missed, found, found]}, out_of_sample=True)
    hindsight, _ = chosen({1.0: [found, missed, missed], 2.0: [missed, found, found]}, out_of_sample=False)

    assert (limits[0], hindsight) == (2.0, [2.0, 2.0, 2.0])


@pytest.mark.parametrize("name", RIVALS)
def test_a_baseline_sees_nothing_of_what_comes_later(name: str) -> None:
    whole = labelled(rows=4 * 288 + 100)
    cut = LabelledElement(whole.name, whole.kpis, whole.time[:-50], whole.value[:-50], ())

    np.testing.assert_allclose(RIVALS[name](cut), RIVALS[name](whole)[:-50])


def write(root: Path, elements: dict[str, np.ndarray], labels: dict[str, list[tuple[int, int]]]) -> Path:
    for element, value in elements.items():
        (root / "data" / element).mkdir(parents=True)
        for kpi in range(value.shape[1]):
            rows = [f"{iso(START + STEP * row)},{number}" for row, number in enumerate(value[:, kpi].tolist())]
            (root / "data" / element / f"kpi{kpi}.csv").write_text("\n".join(["timestamp,value", *rows]) + "\n")
    (root / "labels").mkdir()
    spans = {name: [[iso(start), iso(end)] for start, end in pairs] for name, pairs in labels.items()}
    (root / "labels" / "elements.json").write_text(json.dumps(spans))
    return root


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sites of five days; all KPIs of each jump together for an hour on the fifth, which is labelled."""
    day = START + 4 * DAY
    elements = {name: labelled(rows=5 * 288, seed=seed).value for seed, name in enumerate(("site-a", "site-b"))}
    for value in elements.values():
        value[4 * 288 + 100 : 4 * 288 + 112] += 60
    window = (day + 100 * STEP, day + 112 * STEP)
    return write(tmp_path_factory.mktemp("elements"), elements, {name: [window] for name in elements})


def evaluate(*words: str | Path) -> Result:
    app = typer.Typer()
    app.add_typer(evaluate_app, name="evaluate")
    return CliRunner().invoke(app, ["evaluate", "elements", *map(str, words)], env={"COLUMNS": "160"})


def test_json_is_one_object_with_the_keys_of_the_contract(tiny: Path) -> None:
    ran = evaluate("--corpus", tiny, "--out-of-sample", "--json")

    assert (ran.exit_code, ran.stdout.count("\n")) == (0, 1)
    found = orjson.loads(ran.stdout)
    assert set(found) >= KEYS | {"by_element", "out_of_sample", "baselines", "seconds"}
    assert (found["elements"], found["incidents"], set(found["by_element"])) == (2, 2, {"site-a", "site-b"})
    assert set(found["baselines"]) == BASELINES
    assert all(set(one) >= KEYS - {"elements"} for one in found["baselines"].values())


def test_without_json_every_detector_has_a_line(tiny: Path) -> None:
    ran = evaluate("--corpus", tiny)

    assert ran.exit_code == 0
    assert all(name.replace("_", " ") in ran.stdout for name in BASELINES)


def test_a_single_element_has_no_others_to_choose_on(tmp_path: Path) -> None:
    ran = evaluate("--corpus", write(tmp_path, {"lone": labelled(rows=288).value}, {}), "--out-of-sample")

    assert ran.exit_code == 1
    assert "there is one" in ran.stderr


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        ('{"nowhere": []}', "nowhere, which has no folder"),
        ('{"site": [["2026-01-05T01:00:00", "2026-01-05T00:00:00"]]}', "ends before it begins"),
        ('{"site": ["2026-01-05"]}', "labels are"),
        ("", "labels are"),
    ],
)
def test_labels_that_cannot_be_meant_are_refused_with_their_place(tmp_path: Path, labels: str, told: str) -> None:
    write(tmp_path, {"site": labelled(rows=10).value}, {})
    (tmp_path / "labels" / "elements.json").write_text(labels)

    with pytest.raises(InvalidInput, match=told):
        labelled_elements(tmp_path)


def test_kpis_without_a_row_at_some_time_have_no_value_there(tmp_path: Path) -> None:
    write(tmp_path, {"site": labelled(rows=4).value}, {})
    short = tmp_path / "data" / "site" / "kpi1.csv"
    short.write_text("\n".join(short.read_text().splitlines()[:3]) + "\n")

    element = labelled_elements(tmp_path)[0]

    assert np.isnan(element.value).sum(axis=0).tolist() == [0, 2, 0]
