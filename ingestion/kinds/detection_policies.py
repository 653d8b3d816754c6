"""The values that policies of area "detection" may have: what is wrong is said where it is sent.

A name that is not listed here is left alone: another part of the system may know it.
"""

from collections.abc import Callable, Mapping
from functools import partial
from math import isfinite
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from telassure.kernel import fields
from telassure.kernel.errors import InvalidInput
from telassure.kernel.policies.calendar_text import NONE, days_in, windows_in

AREA: Final = "detection"
NETWORK_ZONE: Final = ("network", "zone")  # what the setting network.zone becomes; detection reads it
LONGEST_WINDOW: Final = 16


def _number(text: str, least: float) -> None:
    try:
        found = float(text)
    except ValueError:
        raise InvalidInput(f"value {fields.shown(text)} is not a number") from None
    if not isfinite(found) or found < least:
        raise InvalidInput(f"value {fields.shown(text)} is below {least:g}, the least that this policy takes")


def _bound(text: str) -> None:
    if text != NONE:
        _number(text, -1e30)


def _share(text: str) -> None:
    count, _, window = (part.strip() for part in text.partition("/"))
    if not (count.isdecimal() and window.isdecimal() and 1 <= int(count) <= int(window) <= LONGEST_WINDOW):
        raise InvalidInput(f"value {fields.shown(text)} is not n/m with 1 <= n <= m <= {LONGEST_WINDOW}, such as 3/5")


def _one_of(text: str, choices: tuple[str, ...]) -> None:
    if text not in choices:
        raise InvalidInput(f"value {fields.shown(text)} is none of {', '.join(choices)}")


def _zone(text: str) -> None:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(f"value {fields.shown(text)} is not a time zone; write one like Europe/Berlin") from None


def _days(text: str) -> None:
    days_in(text)


def _windows(text: str) -> None:
    windows_in(text)


POSITIVE: Final = partial(_number, least=1e-3)
NOT_NEGATIVE: Final = partial(_number, least=0.0)
SHAPES: Final[Mapping[str, Callable[[str], None]]] = {
    "profile": partial(_one_of, choices=("novelty", "balanced", "sensitive")),
    "direction": partial(_one_of, choices=("both", "up", "down")),
    "kind": partial(_one_of, choices=("gauge", "counter", "counter32", "counter64")),
    "borrow": partial(_one_of, choices=("on", "off")),
    "holidays_as": partial(_one_of, choices=("sunday", "skip")),
    "threshold": POSITIVE,
    "floor": NOT_NEGATIVE,
    "least_deviation": NOT_NEGATIVE,
    "least_relative": NOT_NEGATIVE,
    "lowest": _bound,
    "highest": _bound,
    "raise_score": partial(_number, least=1.0),
    "clear_score": POSITIVE,
    "minor_score": partial(_number, least=1.0),
    "major_score": partial(_number, least=1.0),
    "worse_after_s": partial(_number, least=1.0),
    "persistence": _share,
    "recovery": _share,
    "relearn_s": partial(_number, least=1.0),
    "silence_s": NOT_NEGATIVE,
    "element_evidence": NOT_NEGATIVE,
    "gap_periods": NOT_NEGATIVE,
    "series_limit": NOT_NEGATIVE,
    "forget_days": partial(_number, least=1.0),
    "zone": _zone,
    "holidays": _days,
    "no_alarm": _windows,
    "no_learn": _windows,
}


def judge_detection(name: str, text: str, area: str = AREA) -> None:
    """InvalidInput, with what to write instead, where a policy that detection reads cannot be read.

    >>> judge_detection("direction", "up")
    >>> judge_detection("direction", "sideways")
    Traceback (most recent call last):
    telassure.kernel.errors.InvalidInput: policy detection.direction: value "sideways" is none of both, up, down
    """
    judge = SHAPES.get(name)
    if judge is None:
        return
    try:
        judge(text)
    except InvalidInput as wrong:
        raise InvalidInput(f"policy {area}.{name}: {wrong.reason}") from None
