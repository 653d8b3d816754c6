"""Who uses is a pseudonym from here on: no whole number of a subscriber or of whom they call passes the validator."""

import re
from collections.abc import Container, Mapping
from hashlib import blake2b
from typing import Final

from telassure.kernel.errors import ConfigurationError, InvalidInput

IDENTITY_FIELDS: Final = frozenset({"subscriber", "msisdn", "imsi"})
_PUNCTUATION: Final = re.compile(r"[\s().\-/]")
_TRUNK: Final = re.compile(r"\(\s*0\s*\)")  # the zero of a national number, in brackets behind its country
_PREFIX: Final = 7
_SERVICE_NUMBER: Final = 6
_LONG_DIGITS: Final = re.compile(r"\d{7,}")


class Pseudonymiser:
    """A keyed 128-bit hash of a subscriber's number (MSISDN or IMSI), in hex; who lacks the key cannot try numbers.

    The same number in other clothes (+49 171 1, 0049171-1, 491711) is the same subscriber.

    >>> who = Pseudonymiser(b"0123456789abcdef")
    >>> who.of("+49 171 1234567") == who.of("00491711234567")
    True
    """

    def __init__(self, key: bytes) -> None:
        if not 16 <= len(key) <= 64:
            raise ConfigurationError(f"the pseudonym key has {len(key)} bytes; give 16 to 64 random ones")
        self._key = key

    def of(self, number: str) -> str:
        """The pseudonym; InvalidInput (which does not repeat the number) where it is no number."""
        plain = _PUNCTUATION.sub("", number)
        plain = plain[1:] if plain.startswith("+") else plain[2:] if plain.startswith("00") else plain
        if not plain or len(plain) > 128 or not plain.isprintable() or not plain.isascii():
            raise InvalidInput("subscriber is no MSISDN or IMSI; write its digits")
        return blake2b(plain.lower().encode(), key=self._key, digest_size=16).hexdigest()


def dialled_prefix(destination: str, priced: Container[str] = frozenset()) -> str:
    """The part of a destination that prices are made of: at most 7 digits, and never the last 3 of a whole number, but
    for the longest prefix among `priced` (digits alone) that it begins with, which a price list names anyway.

    Short service numbers stay; of names (an APN, a SIP address) the user part and long runs of digits go.

    >>> dialled_prefix("0049 30 1234567"), dialled_prefix("+4930123"), dialled_prefix("112")
    ('+4930123', '+4930', '112')
    >>> dialled_prefix("sip:alice@ims.example"), dialled_prefix("internet")
    ('ims.example', 'internet')
    >>> dialled_prefix("+49 (0)900 123 456", {"49900123"}), dialled_prefix("+49900124456", {"49900123"})
    ('+49900123', '+4990012')
    """
    written = _TRUNK.sub("", destination) if destination.lstrip().startswith(("+", "00")) else destination
    plain = _PUNCTUATION.sub("", written)
    plain = "+" + plain[2:] if plain.startswith("00") else plain
    digits = plain.removeprefix("+")
    if not digits.isdigit():
        host = destination.rpartition("@")[2]
        return _LONG_DIGITS.sub(lambda run: run.group()[:4], host)
    sign = plain[: len(plain) - len(digits)]
    kept = len(digits) if not sign and len(digits) <= _SERVICE_NUMBER else min(_PREFIX, max(len(digits) - 3, 0))
    named = (length for length in range(len(digits), kept, -1) if digits[:length] in priced)
    return sign + digits[: next(named, kept)]


def without_numbers(text: str) -> str:
    """A reason as it may be told: of a long run of digits, which may be a subscriber's number, only the start is left.

    >>> without_numbers('volume "491711234567" is not a whole number')
    'volume "4917…" is not a whole number'
    """
    return _LONG_DIGITS.sub(lambda run: run.group()[:4] + "…", text)


def redacted(row: object, who: Pseudonymiser, known: frozenset[str], depth: int = 6) -> object:
    """A refused row as it may be kept: identities as pseudonyms, destinations cut, and what stands in an unknown field
    (it may be a number under another name) or too deep left out."""
    if depth == 0:
        return None
    if isinstance(row, Mapping):
        return {str(name): _redacted_field(str(name), row[name], who, known, depth - 1) for name in row}
    if isinstance(row, list):
        return [redacted(each, who, known, depth - 1) for each in row]
    return row


def _redacted_field(name: str, value: object, who: Pseudonymiser, known: frozenset[str], depth: int) -> object:
    if name == "destination":
        return dialled_prefix(value) if isinstance(value, str) else None
    if name not in IDENTITY_FIELDS:
        return redacted(value, who, known, depth) if name in known else None
    try:
        return who.of(str(value))
    except InvalidInput:
        return None
