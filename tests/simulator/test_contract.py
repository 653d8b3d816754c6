"""What the demo operator emits passes the validator of the ingestion endpoint without one refusal."""

import orjson
import pytest

from ingestion.batches.kind import kind_named
from ingestion.fields.privacy import Pseudonymiser
from ingestion.fields.terms import Terms
from telassure.kernel.events import UsageRecords
from telassure.kernel.instant import DAY
from telassure.simulator.config import DemoConfig
from telassure.simulator.network import build_network
from telassure.simulator.operator import DemoOperator

from .demo import BEGIN

WHO = Pseudonymiser(b"0123456789abcdef")


@pytest.fixture(scope="module")
def operator() -> DemoOperator:
    return DemoOperator(DemoConfig())


def test_every_body_of_two_days_is_accepted_in_full(operator: DemoOperator) -> None:
    seen = set()
    for emission in operator.history(BEGIN, BEGIN + 2 * DAY):
        body = orjson.loads(orjson.dumps(emission.body, option=orjson.OPT_SERIALIZE_NUMPY))
        verdict = kind_named(emission.kind).read(body, Terms(emission.feed), WHO)
        assert verdict.rejected == ()
        assert verdict.rows == emission.rows
        seen.add(emission.kind)
    assert seen == {"measurements", "alarms", "usage", "bills", "counts", "recharges"}


def test_the_catalogue_is_accepted_in_full(operator: DemoOperator) -> None:
    verdict = kind_named("catalogue").read(orjson.loads(orjson.dumps(operator.catalogue())), Terms("demo"), WHO)
    assert verdict.rejected == ()
    assert verdict.rows > 4_000


def test_what_is_left_of_a_dialled_number_still_finds_its_price(operator: DemoOperator) -> None:
    emission = next(e for e in operator.history(BEGIN, BEGIN + DAY) if e.kind == "usage")
    body = orjson.loads(orjson.dumps(emission.body, option=orjson.OPT_SERIALIZE_NUMPY))
    (usage,) = kind_named("usage").read(body, Terms("demo"), WHO).events
    assert isinstance(usage, UsageRecords)
    kept = [usage.destinations[code] for code in usage.destination.tolist()]
    prefixes = ("+49", "+44")
    assert [[k.startswith(p) for p in prefixes] for k in kept] == [
        [d.startswith(p) for p in prefixes] for d in body["destination"]
    ]


def test_the_network_is_the_size_it_says_and_every_dependency_exists() -> None:
    network = build_network(DemoConfig())
    sizes = {
        kind: len(network.of_kind(kind)) for kind in ("router", "link", "interface", "site", "base_station", "cell")
    }
    assert sizes == {"router": 50, "link": 88, "interface": 176, "site": 250, "base_station": 250, "cell": 750}
    named = {end for r in network.resources.values() for end in (*r.depends_on, *r.adjacent)}
    assert named <= set(network.resources)
    assert all(not network.resources[router].depends_on for router in network.of_kind("router"))


def test_every_core_link_carries_a_customers_service(operator: DemoOperator) -> None:
    carried = {support for service in operator.world.customers.services for support in service.supported_by}
    assert set(operator.world.network.of_kind("link")) <= carried
