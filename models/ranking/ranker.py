"""The scorer: a logistic regression as plain numbers, read from text and written to it, used without scikit-learn."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

import orjson

from models.ranking.features import FEATURES, Evidence

LONGEST: Final = 4_096  # characters of a ranker as text
MOST_MEASUREMENTS: Final = 48  # that have an offset of their own
_HIGHEST: Final = 1e12
LEAST_SCALE: Final = 1e-9  # a standard deviation is more
_COLUMNS: Final = ("mean", "scale", "weight")


@dataclass(frozen=True, slots=True)
class Ranker:
    """The probability of an evidence is logistic(intercept + offset of its measurement + sum of weight × (x - mean) /
    scale). `features` names what the numbers are of. A measurement without an offset has none: 0.

    >>> Ranker(("peak",), (1.0,), (2.0,), (0.0,), 0.0, {}).probability((7.0, *[0.0] * 19), "throughput")
    0.5
    """

    features: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weight: tuple[float, ...]
    intercept: float
    offset: Mapping[str, float]

    def probability(self, evidence: Evidence, measurement: str) -> float:
        """In [0, 1]."""
        reached = self.intercept + self.offset.get(name_of(measurement), 0.0)
        for name, mean, scale, weight in zip(self.features, self.mean, self.scale, self.weight, strict=True):
            reached += weight * (evidence[_PLACES[name]] - mean) / scale
        return logistic(reached)

    def text(self) -> str:
        """As JSON; `read` is the inverse."""
        return orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS).decode()

    @property
    def version(self) -> str:
        """An "r" and twelve hex digits of the text."""
        return version_of(self.text())


_PLACES: Final[Mapping[str, int]] = {name: place for place, name in enumerate(FEATURES)}


def version_of(text: str) -> str:
    """The version of a ranker by its text. (The letter keeps it from being taken for a number.)"""
    return "r" + blake2b(text.encode(), digest_size=6).hexdigest()


def name_of(measurement: str) -> str:
    """A measurement in eight characters, whatever it is called: so a ranker's size is bounded. Two that share a name
    share an offset.

    >>> len(name_of('"; DROP TABLE' * 100))
    8
    """
    return blake2b(measurement.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def logistic(reached: float) -> float:
    """1 / (1 + exp(-reached)) without an overflow.

    >>> logistic(0.0), logistic(-1e9), logistic(1e9)
    (0.5, 0.0, 1.0)
    """
    if reached >= 0:
        return 1 / (1 + math.exp(-reached))
    grown = math.exp(reached)
    return grown / (1 + grown)


@lru_cache(maxsize=64)
def read(text: str) -> Ranker | None:
    """The ranker of a text; None where it is none that this release can apply."""
    try:
        found = orjson.loads(text) if len(text) <= LONGEST else None
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, dict) or found.keys() != set(Ranker.__dataclass_fields__) or not _sound(found):
        return None
    mean, scale, weight = (tuple(map(float, found[name])) for name in _COLUMNS)
    return Ranker(tuple(found["features"]), mean, scale, weight, float(found["intercept"]), found["offset"])


def _sound(found: Mapping[str, Any]) -> bool:
    """Whether these are known features, and as many numbers for each."""
    features, offset, columns = found["features"], found["offset"], [found[name] for name in _COLUMNS]
    if not isinstance(features, list) or not isinstance(offset, dict) or len(offset) > MOST_MEASUREMENTS:
        return False
    if not all(isinstance(name, str) and name in _PLACES for name in features):
        return False
    if not all(map(_numbers, [*columns, list(offset.values()), [found["intercept"]]])):
        return False
    return all(len(column) == len(features) for column in columns) and min(found["scale"], default=1) > LEAST_SCALE


def _numbers(column: Sequence[Any]) -> bool:
    """Whether it is a list of numbers of a sane size."""
    return isinstance(column, list) and all(
        isinstance(each, int | float) and not isinstance(each, bool) and abs(each) < _HIGHEST for each in column
    )
