"""SNMPv2c notifications: a packet as a document, and the answer that an inform waits for (RFC 3416, RFC 3584)."""

from dataclasses import dataclass
from typing import Final

from ingestion.sources.traps.ber import (
    INTEGER,
    OCTETS,
    OID,
    SEQUENCE,
    Value,
    elements,
    encoded,
    inside,
    object_identifier,
    value_of,
    whole,
)
from telassure.kernel.errors import InvalidInput

TRAP: Final = 0xA7
INFORM: Final = 0xA6
RESPONSE: Final = 0xA2
UPTIME: Final = "1.3.6.1.2.1.1.3.0"
TRAP_OID: Final = "1.3.6.1.6.3.1.1.4.1.0"
TRAP_ADDRESS: Final = "1.3.6.1.6.3.18.1.3.0"
_V2C: Final = 1
_MOST_VARIABLES: Final = 1_000


@dataclass(frozen=True, slots=True)
class SnmpNotification:
    """What a packet says: which trap, and its variables by their object identifiers. `answer` is the packet that
    whoever sent an inform waits for, b"" for a trap."""

    community: bytes
    trap: str
    variables: dict[str, Value]
    answer: bytes

    def document(self, sender: str) -> dict[str, object]:
        """As mappings read it. `sender` is the agent that a forwarder names, else the address that it came from."""
        agent = self.variables.get(TRAP_ADDRESS)
        return {"trap": self.trap, "sender": agent or sender, "varbinds": self.variables}


def notification_of(packet: bytes) -> SnmpNotification:
    """InvalidInput where it is no notification of SNMPv2c."""
    message = _several(inside(_only(packet), SEQUENCE, "message"), 3, "message")
    version = whole(inside(message[0], INTEGER, "version"))
    if version != _V2C:
        said = {0: "SNMPv1", 3: "SNMPv3"}.get(version, f"version {version}")
        raise InvalidInput(f"the packet is of {said}; have the agent send SNMPv2c")
    community, (kind, content) = inside(message[1], OCTETS, "community"), message[2]
    if kind not in (TRAP, INFORM):
        raise InvalidInput("the packet is no trap and no inform; send notifications only")
    parts = _several(content, 4, "PDU")
    for each in parts[:3]:
        whole(inside(each, INTEGER, "request id or error"))
    variables = _variables(inside(parts[3], SEQUENCE, "list of variables"))
    trap = variables.pop(TRAP_OID, None)
    if not isinstance(trap, str) or "." not in trap:
        raise InvalidInput("the packet does not say which trap it is; snmpTrapOID.0 is missing")
    variables.pop(UPTIME, None)
    answer = b""
    if kind == INFORM:
        fine = encoded(INTEGER, b"\0")
        pdu = encoded(RESPONSE, encoded(*parts[0]) + fine + fine + encoded(*parts[3]))
        answer = encoded(SEQUENCE, encoded(INTEGER, b"\1") + encoded(OCTETS, community) + pdu)
    return SnmpNotification(community, trap, variables, answer)


def _only(packet: bytes) -> tuple[int, bytes]:
    found = list(elements(packet))
    if len(found) != 1:
        raise InvalidInput("the packet is not one SNMP message")
    return found[0]


def _several(content: bytes, count: int, what: str) -> list[tuple[int, bytes]]:
    found = list(elements(content))
    if len(found) != count:
        raise InvalidInput(f"the packet's {what} has {len(found)} parts; SNMPv2c has {count}")
    return found


def _variables(content: bytes) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for number, each in enumerate(elements(content)):
        if number >= _MOST_VARIABLES:
            raise InvalidInput(f"the packet has more than {_MOST_VARIABLES} variables")
        name, value = _several(inside(each, SEQUENCE, "variable"), 2, "variable")
        found[object_identifier(inside(name, OID, "name of a variable"))] = value_of(value)
    return found
