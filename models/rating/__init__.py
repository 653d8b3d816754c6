"""Tariffs: what a record of usage costs, exactly."""

from models.rating.buckets import MONEY, FundBucket, FundLine, draw, in_order, worth
from models.rating.destination import lookups, one_notation
from models.rating.funded_session import FundedSession, SessionPayment
from models.rating.price import PriceRule, price, price_column
from models.rating.price_book import PriceBook
from models.rating.rate_row import CostBounds, RateGroup, RateRow
from models.rating.rated_session import RatedSession, SessionUse, grant_units, rate_session
from models.rating.rating_deck import RatingDeck, UnauthorizedDestination
from models.rating.reservations import FundsHeld, InsufficientCredit, PrepaidFunds
from models.rating.rounding import RoundingRule
from models.rating.tiers import PriceTier, TieredPrice
from models.rating.timing import TariffCalendar, Timing

__all__ = [
    "MONEY",
    "CostBounds",
    "FundBucket",
    "FundLine",
    "FundedSession",
    "FundsHeld",
    "InsufficientCredit",
    "PrepaidFunds",
    "PriceBook",
    "PriceRule",
    "PriceTier",
    "RateGroup",
    "RateRow",
    "RatedSession",
    "RatingDeck",
    "RoundingRule",
    "SessionPayment",
    "SessionUse",
    "TariffCalendar",
    "TieredPrice",
    "Timing",
    "UnauthorizedDestination",
    "draw",
    "grant_units",
    "in_order",
    "lookups",
    "one_notation",
    "price",
    "price_column",
    "rate_session",
    "worth",
]
