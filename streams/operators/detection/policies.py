"""The policies of detection: what is anomalous, what makes an episode of it, when its days are, how much is kept."""

from math import inf
from typing import Final, TypeVar

from telassure.kernel.policies import (
    ANY,
    BEGINNING,
    CHANGE,
    COUNT_OF,
    COUNTRIES,
    DATES,
    DOMAIN,
    FINE_DAYS,
    FINE_SECONDS,
    GENERAL,
    JSON_OBJECT,
    MEASUREMENT,
    NUMBER,
    OBJECT,
    ON_OFF,
    RANKER_VERSION,
    WHOLE,
    WINDOWS,
    ZONE,
    Bound,
    OneOf,
    Policy,
    Range,
    SelectorKind,
    Text,
    ValueType,
)

AREA: Final = "detection"
MODELS: Final = "models"
NETWORK: Final = "network"
PROFILE_NAMES: Final = ("novelty", "balanced", "sensitive")
NONE: Final = "none"
LEAST: Final = 1e-3  # what a score is divided by is more than nothing
NOT_NEGATIVE: Final = Range(0)
ONE_OR_MORE: Final = Range(1)
WINDOW_ROWS: Final = Range(1, 16)
RULED: Final = (GENERAL, DOMAIN, MEASUREMENT)
COVERED: Final = (GENERAL, DOMAIN, MEASUREMENT, OBJECT, BEGINNING)
BY_DOMAIN: Final = (GENERAL, DOMAIN)
T = TypeVar("T")


def _series(
    name: str, kind: ValueType[T], default: str, within: Range, text: str, by: tuple[SelectorKind, ...] = RULED
) -> Policy[T]:
    return Policy(AREA, name, kind, default, within, text, by)


def _up_to(
    most: Policy[float], name: str, kind: ValueType[float], default: str, about: tuple[Range, str]
) -> Policy[float]:
    """A number of a series that is at most another."""
    return Policy(AREA, name, kind, default, *about, RULED, at_most=most)


def _domain(name: str, kind: ValueType[T], default: str, within: Range, text: str) -> Policy[T]:
    return Policy(AREA, name, kind, default, within, text, BY_DOMAIN)


