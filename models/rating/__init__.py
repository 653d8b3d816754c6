"""Tariffs: what a record of usage costs, exactly."""

from models.rating.buckets import MONEY, FundBucket, FundLine, draw, in_order, worth
from models.rating.destination import lookups, one_notation
from models.rating.funded_session import FundedSession, SessionPayment
from models.rating.price_list import FLAT, PER_UNIT, PriceList, rate_rows
from models.rating.rate_row import CostBounds, RateGroup, RateRow
from models.rating.rated_session import RatedSession, SessionUse, grant_units, rate_session
from models.rating.rating_deck import RatingDeck, UnauthorizedDestination
from models.rating.reservations import FundsHeld, InsufficientCredit, PrepaidFunds
from models.rating.rounding import RoundingRule
from models.rating.row_price import RowPrice
from models.rating.tiers import PriceTier, TieredPrice
from models.rating.timing import TariffCalendar, Timing
from models.rating.usage_prices import PricedColumn, UsagePrices

__all__ = [
    "FLAT",
    "MONEY",
    "PER_UNIT",
    "CostBounds",
    "FundBucket",
    "FundLine",
    "FundedSession",
    "FundsHeld",
    "InsufficientCredit",
    "PrepaidFunds",
    "PriceList",
    "PriceTier",
    "PricedColumn",
    "RateGroup",
    "RateRow",
    "RatedSession",
    "RatingDeck",
    "RoundingRule",
    "RowPrice",
    "SessionPayment",
    "SessionUse",
    "TariffCalendar",
    "TieredPrice",
    "Timing",
    "UnauthorizedDestination",
    "UsagePrices",
    "draw",
    "grant_units",
    "in_order",
    "lookups",
    "one_notation",
    "rate_rows",
    "rate_session",
    "worth",
]
