"""Approved rules of causes as evidence for the candidates of a problem."""

from math import log
from typing import Final, NamedTuple

from streams.catalogue import Catalogue
from streams.operators.correlation.cause_rules import APPROVED, CauseRule, rules_of
from streams.operators.correlation.problem import Problem
from streams.operators.correlation.rank import Candidate
from telassure.kernel.instant import SECOND

MOST_WORTH: Final = 3.0
"""A rule is worth the logarithm of its lift, at most this: less than one alarmed object that a cause explains more."""
MOST_NAMED: Final = 2


class _Match(NamedTuple):
    rule: CauseRule
    effects: int

    @property
    def worth(self) -> float:
        return min(log(max(self.rule.lift, 1.0)), MOST_WORTH)

    @property
    def words(self) -> str:
        rule, alarms = self.rule, "alarm" if self.effects == 1 else "alarms"
        return (
            f'rule {rule.rule_id} v{rule.version} of {rule.user}: "{rule.cause}" brings "{rule.effect}" about within '
            f"{rule.longest:g} s ({self.effects} {alarms} here; lift {rule.lift:.3g} over {rule.support})"
        )


class ApprovedRules:
    """Asks and changes nothing. A candidate gains by its strongest rule alone: two rules of one cause are no two
    witnesses."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._version = -1
        self._by_cause: dict[str, list[CauseRule]] = {}

    def weighed(self, problem: Problem, ranked: list[Candidate]) -> list[Candidate]:
        """The candidates with what rules say for each, best first; as they were where none says anything."""
        if not self._rules():
            return ranked
        found = [self._weighed(problem, candidate) for candidate in ranked]
        return sorted(found, key=lambda candidate: -candidate.value) if found != ranked else ranked

    def _weighed(self, problem: Problem, candidate: Candidate) -> Candidate:
        matches = sorted(self._matches(problem, candidate.managed_object), key=lambda m: (-m.worth, m.rule.rule_id))
        if not matches:
            return candidate
        said = "; ".join(match.words for match in matches[:MOST_NAMED])
        return candidate._replace(value=candidate.value + matches[0].worth, rules=said)

    def _matches(self, problem: Problem, managed_object: str) -> list[_Match]:
        """The rules whose cause the object's own alarm is, and whose effects came elsewhere in the problem in time."""
        rules, members = self._rules(), problem.active.values()
        found: dict[str, _Match] = {}
        for own in members:
            for rule in rules.get(own.says, ()) if own.managed_object == managed_object else ():
                effects = sum(
                    member.says == rule.effect
                    and member.managed_object != managed_object
                    and 0 <= member.raised_at - own.raised_at <= rule.longest * SECOND
                    for member in members
                )
                known = found.get(rule.rule_id)
                if effects and (known is None or effects > known.effects):
                    found[rule.rule_id] = _Match(rule, effects)
        return list(found.values())

    def _rules(self) -> dict[str, list[CauseRule]]:
        if self._version != self._catalogue.version:
            self._version, self._by_cause = self._catalogue.version, {}
            for rule in rules_of(self._catalogue.policies).values():
                if rule.state == APPROVED:
                    self._by_cause.setdefault(rule.cause, []).append(rule)
        return self._by_cause
