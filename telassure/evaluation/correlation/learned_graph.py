"""`evaluate correlation --alarms`: the graph learned from a recorded alarm log against the true one."""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

from models.correlation.alarm_graph import EDGE_SHARE, AlarmGraph, alarm_graph
from models.correlation.alarm_history import AlarmHistory, Floats, lags
from models.correlation.cause_links import cause_links
from models.correlation.hawkes import LAG_EDGES
from streams.hosts.driver import Driver, Stores
from streams.topologies.assurance import ASSURANCE
from telassure.evaluation.correlation.labelled_log import LabelledLog, labelled_log
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Alarm, ServiceProblem
from telassure.kernel.instant import HOUR
from telassure.store.memory import MemoryLog, MemoryStateStore
from telassure.store.memory_metrics import MemoryMetricStore

Say = Callable[[str], None]
SHARES: Final = tuple(percent / 100 for percent in range(5, 61))
_AT_ONCE: Final = 2_000
_DIGITS: Final = 4


def evaluate_graph(directory: Path, tuned_on: Sequence[Path], say: Say) -> Mapping[str, Any]:
    """The keys of `evaluate correlation --alarms`: of the graph, and of the stream of the same alarms."""
    if any(one.resolve() == directory.resolve() for one in tuned_on):
        raise InvalidInput("a set that is scored is not one to tune on; name another", str(directory))
    log = labelled_log(directory)
    say(f"{log.name}: {len(log.rows):,} alarms of {len(log.truth)} kinds")
    figures = graph_figures(log, [labelled_log(one) for one in tuned_on], say)
    return {"name": log.name, **figures, **_streamed(log, say)}


def graph_figures(log: LabelledLog, tuned_on: Sequence[LabelledLog], say: Say) -> Mapping[str, Any]:
    """How good the learned graph is. The one number that is tuned, how many of the likeliest pairs are called edges, is
    the share that has the best mean F1 on the `tuned_on` sets, or else the product's own."""
    share = _best_share(tuned_on, say) if tuned_on else EDGE_SHARE
    start = perf_counter()
    graph = alarm_graph(log.history())
    seconds = perf_counter() - start
    edges = graph.edges(share)
    return {
        **_ranking(graph.score, log.truth),
        "f1": _f1(edges, log.truth),
        "edges": len(edges),
        "true_edges": int(log.truth.sum()),
        "all_edges_f1": _f1(graph.edges(1.0), log.truth),
        "learn_seconds": round(seconds, 3),
        "edge_share": share,
        "tuned_on": [one.name for one in tuned_on],
        "rules": _rules(log),
        "baselines": {"lift": _lift(log, share)},
    }


def _rules(log: LabelledLog) -> dict[str, int]:
    """The pairs that `telassure rules propose` would propose of such a history, and how many of them are true."""
    found = cause_links(log.history())
    return {"proposed": len(found), "right": sum(bool(log.truth[link.cause, link.effect]) for link in found)}


def _best_share(logs: Sequence[LabelledLog], say: Say) -> float:
    graphs: list[tuple[AlarmGraph, LabelledLog]] = []
    for log in logs:
        say(f"tuning on {log.name}")
        graphs.append((alarm_graph(log.history()), log))
    return max(SHARES, key=lambda share: sum(_f1(graph.edges(share), log.truth) for graph, log in graphs))


def _f1(edges: Sequence[tuple[int, int]], truth: NDArray[np.bool_]) -> float:
    right = sum(bool(truth[edge]) for edge in edges)
    return round(2 * right / max(len(edges) + int(truth.sum()), 1), _DIGITS)


def _ranking(score: Floats, truth: NDArray[np.bool_]) -> dict[str, float]:
    apart = ~np.eye(len(truth), dtype=np.bool_)
    return {
        "auroc": round(float(roc_auc_score(truth[apart], score[apart])), _DIGITS),
        "average_precision": round(float(average_precision_score(truth[apart], score[apart])), _DIGITS),
    }


def _lift(log: LabelledLog, share: float) -> dict[str, float]:
    """How much oftener than by chance the cause came at the device within five minutes before the effect."""
    history = log.history()
    alone = AlarmHistory(
        history.times,
        history.kinds,
        history.places,
        history.kind_count,
        tuple((place,) for place in range(len(history.around))),
    )
    seen = lags(alone, (0.0, LAG_EDGES[-1])).state >= 0
    before = np.array([seen[history.kinds == kind].sum(axis=0) for kind in range(history.kind_count)]).T
    expected = seen.mean(axis=0)[:, None] * history.counts[None, :]
    score = (before + 1.0) / (expected + 1.0)
    return {**_ranking(score, log.truth), "f1": _f1(AlarmGraph.of_scores(score).edges(share), log.truth)}


def _streamed(log: LabelledLog, say: Say) -> dict[str, Any]:
    """What the product's operators make of the same alarms: activations, problems, and alarms to a problem."""
    say(f"{log.name}: through the operators")
    stores = Stores(MemoryLog(), MemoryStateStore(), MemoryMetricStore())
    driver = Driver(ASSURANCE, stores, catalogue=log.resources())
    coming, end = log.notifications(), 0
    while part := list(islice(coming, _AT_ONCE)):
        driver.pipe(*part)
        end = max(event.ends_at or event.time for event in part)
    driver.advance(end + HOUR)
    alarms = len({alarm.alarm_id for alarm in driver.outputs(Alarm)})
    standing = {one.problem_id: one.state for one in driver.outputs(ServiceProblem)}
    problems = sum(state != "absorbed" for state in standing.values())
    return {"alarms": alarms, "problems": problems, "compression": round(alarms / max(problems, 1), 2)}
