"""Lengths of time as XML writes them (xs:duration), of which ours are those that are the same at any date."""

import re
from typing import Final

from telassure.kernel.errors import InvalidInput, shown
from telassure.kernel.instant import DAY, HOUR, MINUTE, SECOND

_LIKE: Final = "write days, hours, minutes and seconds, like PT900S"
_FORM: Final = re.compile(
    r"(-)?P(?=\d|T\d)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})D)?"
    r"(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.(\d+))?S)?)?",
    re.ASCII,
)


def seconds(text: str) -> int:
    """The whole seconds of an xs:duration (XML Schema Part 2, 3.2.6); InvalidInput where its length is not fixed.

    >>> seconds("PT900S"), seconds("P0Y0M0DT0H15M0.000S"), seconds("P1DT1H")
    (900, 900, 90000)
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise InvalidInput(f"duration {shown(text)} is no xs:duration; {_LIKE}")
    years, months, days, hours, minutes, rest = (int(part or 0) for part in found.groups()[1:7])
    if years or months:
        raise InvalidInput(f"duration {shown(text)} has years or months, whose length depends on the date; {_LIKE}")
    if (found[8] or "0").strip("0"):
        raise InvalidInput(f"duration {shown(text)} has parts of a second; {_LIKE}")
    length = (days * DAY + hours * HOUR + minutes * MINUTE) // SECOND + rest
    if found[1] or not length:
        raise InvalidInput(f"duration {shown(text)} is not longer than nothing; {_LIKE}")
    return length
