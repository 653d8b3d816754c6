"""The public holidays of countries and of their parts, as the package `holidays` knows them."""

from functools import cache, lru_cache
from typing import Final

from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.policies.calendar_text import EPOCH, NONE

_LIKE: Final = "write codes of ISO 3166 like DE, DE-BY, KE"


def countries_in(text: str) -> tuple[str, ...]:
    """Codes of countries, or of parts of them, between commas, sorted and each once; InvalidInput names one that is not
    known.

    >>> countries_in("KE, DE-BY, KE")
    ('DE-BY', 'KE')
    """
    codes = {part.strip() for part in text.split(",") if part.strip() not in ("", NONE)}
    for code in sorted(codes):
        country, _, part = code.partition("-")
        parts = known_countries().get(country)
        if parts is None or ((part or code != country) and part not in parts):
            raise InvalidInput(f"{fields.shown(code)} is no country whose public holidays are known; {_LIKE}")
    return tuple(sorted(codes))


@cache
def known_countries() -> dict[str, tuple[str, ...]]:
    """The countries whose holidays are known, with their parts."""
    import holidays  # a hundred milliseconds of every start, for a policy that few have

    found = holidays.list_supported_countries(include_aliases=False)
    return {str(country): tuple(map(str, parts)) for country, parts in found.items()}


@lru_cache(maxsize=4_096)
def public_holidays(code: str, year: int) -> tuple[int, ...]:
    """The public holidays of a year as days since 1970-01-01, sorted.

    >>> public_holidays("DE-BY", 2026)[:2] == (20_454, 20_459)  # 1 and 6 January
    True
    """
    import holidays

    country, _, part = code.partition("-")
    found = holidays.country_holidays(country, subdiv=part or None, years=year)
    return tuple(sorted(int(day.toordinal()) - EPOCH for day in found))
