"""What may be asked of rules of causes: proposing what history says, approving a rule, and withdrawing one."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import orjson

from streams.operators.correlation.cause_rules import APPROVED, PROPOSED, WITHDRAWN, CauseRule, rule_in, rules_of
from telassure.kernel.commands import CAUSE_RULE, Argument, PolicyCommand
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Act, PolicyValue
from telassure.kernel.policies import Texts
from telassure.kernel.rights import TUNE

LONGEST_PROPOSAL: Final = 65_536


def _propose(policies: Texts, act: Act, figures: Mapping[str, int]) -> Sequence[PolicyValue]:
    """The rules that nobody has decided about, with the newest figures; a decision is never changed by a proposal."""
    known = rules_of(policies)
    told = [replace(rule, state=PROPOSED, version=0) for rule in _told(act.argument("rules"))]
    return [rule.decided(PROPOSED, act).entry() for rule in told if known.get(rule.rule_id, rule).state == PROPOSED]


def _told(text: str) -> Sequence[CauseRule]:
    try:
        rows = orjson.loads(text)
    except orjson.JSONDecodeError:
        rows = None
    found = [rule for row in rows for rule in rule_in(orjson.dumps(row).decode())] if isinstance(rows, list) else []
    if not found or len(found) != len(rows):
        raise InvalidInput("it is no list of rules; take it from telassure rules propose", "rules")
    return found


def _approve(policies: Texts, act: Act, figures: Mapping[str, int]) -> Sequence[PolicyValue]:
    rule = _known(policies, act)
    if rule.state == APPROVED:
        raise InvalidInput(f"rule {rule.rule_id} is approved already, by {rule.user}: version {rule.version}")
    return [rule.decided(APPROVED, act).entry()]


def _withdraw(policies: Texts, act: Act, figures: Mapping[str, int]) -> Sequence[PolicyValue]:
    rule = _known(policies, act)
    if rule.state == WITHDRAWN:
        raise InvalidInput(f"rule {rule.rule_id} is withdrawn already, by {rule.user}")
    return [rule.decided(WITHDRAWN, act).entry()]


def _known(policies: Texts, act: Act) -> CauseRule:
    found = rules_of(policies).get(act.object_id)
    if found is None:
        raise InvalidInput(f"there is no rule {act.object_id}; see telassure rules list")
    return found


PROPOSE: Final = PolicyCommand(
    "propose",
    CAUSE_RULE,
    "Propose rules of causes; none is evidence before it is approved. telassure rules propose learns and gives them.",
    arguments=(Argument("rules", "A JSON list of rules.", longest=LONGEST_PROPOSAL),),
    example="history --rules TEXT",
    right=TUNE,
    state=_propose,
)
APPROVE: Final = PolicyCommand(
    "approve",
    CAUSE_RULE,
    "Make a rule of causes evidence from here on: correlation weighs it and names it.",
    example="RULE",
    right=TUNE,
    state=_approve,
)
WITHDRAW: Final = PolicyCommand(
    "withdraw",
    CAUSE_RULE,
    "Take a rule of causes out of evidence, or turn a proposed one down; it is not proposed again.",
    needs_why=True,
    example='RULE --why "the lag was a batch job"',
    right=TUNE,
    state=_withdraw,
)
