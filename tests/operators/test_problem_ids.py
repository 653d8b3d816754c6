"""The id of a problem says which cause and start it is about; nobody who was told of another meets it again."""

import pytest

from streams.operators.correlation.domain import Domain
from streams.operators.correlation.member import Member
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration, Instant

RAISED: Instant = 1_780_000_000 * SECOND
REOPEN: Duration = DAY


def begun(domain: Domain, at: Instant) -> str:
    """The id of a problem that begins now with the alarm that was raised at RAISED."""
    domain.wait("alarm", Member("olt-1", 2, RAISED, True, False, "", RAISED + MINUTE), "")
    return domain.begin("north", "olt-1", ["alarm"], at, REOPEN).problem_id


def test_every_replay_gives_a_problem_the_same_id() -> None:
    assert begun(Domain(), RAISED + MINUTE) == begun(Domain(), RAISED + HOUR)
    assert begun(Domain(), RAISED + 3 * DAY) == begun(Domain(), RAISED + 3 * DAY)


@pytest.mark.parametrize("later", [REOPEN + HOUR, 2 * DAY, 40 * DAY])
def test_a_released_alarm_that_begins_a_problem_after_the_first_was_forgotten_has_not_its_id(later: Duration) -> None:
    first = begun(domain := Domain(), RAISED + MINUTE)
    domain.forget(next(iter(domain.problems.values())))
    assert begun(domain, RAISED + later) != first


def test_two_problems_that_stand_at_once_have_two_ids() -> None:
    domain = Domain()
    assert begun(domain, RAISED + MINUTE) != begun(domain, RAISED + 2 * MINUTE)
