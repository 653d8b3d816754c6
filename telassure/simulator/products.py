"""What the demo operator sells: product offerings and the tariffs behind them, in external form."""

from typing import Final

from telassure.simulator.config import JsonObject

CURRENCY: Final = "EUR"
TARIFFS_START: Final = "2020-01-01T00:00:00Z"

PREPAID: Final = "prepaid-start"
COMFORT: Final = "postpaid-comfort"
UNLIMITED: Final = "postpaid-unlimited"
BUSINESS: Final = "business-mobile"
LINE_1G: Final = "leased-line-1g"
LINE_10G: Final = "leased-line-10g"
CAMPUS: Final = "campus-5g"

SERVICES: Final = ("voice", "sms", "data")
NATIONAL: Final = ("+4915", "+4916", "+4917", "+4930", "+4940", "+4969", "+4989", "+49221", "+49351", "+49711")
INTERNATIONAL: Final = ("+33", "+43", "+41", "+31", "+48", "+44", "+39", "+90", "+1", "+234")
DESTINATIONS: Final = ("", *NATIONAL, *INTERNATIONAL)
"""The prefixes that usage goes to; "" for data."""

_FEES: Final = {
    PREPAID: ("Prepaid Start", "0", "tariff-prepaid"),
    COMFORT: ("Comfort", "19.99", "tariff-comfort"),
    UNLIMITED: ("Unlimited", "39.99", "tariff-unlimited"),
    BUSINESS: ("Business Mobile", "29.99", "tariff-business"),
    LINE_1G: ("Leased line 1 Gbit/s", "1900", "tariff-business"),
    LINE_10G: ("Leased line 10 Gbit/s", "6500", "tariff-business"),
    CAMPUS: ("Campus 5G", "3200", "tariff-business"),
}

_MEGABYTE: Final = 1_000_000
# service, prefix, kind, rate, per, increment
_PRICES: Final = {
    "tariff-prepaid": (
        ("voice", "", "per_unit", "0.29", 60, 60),
        ("voice", "+49", "per_unit", "0.09", 60, 60),
        ("sms", "", "flat", "0.19", 1, 1),
        ("sms", "+49", "flat", "0.09", 1, 1),
        ("data", "", "per_unit", "0.004", _MEGABYTE, 100_000),
    ),
    "tariff-comfort": (
        ("voice", "", "per_unit", "0.25", 60, 1),
        ("voice", "+49", "per_unit", "0.07", 60, 30),
        ("sms", "", "flat", "0.15", 1, 1),
        ("sms", "+49", "flat", "0.05", 1, 1),
        ("data", "", "per_unit", "0.0021", _MEGABYTE, 10_240),
    ),
    "tariff-unlimited": (
        ("voice", "", "per_unit", "0.19", 60, 1),
        ("voice", "+49", "flat", "0", 1, 1),
        ("sms", "", "flat", "0.12", 1, 1),
        ("sms", "+49", "flat", "0", 1, 1),
        ("data", "", "per_unit", "0.0007", _MEGABYTE, 1_024),
    ),
    "tariff-business": (
        ("voice", "", "per_unit", "0.17", 60, 1),
        ("voice", "+49", "per_unit", "0.035", 60, 1),
        ("voice", "+44", "per_unit", "0.11", 60, 1),
        ("sms", "", "flat", "0.08", 1, 1),
        ("data", "", "per_unit", "0.0033", _MEGABYTE, 1_024),
    ),
}
_PRICE_FIELDS: Final = ("service", "prefix", "kind", "rate", "per", "increment")


def products() -> list[JsonObject]:
    """The product offerings with their monthly fees."""
    return [
        {"product_id": key, "name": name, "monthly_fee": {"amount": fee, "currency": CURRENCY}, "tariff": tariff}
        for key, (name, fee, tariff) in _FEES.items()
    ]


def tariffs() -> list[JsonObject]:
    """One open-ended version of every tariff; rates are decimal text in major units."""
    return [
        {
            "tariff_id": key,
            "valid_from": TARIFFS_START,
            "valid_to": None,
            "currency": CURRENCY,
            "prices": [dict(zip(_PRICE_FIELDS, price, strict=True)) for price in prices],
        }
        for key, prices in _PRICES.items()
    ]
