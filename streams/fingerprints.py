"""64-bit fingerprints of usage records: of their ids one by one, of their contents as a column."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

import numpy as np
from numpy.typing import NDArray

from telassure.kernel.events import UsageRecords

Prints = NDArray[np.uint64]
_MULTIPLIER: Final = np.uint64(0xBF58476D1CE4E5B9)  # the mixing step of splitmix64
_SHIFT: Final = np.uint64(29)


def fingerprint(text: str) -> int:
    """64 bits of BLAKE2b over the text.

    >>> fingerprint("cdr-1") == fingerprint("cdr-2")
    False
    """
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def fingerprints(texts: Iterable[str]) -> list[int]:
    """`fingerprint` of each text."""
    joined = b"".join([blake2b(text.encode(), digest_size=8).digest() for text in texts])
    prints: list[int] = np.frombuffer(joined, "<u8").tolist()
    return prints


def content_prints(usage: UsageRecords) -> Prints:
    """One fingerprint a row of everything but the record id, the account, the feed and the lateness."""
    columns = (
        _coded(usage.subscribers, usage.subscriber),
        _coded(usage.services, usage.service),
        _coded(usage.destinations, usage.destination),
        _coded(usage.switches, usage.switch),
        usage.time.astype(np.uint64),
        usage.volume.astype(np.uint64),
    )
    mixed: Prints = np.zeros(len(usage), np.uint64)
    for column in columns:
        mixed = (mixed ^ column) * _MULTIPLIER
        mixed ^= mixed >> _SHIFT
    return mixed


def _coded(dictionary: tuple[str, ...], codes: NDArray[np.int32]) -> Prints:
    """The fingerprint of each row's dictionary entry; entries that do not occur cost nothing."""
    prints: Prints = np.zeros(len(dictionary), np.uint64)
    occurring = np.flatnonzero(np.bincount(codes, minlength=len(dictionary)))
    prints[occurring] = np.array(fingerprints(dictionary[code] for code in occurring.tolist()), np.uint64)
    return prints[codes]
