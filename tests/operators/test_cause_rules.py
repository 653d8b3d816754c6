"""Rules of causes: proposed by history, approved by a person, and evidence only then."""

from collections.abc import Sequence
from dataclasses import replace

import orjson
import pytest

from streams.operators.correlation.cause_rules import APPROVED, PROPOSED, WITHDRAWN, CauseRule, rules_of
from streams.operators.correlation.commands import APPROVE, PROPOSE, WITHDRAW
from streams.operators.correlation.correlate import Correlate
from streams.topologies.assurance import by_domain
from streams.topology import Source, Topology
from telassure.kernel.commands import CAUSE_RULE, PolicyCommand
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Act, Alarm, PerceivedSeverity, PolicyValue, Resource, RootCause, ServiceProblem
from telassure.kernel.instant import SECOND, parse_instant
from telassure.kernel.policies import Texts
from tests.driver import Driver

START = parse_instant("2024-03-04T10:00:00")
RULE = CauseRule("card fault", "link down", 40, 12.5, 10.0, 60.0, "0-2 s 0.10, 2-10 s 0.60", 0.9, START, START)


def texts(*entries: PolicyValue) -> Texts:
    return {(entry.area, entry.name, entry.selector): entry.value for entry in entries}


def act(command: PolicyCommand, object_id: str = RULE.rule_id, user: str = "eve", **arguments: str) -> Act:
    stated = tuple(f"{name}={value}" for name, value in arguments.items())
    return Act("a-1", command.name, CAUSE_RULE.name, object_id, "network", "", START, (), stated, user, True, "seen",
               "page", START)  # fmt: skip


def after(policies: Texts, command: PolicyCommand, **arguments: str) -> Texts:
    return {**policies, **texts(*command.state(policies, act(command, **arguments), {}))}


def proposal(*rules: CauseRule) -> str:
    return "[" + ",".join(rule.entry().value for rule in rules) + "]"


def test_a_proposed_rule_is_approved_and_withdrawn_with_who_and_a_version_each_time():
    policies = after({}, PROPOSE, rules=proposal(RULE))
    states = []
    for command in (APPROVE, WITHDRAW, APPROVE):
        policies = after(policies, command)
        rule = rules_of(policies)[RULE.rule_id]
        states.append((rule.state, rule.version, rule.user, rule.why))

    assert states == [(APPROVED, 1, "eve", "seen"), (WITHDRAWN, 2, "eve", "seen"), (APPROVED, 3, "eve", "seen")]


@pytest.mark.parametrize("command", [APPROVE, WITHDRAW])
def test_a_new_proposal_changes_no_rule_that_somebody_has_decided_about(command: PolicyCommand):
    policies = after(after({}, PROPOSE, rules=proposal(RULE)), command)
    stronger = replace(RULE, support=900)

    assert after(policies, PROPOSE, rules=proposal(stronger)) == policies


def test_a_new_proposal_of_an_undecided_rule_has_the_newest_figures():
    policies = after({}, PROPOSE, rules=proposal(RULE))
    policies = after(policies, PROPOSE, rules=proposal(replace(RULE, support=900)))

    assert [(rule.state, rule.support) for rule in rules_of(policies).values()] == [(PROPOSED, 900)]


def test_no_proposal_makes_a_rule_approved():
    policies = after({}, PROPOSE, rules=proposal(replace(RULE, state=APPROVED, version=7)))

    assert [(rule.state) for rule in rules_of(policies).values()] == [PROPOSED]


@pytest.mark.parametrize("told", ["", "{}", "[]", "[1]", '[{"cause": "a"}]', proposal(RULE).replace("40", '"40"')])
def test_what_is_no_list_of_rules_is_refused(told: str):
    with pytest.raises(InvalidInput, match="no list of rules"):
        PROPOSE.state({}, act(PROPOSE, rules=told), {})


@pytest.mark.parametrize(
    ("command", "before", "reason"),
    [
        (APPROVE, (), "there is no rule"),
        (WITHDRAW, (), "there is no rule"),
        (APPROVE, (APPROVE,), "approved already, by eve: version 1"),
        (WITHDRAW, (WITHDRAW,), "withdrawn already, by eve"),
    ],
)
def test_a_decision_without_effect_is_refused(command: PolicyCommand, before: Sequence[PolicyCommand], reason: str):
    policies: Texts = after({}, PROPOSE, rules=proposal(RULE)) if before else {}
    for earlier in before:
        policies = after(policies, earlier)

    with pytest.raises(InvalidInput, match=reason):
        command.state(policies, act(command), {})


