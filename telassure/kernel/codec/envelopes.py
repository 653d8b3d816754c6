"""The two columnar envelopes, measurements and usage, as msgpack headers around raw columns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import msgpack
import numpy as np
from numpy.typing import NDArray

from telassure.kernel.codec.columns import pack, pack_texts, unpack, unpack_texts
from telassure.kernel.errors import UnknownSchema
from telassure.kernel.events import Measurements, UsageRecords

VERSION: Final = 1
Event = TypeVar("Event")
_USAGE_CODES: Final = ("account", "subscriber", "service", "destination", "switch")
_USAGE_TEXTS: Final = ("accounts", "subscribers", "services", "destinations", "switches", "record_id")


def encode_measurements(event: Measurements) -> bytes:
    columns: list[NDArray[Any]] = [event.measured_object, event.measurement, event.time, event.value]
    columns.append(event.suspect.view(np.uint8))
    head = [VERSION, event.domain, event.feed, event.granularity]
    texts = [pack_texts(event.objects), pack_texts(event.names)]
    return _bytes([*head, *texts, *map(pack, columns)])


def decode_measurements(payload: bytes) -> Measurements:
    _, domain, feed, granularity, objects, names, *columns = _header(payload, 11)
    measured_object, measurement = unpack(columns[0], "<i4"), unpack(columns[1], "<i4")
    dictionary = (unpack_texts(objects), unpack_texts(names))
    _within(measured_object, len(dictionary[0]), "measured_object")
    _within(measurement, len(dictionary[1]), "measurement")
    time, value = unpack(columns[2], "<i8"), unpack(columns[3], "<f8")
    suspect = unpack(columns[4], "|u1").view(np.bool_)
    _same_length(measured_object, measurement, time, value, suspect)
    return Measurements(domain, feed, granularity, *dictionary, measured_object, measurement, time, value, suspect)


def encode_usage(event: UsageRecords) -> bytes:
    texts = [pack_texts(getattr(event, name)) for name in _USAGE_TEXTS]
    codes = [pack(getattr(event, name)) for name in _USAGE_CODES]
    return _bytes([VERSION, event.feed, *texts, *codes, pack(event.time), pack(event.volume)])


def decode_usage(payload: bytes) -> UsageRecords:
    _, feed, *rest = _header(payload, 15)
    texts: list[Any] = [unpack_texts(packed) for packed in rest[:6]]
    codes: list[Any] = [unpack(packed, "<i4") for packed in rest[6:11]]
    for name, column, dictionary in zip(_USAGE_CODES, codes, texts, strict=False):
        _within(column, len(dictionary), name)
    time, volume = unpack(rest[11], "<i8"), unpack(rest[12], "<i8")
    _same_length(texts[5], *codes, time, volume)
    late = np.zeros(len(time), dtype=np.bool_)
    named = dict(zip(_USAGE_TEXTS, texts, strict=True)) | dict(zip(_USAGE_CODES, codes, strict=True))
    return UsageRecords(feed=feed, **named, time=time, volume=volume, late=late)


def _bytes(parts: list[Any]) -> bytes:
    packer: Callable[..., bytes] = msgpack.packb
    return packer(parts)


def _header(payload: bytes, parts: int) -> list[Any]:
    """The parts of an envelope; a later version may append more, which an older reader leaves aside."""
    found: list[Any] = msgpack.unpackb(payload)
    if not isinstance(found, list) or len(found) < parts:
        raise UnknownSchema("an envelope with parts missing")
    return found[:parts]


def _within(codes: Any, size: int, name: str) -> None:
    if len(codes) and (int(codes.min()) < 0 or int(codes.max()) >= size):
        raise UnknownSchema(f"{name} points outside its dictionary of {size}")


def _same_length(*columns: Any) -> None:
    if len({len(column) for column in columns}) > 1:
        raise UnknownSchema("columns of unequal length")


@dataclass(frozen=True, slots=True)
class EnvelopeCodec(Generic[Event]):
    """The bytes of an event type that is columns."""

    event: type[Event]
    encode: Callable[[Event], bytes]
    decode: Callable[[bytes], Event]


MEASUREMENTS: Final = EnvelopeCodec(Measurements, encode_measurements, decode_measurements)
USAGE: Final = EnvelopeCodec(UsageRecords, encode_usage, decode_usage)
