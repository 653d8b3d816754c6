"""Every policy that a room declares, by area and name: what is sent is judged by it, and what is unknown is refused."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from streams.operators.controls.control import controls
from telassure.kernel.declared import declared, derived
from telassure.kernel.errors import ConfigurationError, InvalidInput
from telassure.kernel.fields import shown
from telassure.kernel.policies import Policy, written

AnyPolicy = Policy[Any]  # what a value is read as is the policy's own affair


@derived
def policies() -> Mapping[tuple[str, str], AnyPolicy]:
    """The declarations in the `policies` modules of `streams`, and those of controls, by area and name."""
    found: dict[tuple[str, str], AnyPolicy] = {}
    of_controls = [policy for control in controls() for policy in (*control.threshold, *control.schedule)]
    for policy in sorted([*declared(Policy, "streams", "policies"), *of_controls], key=str):
        if found.get(policy.place, policy) is not policy:
            raise ConfigurationError(f"policy {policy} is declared twice; take one of the declarations away")
        found[policy.place] = policy
    return found


def policy_named(area: str, name: str) -> AnyPolicy:
    """The policy of an area and a name; InvalidInput names the nearest where there is none.

    >>> str(policy_named("leakage", "bill_delay_hours"))
    'leakage.bill_delay_hours'
    """
    found = policies().get((area, name))
    if found is not None:
        return found
    near = nearest(area, name)
    hint = f"did you mean {near}?" if near else "telassure policies list names them all"
    if any(area == known for known, _ in policies()):
        raise InvalidInput(f"name {shown(name)}: area {area} has no such policy; {hint}")
    raise InvalidInput(f"area {shown(area)}: no policy {area}.{name} is known; {hint}")


def nearest(area: str, name: str) -> str:
    """The policy that an unknown one is likeliest to mean: by its name within the area, by the same name in another,
    or by both; "" for none.

    >>> nearest("detection", "treshold"), nearest("assurance", "settle_seconds"), nearest("correlaton", "settle_second")
    ('detection.threshold', 'correlation.settle_seconds', 'correlation.settle_seconds')
    """
    within = [known for place, known in policies() if place == area]
    if close := get_close_matches(name, within, 1):
        return f"{area}.{close[0]}"
    if same := [place for place, known in policies() if known == name]:
        return f"{get_close_matches(area, same, 1, 0)[0]}.{name}"
    return next(iter(get_close_matches(f"{area}.{name}", map(str, policies().values()), 1)), "")


def judged(area: str, name: str, value: object, selector: str) -> str:
    """The text of a value that was sent for a policy; InvalidInput for a policy that nobody declares, for a selector
    that it cannot be narrowed to, and for a value that is not of its type or out of its range."""
    policy = policy_named(area, name)
    text = written(value)
    policy.value(text)
    policy.judge_selector(selector)
    return text


def trouble_with(area: str, name: str, text: str) -> str:
    """Why a stored value has no effect, "" where it has: an older release may have stored anything.

    >>> trouble_with("leakage", "bill_delay_hours", "36"), trouble_with("leakage", "bill_delay", "36")
    ('', 'no policy of this release; it has no effect')
    """
    policy = policies().get((area, name))
    if policy is None:
        return "no policy of this release; it has no effect"
    try:
        policy.value(text)
    except InvalidInput as wrong:
        return wrong.reason
    return ""
