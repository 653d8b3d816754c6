"""A domain's state has one owner: what is asked of it changes nothing, and nobody else writes to it."""

import ast
from pathlib import Path

import pytest

from streams.operators import correlation
from streams.operators.alarms.alarm_list import AlarmList
from streams.operators.correlation.cluster import Clusters
from streams.operators.correlation.correlate import Correlate
from streams.operators.correlation.domain import Domain
from streams.operators.correlation.problem import Problem
from streams.operators.correlation.reports import Reports
from streams.topologies.assurance import by_domain
from streams.topology import Source, Topology
from telassure.kernel.events import AlarmNotification, KpiEpisode
from tests.driver import Driver
from tests.operators.alarm_night import Night, network

OWNERS = {"domain.py", "problem.py"}
QUESTIONS = [
    *((Clusters, name) for name in ("home", "grows", "groups")),
    *((Reports, name) for name in ("ranking", "twin", "statement")),
]
OTHERS = sorted(path for path in Path(correlation.__path__[0]).glob("*.py") if path.name not in OWNERS)


def state_of(arguments):
    return [repr(each) for each in arguments if isinstance(each, Domain | Problem)]


@pytest.mark.parametrize(("asked", "name"), QUESTIONS, ids=[f"{asked.__name__}.{name}" for asked, name in QUESTIONS])
def test_a_question_changes_neither_the_cell_nor_a_problem(monkeypatch, asked, name):
    question, answers = getattr(asked, name), []

    def watched(*arguments):
        before = state_of(arguments)
        answer = question(*arguments)
        answers.append(state_of(arguments) == before)
        return answer

    monkeypatch.setattr(asked, name, watched)
    sources = tuple(Source(event, by_domain) for event in (AlarmNotification, KpiEpisode))
    operators = Topology("night", sources, lambda catalogue: (AlarmList(catalogue), Correlate(catalogue)))
    driver = Driver(operators, catalogue=network())
    driver.append(*Night(3, 300).events)
    driver.run()

    assert set(answers) == {True}


def targets(node):
    if isinstance(node, ast.Assign | ast.Delete):
        return node.targets
    return [node.target] if isinstance(node, ast.AugAssign | ast.AnnAssign) else []


def written(path):
    """What a module assigns to, deletes or updates in place that is reached through a cell or a problem."""
    names = {"cell", "problem", "loser", "into", "other", "older", "newer", "twin"}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for target in targets(node):
            root = target
            while isinstance(root, ast.Attribute | ast.Subscript):
                root = root.value
            if root is not target and isinstance(root, ast.Name) and root.id in names:
                yield ast.unparse(target)


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_only_the_domain_writes_to_the_cell_and_its_problems(path):
    derived = {"problem.packed"}  # the row of a problem, remembered by who packs it

    assert set(written(path)) <= derived
