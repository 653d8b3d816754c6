"""Who uses is a pseudonym from here on: no whole number of a subscriber or of whom they call passes the validator."""

import re
from collections.abc import Container, Mapping
from hashlib import blake2b
from typing import Final
from urllib.parse import unquote

from telassure.kernel import fields
from telassure.kernel.errors import ConfigurationError, InvalidInput, masked

IDENTITY_FIELDS: Final = frozenset({"subscriber", "msisdn", "imsi"})
_PUNCTUATION: Final = re.compile(r"[\s().\-/]")
_TRUNK: Final = re.compile(r"\(\s*0\s*\)")  # the zero of a national number, in brackets behind its country
_PREFIX: Final = 7
_SERVICE_NUMBER: Final = 6
_CALLED: Final = re.compile(r"\s*(tel|sips?):(.*)", re.IGNORECASE | re.DOTALL)  # RFC 3966, RFC 3261
_CONTEXT: Final = re.compile(r";phone-context=(\+[^;]*)", re.IGNORECASE)
_LONG_DIGITS: Final = re.compile(r"\d{7,}")
_NUMBER_IN_NAME: Final = re.compile(
    r"(?P<time>(?<!\d)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])(?:[01]\d[0-5]\d(?:[0-5]\d)?)?(?!\d))|\d{9,}"
)
"""The time in a file's name, which may be told; or a number as long as a subscriber's."""


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
        plain = bare(number)
        if not plain or len(plain) > 128 or not plain.isprintable() or not plain.isascii():
            raise InvalidInput("subscriber is no MSISDN or IMSI; write its digits")
        return blake2b(plain.lower().encode(), key=self._key, digest_size=16).hexdigest()

    def named(self, name: str) -> str:
        """The name of a thing (a file, a key of a request) as it is kept and told: where it holds what may be a
        subscriber's number, without it, and with a keyed hash so that another name stays another.

        >>> who = Pseudonymiser(b"0123456789abcdef")
        >>> who.named("cdr/20260131120000.csv"), who.named("usage-491711234567.csv")
        ('cdr/20260131120000.csv', 'usage-4917…fe719f21bcf17b448da2.csv')
        """
        mark = blake2b(name.encode("utf-8", "surrogatepass"), key=self._key, digest_size=10).hexdigest()
        return _NUMBER_IN_NAME.sub(lambda run: run[0] if run["time"] else f"{run[0][:4]}…{mark}", name)


def bare(number: str) -> str:
    """A subscriber's number as every way of writing it has it in common.

    >>> bare("+49 171 1"), bare("0049171-1"), bare("491711")
    ('491711', '491711', '491711')
    """
    plain = _PUNCTUATION.sub("", number)
    return plain[1:] if plain.startswith("+") else plain[2:] if plain.startswith("00") else plain


def dialled_prefix(destination: str, priced: Container[str] = frozenset()) -> str:
    """The part of a destination that prices are made of: at most 7 digits, and never the last 3 of a whole number, but
    for the longest prefix among `priced` (digits alone) that it begins with, which a price list names anyway.

    Short service numbers stay; of names (an APN, an address) the user part and long runs of digits go. Of a tel:, sip:
    or sips: URI the number counts; InvalidInput (which does not repeat it) where it has none.

    >>> dialled_prefix("0049 30 1234567"), dialled_prefix("+4930123"), dialled_prefix("112")
    ('+4930123', '+4930', '112')
    >>> dialled_prefix("tel:+49-30-123456;ext=1"), dialled_prefix("sip:+4930123456@ims.example;user=phone")
    ('+4930123', '+4930123')
    >>> dialled_prefix("alice@ims.example"), dialled_prefix("internet")
    ('ims.example', 'internet')
    >>> dialled_prefix("+49 (0)900 123 456", {"49900123"}), dialled_prefix("+49900124456", {"49900123"})
    ('+49900123', '+4990012')
    """
    destination = _called(destination)
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


def _called(destination: str) -> str:
    """The number of a tel:, sip: or sips: URI; what is no such URI as it is."""
    uri = _CALLED.fullmatch(destination)
    if uri is None:
        return destination
    scheme, rest = uri.group(1).lower(), unquote(uri.group(2))
    user, at, _ = (rest, "@", "") if scheme == "tel" else rest.partition("@")
    number = re.split("[;:?]", user)[0] if at else ""
    context = _CONTEXT.search(user)
    if context and not number.lstrip().startswith("+"):
        number = context.group(1) + number
    digits = _PUNCTUATION.sub("", number).removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        raise InvalidInput(f"destination is a {scheme} URI without a number; write the number that was called")
    return number


def service_name(value: object, field: str = "service") -> str:
    """The name of a service; InvalidInput (with the number masked) where it holds what may be a subscriber's number.

    >>> service_name("voice"), service_name("5g-100")
    ('voice', '5g-100')
    """
    name = fields.text(value, field)
    if _LONG_DIGITS.search(name):
        raise InvalidInput(f"{field} {fields.shown(without_numbers(name))} holds a long number; name what was used")
    return name


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
        return _redacted_destination(value)
    if name not in IDENTITY_FIELDS:
        kept = redacted(value, who, known, depth) if name in known else None
        return masked(kept) if isinstance(kept, str) and not _is_name(name) else kept
    try:
        return who.of(str(value))
    except InvalidInput:
        return None


def _is_name(field: str) -> bool:
    """Whether a field names a record, an account or a network element, by which a person finds what is to be mended."""
    return field in ("account", "managed_object") or field.endswith("_id")


def _redacted_destination(value: object) -> str | None:
    try:
        return dialled_prefix(value) if isinstance(value, str) else None
    except InvalidInput:
        return None
