"""`evaluate correlation --alarms`: the graph learned from a recorded alarm log, scored against the true one."""

from pathlib import Path

import numpy as np
import orjson
import pytest
import typer
from typer.testing import CliRunner, Result

from telassure.app.cli.evaluate import evaluate_app
from telassure.evaluation.correlation.labelled_log import labelled_log
from telassure.evaluation.correlation.learned_graph import evaluate_graph, graph_figures
from telassure.kernel.errors import InvalidInput
from tests.evaluation.corpora import shared

KEYS = {
    "auroc",
    "average_precision",
    "f1",
    "edges",
    "all_edges_f1",
    "learn_seconds",
    "alarms",
    "problems",
    "compression",
}
KINDS = 5
HEADER = "alarm_id,device_id,start_timestamp,end_timestamp"


def write_log(folder: Path, chain: dict[int, int], seed: int = 3, topology: bool = False) -> Path:
    """Raises of five kinds at six devices; a cause is followed by its effect within a minute in eight of ten cases."""
    draw = np.random.default_rng(seed)
    rows = []
    for kind in range(KINDS):
        for start in draw.integers(0, 2_000_000, 80).tolist():
            now, at, device = kind, start, int(draw.integers(6))
            rows.append((at, now, device))
            while now in chain and draw.random() < 0.8:
                at, now = at + int(draw.integers(1, 60)), chain[now]
                rows.append((at, now, device))
    folder.mkdir(parents=True)
    lines = [f"{kind},{device},{start},{start + 30}" for start, kind, device in sorted(rows)]
    (folder / "Alarm.csv").write_text("\n".join([HEADER, *lines, ""]))
    truth = np.zeros((KINDS, KINDS), dtype=np.int64)
    for cause, effect in chain.items():
        truth[cause, effect] = 1
    np.save(folder / "DAG.npy", truth)
    if topology:
        np.save(folder / "Topology.npy", np.eye(6, k=1, dtype=np.int64))
    return folder


def evaluate(*words: str | Path) -> Result:
    app = typer.Typer()
    app.add_typer(evaluate_app, name="evaluate")
    return CliRunner().invoke(app, ["evaluate", *map(str, words)], env={"COLUMNS": "160"})


def quiet(text: str) -> None: ...


@pytest.mark.parametrize("chain", [{0: 1, 2: 3}, {4: 0, 3: 2}, {1: 4}], ids=str)
def test_a_planted_graph_is_found(tmp_path: Path, chain: dict[int, int]):
    found = evaluate_graph(write_log(tmp_path / "log", chain), (), quiet)

    assert found["auroc"] == 1.0


def test_how_many_of_the_rules_that_would_be_proposed_are_true_is_printed(tmp_path: Path):
    found = graph_figures(labelled_log(write_log(tmp_path / "log", {0: 1, 2: 3})), (), quiet)

    assert found["rules"] == {"proposed": 2, "right": 2}


def test_what_is_printed_has_the_keys_of_the_contract_and_the_baseline_beside_it(tmp_path: Path):
    told = orjson.loads(evaluate("correlation", "--alarms", write_log(tmp_path / "log", {0: 1}), "--json").stdout)

    assert set(told) >= KEYS
    assert told["all_edges_f1"] == round(2 / 21, 4)
    assert set(told["baselines"]) == {"lift"}


def test_how_many_pairs_are_edges_is_chosen_on_the_other_sets_alone(tmp_path: Path):
    sparse = write_log(tmp_path / "sparse", {0: 1}, 4)
    dense = write_log(tmp_path / "dense", {0: 1, 1: 2, 2: 3, 3: 4}, 5)
    scored = write_log(tmp_path / "scored", {2: 4}, 6, topology=True)

    edges = [evaluate_graph(scored, [one], quiet)["edges"] for one in (sparse, dense)]
    assert edges[0] < edges[1]


def test_a_set_is_not_tuned_on_itself(tmp_path: Path):
    log = write_log(tmp_path / "log", {0: 1})

    with pytest.raises(InvalidInput, match="not one to tune on"):
        evaluate_graph(log, [log / ".." / "log"], quiet)


def test_links_are_read_in_whatever_direction_the_topology_names_them(tmp_path: Path):
    log = write_log(tmp_path / "log", {0: 1}, topology=True)
    there = labelled_log(log).beside
    np.save(log / "Topology.npy", np.eye(6, k=-1))

    assert labelled_log(log).beside == there == [(at, at + 1) for at in range(5)]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("Alarm.csv", b"alarm_id,device_id\n1,2\n"),
        ("Alarm.csv", f"{HEADER}\n7,0,5,5\n".encode()),
        ("Alarm.csv", f"{HEADER}\n".encode()),
        ("DAG.npy", b"no array"),
        ("Topology.npy", b""),
    ],
    ids=["columns", "an unknown kind", "no row", "no graph", "no topology"],
)
def test_a_broken_log_is_refused_with_its_file(tmp_path: Path, file: str, content: bytes):
    log = write_log(tmp_path / "log", {0: 1})
    (log / file).write_bytes(content)

    with pytest.raises(InvalidInput, match=file):
        labelled_log(log)


@pytest.mark.parametrize("words", [(), ("--scenarios", ".", "--alarms", ".")])
def test_scenarios_and_alarms_are_not_said_together_nor_neither(words: tuple[str, ...]):
    assert evaluate("correlation", *words).exit_code == 2


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("name", "other", "f1", "auroc"),
    [("18V_55N_Wireless", "24V_439N_Microwave", 0.5765, 0.8), ("24V_439N_Microwave", "18V_55N_Wireless", 0.3977, 0.65)],
)
def test_the_recorded_networks_are_told_better_than_by_what_was_published(
    name: str, other: str, f1: float, auroc: float
):
    corpus = shared("alarms")
    found = graph_figures(labelled_log(corpus / name), [labelled_log(corpus / other)], quiet)

    assert (found["f1"] > f1, found["auroc"] >= auroc) == (True, True)
