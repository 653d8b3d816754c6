"""Which detection profile rules: promoting one, trying one beside the champion, and taking a promotion back."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import orjson

from telassure.kernel.commands import PROFILE, PROMOTION, RANKING, Argument, PolicyCommand, Stating
from telassure.kernel.errors import ConflictingDuplicate, InvalidInput
from telassure.kernel.events import Act, PolicyValue
from telassure.kernel.rights import TUNE

if TYPE_CHECKING:  # what detection is made of is imported where it runs
    from streams.operators.detection.model_changes import ModelChange, Policies

_EVERYWHERE: Final = "everywhere"
_LONGEST_RANKER: Final = 65_536
_LONGEST_FIGURES: Final = 4_000
_WHERE: Final = Argument("selector", "A measurement or a domain; everywhere without it.", default="")
_DOMAIN: Final = Argument("selector", "A domain; every one without it.", default="")


def _once(state: Stating) -> Stating:
    """The same, which states nothing where this act has done so before its process ended. ConflictingDuplicate where
    another decision has its id."""

    def stated(policies: "Policies", act: Act, figures: Mapping[str, int]) -> Sequence[PolicyValue]:
        from streams.operators.detection.model_changes import history

        known = [change for change in history(policies) if change.change_id == act.act_id]
        if not known:
            return state(policies, act, figures)
        if not all(map(partial(_is_of, act), known)):
            raise ConflictingDuplicate(f"act id {act.act_id} was given before with other content; choose a new one")
        return ()

    return stated


def _is_of(act: Act, change: "ModelChange") -> bool:
    """Whether a change is what an act has made."""
    from streams.operators.detection.ranker_changes import RETIRE

    command = "rollback" if change.action == RETIRE else change.action
    named = change.undoes or change.after
    return (command, named, change.user, change.why) == (act.command, act.object_id, act.user, act.why)


def _promote(policies: "Policies", act: Act, figures: Mapping[str, int]) -> Sequence[PolicyValue]:
    from streams.operators.detection.model_changes import champion, champions, entries

    profile, selector = _profile(act.object_id, ()), act.argument("selector")
    before = champion(policies, selector)
    if before == profile and selector in champions(policies):
        raise InvalidInput(f"{profile} is the champion there already", selector or _EVERYWHERE)
    return entries(_change(policies, act, ("promote", selector, before, profile), figures))


def _challenge(policies: "Policies", act: Act, figures: Mapping[str, int]) -> Sequence[PolicyValue]:
    from streams.operators.detection.model_changes import challenger, entries
    from streams.operators.detection.policies import NONE

    profile, domain = _profile(act.object_id, (NONE,)), act.argument("selector")
    before = challenger(policies, domain)
    if before == profile:
        raise InvalidInput(f"{profile} is the challenger there already", domain or _EVERYWHERE)
    return entries(_change(policies, act, ("challenge", domain, before, profile), figures))


def _roll_back(policies: "Policies", act: Act, figures: Mapping[str, int]) -> Sequence[PolicyValue]:
    from streams.operators.detection.model_changes import entries, promotions_in_force, to_undo
    from streams.operators.detection.ranker_changes import RETIRE, TRAIN, retirement, trainings_in_force

    undone = to_undo([*promotions_in_force(policies), *trainings_in_force(policies)], act.object_id)
    action = RETIRE if undone.action == TRAIN else "rollback"
    change = _change(policies, act, (action, undone.selector, undone.after, undone.before), figures)
    change = replace(change, undoes=undone.change_id)
    return retirement(change) if action == RETIRE else entries(change)


def _train(policies: "Policies", act: Act, figures: Mapping[str, int]) -> Sequence[PolicyValue]:
    from models.ranking.ranker import read, version_of
    from streams.operators.detection.ranker_changes import TRAIN, ranker_version, training

    selector, text = act.argument("selector"), act.argument("parameters")
    ranker = read(text) if version_of(text) == act.object_id else None
    if ranker is None:
        raise InvalidInput(f"these are no numbers of a ranker {act.object_id}; take both from telassure models train")
    before = ranker_version(policies, selector)
    if before == act.object_id:
        raise InvalidInput(f"{before}, learned from the same verdicts, is in force already", selector or _EVERYWHERE)
    measured = {**figures, **_measured(act.argument("figures"))}
    return training(_change(policies, act, (TRAIN, selector, before, act.object_id), measured), ranker)


def _measured(text: str) -> Mapping[str, Any]:
    """The figures of a training; InvalidInput where it is no object of numbers."""
    try:
        found = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict) or not all(type(each) in (int, float, type(None)) for each in found.values()):
        raise InvalidInput("figures is no JSON object of numbers", "figures")
    return found


def _profile(name: str, more: tuple[str, ...]) -> str:
    from streams.operators.detection.rules import PROFILES

    if name not in (*PROFILES, *more):
        raise InvalidInput(f"there is no profile {name!r}; there are {', '.join((*PROFILES, *more))}")
    return name


def _change(
    policies: "Policies", act: Act, what: tuple[str, str, str, str], figures: Mapping[str, int]
) -> "ModelChange":
    """The change (action, selector, before, after) that an act makes; it has the act's id."""
    from streams.operators.detection.model_changes import ModelChange, next_number, version_of

    action, selector, before, after = what
    return ModelChange(
        change_id=act.act_id,
        action=action,
        selector=selector,
        before=before,
        before_version=version_of(before),
        after=after,
        after_version=version_of(after),
        user=act.user,
        why=act.why,
        at=act.given_at,
        number=next_number(policies),
        figures=figures,
    )


PROMOTE: Final = PolicyCommand(
    "promote",
    PROFILE,
    "Make a detection profile the champion from here on: novelty, balanced or sensitive.",
    arguments=(_WHERE,),
    needs_why=True,
    right=TUNE,
    example='sensitive --selector throughput --why "quiet cells were missed"',
    state=_once(_promote),
)
CHALLENGE: Final = PolicyCommand(
    "challenge",
    PROFILE,
    "Run a detection profile beside the champion: its episodes are counted and told nobody; none ends the trial.",
    arguments=(_DOMAIN,),
    needs_why=True,
    right=TUNE,
    example='sensitive --selector north --why "does it find more?"',
    state=_once(_challenge),
)
RANK: Final = PolicyCommand(
    "train",
    RANKING,
    "Put a ranker in force that was learned from verdicts; telassure models train learns, measures and gives it.",
    arguments=(
        _WHERE,
        Argument("parameters", "Its numbers, as models train has written them.", longest=_LONGEST_RANKER),
        Argument("figures", "What was measured of it: a JSON object.", default="", longest=_LONGEST_FIGURES),
    ),
    needs_why=True,
    right=TUNE,
    example="VERSION --parameters TEXT --why 'eighty of each kind judged'",
    state=_once(_train),
)
ROLL_BACK: Final = PolicyCommand(
    "rollback",
    PROMOTION,
    "Take a promotion back, or a ranker: what was in force before it is in force again.",
    needs_why=True,
    right=TUNE,
    example='CHANGE --why "too many false alarms"',
    state=_once(_roll_back),
)
