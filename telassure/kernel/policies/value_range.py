"""What a policy's value may be: its type, and of numbers the range."""

from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import Final, Protocol, TypeVar

from telassure.kernel.errors import InvalidInput

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the greatest number that a policy takes, both included.

    >>> str(Range(1, 87_600)), str(Range(0)), str(Range())
    ('1 to 87,600', '0 or more', '')
    """

    least: float = -inf
    most: float = inf

    def __str__(self) -> str:
        if self.most == inf:
            return "" if self.least == -inf else f"{_plain(self.least)} or more"
        return f"{_plain(self.least)} to {_plain(self.most)}"

    def judge(self, number: Fraction, unit: str = "") -> None:
        """InvalidInput where a number is outside."""
        if not self.least <= float(number) <= self.most:  # twelve digits are exact enough, and 0.05 is 0.05
            raise InvalidInput(f"out of range; {self}{unit} is taken")


def _plain(number: float) -> str:
    return f"{number:,.0f}" if number == int(number) else f"{number:g}"


ANY: Final = Range()


class ValueType(Protocol[T_co]):
    """A type of value. `read` raises InvalidInput with what to write instead; `of_range` says the range in words."""

    @property
    def name(self) -> str: ...
    @property
    def example(self) -> str: ...
    def read(self, text: str, within: Range) -> T_co: ...
    def of_range(self, within: Range) -> str: ...


def unreadable(kind: ValueType[object]) -> InvalidInput:
    """What is said of a text that is none of a type."""
    return InvalidInput(f"not {kind.name}; write one like {kind.example}")
