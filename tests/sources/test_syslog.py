"""Syslog over real sockets: what `logger` sends is an alarm, and what is malformed is told."""

import shutil
import socket
import subprocess
from contextlib import suppress
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.sources.syslog.frames import LONGEST, BrokenFrame, FrameReader
from ingestion.sources.syslog.message import document_of
from ingestion.sources.syslog.source import SYSLOG, SyslogSettings
from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import UTC, parse_instant
from tests.sources.listening import alarms, free_port, running, until

NOW = parse_instant("2026-06-01T12:00:00Z")
AT = "2026-06-01T10:00:00Z"


def read(text: str | bytes, zone=UTC, now: int = NOW) -> dict[str, object]:
    return document_of(text if isinstance(text, bytes) else text.encode(), "192.0.2.7", now, zone)


def test_a_message_of_rfc_5424_is_read_with_its_structured_data():
    found = read(f'<165>1 {AT} pe-1 rpd 77 BGP [ex@1 peer="10.0.0.1" why="a \\"b\\" \\]"][o@1] \ufeffpeer lost')
    assert found == {
        "facility": "local4", "severity": "notice", "sender": "192.0.2.7", "time": AT, "host": "pe-1", "app": "rpd",
        "process_id": "77", "message_id": "BGP", "message": "peer lost",
        "structured": {"ex@1": {"peer": "10.0.0.1", "why": 'a "b" ]'}, "o@1": {}},
    }  # fmt: skip


@pytest.mark.parametrize("text", [f"<11>1 {AT} - - - - -", f"<11>1 {AT} - - - - - "])
def test_what_a_message_leaves_out_is_missing_and_its_sender_is_its_host(text):
    assert read(text) == {
        "facility": "user", "severity": "err", "sender": "192.0.2.7", "time": AT, "host": "192.0.2.7", "message": "",
    }  # fmt: skip


OLD = [
    ("<34>Jun  1 10:00:00 mymachine su: 'su root' failed", "mymachine", "su", "'su root' failed"),
    ("<13>Jun 01 10:00:00 10.1.2.3 sshd[77]: closed", "10.1.2.3", "sshd", "closed"),
    ("<187>29: Jun  1 10:00:00.123: %LINK-3-UPDOWN: Interface Gi0/1, changed state to down", "192.0.2.7", None, None),
    ("<187>Jun  1 10:00:00 pe-1 %LINK-3-UPDOWN: Interface Gi0/1, changed state to down", "pe-1", None, None),
    ("<30>2026-06-01T10:00:00Z pe-1 app[1]: up", "pe-1", "app", "up"),
]


@pytest.mark.parametrize(("text", "host", "app", "message"), OLD)
def test_a_message_of_rfc_3164_is_read_as_it_is_found_in_the_field(text, host, app, message):
    found = read(text)
    assert (found["host"], found.get("app")) == (host, app)
    assert parse_instant(str(found["time"])) == parse_instant(AT)
    assert message is None or found["message"] == message
    assert ("mnemonic" in found) is ("%LINK" in text)


@pytest.mark.parametrize(
    ("now", "text", "at"),
    [
        ("2026-01-01T00:10:00Z", "Dec 31 23:59:00", "2025-12-31T23:59:00Z"),
        ("2025-12-31T23:59:00Z", "Jan  1 00:01:00", "2026-01-01T00:01:00Z"),
        ("2026-03-01T00:00:00Z", "Feb 29 10:00:00", None),
        ("2024-03-01T00:00:00Z", "Feb 29 10:00:00", "2024-02-29T10:00:00Z"),
    ],
)
def test_a_date_without_a_year_is_the_nearest_one(now, text, at):
    assert read(f"<11>{text} h a: x", now=parse_instant(now)).get("time") == at


def test_a_local_time_is_of_the_zone():
    assert read("<11>Jun  1 12:00:00 h a: x", ZoneInfo("Europe/Berlin"))["time"] == AT


@pytest.mark.parametrize(
    "text", ["", "hello", "<>x", "<192>x", "<11", "<11>1 now", f"<11>1 {AT} h a p m x y", f"<11>1 {AT} h a p m [x"]
)
def test_what_is_no_syslog_is_refused(text):
    with pytest.raises(InvalidInput, match="send"):
        read(text)


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_octets_are_read_or_refused(octets):
    for packet in (octets, b"<11>" + octets, b"<11>1 " + octets):
        with suppress(InvalidInput):
            assert isinstance(read(packet)["message"], str)


