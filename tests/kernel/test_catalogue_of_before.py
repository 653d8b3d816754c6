"""A home of the release before: its catalogue is in force, and stating it again is a repeat."""

from collections import Counter

import pytest

from ingestion.batches.batch import Batch, Disposition, Origin
from telassure import wiring
from telassure.wiring.settings import Settings
from tests.stores.golden import scenario
from tests.stores.golden.record import restore


@pytest.fixture
def settings(tmp_path):
    restore(tmp_path, "before-move")
    found = Settings(home=tmp_path)
    wiring.home(found)
    return found


def test_the_catalogue_that_the_release_before_has_left_is_in_force(settings):
    with wiring.opened_log(settings) as log:
        in_force = wiring.CatalogueFollower(settings, log).directory.in_force

    left = scenario.catalogue().entries
    assert Counter(in_force.outcome(entry) for entry in left) == {Disposition.REPEAT: len(left)}


def test_a_statement_over_the_catalogue_of_the_release_before_is_a_change_and_made_again_a_repeat(settings):
    customer = {"customers": [{"customer_id": "c-1", "name": "Ada Lovelace", "segment": "gold"}]}
    with wiring.opened_log(settings) as log:
        follower = wiring.CatalogueFollower(settings, log)
        way_in = wiring.gateway(settings, log, follower.directory)
        answers = [way_in.submit(Batch("catalogue", customer, "1"), Origin("load", "load:1")) for _ in range(2)]

    assert [answer.dispositions.tolist() for answer in answers] == [[Disposition.CHANGED], [Disposition.REPEAT]]
