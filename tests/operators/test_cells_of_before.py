"""State on disk of the release before cells had names: every operator's bytes of then, read as the cell of now.

The bytes were made by the code at the tag `before-move`.
"""

import pytest

from streams.catalogue import Catalogue
from streams.operators.alarms.alarm_cell import AlarmCell
from streams.operators.alarms.alarm_list import AlarmList
from streams.operators.charging.charge import Charger
from streams.operators.charging.dedupe import Dedupe, UsageDay
from streams.operators.charging.purse import Purse
from streams.operators.controls.missing_usage import MissingUsage
from streams.operators.controls.missing_usage_day import Hour, RatedSum, SwitchDay
from streams.operators.controls.unbilled_usage import UnbilledUsage
from streams.operators.controls.unbilled_usage_day import AccountDay, ServiceTally
from streams.operators.correlation.correlate import Correlate
from streams.operators.correlation.domain import Domain
from streams.operators.correlation.member import Member
from streams.operators.correlation.problem import Problem, Spot
from streams.operators.desk.notice import Notice, NoticeCell
from streams.operators.desk.notice_matter import Matter, RestCell
from streams.operators.desk.notice_rest import NoticeRest
from streams.operators.desk.ticket_cell import TicketCell
from streams.operators.desk.ticketing import Ticketing

