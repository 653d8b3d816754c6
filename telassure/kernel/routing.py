"""Which partition a key belongs to, and how an event is cut so that each partition gets its own rows."""

from collections.abc import Mapping
from typing import Any
from zlib import crc32

import numpy as np

from telassure.kernel.errors import PermanentError


def partition_of(key: str, partitions: int) -> int:
    """The partition of a key: stable across processes, machines and releases.

    >>> partition_of("site-7", 1), partition_of("site-7", 4) == partition_of("site-7", 4)
    (0, True)
    """
    return 0 if partitions == 1 else crc32(key.encode("utf-8", "surrogatepass")) % partitions


def split(event: Any, keys: tuple[str, ...], codes: Any, partitions: int) -> Mapping[int, Any]:
    """The event's part for each partition, given what its `Source.keys` returned.

    A single event (codes None) goes whole to its key's partition. An envelope keeps its row order within each part.
    """
    if codes is None or partitions == 1 or len(keys) == 1:
        if not keys:
            raise PermanentError("an event without a partition key cannot be routed; its source must name one")
        return {partition_of(keys[0], partitions): event}
    place = np.fromiter((partition_of(key, partitions) for key in keys), np.int64, len(keys))[codes]
    found = np.unique(place).tolist()
    return {found[0]: event} if len(found) == 1 else {part: event.take(place == part) for part in found}
