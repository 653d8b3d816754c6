"""SNMP notifications over real sockets: what `snmptrap` sends is an alarm, and no octets break the reader."""

import shutil
import socket
import subprocess
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from ingestion.sources.traps.ber import (
    ADDRESS,
    COUNTER32,
    COUNTER64,
    INTEGER,
    NULL,
    OCTETS,
    OID,
    SEQUENCE,
    elements,
    encoded,
    object_identifier,
    value_of,
)
from ingestion.sources.traps.notification import INFORM, RESPONSE, TRAP, TRAP_ADDRESS, TRAP_OID, UPTIME, notification_of
from ingestion.sources.traps.source import TRAPS, TrapSettings
from telassure.kernel.errors import InvalidInput
from tests.sources.listening import alarms, free_port, running, until

LINK_DOWN, LINK_UP = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"
INDEX, DESCRIPTION = "1.3.6.1.2.1.2.2.1.1", "1.3.6.1.2.1.2.2.1.2"


def number(value: int, tag: int = INTEGER) -> bytes:
    signed = tag == INTEGER
    size = ((value + (value < 0)).bit_length() + 8) // 8
    return encoded(tag, value.to_bytes(size, signed=signed or value < 0))


def oid(text: str) -> bytes:
    first, second, *rest = map(int, text.split("."))
    content = b""
    for arc in (first * 40 + second, *rest):
        octets = bytes([arc & 0x7F])
        while arc := arc >> 7:
            octets = bytes([arc & 0x7F | 0x80]) + octets
        content += octets
    return encoded(OID, content)


def packet(
    trap: str, *variables: tuple[str, bytes], kind: int = TRAP, community: bytes = b"secret", version: int = 1
) -> bytes:
    pairs = [(UPTIME, number(1, 0x43)), (TRAP_OID, oid(trap)), *variables]
    listed = encoded(SEQUENCE, b"".join(encoded(SEQUENCE, oid(name) + value) for name, value in pairs))
    pdu = encoded(kind, number(77) + number(0) + number(0) + listed)
    return encoded(SEQUENCE, number(version) + encoded(OCTETS, community) + pdu)


ARCS = st.tuples(st.integers(0, 2), st.integers(0, 39), *[st.integers(0, 2**32 - 1)] * 3)
VALUES = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(lambda v: (number(v), v)),
    st.integers(0, 2**32 - 1).map(lambda v: (number(v, COUNTER32), v)),
    st.integers(0, 2**64 - 1).map(lambda v: (number(v, COUNTER64), v)),
    st.text(st.characters(min_codepoint=32, max_codepoint=0x17F).filter(str.isprintable), min_size=1)
    .map(lambda v: (encoded(OCTETS, v.encode()), v)),
    st.tuples(*[st.integers(0, 255)] * 4).map(lambda v: (encoded(ADDRESS, bytes(v)), ".".join(map(str, v)))),
    st.just((encoded(NULL, b""), None)),
    ARCS.map(lambda v: ".".join(map(str, v))).map(lambda v: (oid(v), v)),
)  # fmt: skip


@given(ARCS)
def test_an_object_identifier_is_read_as_it_was_written(arcs):
    text = ".".join(map(str, arcs))
    [(_, content)] = elements(oid(text))
    assert object_identifier(content) == text


@given(st.dictionaries(ARCS.map(lambda v: ".".join(map(str, v))), VALUES, max_size=8), st.binary(max_size=20))
@settings(max_examples=200, deadline=None)
def test_a_notification_is_read_as_it_was_written(variables, community):
    found = notification_of(packet(LINK_DOWN, *((n, v[0]) for n, v in variables.items()), community=community))
    assert (found.trap, found.community, found.answer) == (LINK_DOWN, community, b"")
    assert found.variables == {name: value for name, (_, value) in variables.items()}


@pytest.mark.parametrize(
    ("octets", "text"), [(b"\x00\x1b\x21", "0x001b21"), (b"\xff", "0xff"), (b"ge-0/0/1\0", "ge-0/0/1")]
)
def test_octets_that_are_no_text_are_hex(octets, text):
    assert value_of((OCTETS, octets)) == text


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_whatever_happens_to_the_octets_they_are_read_or_refused(data):
    octets = bytearray(packet(LINK_DOWN, (f"{INDEX}.7", number(7)), (f"{DESCRIPTION}.7", encoded(OCTETS, b"eth7"))))
    for _ in range(data.draw(st.integers(1, 4))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    with suppress(InvalidInput):
        assert notification_of(bytes(octets[: data.draw(st.integers(0, len(octets)))])).trap


@given(st.binary(max_size=100))
@settings(max_examples=300, deadline=None)
def test_any_octets_are_read_or_refused(octets):
    with suppress(InvalidInput):
        notification_of(octets)


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"", "not one SNMP message"),
        (packet(LINK_DOWN)[:-1], "cut short"),
        (packet(LINK_DOWN) * 2, "not one SNMP message"),
        (packet(LINK_DOWN, version=0), "SNMPv1"),
        (packet(LINK_DOWN, version=3), "SNMPv3"),
        (packet(LINK_DOWN, kind=0xA0), "no trap and no inform"),
        (packet(LINK_DOWN).replace(oid(TRAP_OID), oid("1.3.6.1.6.3.1.1.4.3.0")), "snmpTrapOID.0 is missing"),
    ],
)
def test_what_is_no_notification_of_v2c_is_refused_with_what_to_send(octets, said):
    with pytest.raises(InvalidInput, match=said):
        notification_of(octets)


