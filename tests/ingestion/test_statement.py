"""Statements of the catalogue: the last one stands, a repeat is what is in force, a contradiction is refused."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.rating import PriceList
from streams.catalogue import Catalogue
from telassure.kernel.errors import ConflictingDuplicate, TransientError
from telassure.kernel.events import CatalogueChange, UsageRecords
from telassure.kernel.instant import parse_instant

AT = parse_instant("2026-05-20T12:00:00Z")


def tariff(rate, start="2026-01-01", **more):
    price = {"service": "voice", "prefix": "", "kind": "flat", "rate": rate}
    return {"tariffs": [{"tariff_id": "t", "valid_from": start, "currency": "EUR", "prices": [price], **more}]}


def resource(name, *supports, domain="east"):
    return {"resource_id": name, "kind": "site", "domain": domain, "depends_on": list(supports)}


def sim(account):
    return {"subscribers": [{"msisdn": "+491711", "account": account}]}


def policy(value):
    return {"policies": [{"area": "correlation", "name": "settle_seconds", "value": value}]}


def product(name):
    return {"products": [{"product_id": "p", "name": name, "monthly_fee": "1", "currency": "EUR"}]}


KINDS = {
    "tariff": (tariff("1"), tariff("2")),
    "resource": ({"resources": [resource("r")]}, {"resources": [resource("r", domain="west")]}),
    "sim": (sim("a"), sim("b")),
    "policy": (policy("5"), policy("6")),
    "product": (product("old"), product("new")),
}


def in_force(world, topology="charging", partition=0):
    """What a partition holds when it has applied its log."""
    found = Catalogue()
    for event in world.events_of(topology, partition):
        if isinstance(event, CatalogueChange):
            found.apply(event.entries)
    return found


def outcomes(receipt):
    return receipt.accepted, receipt.duplicates, len(receipt.rejected)


@pytest.mark.parametrize(("a", "b"), KINDS.values(), ids=KINDS)
def test_of_a_then_b_then_a_again_the_third_is_in_force_again(world, a, b):
    world.submit("catalogue", a, position="a")
    first = in_force(world)
    answers = [world.submit("catalogue", b, position="b"), world.submit("catalogue", a, position="a")]

    assert [outcomes(each) for each in answers] == [(1, 0, 0)] * 2
    assert replace(in_force(world), version=0) == replace(first, version=0)


@pytest.mark.parametrize(("a", "b"), KINDS.values(), ids=KINDS)
def test_what_is_in_force_already_is_a_repeat_and_reaches_nobody(world, a, b):
    world.submit("catalogue", a, position="1")
    ends = world.ends()

    assert outcomes(world.submit("catalogue", a, position="2")) == (0, 1, 0)
    assert world.ends() == ends


def test_of_a_body_only_what_is_not_in_force_is_put_into_the_log(world):
    world.submit("catalogue", {"resources": [resource("r"), resource("s")]}, position="1")
    answer = world.submit(
        "catalogue", {"resources": [resource("r"), resource("s", domain="west"), resource("t")]}, position="2"
    )

    assert outcomes(answer) == (2, 1, 0)
    assert [entry.resource_id for entry in world.events("detection")[1].entries] == ["s", "t"]


def test_a_recording_is_taken_once_whatever_was_stated_since(world):
    world.submit("catalogue", tariff("1"), position="1", feed="replay:x")
    world.submit("catalogue", tariff("2"), position="2")
    ends = world.ends()

    assert outcomes(world.submit("catalogue", tariff("1"), position="1", feed="replay:x")) == (0, 1, 0)
    assert world.ends() == ends
    assert outcomes(world.submit("catalogue", tariff("2"), position="3")) == (0, 1, 0)


def test_a_request_under_a_key_is_taken_once_whatever_was_stated_since(world):
    keyed = {"position": "key:k", "guarded": True, "digest": b"one"}
    world.submit("catalogue", tariff("1"), **keyed)
    world.submit("catalogue", tariff("2"), position="2")

    assert outcomes(world.submit("catalogue", tariff("1"), **keyed)) == (0, 1, 0)
    assert outcomes(world.submit("catalogue", tariff("2"), position="3")) == (0, 1, 0)
    with pytest.raises(ConflictingDuplicate):
        world.submit("catalogue", tariff("3"), **{**keyed, "digest": b"two"})


def test_an_attempt_made_again_after_its_answer_was_lost_changes_nothing(world):
    """The gateway that comes after a kill knows the catalogue from the log alone."""
    world.submit("catalogue", tariff("1"), position="1")
    ends = world.ends()
    world.restart()

    assert outcomes(world.submit("catalogue", tariff("1"), position="1")) == (0, 1, 0)
    assert world.ends() == ends


class Torn:
    """A log over several brokers: what is to leave last stays away when one of them is, the rest has arrived."""

    def __init__(self, log):
        self.log = log

    def append(self, entries):
        last = [each.last for each in entries].index(True)
        self.log.append(entries[:last])
        raise TransientError("not acknowledged")


def rates(world):
    """The rate in force in every partition."""
    found = [in_force(world, name, part).tariffs for name, many in world.partitions.items() for part in range(many)]
    return {str(each["t"][0].prices[0].rate) for each in found if "t" in each}


@pytest.mark.parametrize(("then", "restarted"), [("1", False), ("2", False), ("2", True)])
def test_after_a_statement_that_reached_some_partitions_only_the_next_one_reaches_all(world, then, restarted):
    world.submit("catalogue", tariff("1"), position="1")
    whole, world.gateway._log = world.gateway._log, Torn(world.gateway._log)
    with pytest.raises(TransientError):
        world.submit("catalogue", tariff("2"), position="2")
    world.gateway._log = whole
    if restarted:
        world.restart()

    answer = world.submit("catalogue", tariff(then), position=then)

    assert (outcomes(answer), rates(world)) == ((1, 0, 0), {then})


statements = st.lists(
    st.tuples(st.sampled_from(sorted(KINDS)), st.integers(0, 1), st.booleans()), min_size=1, max_size=8
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(statements)
def test_whatever_is_stated_in_whatever_order_the_last_of_each_identity_stands(worlds, chosen):
    with worlds() as world:
        for kind, which, restarted in chosen:
            if restarted:
                world.restart()
            world.submit("catalogue", KINDS[kind][which], position=f"{kind}{which}")
        with worlds() as fresh:
            for kind, which in {kind: which for kind, which, _ in chosen}.items():
                fresh.submit("catalogue", KINDS[kind][which], position=f"{kind}{which}")
            expected = in_force(fresh)
        for topology, partitions in world.partitions.items():
            for partition in range(partitions):
                found = in_force(world, topology, partition)
                found.version = expected.version
                assert found == expected
        ends = world.ends()
        kind, which, _ = chosen[-1]
        assert outcomes(world.submit("catalogue", KINDS[kind][which], position=f"{kind}{which}")) == (0, 1, 0)
        assert world.ends() == ends


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"resources": [resource("r"), resource("s"), resource("r")]}, 'resource_id "r" is stated twice, also at'),
        ({"subscribers": sim("a")["subscribers"] + sim("b")["subscribers"]}, "msisdn is stated twice, also at"),
        (
            {"tariffs": tariff("1")["tariffs"] + tariff("2")["tariffs"]},
            'tariff_id "t" from the same valid_from is stated',
        ),
        (
            {"policies": policy("5")["policies"] + policy("6")["policies"]},
            'name "settle_seconds" of area correlation is',
        ),
    ],
)
def test_catalogue_with_the_same_id_twice(world, body, says):
    (section,) = body
    answer = world.submit("catalogue", body)
    last = len(body[section]) - 1

    assert [(bad.index, says in bad.reason) for bad in answer.rejected] == [(0, True), (last, True)]
    assert answer.rejected[0].reason.endswith(f"also at {section}[{last}]; keep one")
    assert answer.rejected[1].reason.endswith(f"also at {section}[0]; keep one")
    assert answer.accepted == last - 1


def test_no_error_about_a_sim_stated_twice_tells_its_number_or_pseudonym(world):
    answer = world.submit("catalogue", {"subscribers": sim("a")["subscribers"] * 2})
    told = " ".join(bad.reason for bad in answer.rejected)
    assert "491711" not in told
    assert world.who.of("+491711") not in told


def test_catalogue_with_a_dependency_cycle(world):
    answer = world.submit(
        "catalogue",
        {
            "resources": [
                resource("a", "b"),
                resource("b", "c"),
                resource("c", "a"),
                resource("d", "a"),
                resource("e", "e"),
            ]
        },
    )

    assert [bad.index for bad in answer.rejected] == [0, 1, 2, 4]
    assert (
        "depends_on makes a depend on itself by way of b (resources[1]), c (resources[2])" in answer.rejected[0].reason
    )
    assert answer.accepted == 1


def test_a_dependency_cycle_with_what_is_in_force_is_refused(world):
    world.submit("catalogue", {"resources": [resource("a", "b"), resource("b")]}, position="1")
    answer = world.submit("catalogue", {"resources": [resource("b", "a")]}, position="2")

    assert "depends_on makes b depend on itself by way of a (in force)" in answer.rejected[0].reason
    assert in_force(world).resources["b"].depends_on == ()


def test_a_cycle_that_is_closed_by_what_a_refused_statement_leaves_in_force_is_refused_too(world):
    world.submit("catalogue", {"resources": [resource("b", "c"), resource("c")]}, position="1")
    answer = world.submit(
        "catalogue", {"resources": [resource("a", "b"), resource("b", "a"), resource("c", "b")]}, position="2"
    )

    assert [bad.index for bad in answer.rejected] == [0, 1, 2]


def dialled(world, number):
    row = {"record_id": "r", "account": "a", "service": "voice", "time": AT, "volume": 60, "destination": number}
    world.submit("usage", [row], position=number)
    return [event for event in world.events("charging") if isinstance(event, UsageRecords)][-1].destinations


def test_a_call_to_a_number_with_a_long_prefix_is_rated_by_it(world):
    """Price of +49900123: 2.00, of all others 0.10, however prefix and number are written."""
    prices = [("", "0.10"), ("49900123", "2.00")]
    rows = [{"service": "voice", "prefix": prefix, "kind": "flat", "rate": rate} for prefix, rate in prices]
    body = {"tariffs": [{"tariff_id": "t", "valid_from": "2026-01-01", "currency": "EUR", "prices": rows}]}
    before = dialled(world, "+4990012345")
    world.submit("catalogue", body)

    kept = [dialled(world, number) for number in ("+49 900 123 45", "00499001234567", "4990012399", "+4990012445")]
    assert [before, *kept] == [("+4990012",), ("+49900123",), ("+49900123",), ("49900123",), ("+4990012",)]
    deck = PriceList(in_force(world).tariff("t", AT).prices).decks["voice"]
    found = [deck.row_at(*each, datetime(2026, 6, 1, tzinfo=UTC))[0].record_fee for each in kept]
    assert found == [2, 2, 2, Fraction("0.10")]
