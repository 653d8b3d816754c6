"""Types of policies that are words: choices, zones, dates, windows of time and texts of a form."""

import json
import re
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from telassure.kernel.errors import InvalidInput
from telassure.kernel.policies.calendar_text import Windows, days_in, windows_in
from telassure.kernel.policies.public_holidays import countries_in
from telassure.kernel.policies.value_range import Range, unreadable


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def name(self) -> str:
        return "one of a few words"

    @property
    def example(self) -> str:
        return self.words[0]

    def read(self, text: str, within: Range) -> str:
        if text not in self.words:
            raise InvalidInput(f"none of {', '.join(self.words)}; write one of these")
        return text

    def of_range(self, within: Range) -> str:
        return ", ".join(self.words)


@dataclass(frozen=True, slots=True)
class EitherWord:
    """One word for true, the other for false."""

    true: str
    false: str

    @property
    def name(self) -> str:
        return f"{self.true} or {self.false}"

    @property
    def example(self) -> str:
        return self.true

    def read(self, text: str, within: Range) -> bool:
        if text not in (self.true, self.false):
            raise InvalidInput(f"neither {self.true} nor {self.false}; write one of these")
        return text == self.true

    def of_range(self, within: Range) -> str:
        return f"{self.true}, {self.false}"


@dataclass(frozen=True, slots=True)
class Zone:
    """The name of a time zone."""

    example: str = "Europe/Berlin"
    name: str = "a time zone"

    def read(self, text: str, within: Range) -> str:
        try:
            ZoneInfo(text)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise unreadable(self) from None
        return text

    def of_range(self, within: Range) -> str:
        return "IANA time zones"


@dataclass(frozen=True, slots=True)
class Dates:
    """Dates between commas; they read as days since 1970-01-01."""

    example: str = "2026-12-25,2026-12-26"
    name: str = "dates"

    def read(self, text: str, within: Range) -> tuple[int, ...]:
        return days_in(text)

    def of_range(self, within: Range) -> str:
        return "dates between commas, or none"


@dataclass(frozen=True, slots=True)
class Countries:
    """Codes of countries, or of parts of them, between commas."""

    example: str = "DE-BY,AT"
    name: str = "countries"

    def read(self, text: str, within: Range) -> tuple[str, ...]:
        return countries_in(text)

    def of_range(self, within: Range) -> str:
        return "ISO 3166 codes such as DE or DE-BY between commas, or none"


@dataclass(frozen=True, slots=True)
class WindowList:
    """Windows of time between semicolons."""

    example: str = "Sun 02:00-04:00"
    name: str = "windows of time"

    def read(self, text: str, within: Range) -> Windows:
        return windows_in(text)

    def of_range(self, within: Range) -> str:
        return "start/end or days and hours, between semicolons, or none"


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a form."""

    name: str
    example: str
    form: str = r".*"

    def read(self, text: str, within: Range) -> str:
        if not re.fullmatch(self.form, text, re.ASCII | re.DOTALL):
            raise unreadable(self)
        return text

    def of_range(self, within: Range) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class JsonObject:
    """A JSON object, as text."""

    example: str = '{"number": 1}'
    name: str = "a JSON object"

    def read(self, text: str, within: Range) -> str:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise unreadable(self)
        return text

    def of_range(self, within: Range) -> str:
        return self.name


ON_OFF: Final = EitherWord("on", "off")
YES_NO: Final = EitherWord("yes", "no")
ZONE: Final = Zone()
DATES: Final = Dates()
COUNTRIES: Final = Countries()
WINDOWS: Final = WindowList()
JSON_OBJECT: Final = JsonObject()
