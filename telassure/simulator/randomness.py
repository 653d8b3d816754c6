"""Chance as a pure function: streams and hashed noise derived by name from the seed, so chunking never shows."""

from hashlib import blake2b
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Bits: TypeAlias = NDArray[np.uint64]
Integers: TypeAlias = NDArray[np.int64]
Reals: TypeAlias = NDArray[np.float64]

_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)
_STEP: Final = np.uint64(0x9E3779B97F4A7C15)
_PIECE: Final = np.uint64(0xFFFF)
_PIECES_MEAN: Final = 4 * 32767.5
_PIECES_DEVIATION: Final = 65536.0 * (4 / 12) ** 0.5


def stream_key(seed: int, *names: str | int) -> int:
    """64 bits that stand for one named stream of one seed."""
    digest = blake2b(digest_size=8)
    for part in (seed, *names):
        text = str(part).encode()
        digest.update(len(text).to_bytes(4, "big"))
        digest.update(text)
    return int.from_bytes(digest.digest(), "big")


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """A generator of its own for one named purpose.

    >>> int(stream(7, "a").integers(100)) == int(stream(7, "a").integers(100))
    True
    """
    return np.random.Generator(np.random.PCG64(stream_key(seed, *names)))


def hashed(key: int, *counters: Integers) -> Bits:
    """64 random bits for each combination of the (broadcast) counters: SplitMix64's finalizer over key and counters.

    >>> one = hashed(1, np.arange(4), np.array([9]))
    >>> bool((one[2:3] == hashed(1, np.array([2]), np.array([9]))).all())
    True
    """
    state: Bits = np.full(1, key, np.uint64)
    for counter in counters:
        state = _mix(state + (np.atleast_1d(counter).astype(np.uint64) + np.uint64(1)) * _STEP)
    return state


def uniform(bits: Bits) -> Reals:
    """Uniform in [0, 1), 53 bits."""
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def normal(bits: Bits) -> Reals:
    """Mean 0, deviation 1, within ±3.5: the sum of four 16-bit uniforms (Irwin-Hall), cheap and exact everywhere."""
    total = bits & _PIECE
    for shift in (16, 32, 48):
        total = total + ((bits >> np.uint64(shift)) & _PIECE)
    return (total.astype(np.float64) - _PIECES_MEAN) / _PIECES_DEVIATION


def poisson(mean: Reals, bits: Bits, most: int = 24) -> Integers:
    """Poisson counts by inversion of the distribution function, cut at `most`; for means up to about 8."""
    chance = uniform(bits)
    term = np.exp(-mean)
    below = term.copy()
    count = np.zeros(np.broadcast(mean, chance).shape, np.int64)
    for k in range(1, most + 1):
        count += chance >= below
        term = term * mean / k
        below = below + term
    return count


def _mix(state: Bits) -> Bits:
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    return state ^ (state >> np.uint64(31))