@pytest.mark.parametrize(
    "wrong",
    [{"state": "great"}, {"lift": "12"}, {"version": True}, {"cause": None}, {"effect": "other"}, {"more": 1}],
    ids=str,
)
def test_a_rule_that_was_written_by_hand_and_is_none_is_passed_over(wrong: dict[str, object]):
    entry = RULE.entry()
    by_hand = replace(entry, value=orjson.dumps(orjson.loads(entry.value) | wrong).decode())

    assert rules_of(texts(by_hand)) == {}


def raised(managed_object: str, says: str, at: float) -> Alarm:
    time = START + round(at * SECOND)
    severity = PerceivedSeverity.MAJOR
    said = ("equipmentAlarm", "", says, severity, "active", time, time, None, "", 1, 0, "unacknowledged", "")
    return Alarm(f"{managed_object}@{at}", "north", "ems", managed_object, *said)


def causes(rules: Sequence[CauseRule], *alarms: Alarm) -> tuple[RootCause, ...]:
    """What is said of the causes of one problem, at two neighbours of which neither depends on the other."""
    sources = (Source(Alarm, by_domain),)
    topology = Topology("correlation", sources, lambda catalogue: (Correlate(catalogue),))
    network = [Resource("n0", "node", "", "north", (), ("n1",)), Resource("n1", "node", "", "north", (), ("n0",))]
    driver = Driver(topology, catalogue=[*network, *(rule.entry() for rule in rules)])
    driver.pipe(*alarms).advance(START + 120 * SECOND)
    (problem,) = driver.records(ServiceProblem)
    return problem.root_causes


TOGETHER = (raised("n0", "link down", 1), raised("n1", "card fault", 1))


def test_an_approved_rule_decides_between_causes_that_are_otherwise_alike_and_is_named():
    first = causes([replace(RULE, state=APPROVED, version=2, user="eve")], *TOGETHER)[0]

    assert first.managed_object == "n1"
    assert f'rule {RULE.rule_id} v2 of eve: "card fault" brings "link down" about within 60 s' in first.evidence


@pytest.mark.parametrize("state", [PROPOSED, WITHDRAWN])
def test_a_rule_that_is_not_approved_changes_nothing_that_is_said(state: str):
    assert causes([replace(RULE, state=state)], *TOGETHER) == causes([], *TOGETHER)


@pytest.mark.parametrize(
    "alarms",
    [
        (raised("n0", "link down", 1), raised("n1", "card fault", 5)),
        (raised("n0", "link down", 80), raised("n1", "card fault", 1)),
        (raised("n0", "fan", 1), raised("n1", "card fault", 1)),
        (raised("n0", "card fault", 1), raised("n0", "link down", 2), raised("n1", "fan", 2)),
    ],
    ids=["effect first", "beyond the lags", "another effect", "at one object"],
)
def test_a_rule_that_does_not_fit_the_alarms_says_nothing(alarms: tuple[Alarm, ...]):
    rule = replace(RULE, state=APPROVED, version=1, user="eve")

    assert causes([rule], *alarms) == causes([], *alarms)


def test_a_rule_approved_while_a_problem_is_open_is_named_when_the_problem_is_next_judged():
    sources = (Source(Alarm, by_domain),)
    topology = Topology("correlation", sources, lambda catalogue: (Correlate(catalogue),))
    network = [Resource("n0", "node", "", "north", (), ("n1",)), Resource("n1", "node", "", "north", (), ("n0",))]
    driver = Driver(topology, catalogue=network)
    driver.pipe(*TOGETHER).advance(START + 60 * SECOND)
    driver.change(replace(RULE, state=APPROVED, version=1, user="eve").entry())
    driver.pipe(replace(TOGETHER[0], changed_at=START + 70 * SECOND, occurrences=2)).advance(START + 120 * SECOND)
    driver.pipe(raised("n1", "fan", 125)).advance(START + 240 * SECOND)
    (problem,) = driver.records(ServiceProblem)

    assert problem.root_causes[0].managed_object == "n1"
