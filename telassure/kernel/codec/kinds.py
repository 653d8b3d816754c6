"""The registry of kinds: every event type under the name that stands beside its bytes in a log."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from telassure.kernel import events
from telassure.kernel.codec.envelopes import EnvelopeCodec
from telassure.kernel.codec.records import RecordCodec
from telassure.kernel.declared import declared, derived
from telassure.kernel.errors import InvalidInput, UnknownSchema
from telassure.kernel.events import CatalogueChange, CatalogueEntry

Encode: TypeAlias = Callable[[Any], bytes]
Decode: TypeAlias = Callable[[bytes], Any]
Record = TypeVar("Record", bound=type)


class _NamedCodec(NamedTuple):
    event: type
    codec: RecordCodec


_BESIDE: Final[dict[str, _NamedCodec]] = {}
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


def event(record: Record) -> Record:
    """A class decorator for an event type that lives outside of telassure.kernel.events, beside its kind of input: it
    gets a name and bytes, as long as its module is imported. TypeError where the name is another event's."""
    if kind_of(record) in _codecs()[1]:
        raise TypeError(f"there is an event of the kernel called {kind_of(record)}; name this one otherwise")
    _BESIDE[kind_of(record)] = _NamedCodec(record, RecordCodec(record))
    return record


@derived
def _codecs() -> tuple[Mapping[type, tuple[str, Encode]], Mapping[str, Decode]]:
    """How each event type of telassure.kernel.events is written, and how each name is read."""
    encoders: dict[type, tuple[str, Encode]] = {}
    decoders: dict[str, Decode] = {}
    for codec in declared(EnvelopeCodec, "telassure.kernel.codec"):
        encoders[codec.event] = (kind_of(codec.event), codec.encode)
        decoders[kind_of(codec.event)] = codec.decode
    for record in _records():
        written = RecordCodec(record, NOUNS if record is CatalogueChange else None)
        encoders[record] = (kind_of(record), written.encode)
        decoders[kind_of(record)] = written.decode
    return encoders, decoders


def _records() -> Iterator[type]:
    """The dataclasses of the events' modules that are equal by their fields; those that are not are columns."""
    for found in declared(type, events.__name__):
        own = found.__module__.startswith(events.__name__ + ".")
        if own and is_dataclass(found) and found.__eq__ is not object.__eq__:
            yield found


def _beside(record: type) -> tuple[str, Encode]:
    found = _BESIDE.get(kind_of(record))
    if found is None or found.event is not record:
        raise UnknownSchema(f"{record.__name__} is not an event")
    return kind_of(record), found.codec.encode


def encode(event: Any) -> tuple[str, bytes]:
    """The kind and the bytes of an event; UnknownSchema for what is none, InvalidInput past 64 bits."""
    kind, encoder = _codecs()[0].get(type(event)) or _beside(type(event))
    try:
        return kind, encoder(event)
    except OverflowError:
        raise InvalidInput(f"a number of this {kind} does not fit 64 bits") from None


def decode(kind: str, payload: bytes) -> Any:
    """The event again; UnknownSchema where the kind is unknown or the bytes are not of it."""
    decoder = _codecs()[1].get(kind)
    if decoder is None and kind in _BESIDE:
        decoder = _BESIDE[kind].codec.decode
    if decoder is None:
        raise UnknownSchema(f"unknown kind {kind!r}")
    try:
        return decoder(payload)
    except UnknownSchema:
        raise
    except Exception as broken:
        raise UnknownSchema(f"the bytes are not a {kind}: {broken}") from broken
