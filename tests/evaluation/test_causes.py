"""`evaluate causes`: root causes of service incidents from the KPIs of elements and their calls."""

from pathlib import Path

import numpy as np
import orjson
import pytest
import typer
from typer.testing import CliRunner, Result

from telassure.app.cli.evaluate import evaluate_app
from telassure.evaluation.correlation.causes import evaluate_causes
from telassure.evaluation.correlation.service_incidents import service_incidents
from telassure.kernel.errors import InvalidInput
from tests.evaluation.corpora import shared

ELEMENTS = ("shop", "search", "pay", "table")
CALLS = {"shop": ("search", "pay"), "search": ("table",)}
ON_THE_WAY = {"table": ("shop", "search", "table"), "search": ("shop", "search"), "pay": ("shop", "pay")}
COLUMNS = [(name, *kpi) for name in ELEMENTS for kpi in (("latency", "Average"), ("availability", "Average"))]
COLUMNS += [(name, "requests", "Sum") for name in ELEMENTS]
NORMAL = {"latency": 0.1, "availability": 99.9, "requests": 500.0}
WORSE = {"latency": 0.9, "availability": 60.0}


def write_incidents(folder: Path, roots: tuple[tuple[str, str], ...]) -> Path:
    """A calm history and, for each (root, KPI), an incident in which all on the way to the root are as bad as it."""
    draw = np.random.default_rng(11)
    folder.mkdir(parents=True)
    rows = [",".join((name, *(str(int(to in CALLS.get(name, ()))) for to in ELEMENTS))) for name in ELEMENTS]
    (folder / "graph.csv").write_text("\n".join([",".join(("", *ELEMENTS)), *rows, ""]))
    _write(folder / "noissue", draw, range(0, 60_000, 300), {})
    for number, (root, kpi) in enumerate(roots):
        place = folder / "test" / f"issue_{number}"
        begun = 70_600
        _write(place, draw, range(70_000, 71_500, 300), {(name, kpi): begun for name in ON_THE_WAY[root]})
        target = {"node": "shop", "metric": kpi, "agg": "Average", "timestamp": begun + 200}
        place.joinpath("target.json").write_bytes(orjson.dumps({"target": target, "root_cause": {"node": root}}))
    return folder


def _write(place: Path, draw: np.random.Generator, times: range, worse: dict[tuple[str, str], int]) -> None:
    place.mkdir(parents=True)
    lines = [
        ",".join((name, *(column[level] for column in COLUMNS))) for level, name in enumerate(("on", "kpi", "agg"))
    ]
    lines.append(",".join(("time", *("" for _ in COLUMNS))))
    for time in times:
        values = []
        for name, kpi, _ in COLUMNS:
            normal = NORMAL[kpi] * (1 + 0.001 * draw.normal())
            values.append(WORSE[kpi] if time >= worse.get((name, kpi), time + 1) else normal)
        lines.append(",".join((str(time), *map(str, values))))
    place.joinpath("metrics.csv").write_text("\n".join([*lines, ""]))


ROOTS = (("table", "latency"), ("search", "latency"), ("pay", "availability"), ("table", "availability"))


def evaluate(*words: str | Path) -> Result:
    app = typer.Typer()
    app.add_typer(evaluate_app, name="evaluate")
    return CliRunner().invoke(app, ["evaluate", "causes", *map(str, words)], env={"COLUMNS": "160"})


def quiet(text: str) -> None: ...


@pytest.mark.parametrize("root", ROOTS, ids=" by ".join)
def test_the_deepest_element_that_is_worse_is_the_cause(tmp_path: Path, root: tuple[str, str]):
    assert evaluate_causes(write_incidents(tmp_path / "shop", (root,)), quiet)["top1"] == 1.0


def test_what_is_printed_has_the_keys_of_the_contract_and_the_baselines(tmp_path: Path):
    told = orjson.loads(evaluate("--incidents", write_incidents(tmp_path / "shop", ROOTS), "--json").stdout)

    assert set(told) >= {"incidents", "top1", "top3", "top1_interval", "top3_interval", "out_of_sample"}
    assert set(told["baselines"]) == {"largest_z", "random", "commonest_root"}
    assert told["baselines"]["random"] == {"top1": 0.25, "top3": 0.75}


def test_an_incident_is_not_among_those_that_its_commonest_root_is_counted_over(tmp_path: Path):
    found = evaluate_causes(write_incidents(tmp_path / "shop", (("pay", "latency"), ("search", "latency"))), quiet)

    assert found["baselines"]["commonest_root"]["top1"] == 0.0


def test_the_same_incidents_give_the_same_figures_twice(tmp_path: Path):
    folder = write_incidents(tmp_path / "shop", ROOTS)

    assert evaluate_causes(folder, quiet) == evaluate_causes(folder, quiet)


@pytest.mark.parametrize("file", ["graph.csv", "noissue/metrics.csv", "test/issue_0/metrics.csv"])
def test_a_missing_table_is_refused_with_its_file(tmp_path: Path, file: str):
    folder = write_incidents(tmp_path / "shop", ROOTS[:1])
    (folder / file).unlink()

    with pytest.raises(InvalidInput, match=file):
        service_incidents(folder)


@pytest.mark.parametrize(
    "content", [b"{}", b"not JSON", b'{"target": {"node": "shop"}, "root_cause": {"node": "pay"}}']
)
def test_a_broken_target_is_refused_with_its_file(tmp_path: Path, content: bytes):
    folder = write_incidents(tmp_path / "shop", ROOTS[:1])
    (folder / "test/issue_0/target.json").write_bytes(content)

    with pytest.raises(InvalidInput, match=r"target\.json"):
        service_incidents(folder)


def test_a_folder_without_incidents_is_refused(tmp_path: Path):
    with pytest.raises(InvalidInput, match=r"no target\.json"):
        service_incidents(tmp_path)


@pytest.mark.heavy
def test_most_roots_of_the_shared_incidents_are_named_first():
    found = evaluate_causes(shared("petshop") / "low_traffic", quiet)

    assert (found["top1"] >= 0.4, found["top3"] >= 0.7) == (True, True)
