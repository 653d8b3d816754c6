"""Law: what hops may be refused, and its letter is replayed by the way that the hop took."""

from unittest.mock import Mock

import pytest

from ingestion.batches.routes import Routes, inner
from streams.topology import Hop
from telassure import wiring
from telassure.kernel.routing import partition_of

PARTITIONS = dict.fromkeys(wiring.TOPOLOGIES, 64)
HOPS = [hop for each in wiring.TOPOLOGIES.values() for hop in each.hops]


@pytest.mark.parametrize("hop", HOPS, ids=lambda hop: hop.event.__name__)
def test_a_hop_comes_back_from_its_letter_to_where_it_hopped(hop: Hop):
    event = Mock(spec=hop.event, domain="north", account="a-7", switch="sw-2")
    (draft,) = inner(event, Routes(Mock(), PARTITIONS))
    assert (draft.topology, draft.partition) == (hop.to, partition_of(hop.key(event), 64))
