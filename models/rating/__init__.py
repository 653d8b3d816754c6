"""Tariffs: what a record of usage costs, exactly."""

from models.rating.destination import lookups, one_notation
from models.rating.price import PriceRule, price, price_column
from models.rating.price_book import PriceBook

__all__ = ["PriceBook", "PriceRule", "lookups", "one_notation", "price", "price_column"]
