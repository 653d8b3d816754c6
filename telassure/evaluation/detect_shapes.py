"""Rounds of one row per series for the detection benchmarks: pure noise, and the mixture a network sends."""

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from telassure.kernel.instant import DAY, MINUTE, Instant

Values = NDArray[np.float64]

START: Final = 20_003 * DAY  # a Monday
EVERY: Final = 15 * MINUTE


class Load(Protocol):
    """Says one row of every series after another."""

    def next(self) -> tuple[Instant, Values]: ...


class RandomLoad:
    """A daily shape and normal noise."""

    def __init__(self, series: int) -> None:
        self.series = series
        self.noise = np.random.default_rng(7)
        self.round = 0

    def next(self) -> tuple[Instant, Values]:
        self.round += 1
        time = START + self.round * EVERY
        return time, 100 + 40 * daily(time) + 3 * self.noise.standard_normal(self.series)


class RealLoad:
    """A fifth each of throughputs (a daily shape that drifts, with heavy-tailed noise), ratios in [0, 1] that stick to
    1, counts of failures that are mostly 0, almost constant levels, and busy counts; one row in 100 is missing, one in
    500 is a fault."""

    def __init__(self, series: int) -> None:
        self.kind = np.arange(series) % len(KINDS)
        self.scale = np.exp(2 * np.random.default_rng(5).standard_normal(series))
        self.random = np.random.default_rng(11)
        self.round = 0

    def next(self) -> tuple[Instant, Values]:
        self.round += 1
        time = START + self.round * EVERY
        value = np.empty(len(self.kind))
        for kind, draw in enumerate(KINDS):
            mine = self.kind == kind
            value[mine] = draw(self.random, time, self.scale[mine])
        luck = self.random.random(len(value))
        value[luck < 0.002] *= 0.2
        value[luck > 0.99] = np.nan
        return time, value


def daily(time: Instant) -> float:
    """The day's swing, -1 to 1."""
    return float(np.sin(2 * np.pi * (time % DAY) / DAY))


def throughput(random: np.random.Generator, time: Instant, scale: Values) -> Values:
    drift = 1 + 0.02 * (time - START) / DAY
    return scale * (100 + 60 * daily(time)) * drift * (1 + 0.05 * random.standard_t(3, len(scale)))


def ratio(random: np.random.Generator, time: Instant, scale: Values) -> Values:
    return np.minimum(1.0, 0.999 + 0.002 * random.standard_normal(len(scale)))


def failures(random: np.random.Generator, time: Instant, scale: Values) -> Values:
    return random.poisson(0.05, len(scale)).astype(np.float64)


def almost_constant(random: np.random.Generator, time: Instant, scale: Values) -> Values:
    return scale + 0.001 * (random.random(len(scale)) < 0.02)


def busy(random: np.random.Generator, time: Instant, scale: Values) -> Values:
    return random.poisson(200 + 150 * daily(time), len(scale)).astype(np.float64)


KINDS: Final[tuple[Callable[[np.random.Generator, Instant, Values], Values], ...]] = (
    throughput,
    ratio,
    failures,
    almost_constant,
    busy,
)
