"""A record's fingerprint is of its content, not of the envelope it comes in."""

from dataclasses import replace

import numpy as np
import pytest

from streams.catalogue import Catalogue
from streams.fingerprints import content_prints, fingerprint, fingerprints
from streams.operators.charging.dedupe import Dedupe, UsageDay
from telassure.kernel.events import UsageRecords

NAMES = ("subscriber", "service", "destination", "switch")


def envelope(**codes):
    columns = {name: np.array([codes.get(name, 0)], np.int32) for name in ("account", *NAMES)}
    return UsageRecords(
        feed="cdr",
        accounts=("a", "b"),
        subscribers=("s-1", "s-2"),
        services=("voice", "sms"),
        destinations=("49", "33"),
        switches=("m-1", "m-2"),
        record_id=("c",),
        time=np.array([codes.get("time", 5)]),
        volume=np.array([codes.get("volume", 7)]),
        late=np.zeros(1, np.bool_),
        **columns,
    )


@pytest.mark.parametrize("changed", [*NAMES, "time", "volume"])
def test_a_record_that_differs_in_one_field_has_other_content(changed):
    assert content_prints(envelope()) != content_prints(envelope(**{changed: 1}))


def test_the_order_of_the_dictionaries_and_the_feed_are_no_content():
    turned = replace(
        envelope(service=1, switch=1),
        feed="again",
        services=("sms", "voice"),
        switches=("m-2", "m-1"),
        late=np.ones(1, bool),
    )

    assert content_prints(turned) == content_prints(envelope())


def test_the_prints_of_a_column_are_those_of_its_texts():
    assert fingerprints(["c-1", "c-2"]) == [fingerprint("c-1"), fingerprint("c-2")]


def test_a_cell_of_full_width_fingerprints_survives_dump_and_load():
    operator = Dedupe(Catalogue())
    cell = UsageDay({2**64 - 1: 0, 0: 2**64 - 1}, closed=5)

    assert operator.load(operator.dump(cell), operator.state_version) == cell
