"""`evaluate correlation --scenarios`: what the product says of alarms, scored as an outside scorer would."""

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import orjson
import pytest
import typer
from typer.testing import CliRunner, Result

from telassure.app.cli.evaluate import evaluate_app
from telassure.evaluation.correlation.baselines import BASELINES, baseline_answer
from telassure.evaluation.correlation.evaluate import AskedScenarios, evaluate_scenarios
from telassure.evaluation.correlation.replayed import GroupingAnswer, replayed
from telassure.evaluation.correlation.scenario import AlarmScenario, scenario, scenarios
from telassure.evaluation.correlation.scores import ScenarioScores
from telassure.evaluation.correlation.tuning import outcomes, tuned_on
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import HOUR
from tests.evaluation.alarm_scenario import START, write_scenario

KEYS = {"name", "alarms", "incidents", "precision", "recall", "f1", "incident_f1", "top1", "top3", "ece", "ece_main"}
KEYS |= {"groups_per_incident", "one_group", "empty_groups", "by_kind", "tickets", "seconds"}
TICKETS = {"exactly_one", "without_incident", "lone"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_scenario(tmp_path / "scenarios" / "small")


@pytest.fixture
def small(folder: Path) -> AlarmScenario:
    return scenario(folder)


def evaluate(*words: str | Path) -> Result:
    app = typer.Typer()
    app.add_typer(evaluate_app, name="evaluate")
    return CliRunner().invoke(app, ["evaluate", "correlation", *map(str, words)], env={"COLUMNS": "160"})


def by_label(one: AlarmScenario, group: Callable[[str], str]) -> GroupingAnswer:
    """An answer made of the truth."""
    mapping = {name: group(label) for name, label in one.labels.items() if label}
    roots = {group(i.incident_id): [(min(i.roots), 1.0)] for i in one.incidents}
    return GroupingAnswer(mapping, roots, {f"ticket of {name}": name for name in roots})


def test_json_is_one_object_with_the_keys_of_the_contract(folder: Path) -> None:
    ran = evaluate("--scenarios", folder.parent, "--json")

    found = orjson.loads(ran.stdout)
    assert (ran.exit_code, ran.stdout.count("\n")) == (0, 1)
    assert [set(row) >= KEYS for row in found["scenarios"]] == [True]
    assert set(found["mean"]) >= KEYS - {"name"}
    assert set(found["scenarios"][0]["tickets"]) >= TICKETS
    assert set(found["baselines"]) == set(BASELINES)


def test_a_folder_that_is_a_scenario_is_one_scenario(folder: Path) -> None:
    assert [one.name for one in scenarios(folder)] == ["small"]


def test_without_json_every_scenario_and_baseline_is_a_line_of_a_table(folder: Path) -> None:
    ran = evaluate("--scenarios", folder)

    assert ran.exit_code == 0
    assert all(word in ran.stdout for word in ("small", "mean", "window 300 s by region"))


def test_the_product_finds_two_power_failures_and_their_tickets(small: AlarmScenario) -> None:
    figures = ScenarioScores(small, replayed(small)).figures()

    assert (figures["f1"], figures["incident_f1"], figures["top1"], figures["one_group"]) == (1.0, 1.0, 1.0, 2)
    assert (figures["tickets"]["exactly_one"], figures["tickets"]["without_incident"]) == (1.0, 0.0)


def test_what_is_written_for_an_outside_scorer_is_what_was_scored(folder: Path, tmp_path: Path) -> None:
    evaluate("--scenarios", folder, "--out", tmp_path / "answers", "--no-baselines", "--json")

    written = orjson.loads((tmp_path / "answers" / "small.json").read_bytes())
    answer = replayed(scenario(folder))
    assert (written["mapping"], written["tickets"]) == (answer.mapping, answer.tickets)
    assert written["roots"] == {group: [[*cause] for cause in named] for group, named in answer.roots.items()}


def test_nothing_of_the_truth_reaches_the_operators(small: AlarmScenario) -> None:
    blind = replace(small, name="", incidents=(), labels={})

    assert replace(replayed(blind), seconds=0.0) == replace(replayed(small), seconds=0.0)


def test_the_truth_itself_is_perfect(small: AlarmScenario) -> None:
    figures = ScenarioScores(small, by_label(small, str)).figures()

    names = ("precision", "recall", "f1", "incident_f1", "top1", "top3", "ece", "ece_main", "groups_per_incident")
    assert [figures[name] for name in names] == [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0]


def test_two_incidents_in_one_group_cost_precision_and_have_one_ticket(small: AlarmScenario) -> None:
    figures = ScenarioScores(small, by_label(small, lambda _: "all")).figures()

    assert (figures["recall"], figures["precision"]) == (1.0, round(20 / 45, 4))
    assert figures["tickets"]["exactly_one"] == 1.0


def test_an_activation_without_a_group_stands_alone(small: AlarmScenario) -> None:
    figures = ScenarioScores(small, GroupingAnswer({}, {}, {})).figures()

    assert (figures["f1"], figures["incident_f1"], figures["top1"]) == (0.0, 0.0, 0.0)
    assert (figures["groups_per_incident"], figures["ece"]) == (5.0, None)


def test_a_ticket_of_noise_alone_is_without_an_incident_and_one_of_a_single_alarm_is_lone(small: AlarmScenario) -> None:
    noisy = replace(small, labels=dict.fromkeys(small.labels, ""))
    answer = GroupingAnswer({name: name.partition("/")[0] for name in small.labels}, {}, {"a": "cut-0", "b": "fan"})

    tickets = ScenarioScores(noisy, answer).figures()["tickets"]

    assert (tickets["without_incident"], tickets["lone"], tickets["tickets"]) == (1.0, 1, 2)


def test_repeats_while_active_and_clears_are_no_activations(small: AlarmScenario) -> None:
    first = small.notifications[0]
    again = replace(first, notification_id="again", time=first.time + 1)

    assert len(replace(small, notifications=[*small.notifications, again, again]).activations()) == 11


@pytest.mark.parametrize("name", BASELINES)
def test_a_baseline_puts_every_activation_into_a_group(small: AlarmScenario, name: str) -> None:
    answer = baseline_answer(BASELINES[name], small)

    assert answer.mapping.keys() == small.labels.keys()
    assert set(answer.mapping.values()) == answer.roots.keys()


@pytest.mark.parametrize(
    ("file", "content", "place"),
    [
        ("alarms.jsonl", '{"notification_id": "n"}\n', "alarms.jsonl:1"),
        ("alarms.jsonl", "no json\n", "alarms.jsonl:1"),
        ("catalogue.json", '{"resources": [{"kind": "cell"}]}', "catalogue.json"),
        ("catalogue.json", "{", "catalogue.json"),
        ("incidents.json", '{"alarms": {}}', "incidents.json"),
    ],
)
def test_a_file_that_breaks_the_layout_is_named(folder: Path, file: str, content: str, place: str) -> None:
    (folder / file).write_text(content)

    with pytest.raises(InvalidInput) as raised:
        scenario(folder)

    assert raised.value.place.endswith(place)


def test_a_folder_without_a_scenario_is_refused(tmp_path: Path) -> None:
    ran = evaluate("--scenarios", tmp_path, "--json")

    assert ran.exit_code == 1


def test_a_calibration_is_chosen_on_the_other_scenarios_alone(folder: Path, tmp_path: Path) -> None:
    other = write_scenario(tmp_path / "other", START + HOUR)

    found = orjson.loads(evaluate("--scenarios", folder, "--tuned-on", other, "--no-baselines", "--json").stdout)
    assert found["calibration"]["numbers"] == asdict(tuned_on([scenario(other)], print))


def test_a_scenario_is_not_tuned_on_itself(folder: Path) -> None:
    asked = AskedScenarios(folder, None, False, [folder.parent])

    with pytest.raises(InvalidInput, match="not one to tune on"):
        evaluate_scenarios(asked, print)


def test_scenarios_of_one_network_have_no_other_to_be_tuned_on(folder: Path) -> None:
    write_scenario(folder.parent / "later", START + HOUR)

    assert evaluate_scenarios(AskedScenarios(folder.parent, None, False), print)["out_of_sample"] == {}


def test_what_is_seen_of_a_first_cause_is_what_the_product_saw(small: AlarmScenario) -> None:
    seen = [signs for signs, _ in outcomes(small)]

    assert [(signs.objects, signs.physical, signs.own_alarm) for signs in seen] == [(5, True, True)] * 2
