"""What goes wrong around a turn: full disks, cells that cannot be written, idle owners, impossible timers."""

from dataclasses import replace
from typing import Any

import pytest

from streams.hosts.driver import Driver
from streams.topology import CheckpointPolicy, Topology
from telassure.errors import TransientError
from telassure.events import Notification
from telassure.instant import HOUR
from telassure.ports import Turn
from tests.conformance.laws import cells_of
from tests.conformance.reference import START, Tally, alarm, tally_case


class RefusingDump(Tally):
    """Cannot write a cell that holds n3."""

    def dump(self, cell: dict[str, Any]) -> bytes:
        if "n3" in cell["seen"]:
            raise ValueError("no")
        return super().dump(cell)


def rare(operator: type) -> Topology:
    """Paced, with a checkpoint once in an hour."""
    return replace(tally_case(operator).topology(), checkpoint=CheckpointPolicy(paced=True, every_seconds=3600))


def test_settling_again_after_a_full_disk_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    calm, full = (Driver(rare(Tally)).pipe(alarm(1)).pipe(alarm(2, domain="d1", at=9)) for _ in range(2))

    def refuse(turn: Turn) -> None:
        raise TransientError("the disk is full")

    with monkeypatch.context() as disk, pytest.raises(TransientError):
        disk.setattr(full.memory, "commit", refuse)
        full.settle()
    full.run().settle()
    assert cells_of(full) == cells_of(calm.settle())
    assert full.counters["records"] == 2


def test_a_cell_that_cannot_be_written_when_settling_costs_its_record_only() -> None:
    driver = Driver(rare(RefusingDump)).pipe(alarm(1)).pipe(alarm(2, at=1), alarm(3, at=2), alarm(4, at=3))
    assert [letter.reason for letter in driver.letters()] == ["ValueError('no')"]
    driver.advance(START + HOUR)
    assert [notice.body for notice in driver.outputs(Notification)] == ["n1,n2,n4"]
