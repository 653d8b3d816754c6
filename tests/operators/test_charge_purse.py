"""The purse remembers which recharges it has credited, and how many."""

import pytest

from streams.operators.charging.purse import PURSE, RECHARGES_KEPT, Purse
from telassure.kernel.events import Recharge
from telassure.kernel.money import Money


def recharge(identity, *, micros=1, time=10):
    return Recharge(identity, "vouchers", "a", Money(micros, "EUR"), time)


def test_a_recharge_is_claimed_once_and_a_changed_one_is_refused():
    purse = Purse()

    answers = [purse.claim(recharge("r")), purse.claim(recharge("r")), purse.claim(recharge("r", micros=2))]

    assert answers == [None, "", "duplicate recharge id with other content"]


def test_a_full_purse_forgets_the_oldest_and_refuses_what_may_be_it():
    purse = Purse()
    for number in range(RECHARGES_KEPT + 1):
        purse.claim(recharge(f"r-{number}", time=100 + number))

    answer = purse.claim(recharge("r-0", time=100))

    assert len(purse.recharges) == RECHARGES_KEPT
    assert answer is not None
    assert answer.startswith("older than the newest 1000 recharges")


@pytest.mark.parametrize("purse", [Purse(-(2**62)), Purse(None, {2**64 - 1: (1, 2)}, 7), Purse()])
def test_a_purse_survives_dump_and_load(purse):
    assert PURSE.unpack(PURSE.pack(purse)) == purse
