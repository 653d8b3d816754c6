"""The price of a quantity over a period: graduated and volume tiers, packages, and blocks of all tiers or the top."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from telassure.kernel.errors import InvalidInput, shown


@dataclass(frozen=True, slots=True)
class PriceTier:
    """Up to and with `up_to` (None has no end): `flat` once, and `unit` for each unit.

    Of packages and blocks `size` units are one block, `unit` is the price of a block, `most` the blocks of the tier.
    """

    up_to: Fraction | None = None
    flat: Fraction = Fraction(0)
    unit: Fraction = Fraction(0)
    size: Fraction = Fraction(1)
    most: int | None = None

    def __post_init__(self) -> None:
        if self.size <= 0:
            raise InvalidInput(f"a block of {self.size} units is none; write a size above 0")


@dataclass(frozen=True, slots=True)
class TieredPrice:
    """One of the models of `TIER_MODELS` over its tiers; `free` units of the period cost nothing.

    Law: the cost of a quantity after another is the cost of both together less that of the other, so that a period
    costs the same however its usage arrives.

    >>> lines = TieredPrice("package", (PriceTier(unit=Fraction(15), size=Fraction(10)),))
    >>> [int(lines.cost(Fraction(units))[0]) for units in (0, 10, 11)]
    [0, 15, 30]
    """

    model: str
    tiers: tuple[PriceTier, ...]
    free: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        if self.model not in TIER_MODELS:
            raise InvalidInput(f"model {shown(self.model)} is unknown; write one of {', '.join(TIER_MODELS)}")
        if not self.tiers:
            raise InvalidInput("a tiered price has no tier; write one at least")
        ends = [tier.up_to for tier in self.tiers]
        stated = [end for end in ends if end is not None]
        by_blocks = self.model.startswith("blocks") or self.model == "package"
        if not by_blocks and (None in ends[:-1] or sorted(set(stated)) != stated):
            raise InvalidInput("the tiers' up_to do not ascend; leave only the last without one")

    def cost(self, quantity: Fraction, before: Fraction = Fraction(0)) -> tuple[Fraction, tuple[str, ...]]:
        """The exact cost of `quantity` units of a period in which `before` were used already, and its lines."""
        if quantity < 0 or before < 0:
            raise InvalidInput(f"quantity {quantity} or the one before, {before}, is negative")
        total, lines = self._whole(before + quantity)
        if not before:
            return total, lines
        paid, _ = self._whole(before)
        return total - paid, (*lines, f"less {paid} for the {before} before")

    def _whole(self, quantity: Fraction) -> tuple[Fraction, tuple[str, ...]]:
        lines = TIER_MODELS[self.model](self.tiers, max(Fraction(0), quantity - self.free))
        return sum((amount for amount, _ in lines), Fraction(0)), tuple(text for _, text in lines)


_Lines = list[tuple[Fraction, str]]


def _graduated(tiers: Sequence[PriceTier], quantity: Fraction) -> _Lines:
    """Each unit at the price of its own tier; a tier's flat part once it is reached, the first one's always."""
    lines, floor = [], Fraction(0)
    for number, tier in enumerate(tiers, 1):
        if quantity <= floor and number > 1:
            break
        within = (quantity if tier.up_to is None else min(quantity, tier.up_to)) - floor
        lines.append(_line(number, tier.flat + within * tier.unit, f"{tier.flat} + {within} at {tier.unit}"))
        if tier.up_to is None:
            return lines
        floor = tier.up_to
    if quantity > floor:
        raise InvalidInput(f"quantity {quantity} is above the last tier's up_to {floor}; leave the last without one")
    return lines


def _volume(tiers: Sequence[PriceTier], quantity: Fraction) -> _Lines:
    """All units at the price of the tier that the quantity falls into."""
    for number, tier in enumerate(tiers, 1):
        if tier.up_to is None or quantity <= tier.up_to:
            return [_line(number, tier.flat + quantity * tier.unit, f"{tier.flat} + {quantity} at {tier.unit}")]
    raise InvalidInput(f"quantity {quantity} is above the last tier's up_to; leave the last without one")


def _all_blocks(tiers: Sequence[PriceTier], quantity: Fraction) -> _Lines:
    """Begun blocks, of each tier as many as it holds."""
    lines: _Lines = []
    for number, tier in enumerate(tiers, 1):
        blocks = _begun(quantity, tier.size)
        taken = blocks if tier.most is None else min(blocks, tier.most)
        lines.append(_line(number, taken * tier.unit, f"{taken} blocks of {tier.size} at {tier.unit}"))
        if taken == blocks:
            return lines
        quantity -= taken * tier.size
    raise InvalidInput(f"{quantity} units are beyond the blocks of all tiers; leave the last without an end")


def _top_blocks(tiers: Sequence[PriceTier], quantity: Fraction) -> _Lines:
    """All units in begun blocks of the tier that the last of them falls into."""
    left = quantity
    for number, tier in enumerate(tiers, 1):
        if tier.most is None or _begun(left, tier.size) <= tier.most or number == len(tiers):
            blocks = _begun(quantity, tier.size)
            return [_line(number, tier.flat + blocks * tier.unit, f"{blocks} blocks of {tier.size} at {tier.unit}")]
        left -= tier.most * tier.size
    raise InvalidInput("a price by blocks has no tier")


def _line(number: int, amount: Fraction, how: str) -> tuple[Fraction, str]:
    return amount, f"tier {number}: {how} = {amount}"


def _begun(quantity: Fraction, size: Fraction) -> int:
    return -(-quantity // size)


TIER_MODELS: Final[dict[str, Callable[[Sequence[PriceTier], Fraction], _Lines]]] = {
    "graduated": _graduated,
    "volume": _volume,
    "package": _all_blocks,
    "blocks_all_tiers": _all_blocks,
    "blocks_top_tier": _top_blocks,
}