MESSAGES = st.lists(
    st.binary(min_size=1, max_size=300).map(lambda b: b"<11>" + b.replace(b"\n", b"").rstrip(b"\r\0")), max_size=6
)


@given(MESSAGES, st.lists(st.integers(1, 40), min_size=1), st.booleans())
@settings(deadline=None)
def test_a_stream_is_its_messages_however_it_is_cut(messages, cuts, counted):
    stream = b"".join(b"%d %s" % (len(each), each) if counted else each + b"\n" for each in messages)
    frames, found, at, number = FrameReader(), [], 0, 0
    while at < len(stream):
        size = cuts[number % len(cuts)]
        found += list(frames.messages(stream[at : at + size]))
        at, number = at + size, number + 1
    assert found == messages


@pytest.mark.parametrize("stream", [b"9999999 <11>x", b"70000 <11>x", b"1x <11>", b"<11>" + b"x" * (LONGEST + 1)])
def test_a_stream_that_is_none_is_told(stream):
    with pytest.raises(BrokenFrame):
        list(FrameReader().messages(stream))


@pytest.fixture(scope="module")
def syslog(stations):
    port = free_port()
    with stations() as station, running(station, SYSLOG, SyslogSettings(port=port)) as health:
        yield station, port, health


LOGGER = pytest.mark.skipif(shutil.which("logger") is None, reason="no logger (Debian: apt-get install bsdutils)")


@LOGGER
@pytest.mark.parametrize("form", ["--rfc5424", "--rfc3164"])
@pytest.mark.parametrize("way", [["-d"], ["-T"], ["-T", "--octet-count"]], ids=["udp", "tcp", "counted"])
def test_what_logger_sends_is_an_alarm(syslog, form, way):
    station, port, _ = syslog
    name = f"t{form[-4:]}{''.join(way)}".replace("-", "")
    command = ["logger", "-n", "127.0.0.1", "-P", str(port), form, *way, "-p", "daemon.err", "-t", name, "disk is full"]
    subprocess.run(command, check=True, timeout=10)
    found = until(lambda: [each for each in alarms(station) if each.probable_cause == name])
    assert [(each.perceived_severity.name, each.text) for each in found] == [("MAJOR", "disk is full")]


def send(port: int, *messages: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for each in messages:
            sender.sendto(each.encode(), ("127.0.0.1", port))


OSPF = "%OSPF-5-ADJCHG: Process 1, Nbr 10.0.0.2 on Gi0/1 from"
LINK = "%LINK-3-UPDOWN: Interface Gi0/1, changed state to"
CISCO = [
    (f"{LINK} down", f"{LINK} up", "Gi0/1"),
    ("%BGP-5-ADJCHANGE: neighbor 10.0.0.1 Down Peer closed", "%BGP-5-ADJCHANGE: neighbor 10.0.0.1 Up", "10.0.0.1"),
    (f"{OSPF} FULL to DOWN, dead", f"{OSPF} LOADING to FULL, done", "10.0.0.2"),
]


@pytest.mark.parametrize(("down", "up", "what"), CISCO)
def test_what_goes_down_is_cleared_when_it_comes_up(syslog, down, up, what):
    station, port, _ = syslog
    send(port, f"<187>1 {AT} pe-1 - - - - {down}", f"<189>1 {AT} pe-1 - - - - {up}")
    found = until(lambda: [a for a in alarms(station) if a.specific_problem == what], 2)
    assert [each.perceived_severity.name for each in found] == ["MAJOR", "CLEARED"]
    assert len({(each.managed_object, each.event_type, each.probable_cause) for each in found}) == 1


def test_what_is_left_out_refused_or_of_strangers_is_counted(syslog):
    _, port, health = syslog
    send(port, f"<14>1 {AT} h a - - - fine", "no priority")
    until(lambda: {"notice, info" in cause for cause in health().refused} == {True, False} and health().refused)
    told = " ".join(health().refused)
    assert "notice, info and debug" in told
    assert "has no priority" in told


def test_a_sender_that_is_not_named_is_not_heard(stations):
    port = free_port()
    asked = SyslogSettings(port=port, senders=["10.9.0.0/16"])
    with stations() as station, running(station, SYSLOG, asked) as health:
        send(port, f"<11>1 {AT} h a - - - x")
        found = until(lambda: health().refused)
        assert list(found) == ["from senders that syslog.senders does not name"]
        assert alarms(station) == []