PROFILE: Final = _series("profile", OneOf(PROFILE_NAMES), "balanced", ANY, "how much is told")
THRESHOLD: Final = _series("threshold", NUMBER, "4", Range(LEAST), "half the band in robust standard deviations")
FLOOR: Final = _series("floor", NUMBER, "0", NOT_NEGATIVE, "least standard deviation, in the measurement's unit")
DIRECTION: Final = _series(
    "direction", OneOf(("both", "up", "down")), "both", ANY, "which deviations from the expected value matter"
)
LEAST_DEVIATION: Final = _series(
    "least_deviation", NUMBER, "0", NOT_NEGATIVE, "deviation below which none matters, in the measurement's unit"
)
LEAST_RELATIVE: Final = _series(
    "least_relative", NUMBER, "0", NOT_NEGATIVE, "deviation below which none matters, as a part of the expected value"
)
HIGHEST: Final = _series("highest", Bound(inf), NONE, ANY, "a value above scores 10 and is not learned")
LOWEST: Final = _up_to(HIGHEST, "lowest", Bound(-inf), NONE, (ANY, "a value below scores 10 and is not learned"))
KIND: Final = _series(
    "kind",
    OneOf(("gauge", "counter", "counter32", "counter64")),
    "gauge",
    ANY,
    "what is measured; a counter is judged and shown as its rate per second",
)
RAISE_SCORE: Final = _series("raise_score", NUMBER, "1", ONE_OR_MORE, "above it a row counts for an episode")
CLEAR_SCORE: Final = _up_to(
    RAISE_SCORE, "clear_score", Bound(inf), NONE, (Range(LEAST), "up to it a row of an open episode is normal")
)
PERSISTENCE: Final = _series(
    "persistence", COUNT_OF, "3/5", WINDOW_ROWS, "n anomalous of the last m scored rows open an episode"
)
RECOVERY: Final = _series("recovery", COUNT_OF, "4/5", WINDOW_ROWS, "n normal of the last m scored rows close it")
MAJOR_SCORE: Final = _series("major_score", NUMBER, "3", ONE_OR_MORE, "peak score from which an episode is major")
MINOR_SCORE: Final = _up_to(
    MAJOR_SCORE, "minor_score", NUMBER, "1.5", (ONE_OR_MORE, "peak score from which an episode is minor")
)
WORSE_AFTER: Final = _series(
    "worse_after_s", FINE_SECONDS, "3600", ONE_OR_MORE, "after so long an episode is one step worse"
)
RELEARN: Final = _series(
    "relearn_s", FINE_SECONDS, "86400", ONE_OR_MORE, "time outside the band after which the new level is normal"
)
BORROW: Final = _series("borrow", ON_OFF, "on", ANY, "whether a new series begins with the shape of its peers")
SILENCE: Final = _domain(
    "silence_s", FINE_SECONDS, "21600", Range(21_600), "time without a row after which an episode ends"
)
ELEMENT_EVIDENCE: Final = _domain(
    "element_evidence", NUMBER, "2", NOT_NEGATIVE, "evidence of an element's KPIs together that is too much; 0: none is"
)
GAP_PERIODS: Final = _domain(
    "gap_periods", NUMBER, "0", Range(0, 1e6), "granularity periods without a value that are a gap; 0: none are"
)
SERIES_LIMIT: Final = _domain("series_limit", WHOLE, "200000", Range(0, 1e9), "series kept of a domain")
FORGET: Final = _domain(
    "forget_days", FINE_DAYS, "30", ONE_OR_MORE, "silence after which, at the limit, a series makes room for another"
)
CHALLENGER: Final = _domain(
    "challenger",
    OneOf((*PROFILE_NAMES, NONE)),
    NONE,
    ANY,
    "the profile on trial beside the one in force, or none",
)

NETWORK_ZONE: Final = Policy(
    NETWORK, "zone", ZONE, "UTC", ANY, "where the network's customers live: what the setting network.zone becomes"
)
ZONE_TOLD: Final = Policy(
    NETWORK, "zone_told", ZONE, "UTC", ANY, "the zone that every partition has; written by the system itself"
)
DOMAIN_ZONE: Final = Policy(
    AREA, "zone", ZONE, "UTC", ANY, "whose wall clock the seasons follow", BY_DOMAIN, otherwise=NETWORK_ZONE
)
HOLIDAYS: Final = _domain("holidays", DATES, NONE, ANY, "days that are judged as Sundays")
PUBLIC_HOLIDAYS: Final = _domain(
    "public_holidays", COUNTRIES, NONE, ANY, "countries whose public holidays are judged as Sundays"
)
HOLIDAYS_AS: Final = _domain(
    "holidays_as", OneOf(("sunday", "skip")), "sunday", ANY, "how they are learned: as Sundays, or not at all"
)
NO_ALARM: Final = _series("no_alarm", WINDOWS, NONE, ANY, "windows without alarms", COVERED)
NO_LEARN: Final = _series("no_learn", WINDOWS, NONE, ANY, "windows in which nothing is learned", COVERED)

RANKER: Final = Policy(
    MODELS,
    "ranker",
    Text("the version of a ranker, or none", "r0123456789ab", "none|r[0-9a-f]{12}"),
    NONE,
    ANY,
    "the ranker in force; none: that of the wider selector",
    RULED,
)
RANKER_PARAMETERS: Final = Policy(
    MODELS, "ranker_parameters", JSON_OBJECT, "{}", ANY, "the numbers of a ranker", (RANKER_VERSION,)
)
MODEL_CHANGE: Final = Policy(
    MODELS, "change", JSON_OBJECT, "{}", ANY, "who decided what of profiles and rankers, when and why", (CHANGE,)
)
