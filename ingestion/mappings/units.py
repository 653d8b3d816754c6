"""Units in which senders state quantities, and what turns one into another."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from telassure.kernel.errors import InvalidInput

WHOLE: Final[Mapping[str, Callable[[float], int]]] = {"up": math.ceil, "down": math.floor, "nearest": round}
_DIGITS: Final = 9


@dataclass(frozen=True, slots=True)
class Conversion:
    """A quantity in one unit becomes one in another: times `scale`, plus `shift`, and then `whole` in a direction
    where one is stated.

    >>> Conversion(0.001, whole="up").of(61_001), Conversion(0.5).of(61)
    (62, 30.5)
    """

    scale: float = 1.0
    shift: float = 0.0
    whole: str = ""

    def of(self, quantity: float) -> float:
        found = quantity * self.scale + self.shift
        if not self.whole or not math.isfinite(found):
            return found
        return WHOLE[self.whole](round(found, _DIGITS))  # what lies beyond is the error of the arithmetic


_AMOUNT: Final = {
    **{
        f"{prefix}bit": ("bit", 10.0**power, 0.0)
        for prefix, power in (("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12))
    },
    **{
        f"{prefix}B": ("bit", 8 * 10.0**power, 0.0)
        for prefix, power in (("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12))
    },
    **{f"{prefix}iB": ("bit", 8 * 1024.0**power, 0.0) for prefix, power in (("K", 1), ("M", 2), ("G", 3), ("T", 4))},
}
_UNITS: Final[Mapping[str, tuple[str, float, float]]] = {
    **_AMOUNT,
    **{f"{name}/s": (f"{base}/s", scale, shift) for name, (base, scale, shift) in _AMOUNT.items()},
    **{name: ("s", scale, 0.0) for name, scale in (("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3), ("cs", 0.01), ("s", 1.0))},
    **{name: ("s", scale, 0.0) for name, scale in (("min", 60.0), ("h", 3_600.0), ("d", 86_400.0))},
    **{name: ("1", scale, 0.0) for name, scale in (("1", 1.0), ("%", 0.01), ("permille", 0.001), ("ppm", 1e-6))},
    **{name: ("V", scale, 0.0) for name, scale in (("V", 1.0), ("dV", 0.1), ("mV", 1e-3))},
    **{name: ("A", scale, 0.0) for name, scale in (("A", 1.0), ("dA", 0.1), ("mA", 1e-3))},
    **{name: ("W", scale, 0.0) for name, scale in (("W", 1.0), ("kW", 1e3), ("mW", 1e-3))},
    **{
        name: ("Hz", scale, 0.0)
        for name, scale in (("Hz", 1.0), ("dHz", 0.1), ("kHz", 1e3), ("MHz", 1e6), ("GHz", 1e9))
    },
    "°C": ("°C", 1.0, 0.0),
    "K": ("°C", 1.0, -273.15),
    "°F": ("°C", 5 / 9, -160 / 9),
}


def conversion(stated: str, wanted: str) -> Conversion:
    """What turns a quantity in the unit that is stated into one in the unit that is wanted; InvalidInput where a unit
    is not known, or the two measure different things.

    >>> conversion("Mbit/s", "bit/s").of(2.5), conversion("°F", "°C").of(212), conversion("%", "1").of(97)
    (2500000.0, 100.0, 0.97)
    """
    for unit in (stated, wanted):
        if unit not in _UNITS:
            raise InvalidInput(f'"{unit}" is no unit that is known; write one of {", ".join(_UNITS)}, or a scale')
    (base, scale, shift), (other, unscale, unshift) = _UNITS[stated], _UNITS[wanted]
    if base != other:
        raise InvalidInput(f'"{stated}" and "{wanted}" measure different things; write two units of one')
    return Conversion(scale / unscale, (shift - unshift) / unscale)
