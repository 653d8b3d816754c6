"""Records whose ids no eye tells apart are one record, whatever kind they are of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.fields.privacy import Pseudonymiser
from ingestion.fields.terms import Terms
from ingestion.kinds.usage import USAGE
from telassure.kernel.instant import HOUR, parse_instant

AT = parse_instant("2026-06-01T11:00:00Z")
WHO = Pseudonymiser(b"a key of the tests")
SPELLINGS = ["x9", "x9 ", "\u00a0x9", "x\u200b9", "x9\ufeff"]


@pytest.mark.parametrize(
    ("kind", "field", "row"),
    [
        ("recharges", "recharge_id", {"account": "a", "amount": "5.00", "currency": "EUR", "time": AT}),
        (
            "counts",
            "count_id",
            {
                "switch": "msc",
                "service": "voice",
                "records": 1,
                "volume": 60,
                "period_start": AT - HOUR,
                "period_end": AT,
            },
        ),
        ("actions", "action_id", {"alarm_id": "a", "action": "clear", "user": "eve", "domain": "d", "time": AT}),
    ],
)
def test_a_record_whose_id_is_spelt_otherwise_is_the_same_record(world, kind, field, row):
    receipts = [world.submit(kind, {**row, field: each}, position=str(n)) for n, each in enumerate(SPELLINGS)]
    assert [(each.accepted, each.duplicates) for each in receipts] == [(1, 0), *[(0, 1)] * (len(SPELLINGS) - 1)]


@pytest.mark.parametrize("among", [1, 500])
@pytest.mark.parametrize("spelling", SPELLINGS[1:])
def test_a_usage_record_whose_id_is_spelt_otherwise_is_a_repeat_in_any_batch(world, spelling, among):
    row = {"account": "a", "service": "voice", "volume": 60, "time": AT}
    rows = [{**row, "record_id": f"r-{n}"} for n in range(among)]
    receipt = world.submit("usage", [*rows, {**row, "record_id": "x9"}, {**row, "record_id": spelling}])
    assert (receipt.accepted, receipt.duplicates) == (among + 1, 1)


@given(st.lists(st.text(" |x9\u200b\u00e9", min_size=1, max_size=4), min_size=1, max_size=5))
def test_a_column_of_ids_is_spelt_as_each_of_them_alone(ids):
    rows = [{"record_id": each, "account": "a", "service": "voice", "volume": 1, "time": AT} for each in ids]
    terms = Terms("live", "test", "1")
    together = USAGE.read(rows, terms, WHO)
    alone = [USAGE.read(row, terms, WHO) for row in rows]
    assert [name for event in together.events for name in event.record_id] == [
        event.record_id[0] for each in alone for event in each.events
    ]
    assert [bad.reason for bad in together.rejected] == [bad.reason for each in alone for bad in each.rejected]
