"""`telassure evaluate …`: what the algorithms are worth against labels and the simulator's ground truth."""

import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from telassure.app.cli.output import notes, reasons, show
from telassure.app.cli.settings import AsJson

LISTED = (
    "failures",
    "kinds",
    "by_kind",
    "baselines",
    "ages",
    "later_starts",
    "by_corpus",
    "episodes_by_group",
    "by_element",
    "by_kpi",
    "out_of_sample",
)

Seeds = Annotated[int, typer.Option(min=1, max=100, help="Demo operators (--simulated only).")]
Days = Annotated[int, typer.Option(min=1, max=60, help="Days with ten faults each (--simulated only).")]

evaluate_app = typer.Typer(no_args_is_help=True)


class DetectorProfile(StrEnum):
    """The documented profiles of the anomaly detector."""

    NOVELTY = "novelty"
    BALANCED = "balanced"
    SENSITIVE = "sensitive"


@evaluate_app.callback()
def evaluate() -> None:
    """Scores against labels and ground truth, with baselines beside them.

    Example: telassure evaluate anomalies --corpus corpora/nab --json
    """


@evaluate_app.command("anomalies")
def anomalies(  # noqa: PLR0913, PLR0917  # one argument is one option
    corpus: Annotated[
        list[Path] | None,
        typer.Option(exists=True, file_okay=False, help="data/<group>/<file>.csv and labels/; again for another."),
    ] = None,
    simulated: Annotated[bool, typer.Option("--simulated", help="The demo operator's faults instead.")] = False,
    newborn: Annotated[bool, typer.Option("--newborn", help="The same faults on series hours and days old.")] = False,
    shifts: Annotated[bool, typer.Option("--shifts", help="Lasting changes of level, beside river's ADWIN.")] = False,
    profile: Annotated[
        DetectorProfile, typer.Option(help="How readily the detector speaks.")
    ] = DetectorProfile.BALANCED,
    baselines: Annotated[bool, typer.Option(help="Also what the detector must beat (corpus only).")] = True,
    starts: Annotated[int, typer.Option(min=0, max=100, help="Runs that begin later (corpus only).")] = 0,
    episodes: Annotated[
        bool, typer.Option("--episodes", help="Also episodes as a NOC sees them (corpus only).")
    ] = False,
    out_of_sample: Annotated[
        bool, typer.Option("--out-of-sample", help="Each group also as tuned on the others (corpus only).")
    ] = False,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="Demo operators (not for a corpus).")] = 3,
    days: Annotated[int, typer.Option(min=1, max=60, help="Days with faults (not for a corpus).")] = 7,
    as_json: AsJson = False,
) -> None:
    """The anomaly detector against a labelled corpus, or against the simulator's ground truth, also by age of series.

    Example: telassure evaluate anomalies --corpus corpora/nab --episodes --out-of-sample --json
    """
    if bool(corpus) + simulated + newborn + shifts != 1:
        raise typer.BadParameter("say one of --corpus DIR, --simulated, --newborn and --shifts", param_hint="--corpus")
    if not corpus and (episodes or out_of_sample):
        raise typer.BadParameter("they are of a corpus; add --corpus DIR", param_hint="--episodes, --out-of-sample")
    with reasons():
        if corpus:
            from telassure.evaluation.anomalies.evaluate import Asked, evaluate_corpora

            asked = Asked(profile.value, baselines, starts, episodes, out_of_sample)
            found = evaluate_corpora(corpus, asked, _say)
            rows = _corpus_rows
        elif newborn:
            from telassure.evaluation.anomalies.newborn import evaluate_newborn

            found, rows = evaluate_newborn(range(1, seeds + 1), days, profile.value, _say), _newborn_rows
        elif shifts:
            from telassure.evaluation.anomalies.shifts import evaluate_shifts

            found, rows = evaluate_shifts(range(1, seeds + 1), profile.value), _shifts_rows
        else:
            from telassure.evaluation.anomalies.simulated import evaluate_simulated

            found, rows = evaluate_simulated(range(1, seeds + 1), days, profile.value, _say), _simulated_rows
    if as_json:
        show(found, as_json)
    else:
        _show_tables(found, rows(found))


