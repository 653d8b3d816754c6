"""Before a worker begins its kernels are compiled, so that no record has to wait for a compiler."""

from telassure.wiring.places import WallClock
from telassure.wiring.warming import compile_kernels


def test_every_row_is_scored_and_nothing_of_it_stays() -> None:
    assert compile_kernels(WallClock()) == 192 * 16
