"""Which detection profile rules where, under what version, and every promotion and rollback: all of it policies.

A change is two catalogue entries in one control record: the profile itself, and its audit (area "models", name
"change", its id as selector, JSON as value). So the log orders them, every partition has both, and replay finds both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from hashlib import blake2b

import orjson

from streams.operators.detection.policies import CHALLENGER, MODEL_CHANGE, NONE, PROFILE
from streams.operators.detection.rules import PROFILES
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import PolicyValue
from telassure.kernel.instant import Instant

Policies = Mapping[tuple[str, str, str], str]


@dataclass(frozen=True, slots=True)
class ModelChange:
    """One decision. `selector` is a measurement or a domain, "" everywhere. `figures` are those of the system when it
    was decided. A rollback `undoes` a promotion, a retirement a training; a challenge swaps one challenger for another.
    Where a ranker was trained or retired, before and after are versions of rankers (or NONE)."""

    change_id: str
    action: str  # "promote", "rollback", "challenge", "train" or "retire"
    selector: str
    before: str
    before_version: str
    after: str
    after_version: str
    user: str
    why: str
    at: Instant
    number: int
    undoes: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


def version_of(profile: str) -> str:
    """Eight hex digits of a profile's numbers: the same in every release that has not changed them; "" for none.

    >>> len(version_of("balanced")), version_of("balanced") == version_of("novelty")
    (8, False)
    """
    if profile not in PROFILES:
        return ""
    return blake2b(orjson.dumps(PROFILES[profile]._asdict()), digest_size=4).hexdigest()


def champion(policies: Policies, selector: str) -> str:
    """The profile that a selector's own policy, or else the general one, or else the default names."""
    general = policies.get((*PROFILE.place, ""), PROFILE.default)
    found = policies.get((*PROFILE.place, selector), general)
    return found if found in PROFILES else PROFILE.default


def champions(policies: Policies) -> Mapping[str, str]:
    """The profile of every selector that has a policy of its own, and of "" (everywhere else)."""
    own = {selector for area, name, selector in policies if (area, name) == PROFILE.place}
    return {selector: champion(policies, selector) for selector in sorted(own | {""})}


def history(policies: Policies) -> list[ModelChange]:
    """Every change, the oldest first; what is no change of ours is passed over."""
    texts = [value for (area, name, _), value in policies.items() if (area, name) == MODEL_CHANGE.place]
    return sorted(_readable(texts), key=lambda change: (change.number, change.at, change.change_id))


def _readable(texts: Iterable[str]) -> Iterable[ModelChange]:
    for text in texts:
        try:
            change = ModelChange(**orjson.loads(text))
        except (orjson.JSONDecodeError, TypeError):
            continue
        if _sound(change):
            yield change


def _sound(change: ModelChange) -> bool:
    """Whether every part is of its kind: whoever may send policies may write an audit by hand."""
    texts = (getattr(change, part.name) for part in fields(change) if part.type in (str, "str"))
    return (
        type(change.number) is int
        and type(change.at) is int
        and all(isinstance(text, str) for text in texts)
        and isinstance(change.figures, dict)
        and all(one is None or type(one) in (int, float) for one in change.figures.values())  # JSON has no NaN
    )


def challenger(policies: Policies, selector: str) -> str:
    """The profile on trial in a domain (or in general), NONE where there is none."""
    general = policies.get((*CHALLENGER.place, ""), NONE)
    found = policies.get((*CHALLENGER.place, selector), general)
    return found if found in PROFILES else NONE


def challengers(policies: Policies) -> Mapping[str, str]:
    """The profile on trial of every domain (or "") that has a policy of its own."""
    own = sorted(selector for area, name, selector in policies if (area, name) == CHALLENGER.place)
    return {selector: challenger(policies, selector) for selector in own}


def next_number(policies: Policies) -> int:
    return 1 + max((change.number for change in history(policies)), default=0)


def promotions_in_force(policies: Policies) -> list[ModelChange]:
    """Those whose profile is the champion, and after which nothing was decided for their selector."""
    newest = {c.selector: c for c in history(policies) if c.action in ("promote", "rollback")}
    return [c for c in newest.values() if c.action == "promote" and champion(policies, c.selector) == c.after]


def to_undo(in_force: Sequence[ModelChange], change_id: str) -> ModelChange:
    """The change to roll back: the one named, else the newest. InvalidInput where it is not in force."""
    if not change_id and in_force:
        return max(in_force, key=lambda change: change.number)
    for change in in_force:
        if change.change_id == change_id:
            return change
    raise InvalidInput(
        "there is no such promotion or ranker in force; see telassure models list", change_id or "the newest"
    )


def entries(change: ModelChange) -> tuple[PolicyValue, PolicyValue]:
    """The control record's entries: the champion or challenger from here on, and who decided it."""
    audit = orjson.dumps(asdict(change)).decode()
    decided = CHALLENGER if change.action == "challenge" else PROFILE
    stated = PolicyValue(*decided.place, change.after, change.selector)
    return stated, PolicyValue(*MODEL_CHANGE.place, audit, change.change_id)
