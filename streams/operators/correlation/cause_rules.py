"""Rules of causes learned from history: proposed, approved or withdrawn, as policies of the whole network."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from hashlib import blake2b
from typing import Any, Final

import orjson

from streams.operators.correlation.policies import RULE
from telassure.kernel.events import Act, PolicyValue
from telassure.kernel.instant import Instant
from telassure.kernel.policies import Texts

PROPOSED: Final = "proposed"
APPROVED: Final = "approved"
WITHDRAWN: Final = "withdrawn"
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {"str": (str,), "int": (int,), "float": (int, float)}


@dataclass(frozen=True, slots=True)
class CauseRule:
    """An alarm that says `cause` brings alarms that say `effect` about, at its object or beside it, within `longest`
    seconds, half of them within `typical`.

    What an alarm says is its specific problem, or its probable cause where it names none. `support` effects of the
    alarms from `since` to `until` were laid to the cause, at `lift` times the chance; `stability` is how alike both
    halves of the history are (1: alike). `density` are the parts of the support by lag, as "0-2 s .10, ...". Only an
    approved rule is evidence; `version` counts the decisions on it, `user`, `why` and `at` are of the newest.
    """

    cause: str
    effect: str
    support: int
    lift: float
    typical: float
    longest: float
    density: str
    stability: float
    since: Instant
    until: Instant
    state: str = PROPOSED
    version: int = 0
    user: str = ""
    why: str = ""
    at: Instant = 0

    @property
    def rule_id(self) -> str:
        """The same for the same pair, however often it is learned.

        >>> CauseRule("los", "bgp down", 9, 4.0, 2.0, 60.0, "", 1.0, 0, 0).rule_id
        'c62b7693d16f0'
        """
        return "c" + blake2b(orjson.dumps([self.cause, self.effect]), digest_size=6).hexdigest()

    def decided(self, state: str, act: Act) -> "CauseRule":
        """The rule after a decision of an operator."""
        version = self.version + (state != PROPOSED)
        return replace(self, state=state, version=version, user=act.user, why=act.why, at=act.given_at)

    def entry(self) -> PolicyValue:
        """The rule as a policy."""
        return PolicyValue(*RULE.place, orjson.dumps(asdict(self)).decode(), self.rule_id)


def rules_of(policies: Texts) -> dict[str, CauseRule]:
    """Every rule by its id, in the order of ids; what is no rule of ours is passed over."""
    texts = sorted((selector, text) for (*place, selector), text in policies.items() if tuple(place) == RULE.place)
    found = ((selector, rule) for selector, text in texts for rule in rule_in(text))
    return {selector: rule for selector, rule in found if rule.rule_id == selector}


def rule_in(text: str) -> Iterator[CauseRule]:
    """The rule that a text is, or none: whoever may send policies may write one by hand."""
    try:
        found: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        return
    if isinstance(found, dict) and set(found) == {part.name for part in fields(CauseRule)} and _sound(found):
        yield CauseRule(**found)


def _sound(found: Mapping[str, Any]) -> bool:
    sound = all(type(found[name]) in _KINDS[kind] for name, kind in _PARTS.items())
    return sound and found["state"] in (PROPOSED, APPROVED, WITHDRAWN)


_PARTS: Final = {part.name: getattr(part.type, "__name__", "int") for part in fields(CauseRule)}
