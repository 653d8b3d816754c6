"""Policies with values that no clock and no sum can hold, as an older release may have stored them: no worker stops."""

import pytest

from streams.catalogue import Catalogue
from streams.operators.charging.policies import DEDUPE
from streams.operators.controls.policies import BILL_DELAY, COUNT_DELAY, RETENTION, TOLERANCE_SHARE
from streams.operators.desk.policies import MINIMUM_SEVERITY
from streams.operators.detection.policies import PERSISTENCE
from telassure.kernel.events import PolicyValue

HUGE = "9" * 5_000
STORED = [(DEDUPE, "1")]
DURATIONS = (DEDUPE, BILL_DELAY, COUNT_DELAY, RETENTION)
STORED += [
    (policy, text) for policy in DURATIONS for text in ("200000000000", "9" * 18, HUGE, "1e9", "-1", "0", "soon")
]
STORED += [(TOLERANCE_SHARE, text) for text in ("1e99999999", HUGE, "1/0", "-0.5", "wide")]
STORED += [(MINIMUM_SEVERITY, HUGE), (PERSISTENCE, f"{HUGE}/{HUGE}"), (PERSISTENCE, "7/5"), (PERSISTENCE, "3/17")]


@pytest.mark.parametrize(("policy", "text"), STORED, ids=lambda each: str(each)[:30])
def test_a_stored_value_that_is_none_of_its_policy_leaves_the_default_in_force(policy, text):
    catalogue = Catalogue()
    catalogue.apply([PolicyValue(*policy.place, text)])

    assert policy.of(catalogue) == policy.of(Catalogue())
