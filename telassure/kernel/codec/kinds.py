"""The registry of kinds: every event type under the name that stands beside its bytes in a log."""

import re
from collections.abc import Callable
from typing import Any, Final

from telassure.kernel import events
from telassure.kernel.codec.envelopes import decode_measurements, decode_usage, encode_measurements, encode_usage
from telassure.kernel.codec.records import RecordCodec
from telassure.kernel.errors import InvalidInput, UnknownSchema
from telassure.kernel.events import CatalogueChange, CatalogueEntry, Measurements, ScoredPoints, UsageRecords

_NOT_RECORDS: Final = (Measurements, UsageRecords, ScoredPoints)
NOUNS: Final[dict[str, type]] = {
    "Resource": events.Resource,
    "Service": events.Service,
    "Customer": events.Customer,
    "Account": events.Account,
    "Subscriber": events.Subscriber,
    "Product": events.Product,
    "Tariff": events.Tariff,
    "Policy": events.PolicyValue,
}
"""The entries of a catalogue by the nouns under which they are written; what is stored has them, so they stay."""
_NOUN_OF: Final = {entry: noun for noun, entry in NOUNS.items()}


def noun_of(entry: CatalogueEntry) -> str:
    """The noun of a catalogue entry."""
    return _NOUN_OF[type(entry)]


def kind_of(event_type: type) -> str:
    """The name of an event type.

    >>> kind_of(events.AlarmNotification)
    'alarm_notification'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", event_type.__name__).lower()


def _registry() -> tuple[dict[type, tuple[str, Callable[[Any], bytes]]], dict[str, Callable[[bytes], Any]]]:
    encoders: dict[type, tuple[str, Callable[[Any], bytes]]] = {
        Measurements: (kind_of(Measurements), encode_measurements),
        UsageRecords: (kind_of(UsageRecords), encode_usage),
    }
    decoders: dict[str, Callable[[bytes], Any]] = {
        kind_of(Measurements): decode_measurements,
        kind_of(UsageRecords): decode_usage,
    }
    for name in events.__all__:
        record = getattr(events, name)
        if not hasattr(record, "__dataclass_fields__") or record in _NOT_RECORDS:
            continue
        codec = RecordCodec(record, NOUNS if record is CatalogueChange else None)
        encoders[record] = (kind_of(record), codec.encode)
        decoders[kind_of(record)] = codec.decode
    return encoders, decoders


_ENCODERS, _DECODERS = _registry()


def encode(event: Any) -> tuple[str, bytes]:
    """The kind and the bytes of an event; UnknownSchema for what is none, InvalidInput past 64 bits."""
    found = _ENCODERS.get(type(event))
    if found is None:
        raise UnknownSchema(f"{type(event).__name__} is not an event")
    kind, encoder = found
    try:
        return kind, encoder(event)
    except OverflowError:
        raise InvalidInput(f"a number of this {kind} does not fit 64 bits") from None


def decode(kind: str, payload: bytes) -> Any:
    """The event again; UnknownSchema where the kind is unknown or the bytes are not of it."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        raise UnknownSchema(f"unknown kind {kind!r}")
    try:
        return decoder(payload)
    except UnknownSchema:
        raise
    except Exception as broken:
        raise UnknownSchema(f"the bytes are not a {kind}: {broken}") from broken
