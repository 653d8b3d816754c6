"""The purse remembers which recharges it has credited, and how many."""

from dataclasses import dataclass, field

import pytest

from streams.cells import CellCodec
from streams.operators.charging.purse import PURSE, RECHARGES_KEPT, RESERVATIONS, Purse, load_purse
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


def test_a_purse_of_the_release_before_holds_no_reservation():
    @dataclass(slots=True)
    class Before:
        balance: int | None = None
        recharges: dict[int, tuple[int, int]] = field(default_factory=dict)
        closed: int = -1

    assert load_purse(CellCodec(Before).pack(Before(5, {1: (2, 3)}, 4)), 2) == Purse(5, {1: (2, 3)}, 4, {})


def test_a_purse_has_no_more_reservations_than_it_can_hold():
    purse = Purse(RESERVATIONS + 10)
    answers = [purse.reserve(f"r-{number}", 1) for number in range(RESERVATIONS + 1)]
    assert set(answers[:-1]) == {""}
    assert answers[-1].startswith("the account has 1,000 reservations")
