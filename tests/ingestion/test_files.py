"""Files of every kind: recognised, read line by line, the broken line named, the good lines taken."""

import gzip
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from ingestion.batches.batch import Origin
from ingestion.sources.files.recognition import take_file
from telassure.kernel.errors import masked
from telassure.kernel.events import (
    AlarmNotification,
    BilledLine,
    Measurements,
    Recharge,
    SwitchCount,
    Tariff,
    UsageRecords,
)
from telassure.kernel.instant import HOUR, MINUTE, parse_instant, to_datetime

USAGE = "record_id,account,service,destination,time,volume\n"
ROW = "r-{},a-1,voice,+4930123456,2026-06-01T10:00:00Z,{}\n"


@pytest.fixture(autouse=True)
def later(world):
    """Recordings are of the past: these are read long after the newest of them."""
    world.clock.at = parse_instant("2027-01-01")


def test_a_usage_table_goes_on_after_each_bad_line(world, tmp_path):
    bad = "r-9,a-1,voice\n" + ROW.format(3, -4) + "r-4,a-1,v\udcffoice,,2026-06-01T10:00:00Z,1\n"
    text = USAGE + ROW.format(1, 60) + bad + ROW.format(2, 30)
    taken = world.take(tmp_path / "cdr.csv", content=text.encode("utf-8", "surrogateescape"))
    (found,) = world.events("charging")
    assert (found.record_id, found.volume.tolist()) == (("r-1", "r-2"), [60, 30])
    assert world.reasons() == [
        ("cdr.csv:3", "the line has 3 fields, the header 6"),
        ("cdr.csv:4", "volume -4 is negative; give 0 or more"),
        ("cdr.csv:5", "service contains bytes that are not UTF-8; send printable UTF-8"),
    ]
    assert (taken.records, taken.accepted, taken.dead_letters) == (5, 2, 3)


@pytest.mark.parametrize(
    "text",
    [
        USAGE + ROW.format(1, 60),
        '"timestamp","value"\n2026-06-01T10:00:00Z,1\n',
        "timestamp,value\n" + "2026-06-01T10:00:00Z,1\n" * 50_000,
    ],
    ids=["a table", "quoted names", "more than the longest line"],
)
def test_a_table_whose_lines_end_in_a_return_alone_is_refused_with_what_to_write(world, tmp_path, text):
    world.take(tmp_path / "old.csv", content=text.replace("\n", "\r").encode())
    assert world.reasons() == [("old.csv:1", "lines end in a carriage return alone; end them in LF or CRLF")]


def test_a_series_is_known_by_its_header_in_capitals_too(world, tmp_path):
    taken = world.take(tmp_path / "cpu.csv", content=b"Timestamp,VALUE\n2026-06-01 10:00:00,1\n")
    assert (taken.records, taken.accepted) == (1, 1)


def test_tables_of_bills_counts_and_recharges_are_known_by_their_header(world, tmp_path):
    period = "2026-05-01,2026-05-02"
    tables = {
        "b.csv": "line_id,bill_id,account,service,period_start,period_end,quantity,amount,currency,time\n"
        f"l-1,b-1,a-1,voice,{period},60,1.25,EUR,2026-05-03\n",
        "c.csv": f"switch,service,period_start,period_end,records,volume\ns-1,voice,{period},3,180\n",
        "r.csv": "recharge_id,account,amount,currency,time\nx-1,a-1,5.00,EUR,2026-05-03\n",
    }
    for name, text in tables.items():
        world.take(tmp_path / name, content=text.encode())
    assert {type(event) for event in world.events("charging")} == {BilledLine, SwitchCount, Recharge}


def test_mixed_json_lines_go_each_to_its_kind_and_the_catalogue_before_what_follows_it(world, tmp_path):
    text = b"""{"kind":"alarms","managed_object":"c-1","perceived_severity":"major","time":"2026-06-01T10:00:00Z"}
{"kind":"catalogue","subscribers":[{"msisdn":"491711","account":"a-7"}]}
{"kind":"usage","record_id":"r-1","subscriber":"491711","service":"sms","time":"2026-06-01T10:00:00Z","volume":1}
{"kind":"gossip"}
{"value": NaN}
[1]
"""
    taken = world.take(tmp_path / "all.jsonl", content=text)
    usage = next(event for event in world.events("charging") if isinstance(event, UsageRecords))
    assert usage.accounts == ("a-7",)
    assert any(isinstance(event, AlarmNotification) for event in world.events("assurance"))
    assert [place for place, _ in world.reasons()] == ["all.jsonl:4", "all.jsonl:5", "all.jsonl:6"]
    assert taken.accepted == 2


def test_a_columnar_body_may_be_a_line_of_json_lines(world, tmp_path):
    text = b"""{"kind":"measurements","granularity_s":60,"managed_objects":["a"],"measurements":["m"],\
"managed_object":[0,0],"measurement":[0,0],"time":["2026-06-01T10:00:00Z","2026-06-01T10:01:00Z"],"value":[1,null]}"""
    world.take(tmp_path / "m.jsonl", content=text)
    assert [len(event) for event in world.events("detection")] == [2]


