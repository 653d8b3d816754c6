"""The detection policies as the kernel's rules: looked up by measurement, then by domain, then in general."""

from math import inf
from typing import Final, NamedTuple

import numpy as np

from models.detection.counters import COUNTER, COUNTER_32, COUNTER_64, GAUGE
from models.detection.layout import RULE, Record, Records
from streams.catalogue import Catalogue
from streams.operators.detection import policies
from streams.operators.detection.labels import selectors
from telassure.kernel.instant import SECOND
from telassure.kernel.policies import Policy

DIRECTIONS: Final = {"both": 0, "up": 1, "down": -1}
KINDS: Final = {"gauge": GAUGE, "counter": COUNTER, "counter32": COUNTER_32, "counter64": COUNTER_64}


class Sensitivity(NamedTuple):
    """How much is told. `limit`: the oddness that scores 1, in powers of ten. `weight`: of newness beside rarity in
    it. `trim`: see `models.detection.layout.RULE`. `habit`: the part of the latest newness that the next must exceed.
    `beyond`: half bands from the expected value at which a row scores 1 however usual it is (0: never)."""

    limit: float
    weight: float
    trim: float
    habit: float
    beyond: float


PROFILES: Final = {
    "novelty": Sensitivity(limit=7.6, weight=2.0, trim=0.2, habit=0.5, beyond=0.0),
    "balanced": Sensitivity(limit=8.0, weight=3.0, trim=0.2, habit=0.5, beyond=0.0),
    "sensitive": Sensitivity(limit=8.0, weight=3.0, trim=0.2, habit=0.5, beyond=2.0),
}


def rules_for(catalogue: Catalogue, domain: str, measurements: tuple[str, ...]) -> Records:
    """One rule per measurement, in their order."""
    rules = np.zeros(max(len(measurements), 1), RULE)
    for place, measurement in enumerate(measurements):
        fill(rules[place], catalogue, (*selectors(measurement), domain))
    return rules


COLUMNS: Final[dict[str, Policy[float]]] = {
    "threshold": policies.THRESHOLD,
    "floor": policies.FLOOR,
    "least_deviation": policies.LEAST_DEVIATION,
    "least_relative": policies.LEAST_RELATIVE,
    "raised": policies.RAISE_SCORE,
    "minor": policies.MINOR_SCORE,
    "major": policies.MAJOR_SCORE,
}
"""The policies that are columns of a rule as they are."""


def fill(rule: Record, catalogue: Catalogue, by: tuple[str, ...]) -> None:
    """Write the policies for a measurement in a domain, by the narrowest selector first, into one rule."""
    profile = PROFILES[policies.PROFILE.of(catalogue, *by)]
    for name in ("weight", "trim", "habit", "beyond"):
        rule[name] = getattr(profile, name)
    for name, policy in COLUMNS.items():
        rule[name] = policy.of(catalogue, *by)
    rule["limit"] = profile.limit * rule["threshold"] / float(policies.THRESHOLD.default)
    rule["relearn"] = policies.RELEARN.of(catalogue, *by) / SECOND
    low, high = (bound.of(catalogue, *by) for bound in (policies.LOWEST, policies.HIGHEST))
    rule["lowest"], rule["highest"] = (low, high) if low <= high else (-inf, inf)
    rule["cleared"] = min(policies.CLEAR_SCORE.of(catalogue, *by), rule["raised"])
    rule["worse_after"] = policies.WORSE_AFTER.of(catalogue, *by)
    rule["direction"] = DIRECTIONS[policies.DIRECTION.of(catalogue, *by)]
    rule["kind"] = KINDS[policies.KIND.of(catalogue, *by)]
    rule["open_count"], rule["open_of"] = policies.PERSISTENCE.of(catalogue, *by)
    rule["close_count"], rule["close_of"] = policies.RECOVERY.of(catalogue, *by)


def element_evidence_of(catalogue: Catalogue, domain: str) -> float:
    """The evidence that an element's KPIs may give together; without a bound where the policy is 0."""
    most = policies.ELEMENT_EVIDENCE.of(catalogue, domain)
    return most if most > 0.0 else inf
