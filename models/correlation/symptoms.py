"""What a probable cause says of an alarm's part in a failure: broken things, a lack of quality, mere housekeeping."""

from enum import IntEnum
from functools import lru_cache
from typing import Final


class AlarmPart(IntEnum):
    """What an alarm can be in a failure.

    PLAIN: a cause or a consequence of what it depends on. HOUSEKEEPING: of its own element alone (X.733 causes of
    disks, fans, doors): neither makes services fail nor comes of their failing. QUALITY: a measure crossed its
    threshold; an object that has failed measures nothing, so this does not come of a failure of what it depends on.
    """

    PLAIN = 0
    HOUSEKEEPING = 1
    QUALITY = 2


_HOUSEKEEPING: Final = frozenset(
    (
        *("fanfailure", "coolingfanfailure", "storagecapacityproblem", "fileerror", "enclosuredooropen", "dooropen"),
        *("intrusiondetection", "unauthorizedaccessattempt", "logfull", "outofservicetest", "toxicleakdetected"),
        *("humidityunacceptable", "excessivevibration", "materialsupplyexhausted", "pressureunacceptable"),
        *("backupfailure", "databaseinconsistency", "licenseexpiry", "certificateexpiry", "passwordexpired"),
    )
)
_QUALITY: Final = frozenset(
    (
        *("thresholdcrossed", "performancedegraded", "degradedperformance", "responsetimeexcessive", "congestion"),
        *("bandwidthreduced", "reducedbandwidth", "queuesizeexceeded", "retransmissionrateexcessive"),
        *("resourceatornearingcapacity", "systemresourcesoverload", "cpucycleslimitexceeded", "callsetupfailure"),
        *("timeoutexpired", "delayedinformation", "excessiveretransmissionrate", "reducedloggingcapability"),
    )
)
_LOAD: Final = frozenset(
    ("thresholdcrossed", "bandwidthreduced", "congestion", "resourceatornearingcapacity", "queuesizeexceeded")
)


@lru_cache(maxsize=4_096)
def part_of(probable_cause: str) -> AlarmPart:
    """The part that a probable cause (X.733, X.736, TMF642) names; case and punctuation are nothing.

    >>> part_of("coolingFanFailure").name, part_of("Threshold Crossed").name, part_of("lossOfSignal").name
    ('HOUSEKEEPING', 'QUALITY', 'PLAIN')
    """
    name = _plain(probable_cause)
    if name in _HOUSEKEEPING:
        return AlarmPart.HOUSEKEEPING
    return AlarmPart.QUALITY if name in _QUALITY else AlarmPart.PLAIN


_SUPPLY: Final = (
    "power",
    "battery",
    "mains",
    "rectifier",
    "heating",
    "cooling",
    "temperature",
    "air",
    "dcinput",
    "acinput",
)


@lru_cache(maxsize=4_096)
def is_supply(words: str) -> bool:
    """Whether a kind of object or a probable cause is of the supply with power and cold air.

    >>> is_supply("power"), is_supply("powerSupplyFailure"), is_supply("microwave_link")
    (True, True, False)
    """
    name = _plain(words)
    return any(word in name for word in _SUPPLY)


@lru_cache(maxsize=4_096)
def is_radio(kind: str) -> bool:
    """Whether a kind of object is a radio link, which rain fades.

    >>> is_radio("microwave_link"), is_radio("fibre_span")
    (True, False)
    """
    return any(word in _plain(kind) for word in ("microwave", "radiolink", "mwlink"))


@lru_cache(maxsize=4_096)
def is_load(probable_cause: str) -> bool:
    """Whether a probable cause may say that something carries more than it should.

    >>> is_load("bandwidthReduced"), is_load("performanceDegraded")
    (True, False)
    """
    return _plain(probable_cause) in _LOAD


def _plain(probable_cause: str) -> str:
    return "".join(filter(str.isalnum, probable_cause)).lower()
