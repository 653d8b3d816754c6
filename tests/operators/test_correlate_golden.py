"""What correlation says of a random stream is what it said before, to the digest.

The digests are of the code that first grouped by more than dependencies and claimed no more than it is right in: they
were taken anew then, since problems are fewer and their causes' scores lower.
"""

from hashlib import blake2b

import pytest

from streams.operators.alarms.alarm_list import AlarmList
from streams.operators.correlation import turn
from streams.operators.correlation.correlate import Correlate
from streams.topologies.assurance import by_domain
from streams.topology import Source, Topology
from telassure.kernel.events import AlarmNotification, KpiEpisode, ServiceProblem
from tests.driver import Driver
from tests.operators.alarm_night import Night, network


def said(problem):
    """What a problem says, by the fields it had when the digests were made, without the words of its evidence."""
    causes = [(cause.managed_object, cause.score) for cause in problem.root_causes]
    money = problem.revenue_at_risk.micros, problem.revenue_at_risk.currency
    times = problem.opened_at, problem.changed_at, problem.cleared_at
    members = problem.members, problem.member_count, problem.active_count
    affected = problem.affected_services, problem.affected_customers
    what = (problem.problem_id, problem.domain, problem.feed, problem.state, int(problem.perceived_severity))
    return repr((what, times, causes, members, affected, money, problem.absorbed_by))


def digest(seed):
    sources = tuple(Source(event, by_domain) for event in (AlarmNotification, KpiEpisode))
    topology = Topology("night", sources, lambda catalogue: (AlarmList(catalogue), Correlate(catalogue)))
    driver = Driver(topology, catalogue=network())
    driver.append(*Night(seed, 2_500).events)
    problems = [said(problem) for problem in driver.run().settle().outputs(ServiceProblem)]
    return len(problems), blake2b("\n".join(problems).encode(), digest_size=16).hexdigest()


@pytest.mark.parametrize(
    ("seed", "most", "before"),
    [
        (1, 5_000, (1705, "b4a77a954405bd345377bb226ab6341e")),
        (2, 20, (1592, "58f55d94fb0af081bc3531a203b5f35e")),
    ],
)
def test_correlation_says_what_it_said_before(monkeypatch, seed, most, before):
    """With room for all problems, and with room for 20, so that the stalest are cut short."""
    monkeypatch.setattr(turn, "MOST_PROBLEMS", most)

    assert digest(seed) == before
