"""ASN.1's basic encoding (X.690) as far as SNMP uses it: definite lengths, a tag of one octet, every step checked."""

from collections.abc import Iterator
from typing import Final, TypeAlias

from telassure.kernel.errors import InvalidInput

INTEGER: Final = 0x02
OCTETS: Final = 0x04
NULL: Final = 0x05
OID: Final = 0x06
SEQUENCE: Final = 0x30
ADDRESS: Final = 0x40
COUNTER32, GAUGE32, TICKS, COUNTER64 = 0x41, 0x42, 0x43, 0x46
_MISSING: Final = frozenset({NULL, 0x80, 0x81, 0x82})  # noSuchObject, noSuchInstance, endOfMibView
_UNSIGNED: Final = frozenset({COUNTER32, GAUGE32, TICKS, COUNTER64})
_LONGEST_LENGTH: Final = 4
_LONGEST_WHOLE: Final = 9
_MOST_ARCS: Final = 128
_LARGEST_ARC: Final = (1 << 32) - 1
Element: TypeAlias = tuple[int, bytes]
Value: TypeAlias = "str | int | None"


def elements(octets: bytes) -> Iterator[Element]:
    """The elements that stand one behind the other, each with its tag; InvalidInput where one is cut short.

    >>> list(elements(bytes.fromhex("0201050500")))
    [(2, b'\\x05'), (5, b'')]
    """
    at = 0
    while at < len(octets):
        if at + 2 > len(octets):
            raise InvalidInput("the packet is cut short")
        tag, length, at = octets[at], octets[at + 1], at + 2
        if length >= 0x80:
            many = length & 0x7F
            if not 1 <= many <= _LONGEST_LENGTH or at + many > len(octets):
                raise InvalidInput("the packet has a length that is no definite one of BER, or is cut short")
            length, at = int.from_bytes(octets[at : at + many]), at + many
        if at + length > len(octets):
            raise InvalidInput("the packet is cut short")
        yield tag, octets[at : at + length]
        at += length


def inside(element: Element, tag: int, what: str) -> bytes:
    """What an element of this tag holds; InvalidInput where it has another."""
    if element[0] != tag:
        raise InvalidInput(f"the packet has no {what} where SNMPv2c has one")
    return element[1]


def whole(content: bytes, signed: bool = True) -> int:
    """An INTEGER, or one of the unsigned types.

    >>> whole(b"\\xff"), whole(b"\\x00\\xff"), whole(b"\\xff", signed=False)
    (-1, 255, 255)
    """
    if not 1 <= len(content) <= _LONGEST_WHOLE:
        raise InvalidInput(f"the packet has a number of {len(content)} octets; 1 to {_LONGEST_WHOLE} are taken")
    return int.from_bytes(content, signed=signed)


def object_identifier(content: bytes) -> str:
    """The dotted text of an OBJECT IDENTIFIER.

    >>> object_identifier(bytes([43, 6, 1, 0x82, 0x37]))
    '1.3.6.1.311'
    """
    arcs: list[int] = []
    arc = 0
    for place, octet in enumerate(content):
        arc = arc << 7 | octet & 0x7F
        if arc > _LARGEST_ARC + 80:
            raise InvalidInput("the packet has an object identifier with an arc beyond 32 bits")
        if octet < 0x80:
            arcs.append(arc)
            arc = 0
        elif place == len(content) - 1:
            arcs.clear()
    if not arcs or len(arcs) > _MOST_ARCS:
        raise InvalidInput("the packet has an object identifier that is empty, cut short or too long")
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def value_of(element: Element) -> Value:
    """A value of a variable as JSON has it: octets that are printable text as text, others as hex with 0x before."""
    tag, content = element
    if tag in _MISSING:
        return None
    if tag == OID:
        return object_identifier(content)
    if tag == INTEGER or tag in _UNSIGNED:
        return whole(content, signed=tag == INTEGER)
    if tag == ADDRESS and len(content) == 4:
        return ".".join(map(str, content))
    try:
        text = content.rstrip(b"\0").decode()
    except UnicodeDecodeError:
        text = "\0"
    return (
        text if tag == OCTETS and (text.isprintable() or text.replace("\n", "").isprintable()) else f"0x{content.hex()}"
    )


def encoded(tag: int, content: bytes) -> bytes:
    """One element.

    >>> encoded(OCTETS, b"a" * 200)[:4].hex()
    '0481c861'
    """
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + content
