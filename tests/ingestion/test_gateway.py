"""The gateway: each event to its partition, each position once, each refused row among the dead letters."""

import pytest

from ingestion.batches.directory import MemoryDirectory
from telassure.kernel.codec import decode
from telassure.kernel.errors import ConflictingDuplicate, InvalidInput
from telassure.kernel.events import AlarmNotification, CatalogueChange, EndOfFeed, Measurements, UsageRecords
from telassure.kernel.instant import parse_instant
from telassure.kernel.routing import partition_of

AT = parse_instant("2026-06-01T11:00:00Z")
RECHARGE = {"recharge_id": "x-1", "account": "a-1", "amount": "5.00", "currency": "EUR", "time": AT}


def resource(name: str, domain: str) -> dict[str, str]:
    return {"resource_id": name, "kind": "cell", "domain": domain}


def alarm(name: str, **more: object) -> dict[str, object]:
    return {"managed_object": name, "perceived_severity": "major", "time": AT, **more}


def point(name: str, value: float = 1.0) -> dict[str, object]:
    return {"time": AT, "managed_object": name, "measurement": "m", "value": value}


def usage(number: int, **more: object) -> dict[str, object]:
    return {"record_id": f"r-{number}", "service": "voice", "time": AT, "volume": number, **more}


def test_measurements_go_to_the_domains_of_their_objects_and_the_unknown_to_unassigned(world):
    world.submit("catalogue", {"resources": [resource("c-1", "east"), resource("c-2", "west")]})
    world.submit("measurements", [point("c-1"), point("stranger"), point("c-2"), point("c-1,sub=1", 2.0)])
    found = {event.domain: event for event in world.events("detection") if isinstance(event, Measurements)}
    assert {domain: event.objects for domain, event in found.items()} == {
        "east": ("c-1", "c-1,sub=1"),
        "west": ("c-2",),
        "unassigned": ("stranger",),
    }


def test_an_envelope_lies_in_the_partition_of_its_domain(world):
    for domain in ("north", "south", "east", "west"):
        world.submit("catalogue", {"resources": [resource(domain + "-cell", domain)]}, position=domain)
        world.submit("measurements", [point(domain + "-cell")], position=domain)
    for partition in range(2):
        kinds = [r for r in world.sql.read("detection", partition, 0, 100, 1 << 20) if r.kind == "measurements"]
        assert {partition_of(decode(r.kind, r.payload).domain, 2) for r in kinds} <= {partition}


def test_usage_follows_the_account_that_pays_for_its_subscriber(world):
    world.submit("catalogue", {"subscribers": [{"msisdn": "+491711", "account": "a-7"}]})
    world.submit("usage", [usage(1, subscriber="00491711"), usage(2, account="a-8"), usage(3, subscriber="491712")])
    found = [event for event in world.events("charging") if isinstance(event, UsageRecords)]
    charged = {r: e.accounts[c] for e in found for r, c in zip(e.record_id, e.account, strict=True)}
    assert charged == {"r-1": "a-7", "r-2": "a-8", "r-3": ""}


def test_envelopes_hold_at_most_ten_thousand_rows(world):
    body = {
        "record_id": [f"r-{n}" for n in range(25_000)],
        "account": ["a-1"] * 25_000,
        "service": ["voice"] * 25_000,
        "time": [AT] * 25_000,
        "volume": [1] * 25_000,
    }
    assert world.submit("usage", body).accepted == 25_000
    assert [len(event) for event in world.events("charging")] == [10_000, 10_000, 5_000]


def test_a_catalogue_change_and_the_end_of_a_feed_reach_every_partition_of_every_topology(world):
    world.submit("catalogue", {"resources": [resource("c-1", "east")]})
    world.gateway.end_of_feed("replay:x", "once")
    world.gateway.end_of_feed("replay:x", "once")
    assert world.ends() == [2] * 7
    assert [type(event) for event in world.events("assurance")[:2]] == [CatalogueChange, EndOfFeed]


