"""The labels of one series of a WriteRequest, as a sender has written them."""

from telassure.kernel.errors import InvalidInput


def label_pairs(octets: bytes) -> dict[str, str]:
    """The labels of a series by name; InvalidInput where they are not text, or one stands twice."""
    found: dict[str, str] = {}
    at = 0
    while at < len(octets):
        size, at = _varint_of(octets, at + 1)
        pair = {1: "", 2: ""}
        end = at + size
        while at < end:
            field = octets[at] >> 3
            length, at = _varint_of(octets, at + 1)
            try:
                pair[field] = octets[at : at + length].decode()
            except UnicodeDecodeError:
                raise InvalidInput("a label is not UTF-8; send labels as text") from None
            at += length
        if pair[1] in found:
            raise InvalidInput(f"the label {pair[1][:40]} stands twice in one series")
        found[pair[1]] = pair[2]
    return found


def _varint_of(octets: bytes, at: int) -> tuple[int, int]:
    """Of octets that `write_request` has walked already."""
    value = shift = 0
    while True:
        octet = octets[at]
        value |= (octet & 0x7F) << shift
        at += 1
        if octet < 0x80:
            return value, at
        shift += 7
