"""The prices of one tariff version, found by service and the longest prefix of the destination."""

from dataclasses import dataclass, field
from fractions import Fraction

from models.rating.destination import lookups, one_notation
from models.rating.price import PriceRule
from telassure.kernel.errors import InvalidInput

_PriceTerms = tuple[str, int, int, int, int]  # kind, rate as numerator and denominator, per, increment


@dataclass(slots=True)
class PriceBook:
    """Price rules by service and destination prefix; "" holds for every destination. The last of equal entries wins.

    Prefixes and destinations meet in one notation (`one_notation`). Prices on the same terms share their rule. A rule
    that makes no sense is kept as its refusal (`refused`), so that usage which would need it says why it waits.

    >>> book = PriceBook()
    >>> book.add("voice", "49", "per_unit", Fraction("0.10"), (60, 1))
    >>> book.find("voice", "4917").per, book.find("voice", "+4917").per
    (60, 60)
    >>> book.find("voice", "33") is None
    True
    """

    rules: dict[str, dict[str, PriceRule | InvalidInput]] = field(default_factory=dict)
    _shared: dict[_PriceTerms, PriceRule | InvalidInput] = field(default_factory=dict)

    def add(self, service: str, prefix: str, kind: str, rate: Fraction, units: tuple[int, int] = (1, 1)) -> None:
        """One price; `units` are (per, increment)."""
        terms = (kind, rate.numerator, rate.denominator, *units)
        rule = self._shared.get(terms)
        if rule is None:
            rule = self._shared[terms] = _rule(kind, rate, units)
        self.rules.setdefault(service, {})[one_notation(prefix)] = rule

    def find(self, service: str, destination: str) -> PriceRule | None:
        """The rule of the longest matching prefix, None where none matches; InvalidInput where that rule is refused."""
        by_prefix = self.rules.get(service, {})
        for prefix in lookups(destination):
            rule = by_prefix.get(prefix)
            if isinstance(rule, InvalidInput):
                raise rule
            if rule is not None:
                return rule
        return None


def _rule(kind: str, rate: Fraction, units: tuple[int, int]) -> PriceRule | InvalidInput:
    try:
        return PriceRule(kind, rate, *units)
    except InvalidInput as refusal:
        return refusal
