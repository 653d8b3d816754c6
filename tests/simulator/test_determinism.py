"""The same seed makes the same events, in whatever pieces the time is asked for."""

from pathlib import Path

import pytest

from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND
from telassure.simulator.config import FaultKind
from telassure.simulator.files import simulate
from telassure.simulator.operator import DemoOperator

from .demo import BEGIN, rows, small


def test_one_seed_writes_the_same_bytes_twice(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert simulate(3, 1, first) == simulate(3, 1, second)
    names = sorted(path.name for path in first.iterdir())
    assert len(names) == 8
    assert [(first / n).read_bytes() == (second / n).read_bytes() for n in names] == [True] * 8


def test_another_seed_makes_other_events(tmp_path: Path) -> None:
    simulate(3, 1, tmp_path / "three")
    simulate(4, 1, tmp_path / "four")
    for name in ("measurements.jsonl", "alarms.jsonl", "usage.jsonl", "ground_truth.jsonl"):
        assert (tmp_path / "three" / name).read_bytes() != (tmp_path / "four" / name).read_bytes()


@pytest.mark.parametrize("chunk", [HOUR // 2, 5 * HOUR, 7 * DAY])
def test_history_is_the_same_in_chunks_of_any_length(chunk: int) -> None:
    def history(length: int) -> dict[str, list[object]]:
        operator = DemoOperator(small(chunk=length, history_faults=1, noise_alarms=6.0))
        return rows(operator.history(BEGIN, BEGIN + 3 * DAY + 5 * HOUR))

    assert history(chunk) == history(2 * HOUR)


def test_live_is_the_same_in_steps_of_any_length() -> None:
    def live(step: int) -> dict[str, list[object]]:
        operator = DemoOperator(small(noise_alarms=60.0, live_rates={FaultKind.SITE_POWER_LOSS: 60.0}))
        operator.open(BEGIN, BEGIN)
        operator.go_live(BEGIN)
        moments = range(BEGIN + step, BEGIN + 21 * MINUTE + 1, step)
        return rows(emission for now in moments for emission in operator.live(now))

    assert live(7 * SECOND) == live(3 * MINUTE)
