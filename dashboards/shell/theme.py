"""The one place of colours, severities and number forms; the style sheet and the chart take them from here."""

from dataclasses import dataclass
from fractions import Fraction
from math import floor, isfinite, log10
from typing import Final

from telassure.kernel.events import PerceivedSeverity
from telassure.kernel.money import NO_CURRENCY, Money, round_half_up

GROUND: Final = "#0a0e13"
PANEL: Final = "#11171f"
RAISED: Final = "#1a222d"
LINE: Final = "#273240"
TEXT: Final = "#e9eef4"
SOFT: Final = "#b3c0cd"
MUTED: Final = "#93a1b0"
ACCENT: Final = "#6cb6ff"
GOOD: Final = "#5fd38d"
BAD: Final = "#ff6b6b"
CAUTION: Final = "#ffb454"
BAND: Final = "rgba(108, 182, 255, 0.17)"
FONT: Final = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", Arial, sans-serif'

TOKENS: Final = {
    "ground": GROUND,
    "panel": PANEL,
    "raised": RAISED,
    "line": LINE,
    "text": TEXT,
    "soft": SOFT,
    "muted": MUTED,
    "accent": ACCENT,
    "good": GOOD,
    "bad": BAD,
    "caution": CAUTION,
}
CHANNELS: Final = {
    "jump": ("#6cb6ff", "the value against the mean of the last few rows"),
    "level": ("#ffb454", "a mean of the last rows that was never held before"),
    "rhythm": ("#c9a2ff", "the value against the mean of its hour of the day"),
    "band": ("#93a1b0", "the value against its expected band"),
    "range": ("#e9eef4", "the value against what can be at all"),
}
"""What can contribute to a score (`kernel.events.shares`): its colour, always beside its name, and what it reads."""
SURFACES: Final = (GROUND, PANEL, RAISED)


@dataclass(frozen=True, slots=True)
class SeverityLook:
    """How a severity is told: a word, a colour, and a shape (a class of the style sheet) that needs no colour."""

    severity: PerceivedSeverity
    word: str
    colour: str
    shape: str


SEVERITIES: Final = {
    look.severity: look
    for look in (
        SeverityLook(PerceivedSeverity.CRITICAL, "Critical", "#ff6b6b", "octagon"),
        SeverityLook(PerceivedSeverity.MAJOR, "Major", "#ff9f43", "triangle"),
        SeverityLook(PerceivedSeverity.MINOR, "Minor", "#ffd84d", "diamond"),
        SeverityLook(PerceivedSeverity.WARNING, "Warning", "#5cc8ff", "wedge"),
        SeverityLook(PerceivedSeverity.INDETERMINATE, "Indeterminate", "#b9a8ff", "ring"),
        SeverityLook(PerceivedSeverity.CLEARED, "Cleared", "#5fd38d", "bar"),
    )
}
"""In X.733 order, worst first."""


def style_variables() -> str:
    """The tokens as custom properties, for the style sheet.

    >>> "--ground:#0a0e13;" in style_variables()
    True
    """
    colours = {**TOKENS, **{f"{look.word.lower()}-colour": look.colour for look in SEVERITIES.values()}}
    return ":root{" + "".join(f"--{name}:{colour};" for name, colour in colours.items()) + f"--font:{FONT};}}"


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two #rrggbb colours (WCAG 2.2, section 1.4.3).

    >>> contrast("#ffffff", "#000000")
    21.0
    """
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return round((light + 0.05) / (dark + 0.05), 2)


def _luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def priced(amount: Money) -> bool:
    """Is this an amount of money at all? One in no currency (XXX) says that no price was known.

    >>> priced(Money.zero("EUR")), priced(Money.zero("XXX"))
    (True, False)
    """
    return amount.currency != NO_CURRENCY


def money(amount: Money) -> str:
    """An amount to the cent, thousands apart, with its currency; "–" where it has no price.

    >>> money(Money.of("-1234567.895", "EUR"))
    '-1,234,567.90 EUR'
    """
    if not priced(amount):
        return "–"
    cents = round_half_up(Fraction(amount.micros, 10_000))
    sign, (whole, part) = "-" if cents < 0 else "", divmod(abs(cents), 100)
    return f"{sign}{whole:,}.{part:02d} {amount.currency}"


def plain(value: float, digits: int = 4) -> str:
    """A number to so many digits, thousands apart, never as a power of ten.

    >>> [plain(value) for value in (1_220.0, 42_017.6, 12.3456, 0.000012345, -0.0)]
    ['1,220', '42,018', '12.35', '0.00001234', '0']
    """
    if not value or not isfinite(value):
        return "0" if value == 0 else "not a number"
    places = digits - 1 - floor(log10(abs(value)))
    text = f"{value:,.{max(0, places)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def duration(micros: int) -> str:
    """How long, in the two largest units that matter; never negative.

    >>> [duration(n * 1_000_000) for n in (4, 75, 1_999, 3_700, 200_000)]
    ['4 s', '1 min 15 s', '33 min', '1 h 01 min', '2 d 7 h']
    """
    seconds = max(0, micros) // 1_000_000
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 600:
        return f"{seconds // 60} min {seconds % 60:02d} s"
    if seconds < 3_600:
        return f"{seconds // 60} min"
    if seconds < 86_400:
        return f"{seconds // 3_600} h {seconds % 3_600 // 60:02d} min"
    return f"{seconds // 86_400} d {seconds % 86_400 // 3_600} h"