def test_a_forwarder_names_the_agent():
    found = notification_of(packet(LINK_DOWN, (TRAP_ADDRESS, encoded(ADDRESS, bytes([10, 0, 0, 9])))))
    assert found.document("127.0.0.1")["sender"] == "10.0.0.9"


@pytest.fixture(scope="module")
def traps(stations):
    asked = TrapSettings(port=free_port(), community=SecretStr("secret"))
    with stations() as station, running(station, TRAPS, asked) as health:
        yield station, asked.port, health


def send(port: int, *packets: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for each in packets:
            sender.sendto(each, ("127.0.0.1", port))


def link(trap: str, index: int, **more) -> bytes:
    return packet(
        trap, (f"{INDEX}.{index}", number(index)), (f"{DESCRIPTION}.{index}", encoded(OCTETS, b"eth")), **more
    )


@pytest.mark.parametrize("index", [3, 1_000_001])
def test_link_down_is_raised_and_link_up_clears_it(traps, index):
    station, port, _ = traps
    send(port, link(LINK_DOWN, index), link(LINK_UP, index))
    found = until(lambda: [each for each in alarms(station) if each.managed_object == f"127.0.0.1/if{index}"], 2)
    assert [each.perceived_severity.name for each in found] == ["MAJOR", "CLEARED"]


def test_an_inform_is_answered_once_it_is_durable(traps):
    station, port, _ = traps
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.settimeout(20)
        sender.sendto(link(LINK_DOWN, 50, kind=INFORM), ("127.0.0.1", port))
        answer = sender.recv(65_535)
    [(_, message)] = elements(answer)
    kind, pdu = list(elements(message))[2]
    assert (kind, next(elements(pdu))) == (RESPONSE, (INTEGER, b"M"))
    assert [each for each in alarms(station) if each.managed_object == "127.0.0.1/if50"]


def test_strangers_and_what_no_mapping_takes_are_told(traps):
    station, port, health = traps
    send(port, link(LINK_DOWN, 60, community=b"public"), packet("1.3.6.1.4.1.9.9.41.2.0.1"), b"junk", link(LINK_UP, 61))
    until(lambda: [each for each in alarms(station) if each.managed_object == "127.0.0.1/if61"])
    told = " ".join(until(lambda: health().refused, 3))
    assert "with a community that is not traps.community" in told
    assert "none of the mappings trap-link" in told
    assert "cut short" in told
    assert not [each for each in alarms(station) if each.managed_object == "127.0.0.1/if60"]


SNMPTRAP = pytest.mark.skipif(shutil.which("snmptrap") is None, reason="no snmptrap (Debian: apt-get install snmp)")


@SNMPTRAP
@pytest.mark.parametrize("inform", [[], ["-Ci"]], ids=["trap", "inform"])
def test_what_snmptrap_sends_is_an_alarm(traps, inform):
    station, port, _ = traps
    index = str(70 + len(inform))
    command = ["snmptrap", "-v", "2c", "-c", "secret", *inform, f"127.0.0.1:{port}", "", LINK_DOWN]
    variables = [f"{INDEX}.{index}", "i", index, f"{DESCRIPTION}.{index}", "s", "ge-0/0/7"]
    subprocess.run([*command, *variables], check=True, timeout=20)
    found = until(lambda: [each for each in alarms(station) if each.managed_object == f"127.0.0.1/if{index}"])
    assert [(each.probable_cause, "ge-0/0/7" in each.text) for each in found] == [("linkDown", True)]


def test_without_a_community_it_does_not_listen_and_says_so(stations):
    with stations() as station:
        from threading import Event

        from ingestion.sources.source import Ground
        from telassure.kernel.errors import ConfigurationError

        ground = Ground(None, station.settings.home, None, None, None, None, lambda: None)
        with pytest.raises(ConfigurationError, match=r"traps\.community is empty"):
            TRAPS.run(ground, TrapSettings(port=free_port()), Event())