ALARM = {
    "identity": "5f",
    "domain": "north",
    "feed": "ems",
    "managed_object": "olt-3",
    "event_type": "equipmentAlarm",
    "probable_cause": "los",
    "specific_problem": "port 4",
    "severity": 4,
    "active": False,
    "first_raise": 1_000,
    "raised_at": 900,
    "newest_raise": 5_000,
    "changed_at": 9_000,
    "known_end": 8_000,
    "cleared_at": 9_000,
    "clear_reason": "ended",
    "occurrences": 3,
    "reraised_while_known": 1,
    "acknowledged": True,
    "acted_at": 6_000,
    "text": "degraded",
    "orphan_clear": None,
    "seen": [b"\x01\xff", b"\x02"],
}
TICKET = {
    "ticket_id": "t-1",
    "problem_id": "p-1",
    "domain": "north",
    "feed": "ems",
    "state": "resolved",
    "severity": 4,
    "title": "Major: olt-3",
    "root_cause": "olt-3",
    "customers": ["c-1"],
    "revenue_micros": 730_000,
    "currency": "EUR",
    "opened_at": 1_000,
    "changed_at": 5_000,
    "closed_at": None,
}
MATTER = Matter(2, 1_000, 5_000, "00-ab", True, "resolved")
TALLIES = {("voice", "EUR"): ServiceTally(2**70, -5, 1, True), ("sms", "EUR"): ServiceTally(7)}
HOUR = Hour({2**64 - 1: (5, 300)}, {"EUR": RatedSum(4, 240, 2**65)}, 2**63 + 1)
OPEN = Problem(
    *(3, "p-3", "ems", "site", 1_000, 2_000, 3_000, "open", None, 2_500, 4_000, None, None, None, False, 2, 1, 4),
    ranked=[("site", 0.75, "explains 2 of 2"), ("r0", 0.25, "own")],
    member_count=2,
    counts=[0, 0, 0, 0, 2, 0],
    shown=["a-1", "e-1"],
    spots={"r0": Spot(1_000, 1, True), "r1": Spot(2_000, 1, False)},
    active={
        "a-1": Member("r0", 4, 1_000, True, False, "ems", 5_000),
        "e-1": Member("r1", 4, 2_000, False, True, "pm", 6_000),
    },
    trace="00-ab",
)
SHUT = Problem(
    *(5, "p-5", "ems", "n1", 1_500, 1_500, 3_000, "cleared", 2_900, 2_900, None, None, None, 9_000, True, 1, 0, 3),
    ranked=[("n1", 1.0, "own")],
    member_count=1,
    shown=["a-2"],
    spots={"n1": Spot(1_500, 0, False)},
)
DOMAIN = {
    "clock": 3_000,
    "seq": 5,
    "wake": 4_000,
    "members": {"a-1": 3, "e-1": 3, "a-9": 0},
    "pool": {"a-9": Member("n4", 2, 2_800, False, False, "ems", 7_000)},
    "problems": {3: OPEN, 5: SHUT},
    "released": {"r9": 8_000},
}
CELLS = [
    pytest.param(
        AlarmList,
        "dc0017a23566a56e6f727468a3656d73a56f6c742d33ae65717569706d656e74416c61726da36c6f73a6706f72742034"
        "04c2cd03e8cd0384cd1388cd2328cd1f40cd2328a5656e6465640301c3cd1770a86465677261646564c092c40201ffc4"
        "0102",
        AlarmCell(**ALARM),
        id="an alarm",
    ),
    pytest.param(
        AlarmList,
        "dc0018a23566a56e6f727468a3656d73a56f6c742d33ae65717569706d656e74416c61726da36c6f73a6706f72742034"
        "04c2cd03e8cd0384cd1388cd2328cd1f40cd2328a5656e6465640301c3cd1770a86465677261646564c092c40201ffc4"
        "0102a530302d6162",
        AlarmCell(**ALARM, trace="00-ab"),
        id="a traced alarm",
    ),
    pytest.param(
        Notice,
        "9302c292a3632d31a3632d32",
        NoticeCell(2, False, ["c-1", "c-2"]),
        id="a notice",
    ),
    pytest.param(
        Notice,
        "9502c292a3632d31a3632d32c391a3632d32",
        NoticeCell(2, False, ["c-1", "c-2"], True, ["c-2"]),
        id="a notice that rests",
    ),
    pytest.param(
        NoticeRest,
        "92cd1b5882a3742d319602cd03e8cd1388a530302d6162c3a87265736f6c766564a3742d329601cd1770cd1964a0c2a56c61737473",
        RestCell(
            7_000, {"t-1": Matter(2, 1_000, 5_000, "00-ab", True, "resolved"), "t-2": Matter(1, 6_000, 6_500, "")}
        ),
        id="a rest",
    ),
    pytest.param(
        Ticketing,
        "9ea3742d31a3702d31a56e6f727468a3656d73a87265736f6c76656404ac4d616a6f723a206f6c742d33a56f6c742d33"
        "91a3632d31ce000b2390a3455552cd03e8cd1388c0",
        TicketCell(**TICKET),
        id="a ticket",
    ),
    pytest.param(
        Ticketing,
        "9fa3742d31a3702d31a56e6f727468a3656d73a87265736f6c76656404ac4d616a6f723a206f6c742d33a56f6c742d33"
        "91a3632d31ce000b2390a3455552cd03e8cd1388c0a530302d6162",
        TicketCell(**TICKET, trace="00-ab"),
        id="a traced ticket",
    ),
    pytest.param(
        Charger,
        "91d2ffeced30",
        Purse(-1_250_000),
        id="a balance",
    ),
    pytest.param(
        Charger,
        "93c0cd0bb89193cfffffffffffffffff05cd1b58",
        Purse(None, {2**64 - 1: (5, 7_000)}, 3_000),
        id="recharges",
    ),
    pytest.param(
        Dedupe,
        "920082cfffffffffffffffff0005cfffffffffffffffff",
        UsageDay({2**64 - 1: 0, 5: 2**64 - 1}),
        id="a day of usage",
    ),
    pytest.param(
        Dedupe,
        "92ce0001518080",
        UsageDay({}, 86_400),
        id="a forgotten day",
    ),
    pytest.param(
        UnbilledUsage,
        "949296a5766f696365a3455552b631313830353931363230373137343131333033343234fb01c396a3736d73a3455552"
        "070000c281cfffffffffffffffff05cd2328c3",
        AccountDay(
            {("voice", "EUR"): ServiceTally(2**70, -5, 1, True), ("sms", "EUR"): ServiceTally(7)},
            {2**64 - 1: 5},
            9_000,
            True,
        ),
        id="an account-day",
    ),
    pytest.param(
        MissingUsage,
        "92cd0e109294cd0e109193cfffffffffffffffff05cd012c9194a345555204a3323430b4333638393334383831343734"
        "3139313033323332cf800000000000000194cd1c20909000",
        SwitchDay(
            {3_600: Hour({2**64 - 1: (5, 300)}, {"EUR": RatedSum(4, 240, 2**65)}, 2**63 + 1), 7_200: Hour()}, 3_600
        ),
        id="a switch-day",
    ),
    pytest.param(
        Correlate,
        "97cd0bb805cd0fa083a3612d3103a3652d3103a3612d390081a27239cd1f4081a3612d3997a26e3402cd0af0c2c2a365"
        "6d73cd1b5892dc001903a3702d33a3656d73a473697465cd03e8cd07d0cd0bb8a46f70656ec0cd09c4cd0fa0c0c0c0c2"
        "0201049293a473697465cb3fe8000000000000af6578706c61696e732032206f66203293a27230cb3fd0000000000000"
        "a36f776e029600000000020092a3612d31a3652d3182a2723093cd03e801c3a2723193cd07d001c282a3612d3197a272"
        "3004cd03e8c3c2a3656d73cd1388a3652d3197a2723104cd07d0c2c3a2706dcd1770a530302d6162dc001905a3702d35"
        "a3656d73a26e31cd05dccd05dccd0bb8a7636c6561726564cd0b54cd0b54c0c0c0cd2328c30100039193a26e31cb3ff0"
        "000000000000a36f776e019600000000000091a3612d3281a26e3193cd05dc00c280a0",
        Domain(**DOMAIN),
        id="a domain",
    ),
    pytest.param(
        Correlate,
        "98cd0bb805cd0fa083a3612d3103a3652d3103a3612d390081a27239cd1f4081a3612d3997a26e3402cd0af0c2c2a365"
        "6d73cd1b5892dc001903a3702d33a3656d73a473697465cd03e8cd07d0cd0bb8a46f70656ec0cd09c4cd0fa0c0c0c0c2"
        "0201049293a473697465cb3fe8000000000000af6578706c61696e732032206f66203293a27230cb3fd0000000000000"
        "a36f776e029600000000020092a3612d31a3652d3182a2723093cd03e801c3a2723193cd07d001c282a3612d3197a272"
        "3004cd03e8c3c2a3656d73cd1388a3652d3197a2723104cd07d0c2c3a2706dcd1770a530302d6162dc001905a3702d35"
        "a3656d73a26e31cd05dccd05dccd0bb8a7636c6561726564cd0b54cd0b54c0c0c0cd2328c30100039193a26e31cb3ff0"
        "000000000000a36f776e019600000000000091a3612d3281a26e3193cd05dc00c280a081a3612d39a530302d6364",
        Domain(**DOMAIN, traces={"a-9": "00-cd"}),
        id="a traced domain",
    ),
]


@pytest.mark.parametrize(("operator", "bytes_", "cell"), CELLS)
def test_a_cell_of_the_release_before_is_read(operator, bytes_, cell):
    assert operator(Catalogue()).load(bytes.fromhex(bytes_), 1) == cell


@pytest.mark.parametrize(("operator", "bytes_", "cell"), CELLS)
def test_a_cell_of_the_release_before_is_written_by_name_and_read_again(operator, bytes_, cell):
    made = operator(Catalogue())

    assert made.load(made.dump(made.load(bytes.fromhex(bytes_), 1)), made.state_version) == cell
