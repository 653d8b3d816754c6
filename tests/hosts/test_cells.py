"""The host looks at the version of a stored cell before the operator does; what it cannot read stops the partition."""

import pytest

from streams.hosts.partition.failures import UnreadableCell
from telassure.kernel.errors import UnknownSchema
from tests.conformance.laws import cells_of
from tests.conformance.reference import Tally, alarm, tally_case
from tests.driver import Driver


class Later(Tally):
    """The next release of it: reads what the one before wrote, and writes its own."""

    state_version = 2
    reads = (1, 2)


class Broken(Tally):
    """Its cells come back damaged."""

    def load(self, blob, version):
        return super().load(b"\xc1", version)


def after(first, then):
    """A topology of one operator, with a cell in the store, gone on with another."""
    driver = Driver(tally_case(first).topology())
    driver.pipe(alarm(1)).settle()
    driver.topology = tally_case(then).topology()
    return driver.crash()


def test_a_cell_of_a_version_that_is_declared_readable_is_read_and_written_anew():
    driver = after(Tally, Later)

    driver.pipe(alarm(2, at=1)).settle()

    [row] = [row for row in driver.memory.stored("laws", 0) if row.operator == "tally"]
    assert (row.version, Later().load(row.blob, 2)["seen"]) == (2, ["n1", "n2"])


def test_a_cell_of_a_later_release_stops_the_partition_with_words_and_buries_nothing():
    driver = after(Later, Tally)

    with pytest.raises(UnknownSchema, match="tally: a stored cell is of version 2, and this release reads 1; run the"):
        driver.pipe(alarm(2, at=1))
    assert not driver.memory.letters


def test_the_release_that_can_read_the_cell_goes_on_where_the_other_stopped():
    driver = after(Later, Tally)
    with pytest.raises(UnknownSchema):
        driver.pipe(alarm(2, at=1))

    driver.topology = tally_case(Later).topology()
    driver.crash().run().settle()

    [(blob, _)] = cells_of(driver, "tally").values()
    assert Later().load(blob, 2)["seen"] == ["n1", "n2"]


def test_a_damaged_cell_stops_the_partition_and_buries_no_record_for_it():
    driver = after(Tally, Broken)

    with pytest.raises(UnreadableCell, match="a stored cell of version 1 is damaged"):
        driver.pipe(alarm(2, at=1))
    assert not driver.memory.letters