def test_a_kpi_series_is_named_by_its_path_and_its_bad_samples_by_their_line(world, tmp_path):
    text = b"timestamp,value\n2026-06-01 10:00:00,1\n2026-06-01 10:01:00,\nsoon,2\n2026-06-01 10:02:00,inf\n"
    world.take(tmp_path / "cpu.csv", content=text)
    (found,) = world.events("detection")
    assert (found.objects, found.names) == (("cpu",), ("value",))
    assert np.isnan(found.value).tolist() == [False, True]
    assert [place for place, _ in world.reasons()] == ["cpu.csv:4", "cpu.csv:5"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.csv", USAGE.encode("utf-16"), "not UTF-8"),
        ("a.csv", b"colour,taste\n1,2\n", "tells no kind"),
        ("usage.csv", b'record_id,"broken\n', "broken CSV"),
        ("a.doc", b"words", 'files named ".doc" are not known'),
        ("a.toml", b"[[resources]\n", "not TOML"),
        ("a.json", b'{"resources": [', "not JSON"),
        ("a.json", b'{"ressources": []}', 'unknown field "ressources"'),
        ("usage.csv", USAGE.encode() + b"x" * (2 << 20), "longer than"),
        ("usage.csv.gz", gzip.compress((USAGE + ROW.format(1, 1) * 5_000).encode(), mtime=0)[:-99], "cut short"),
        ("topology.npy", b"\x93NUMPY nonsense", "not a numpy array"),
    ],
)
def test_what_cannot_be_read_is_a_dead_letter_that_names_the_file(world, tmp_path, name, content, reason):
    taken = world.take(tmp_path / name, content=content)
    ((place, why),) = taken.broken
    assert place.startswith(name)
    assert reason in why


def test_a_wrong_rate_in_a_tariff_file_is_named_by_file_and_line(world, tmp_path):
    text = b"""[[tariffs]]
tariff_id = "t-1"
valid_from = 2026-01-01
currency = "EUR"
[[tariffs.prices]]
service = "voice"
kind = "flat"
rate = "0.10"

[[tariffs]]
tariff_id = "t-2"
valid_from = 2026-01-01
currency = "EUR"
prices = [
  {service = "voice", kind = "flat", rate = "0,10"},
]
"""
    world.take(tmp_path / "tariffs.toml", content=text)
    assert world.reasons() == [
        ("tariffs.toml:15", 'tariffs[1]: prices[0].rate "0,10" is not a decimal number; write 0.10'),
    ]
    assert [entry.tariff_id for change in world.events("charging")[:1] for entry in change.entries] == ["t-1"]


def test_tariffs_may_be_a_table_of_prices_and_resources_json(world, tmp_path):
    table = "tariff_id,valid_from,currency,service,kind,rate,per\n"
    rows = "t,2026-01-01,EUR,voice,per_unit,1/3,60\nt,2026-01-01,EUR,sms,flat,0.05,\n"
    world.take(tmp_path / "tariffs.csv", content=(table + rows).encode())
    world.take(tmp_path / "net.json", content=b'{"resources": [{"resource_id": "r"},\n {"resource_id": "s"}]}')
    (tariff,) = world.events("charging")[0].entries
    assert isinstance(tariff, Tariff)
    assert [price.service for price in tariff.prices] == ["sms", "voice"]
    assert [place for place, _ in world.reasons()] == ["net.json:1", "net.json:2"]


def test_an_alarm_log_says_nothing_of_an_end_that_equals_the_start(world, tmp_path):
    text = b"alarm_id,device_id,start_timestamp,end_timestamp\n11,55,0,0\n1,28,10,20\n1,28,soon,20\n"
    world.take(tmp_path / "Alarm.csv", content=text)
    first, second = sorted(world.events("assurance"), key=lambda alarm: alarm.time)
    assert (first.ends_at, second.ends_at) == (None, second.time + 10_000_000)
    assert world.reasons() == [("Alarm.csv:4", 'time "soon s" is not a time; write 2026-01-31T12:00:00Z')]


def test_the_same_file_again_is_all_duplicates(world, tmp_path):
    text = (USAGE + "".join(ROW.format(n, n) for n in range(25_000))).encode()
    first = world.take(tmp_path / "usage.csv", content=text)
    again = world.take(tmp_path / "usage.csv")
    assert (first.accepted, again.accepted, again.duplicates) == (25_000, 0, 25_000)
    assert sum(len(event) for event in world.events("charging") if not isinstance(event, Measurements)) == 25_000