def test_a_repeat_is_a_duplicate_and_reaches_nobody(world):
    first = world.submit("alarms", [alarm("c-1"), alarm("c-2")])
    ends = world.ends()
    again = world.submit("alarms", [alarm("c-1"), alarm("c-2")])
    assert (first.accepted, first.duplicates, again.accepted, again.duplicates) == (2, 0, 0, 2)
    assert world.ends() == ends


def test_an_id_that_comes_again_with_other_content_is_refused_by_name(world):
    world.submit("recharges", [RECHARGE], position="1")
    again = world.submit("recharges", [RECHARGE, {**RECHARGE, "amount": "500.00"}], position="2")
    assert (again.accepted, again.duplicates) == (0, 1)
    assert again.rejected[0].index == 1
    assert "recharge_id 'x-1' was taken before with other content" in again.rejected[0].reason
    assert len(world.events("charging")) == 1


def test_a_key_that_comes_again_with_another_body_writes_nothing_of_it(world):
    world.submit("alarms", [alarm("c-1")], position="key:k", guarded=True, digest=b"one")
    ends = world.ends()
    with pytest.raises(ConflictingDuplicate):
        world.submit("alarms", [alarm("c-1"), alarm("c-2")], position="key:k", guarded=True, digest=b"two")
    assert world.ends() == ends


@pytest.mark.parametrize("first", [["bad", "c-1"], ["bad"], ["c-1"]], ids=["bad first", "all bad", "all good"])
@pytest.mark.parametrize("other", [["c-2", "c-3"], ["bad", "c-2"]], ids=["good first", "bad first"])
def test_a_key_is_held_by_the_whole_body_whichever_of_its_rows_are_good(world, first, other):
    def sent(names, digest):
        rows = [alarm(name, **({"colour": "red"} if name == "bad" else {})) for name in names]
        return world.submit("alarms", rows, position="key:k", guarded=True, digest=digest)

    sent(first, b"one")
    ends, letters = world.ends(), dict(world.log.letters)
    with pytest.raises(ConflictingDuplicate):
        sent(other, b"two")
    assert (world.ends(), world.log.letters) == (ends, letters)
    again = sent(first, b"one")
    assert (again.accepted, again.duplicates, world.ends()) == (0, first.count("c-1"), ends)


def test_what_was_half_appended_under_a_key_is_completed_by_the_repeat(world):
    batch = [alarm("c-1"), alarm("c-2"), alarm("c-3")]
    world.submit("alarms", batch[:1], position="key:k", guarded=True, digest=b"whole")
    again = world.submit("alarms", batch, position="key:k", guarded=True, digest=b"whole")
    assert (again.accepted, again.duplicates) == (2, 1)


def test_a_refused_row_is_buried_once_with_place_and_reason_and_without_the_subscriber(world):
    for _ in range(2):
        world.submit(
            "usage", [usage(-1, subscriber="491711234567", destination="+4930123456789", a_number="491711234567")], "7"
        )
    (letter,) = world.log.letters.values()
    assert (letter.place, letter.position) == ("row 0", "7.0")
    assert "unknown field" in letter.reason
    assert b"491711234567" not in letter.payload
    assert world.who.of("491711234567").encode() in letter.payload
    assert b"+4930123456" not in letter.payload


def test_a_time_that_no_working_clock_says_is_refused(world):
    assert (
        "ahead of the clock"
        in world.submit("usage", [usage(1, account="a-1", time="2026-06-02T12:00:01Z")]).rejected[0].reason
    )


def test_alarms_without_an_id_of_their_own_get_one_from_where_they_stood(world):
    world.submit("alarms", [alarm("c-1"), alarm("c-1")])
    first, second = (event for event in world.events("assurance") if isinstance(event, AlarmNotification))
    assert first.notification_id != second.notification_id
    assert first.domain == "unassigned"


def test_an_unknown_kind_is_refused(world):
    with pytest.raises(InvalidInput, match="use one of actions, alarms"):
        world.submit("gossip", [])


def test_the_directory_is_loaded_from_the_catalogue_in_force(world):
    world.submit("catalogue", {"resources": [resource("c-1", "east")]})
    entries = [entry for change in world.events("detection")[:1] for entry in change.entries]
    assert MemoryDirectory(entries).domain_of("c-1,part=2") == "east"