@evaluate_app.command("correlation")
def correlation(  # noqa: PLR0913, PLR0917  # one argument is one option
    scenarios: Annotated[
        Path | None,
        typer.Option(
            exists=True, file_okay=False, help="One folder of catalogue.json, alarms.jsonl, incidents.json, or many."
        ),
    ] = None,
    alarms: Annotated[
        Path | None, typer.Option(exists=True, file_okay=False, help="A folder of Alarm.csv and DAG.npy instead.")
    ] = None,
    tuned_on: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True, file_okay=False, help="What is tunable is chosen on this one alone; again for another."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Write each answer here for an outside scorer."),
    ] = None,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="The demo operator's faults and alarms instead.")
    ] = False,
    baselines: Annotated[bool, typer.Option(help="Also what correlation must beat (scenarios only).")] = True,
    seeds: Seeds = 3,
    days: Days = 2,
    as_json: AsJson = False,
) -> None:
    """Problems, root causes and tickets of the product's operators against labelled alarm scenarios, or against the
    simulator's ground truth; or the graph of causes learned from a recorded alarm log against the true one.

    Example: telassure evaluate correlation --scenarios corpora/scenarios --out answers --json
    """
    if (scenarios is not None) + (alarms is not None) + simulated != 1:
        raise typer.BadParameter("say one of --scenarios DIR, --alarms DIR, --simulated", param_hint="--scenarios")
    if simulated and (tuned_on or out):
        raise typer.BadParameter("they are not of --simulated", param_hint="--tuned-on, --out")
    with reasons():
        if scenarios is not None:
            from telassure.evaluation.correlation.evaluate import AskedScenarios, evaluate_scenarios

            asked = AskedScenarios(scenarios, out, baselines, tuned_on or ())
            found, rows = evaluate_scenarios(asked, _say), _scenario_rows
        elif alarms is not None:
            from telassure.evaluation.correlation.learned_graph import evaluate_graph

            found, rows = evaluate_graph(alarms, tuned_on or (), _say), _graph_rows
        else:
            from telassure.evaluation.correlation.simulated import evaluate_simulated

            found, rows = evaluate_simulated(range(1, seeds + 1), days, _say), _scenario_rows
    if as_json:
        show(found, as_json)
    elif alarms is not None:
        _show_tables(found, rows(found))
    else:
        _show_tables({}, rows(found))


@evaluate_app.command("tickets")
def tickets(
    simulated: Annotated[bool, typer.Option("--simulated", help="The demo operator's faults and alarms.")] = False,
    seeds: Seeds = 3,
    days: Days = 2,
    as_json: AsJson = False,
) -> None:
    """How many faults of the demo operator come to exactly one ticket, by kind, and how many tickets have no fault.

    Example: telassure evaluate tickets --simulated --seeds 10 --days 10 --json
    """
    if not simulated:
        raise typer.BadParameter("say --simulated", param_hint="--simulated")
    with reasons():
        from telassure.evaluation.correlation.simulated import evaluate_tickets

        found = evaluate_tickets(range(1, seeds + 1), days, _say)
    if as_json:
        show(found, as_json)
    else:
        _show_tables(found, _ticket_rows(found))


@evaluate_app.command("causes")
def causes(
    incidents: Annotated[
        Path,
        typer.Option(exists=True, file_okay=False, help="graph.csv, noissue/metrics.csv and folders with target.json."),
    ],
    as_json: AsJson = False,
) -> None:
    """The element whose KPIs explain a service's degradation, against labelled incidents.

    Example: telassure evaluate causes --incidents corpora/petshop/low_traffic --json
    """
    with reasons():
        from telassure.evaluation.correlation.causes import evaluate_causes

        found = evaluate_causes(incidents, _say)
    if as_json:
        show(found, as_json)
    else:
        _show_tables(found, _cause_rows(found))


@evaluate_app.command("rating")
def rating(
    cases: Annotated[
        Path,
        typer.Option(exists=True, dir_okay=False, help="A file of tariffs and cases, as oracles/rating_cases.json."),
    ],
    as_json: AsJson = False,
) -> None:
    """Third-party rating cases against the rating model: how many come out as stated, and the trace of the rest.

    Example: telassure evaluate rating --cases oracles/rating_cases.json --json
    """
    with reasons():
        from telassure.evaluation.rating.evaluate import evaluate_rating

        found = evaluate_rating(cases)
    if as_json:
        show(found, as_json)
    else:
        _show_tables(found, _rating_rows(found))


