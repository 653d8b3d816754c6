"""Policies that contradict each other: a number above that of another policy which it is at most."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isinf
from typing import Any, Final

from streams.operators.policy_register import AnyPolicy, policies
from telassure.kernel.policies import Texts

Place = tuple[str, str, str]
_IN_GENERAL: Final = ""


@dataclass(frozen=True, slots=True)
class _Reading:
    """kernel.policies.ValuesInForce of texts alone."""

    policies: Texts
    readings: dict[object, dict[tuple[str, ...], Any]] = field(default_factory=dict)

    def place(self, policy: AnyPolicy, selector: str) -> Place:
        """Where the text stands that is in force for a selector."""
        own = (*policy.place, selector)
        return own if own in self.policies else (*policy.place, _IN_GENERAL)

    def beyond(self, policy: AnyPolicy, most: AnyPolicy, selector: str) -> bool:
        """Whether a policy is above the other one for a selector; none is no bound."""
        number, limit = policy.of(self, selector), most.of(self, selector)
        return not isinf(number) and number > limit


def contradictions(stated: Texts, before: Texts) -> Mapping[Place, str]:
    """What is wrong with each policy of a statement that is beyond another, of what was in force before it and of what
    it states itself. What an older release let in, and the statement does not touch, is nobody's fault.

    >>> found = contradictions({("detection", "clear_score", ""): "2"}, {})
    >>> found["detection", "clear_score", ""]
    'value "2" of policy detection.clear_score: above detection.raise_score, which is 1; state both, or less'
    >>> contradictions({("detection", "clear_score", ""): "2", ("detection", "raise_score", ""): "3"}, {})
    {}
    """
    now, was = _Reading({**before, **stated}), _Reading(before)
    found: dict[Place, str] = {}
    for policy, most in _related(stated):
        touched = [at[2] for at in stated if at[:2] in (policy.place, most.place)]
        for selector in _judged(touched, now, (policy, most)):
            anew = selector in touched or not was.beyond(policy, most, selector)
            if anew and now.beyond(policy, most, selector):
                found.update(_told(now, (policy, most), selector, stated))
    return found


def _related(stated: Iterable[Place]) -> Iterator[tuple[AnyPolicy, AnyPolicy]]:
    """The pairs of policies, the first at most the second, of which one is stated."""
    names = {place[:2] for place in stated}
    for policy in policies().values():
        if policy.at_most is not None and (policy.place in names or policy.at_most.place in names):
            yield policy, policy.at_most


def _judged(touched: list[str], now: _Reading, pair: tuple[AnyPolicy, AnyPolicy]) -> Iterable[str]:
    """The selectors for which a statement may change something: all, where it changes what holds in general."""
    if _IN_GENERAL not in touched:
        return touched
    places = [policy.place for policy in pair]
    return sorted({_IN_GENERAL, *(at[2] for at in now.policies if at[:2] in places)})


def _told(
    now: _Reading, pair: tuple[AnyPolicy, AnyPolicy], selector: str, stated: Texts
) -> Iterator[tuple[Place, str]]:
    policy, most = pair
    where = f" for {selector}" if selector else ""
    for mine, other, wrong, mend in ((policy, most, "above", "less"), (most, policy, "below", "more")):
        at = now.place(mine, selector)
        if at in stated:
            held = f"{wrong} {other}, which is {other.of(now, selector):g}{where}; state both, or {mend}"
            yield at, f'value "{stated[at]}" of policy {mine}: {held}'
