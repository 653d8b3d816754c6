"""Prometheus' WriteRequest (remote write v1) as columns: which series, when, and what value."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.detection.compiled import compiled
from telassure.kernel.errors import InvalidInput

Octets = NDArray[np.uint8]
Places = NDArray[np.int64]
_TIMESERIES, _LABEL, _SAMPLE, _HISTOGRAM = 1, 1, 2, 4  # the numbers of fields in prometheus.WriteRequest
_VALUE, _TIME = 1 << 3 | 1, 2 << 3 | 0  # the keys of fields in prometheus.Sample
_VARINT, _FIXED64, _TEXT, _FIXED32 = 0, 1, 2, 5  # wire types


@dataclass(frozen=True, slots=True)
class Samples:
    """One request: `labels[i]` are the octets of the labels of series i, which `label_pairs` reads; each sample has its
    `series`, its `time` in milliseconds since 1970 and its `value`. `histograms` were there and are not read."""

    labels: Sequence[bytes]
    series: Places
    time: Places
    value: NDArray[np.float64]
    histograms: int


def samples_of(message: bytes) -> Samples:
    """InvalidInput where it is no WriteRequest."""
    octets = np.frombuffer(message, dtype=np.uint8)
    counts = np.zeros(3, dtype=np.int64)
    if not _count(octets, counts):
        raise _no_request()
    series, count, histograms = counts.tolist()
    bounds, rows = np.zeros((series, 2), dtype=np.int64), np.zeros((count, 3), dtype=np.int64)
    if not _fill(octets, bounds, rows):
        raise _no_request()
    labels = [message[begin:end] for begin, end in bounds.tolist()]
    columns = np.ascontiguousarray(rows.T)
    return Samples(labels, columns[0], columns[1], columns[2].view(np.float64), histograms)


def _no_request() -> InvalidInput:
    return InvalidInput("the body is no WriteRequest of remote write 1.0; send protobuf prometheus.WriteRequest")


@compiled
def _varint(octets: Octets, at: int, end: int) -> tuple[int, int]:
    """A number and the place behind it, which is -1 where there is none."""
    value = np.uint64(0)
    for place in range(min(10, end - at)):
        octet = octets[at + place]
        value |= np.uint64(octet & 0x7F) << np.uint64(7 * place)
        if octet < 0x80:
            return int(np.int64(value)), at + place + 1
    return 0, -1


@compiled
def _behind(octets: Octets, wire: int, at: int, end: int) -> int:
    """The place behind a field of this wire type, -1 where it is cut short."""
    if wire == _VARINT:
        return _varint(octets, at, end)[1]
    if wire == _TEXT:
        size, at = _varint(octets, at, end)
        return at + size if at >= 0 and 0 <= size <= end - at else -1
    size = 8 if wire == _FIXED64 else 4
    return at + size if wire in (_FIXED64, _FIXED32) and size <= end - at else -1


@compiled
def _fits(octets: Octets, at: int, end: int) -> bool:
    """Whether fields, and nothing else, stand from a place to another."""
    while 0 <= at < end:
        key, at = _varint(octets, at, end)
        at = _behind(octets, key & 7, at, end) if at >= 0 else at
    return at == end


@compiled
def _label(octets: Octets, at: int, end: int) -> bool:
    """Whether a label stands there: texts named 1 and 2 alone."""
    while 0 <= at < end:
        at = _behind(octets, _TEXT, at + 1, end) if octets[at] in (10, 18) else -1
    return at == end


@compiled
def _sample(octets: Octets, at: int, end: int, column: Places) -> bool:
    """Read a sample's time and the bits of its value into a column; False where it is malformed."""
    while 0 <= at < end:
        key, at = _varint(octets, at, end)
        if at < 0:
            return False
        if key == _VALUE and at + 8 <= end:
            bits = np.uint64(0)
            for place in range(8):
                bits |= np.uint64(octets[at + place]) << np.uint64(8 * place)
            column[2] = np.int64(bits)
        elif key == _TIME:
            column[1] = _varint(octets, at, end)[0]
        at = _behind(octets, key & 7, at, end)
    return at == end


@compiled
def _series(octets: Octets, at: int, end: int) -> tuple[int, int]:
    """How many samples and histograms a series has, (-1, -1) where it is malformed or a label does not come first."""
    samples = histograms = 0
    begun = False
    while at < end:
        key, at = _varint(octets, at, end)
        begin = at
        at = _behind(octets, key & 7, at, end) if at >= 0 else at
        if at < 0 or (key >> 3 in (_LABEL, _SAMPLE) and key & 7 != _TEXT):
            return -1, -1
        if key >> 3 == _LABEL:
            if begun or not _label(octets, _varint(octets, begin, end)[1], at):
                return -1, -1
        else:
            begun = True
            samples += key >> 3 == _SAMPLE
            histograms += key >> 3 == _HISTOGRAM
    return samples, histograms


@compiled
def _count(octets: Octets, counts: Places) -> bool:
    """How many series, samples and histograms a request has; False where it is malformed."""
    at, end = 0, len(octets)
    if not _fits(octets, at, end):
        return False
    while at < end:
        key, at = _varint(octets, at, end)
        begin, at = at, _behind(octets, key & 7, at, end)
        if key >> 3 == _TIMESERIES:
            if key & 7 != _TEXT:
                return False
            samples, histograms = _series(octets, _varint(octets, begin, end)[1], at)
            if samples < 0:
                return False
            counts[0] += 1
            counts[1] += samples
            counts[2] += histograms
    return True


@compiled
def _fill(octets: Octets, bounds: Places, columns: Places) -> bool:
    """The bounds of each series' labels, and each sample's series, time and the bits of its value; of what `_count` has
    walked. False where a sample is malformed."""
    at, end, series, sample = 0, len(octets), -1, 0
    while at < end:
        key, at = _varint(octets, at, end)
        stop = _behind(octets, key & 7, at, end)
        if key >> 3 != _TIMESERIES:
            at = stop
            continue
        at = _varint(octets, at, end)[1]
        series += 1
        bounds[series, 0] = bounds[series, 1] = at
        while at < stop:
            key, at = _varint(octets, at, stop)
            begin, at = at, _behind(octets, key & 7, at, stop)
            if key >> 3 == _LABEL:
                bounds[series, 1] = at
            elif key >> 3 == _SAMPLE:
                columns[sample, 0] = series
                if not _sample(octets, _varint(octets, begin, stop)[1], at, columns[sample]):
                    return False
                sample += 1
    return True