@evaluate_app.command("elements")
def elements(
    corpus: Annotated[Path, typer.Option(exists=True, file_okay=False, help="data/<element>/<kpi>.csv and labels/.")],
    out_of_sample: Annotated[
        bool, typer.Option("--out-of-sample", help="Thresholds of each element chosen on the others.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Incidents of elements, told from all their KPIs together, against labelled ones.

    Example: telassure evaluate elements --corpus corpora/elements --out-of-sample --json
    """
    with reasons():
        from telassure.evaluation.elements.evaluate import evaluate_elements

        found = evaluate_elements(corpus, out_of_sample, _say)
    if as_json:
        show(found, as_json)
    else:
        _show_tables(found, _element_rows(found))


def _say(text: str) -> None:
    notes.print(text, highlight=False)


def _show_tables(found: Mapping[str, Any], rows: Sequence[Sequence[Any]]) -> None:
    """What there is of the run as a list, and who was compared as a table: the first row is its heading."""
    show({name: _plain(value) for name, value in found.items() if name not in LISTED}, False)
    table = Table(*map(str, rows[0]), box=None, header_style="bold")
    for row in rows[1:]:
        table.add_row(*map(_plain, row))
    Console(file=sys.stdout).print(table)


def _plain(value: Any) -> str:
    """A figure as it is read.

    >>> _plain({"f1": 0.25, "delay_samples": None}), _plain([1, 2]), _plain(1234567)
    ('f1 0.25, delay samples –', '1, 2', '1,234,567')
    """
    if isinstance(value, Mapping):
        return ", ".join(f"{name.replace('_', ' ')} {_plain(one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def _corpus_rows(found: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [("detector", "NAB standard", "best F1", "average precision")]
    rows.append((found["profile"], found["nab"]["standard"], found["events_best"]["f1"], found["average_precision"]))
    for name, one in found["baselines"].items():
        rows.append((name.replace("_", " "), one["nab_standard"], one["f1"], one["average_precision"]))
    later = found.get("later_starts", {}).get("runs", ())
    return rows + [(f"without {run['rows_left_out']} rows", run["nab_standard"], run["f1"], None) for run in later]


def _simulated_rows(found: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [("detector", "fault", "faults", "recall", "precision", "median delay s")]
    for name, one in {found["profile"]: found, **found["baselines"]}.items():
        for kind, scores in one["kinds"].items():
            figures = (scores["faults"], scores["recall"], scores["precision"], scores["delay_p50_s"])
            rows.append((name.replace("_", " "), kind.replace("_", " "), *figures))
    return rows


def _newborn_rows(found: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    heading = ("detector", "from day", "faults", "recall", "precision", "median delay s", "false a series-day")
    rows: list[tuple[Any, ...]] = [heading]
    for name, ages in {found["profile"]: found["ages"], **found["baselines"]}.items():
        for one in ages:
            figures = (one["faults"], one["recall"], one["precision"], one["delay_p50_s"])
            rows.append((name.replace("_", " "), one["from_days"], *figures, one["false_episodes_per_series_day"]))
    return rows


def _shifts_rows(found: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [
        (
            "detector",
            "hours alarmed by a shift, median",
            "p90",
            "faults of 6 h adopted",
            "quiet series alarmed",
            "bytes",
        )
    ]
    names = ("shift_alarmed_hours_p50", "shift_alarmed_hours_p90", "faults_adopted", "quiet_alarmed", "bytes")
    for name, one in {found["profile"]: found, **found["baselines"]}.items():
        rows.append((name.replace("_", " "), *(one[figure] for figure in names)))
    return rows


def _scenario_rows(found: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    names = ("precision", "recall", "f1", "incident_f1", "top1", "top3", "ece", "groups_per_incident")
    rows: list[tuple[Any, ...]] = [("scenario", *(name.replace("_", " ") for name in names))]
    compared = {name.replace("_", " "): one for name, one in found["baselines"].items()}
    for name, one in {**{one["name"]: one for one in found["scenarios"]}, "mean": found["mean"], **compared}.items():
        rows.append((name, *(one.get(figure) for figure in names)))
    return rows


def _ticket_rows(found: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    names = ("faults", "exactly_one", "no_ticket", "one_incident", "median_tickets", "top1")
    costs = ("customers_precision", "customers_recall", "revenue_close")
    rows: list[tuple[Any, ...]] = [("fault", *(name.replace("_", " ") for name in (*names, *costs)))]
    for name, one in {**found["by_kind"], "all": found}.items():
        told = (*(one[figure] for figure in names), *(one["impact"][figure] for figure in costs))
        rows.append((name.replace("_", " "), *told))
    return rows


def _graph_rows(found: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [("graph", "AUROC", "average precision", "F1")]
    for name, one in {"telassure": found, **found["baselines"]}.items():
        rows.append((name, one["auroc"], one["average_precision"], one["f1"]))
    return [*rows, ("all edges", None, None, found["all_edges_f1"])]


def _cause_rows(found: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [("ranking", "right first", "among three")]
    compared = {"telassure": found, "telassure, out of sample": found["out_of_sample"], **found["baselines"]}
    return rows + [(name.replace("_", " "), one["top1"], one["top3"]) for name, one in compared.items()]


def _rating_rows(found: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = [("failed", "expected", "got")]
    return rows + [(one["id"], one["expected"], one["got"]) for one in found["failures"]]


def _element_rows(found: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    heading = ("detector", "found", "false", "F1", "median delay s", "false an element-day")
    rows: list[tuple[Any, ...]] = [heading]
    chosen = {"telassure, out of sample": found["out_of_sample"]} if "out_of_sample" in found else {}
    for name, one in {"telassure": found, **found["by_element"], **chosen, **found["baselines"]}.items():
        figures = (one["found"], one["false"], one["f1"], one["delay_p50_s"], one["false_per_element_day"])
        rows.append((name.replace("_", " "), *figures))
    return rows
