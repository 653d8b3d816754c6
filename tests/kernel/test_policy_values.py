"""A value that was set for a policy: who set it and since when are kept, and what older releases wrote is read."""

import msgpack

from telassure.kernel.codec import decode, encode, noun_of
from telassure.kernel.events import CatalogueChange, PolicyValue

SET = PolicyValue("charging", "dedupe_days", "40", "", set_by="ada", since=1_700_000_000_000_000)


def test_who_set_a_policy_and_since_when_is_part_of_the_record():
    (read,) = decode(*encode(CatalogueChange((SET,)))).entries
    assert (read.set_by, read.since) == ("ada", 1_700_000_000_000_000)


def test_the_same_value_set_by_another_is_the_same_rule():
    assert PolicyValue("charging", "dedupe_days", "40", "", set_by="eve", since=1) == SET


def test_a_policy_as_the_release_before_wrote_it_is_read_with_nobody_named():
    written = msgpack.packb([1, [[["Policy", ["charging", "dedupe_days", "40", ""]]]]])
    (read,) = decode("catalogue_change", written).entries
    assert (read, read.set_by, read.since) == (SET, "", 0)


def test_the_release_before_reads_what_this_one_writes():
    """It drops what comes after the fields it knows, and knows the noun."""
    _, payload = encode(CatalogueChange((SET,)))
    ((noun, values),) = msgpack.unpackb(payload)[1][0]
    assert (noun, values[:4], noun_of(SET)) == ("Policy", ["charging", "dedupe_days", "40", ""], "Policy")
