"""A row of a tariff: towards which destinations, when, and at which rates it holds."""

from dataclasses import dataclass, field
from fractions import Fraction

from models.rating.rounding import RoundingRule
from models.rating.timing import Timing
from telassure.kernel.errors import InvalidInput, shown

FREE, DISCONNECT = "free", "disconnect"


@dataclass(frozen=True, slots=True)
class RateGroup:
    """The rate from `start` used units of the record on: `rate` for every `per` units, in whole `increment`s.

    Units are seconds of a call, messages, or bytes. The connect fee counts where the record begins in this group.
    """

    rate: Fraction
    start: int = 0
    per: int = 1
    increment: int = 1
    connect_fee: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if self.start < 0 or self.per < 1 or self.increment < 1:
            raise InvalidInput(
                f"start {self.start}, per {self.per}, increment {self.increment} are not 0, 1, 1 or more"
            )

    def step(self) -> Fraction:
        """What one increment costs, exactly."""
        return self.rate * self.increment / self.per


@dataclass(frozen=True, slots=True)
class CostBounds:
    """No record costs less than `least`, nor more than `most` where `beyond` is "free".

    Where it is "disconnect" the session ends there instead (`RatingDeck.grant`); usage that went on is paid for.
    """

    least: Fraction | None = None
    most: Fraction | None = None
    beyond: str = FREE

    def __post_init__(self) -> None:
        if self.beyond not in {FREE, DISCONNECT}:
            raise InvalidInput(f'max_cost_strategy {shown(self.beyond)} is unknown; write "free" or "disconnect"')
        if self.least is not None and self.most is not None and self.least > self.most:
            raise InvalidInput(f"min_cost {self.least} is above max_cost {self.most}")

    def held(self, cost: Fraction) -> Fraction:
        """What a record of this cost costs within the bounds."""
        if self.most is not None and self.beyond == FREE:
            cost = min(cost, self.most)
        return cost if self.least is None else max(cost, self.least)


@dataclass(frozen=True, slots=True)
class RateRow:
    """Rates by used units, ascending and from 0 on. Of rows that hold at once the highest weight wins, then the latest
    hour. The rounding and the bounds are those of the whole record. `record_fee` counts once a record, used or not."""

    groups: tuple[RateGroup, ...]
    timing: Timing = field(default_factory=Timing)
    rounding: RoundingRule = field(default_factory=RoundingRule)
    bounds: CostBounds = field(default_factory=CostBounds)
    weight: int = 0
    record_fee: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        starts = [group.start for group in self.groups]
        if not starts or starts[0] != 0 or sorted(set(starts)) != starts:
            raise InvalidInput(f"rates start at {starts}; let the first start at 0 and the others ascend")

    def group_at(self, used: int) -> tuple[RateGroup, int | None]:
        """The group of the next unit after `used`, and where the one behind it begins."""
        later = [group.start for group in self.groups if group.start > used]
        return [group for group in self.groups if group.start <= used][-1], (later[0] if later else None)
