"""Who pays for a SIM, which product an account is on: stated with their beginnings, looked up at the usage's time."""

import pytest

from telassure.kernel.events import Product, UsageRecords
from telassure.kernel.instant import HOUR, iso, parse_instant
from tests.ingestion.test_statement import in_force

MOVED = parse_instant("2026-05-20T12:00:00Z")


def sim(account, since=None):
    row = {"msisdn": "+491711", "account": account}
    return row if since is None else {**row, "valid_from": iso(since)}


def call(time, record="r"):
    return {"record_id": record, "subscriber": "+491711", "service": "voice", "time": iso(time), "volume": 60}


def paying(world):
    """Account and record of every row of usage in the log."""
    envelopes = [event for event in world.events("charging") if isinstance(event, UsageRecords)]
    return sorted(
        (usage.record_id[row], usage.accounts[usage.account[row]]) for usage in envelopes for row in range(len(usage))
    )


@pytest.mark.parametrize(
    "stated",
    [[sim("ann"), sim("bob", MOVED)], [sim("bob", MOVED), sim("ann")], [sim("ann", MOVED - HOUR), sim("bob", MOVED)]],
    ids=["in their order", "the later first", "both dated"],
)
def test_a_late_call_goes_to_who_paid_for_the_sim_when_it_was_made(world, stated):
    for place, row in enumerate(stated):
        world.submit("catalogue", {"subscribers": [row]}, position=str(place))

    world.submit("usage", [call(MOVED - 1, "before"), call(MOVED, "after")])

    assert paying(world) == [("after", "bob"), ("before", "ann")]


def test_a_record_sent_again_after_its_sim_moved_goes_to_the_same_account(world):
    world.submit("catalogue", {"subscribers": [sim("ann")]}, position="1")
    world.submit("usage", [call(MOVED - HOUR)], position="1")
    world.submit("catalogue", {"subscribers": [sim("bob", MOVED)]}, position="2")

    world.submit("usage", [call(MOVED - HOUR)], position="2")

    assert paying(world) == [("r", "ann"), ("r", "ann")]


def test_a_call_from_before_a_sim_had_an_account_has_none(world):
    world.submit("catalogue", {"subscribers": [sim("bob", MOVED)]})

    world.submit("usage", [call(MOVED - HOUR)])

    assert paying(world) == [("r", "")]


def test_a_gateway_that_starts_again_knows_every_owner(world):
    world.submit("catalogue", {"subscribers": [sim("ann")]}, position="1")
    world.submit("catalogue", {"subscribers": [sim("bob", MOVED)]}, position="2")

    world.restart()

    assert [world.directory.owners.at(world.who.of("+491711"), at) for at in (MOVED - 1, MOVED)] == ["ann", "bob"]


def product(tariff, since=None):
    row = {"product_id": "p", "name": "p", "monthly_fee": "1", "currency": "EUR", "tariff": tariff}
    return row if since is None else {**row, "valid_from": iso(since)}


def test_an_entry_with_a_beginning_stands_beside_the_one_before_and_is_a_repeat_only_of_itself(world):
    rows = [product("cheap"), product("dear", MOVED), product("dear", MOVED), product("cheap")]
    answers = [world.submit("catalogue", {"products": [row]}, position=str(n)) for n, row in enumerate(rows)]

    assert [(each.accepted, each.duplicates) for each in answers] == [(1, 0), (1, 0), (0, 1), (0, 1)]
    assert [in_force(world).priced_by.at("p", at) for at in (MOVED - 1, MOVED)] == ["cheap", "dear"]


def test_of_a_product_with_several_beginnings_the_newest_is_shown_once(world):
    rows = [product("dear", MOVED), product("cheap")]
    for place, row in enumerate(rows):
        world.submit("catalogue", {"products": [row]}, position=str(place))

    shown = [each.tariff for each in world.directory.in_force.every(Product)]

    assert (shown, world.directory.in_force.get(Product, "p").tariff) == (["dear"], "dear")


@pytest.mark.parametrize(("second", "refused"), [("2026-05-20", 0), ("2026-01-01", 2)])
def test_a_file_states_a_sim_twice_only_where_its_beginnings_differ(world, tmp_path, second, refused):
    lines = ["msisdn,account,valid_from", "+491711,ann,2026-01-01", f"0049 1711,bob,{second}", ""]

    taken = world.take(tmp_path / "sims.csv", content="\n".join(lines).encode())

    assert len(taken.refused) == refused