BOM = b"\xef\xbb\xbf"
CSV_FILES = {
    "a.csv": b"timestamp,value\n2026-06-01T10:00:00Z,1\n",
    "usage.csv": b"record_id,account,service,time,volume\nr-1,a,voice,2026-06-01T10:00:00Z,60\n",
    "alarms.csv": b"managed_object,perceived_severity,time\nn-1,major,2026-06-01T10:00:00Z\n",
    "Alarm.csv": b"alarm_id,device_id,start_timestamp,end_timestamp\n1,2,3,4\n",
    "counts.csv": b"switch,service,period_start,period_end,records,volume\ns,voice,2026-06-01,2026-06-02,1,1\n",
    "net.csv": b"resource_id,kind,name,domain\nr-1,router,R1,north\n",
    "policies.csv": b"area,name,value\nleakage,bill_delay_hours,12\n",
}


def quoted(content: bytes) -> bytes:
    return b"".join(
        b",".join(b'"' + field + b'"' for field in line.split(b",")) + b"\n" for line in content.splitlines()
    )


@pytest.mark.parametrize("name", CSV_FILES)
@pytest.mark.parametrize(
    "written",
    [
        quoted,
        lambda content: BOM + content,
        lambda content: BOM + quoted(content),
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: content.rstrip(b"\n"),
    ],
    ids=["quoted", "marked", "marked and quoted", "with carriage returns", "unended"],
)
def test_a_quoted_csv_header_is_read_as_csv_in_every_kind(world, tmp_path, name, written):
    taken = world.take(tmp_path / name, content=written(CSV_FILES[name]))
    assert (taken.accepted + taken.entries, taken.dead_letters, world.reasons()) == (1, 0, [])


def test_columns_parted_by_semicolons_are_refused_with_what_to_write(world, tmp_path):
    world.take(tmp_path / "a.csv", content=b"timestamp;value\n2026-06-01T10:00:00Z;1\n")
    assert world.reasons() == [("a.csv:1", "the columns are parted by ';'; write commas")]


def test_an_alarm_in_csv_keeps_the_line_breaks_of_its_text(world, tmp_path):
    text = b'managed_object,perceived_severity,time,text\nn-1,major,2026-06-01T10:00:00Z,"one\r\ntwo, ""three"""\n'
    world.take(tmp_path / "alarms.csv", content=text)
    assert [event.text for event in world.events("assurance")] == ['one\ntwo, "three"']


@pytest.mark.parametrize("start", ["1780308000", "1_000", "2026-06-01 10:00:00", "soon"])
def test_a_recorded_alarm_whose_time_counts_from_elsewhere_is_refused(world, tmp_path, start):
    text = f"alarm_id,device_id,start_timestamp,end_timestamp\n1,2,{start},{start}\n"
    world.take(tmp_path / "Alarm.csv", content=text.encode())
    assert world.reasons() == [("Alarm.csv:2", f'time "{masked(start)} s" is not a time; write 2026-01-31T12:00:00Z')]


BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = [parse_instant("2026-10-24T22:00:00Z") + place * 15 * MINUTE for place in range(100)]


def local(at):
    return to_datetime(at).astimezone(BERLIN).replace(tzinfo=None).isoformat(" ")


def taken_in_berlin(world, path, content):
    path.write_text(content)
    return take_file(world.gateway, path, path.name, Origin("replay:f", path.name, zone=BERLIN))


def as_series(times):
    return "timestamp,value\n" + "".join(f"{time},{place}\n" for place, time in enumerate(times))


def as_rows(times):
    times = list(times)
    head = "time,managed_object,measurement,value\n"
    return head + "".join(f"{time},cell-{cell},drops,1\n" for time in times for cell in range(60))


def as_lines(times):
    row = '{{"time": "{}", "managed_object": "cell-{}", "measurement": "drops", "value": 1}}\n'
    return "".join(row.format(time, cell) for time in times for cell in range(900))


@pytest.mark.parametrize(
    ("name", "written"), [("a.csv", as_series), ("measurements.csv", as_rows), ("measurements.jsonl", as_lines)]
)
def test_dstnaive_no_reading_of_the_longer_night_is_lost_or_overwritten(world, tmp_path, name, written):
    taken = taken_in_berlin(world, tmp_path / name, written(map(local, NIGHT)))
    times = [at for event in world.events("detection") for at in event.time.tolist()]
    assert (sorted(set(times)), taken.dead_letters, len(times)) == (NIGHT, 0, taken.accepted)


def test_dstnaive_one_pass_alone_in_a_file_becomes_letters(world, tmp_path):
    clocks = [f"2026-10-25 {clock}:00" for clock in ("01:45", "02:00", "02:15", "02:30", "02:45", "03:00")]
    taken = taken_in_berlin(world, tmp_path / "a.csv", as_series(clocks))
    assert (taken.accepted, taken.dead_letters) == (2, 4)
    assert all("comes twice in Europe/Berlin" in reason for _, reason in world.reasons())


def test_dstnaive_a_file_with_its_newest_row_first_is_told_apart(world, tmp_path):
    hours = [parse_instant("2026-10-25T02:00:00Z") - place * HOUR for place in range(3)]
    taken_in_berlin(world, tmp_path / "a.csv", as_series([*map(local, hours)]))
    found = {v: at for e in world.events("detection") for v, at in zip(e.value.tolist(), e.time.tolist(), strict=True)}
    assert [found[place] for place in range(3)] == hours
