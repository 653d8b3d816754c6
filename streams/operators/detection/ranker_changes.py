"""Which ranker is in force where, and every training and retirement: policies, as promotions are.

A training is three catalogue entries in one control record: the ranker's numbers under its version, the version as the
selector's ranker, and the audit. The numbers stay, so that a retirement only names the version before.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Final

import orjson

from models.ranking.ranker import Ranker
from streams.operators.detection.model_changes import ModelChange, history
from streams.operators.detection.policies import MODEL_CHANGE, NONE, RANKER, RANKER_PARAMETERS
from telassure.kernel.events import PolicyValue

TRAIN: Final = "train"
RETIRE: Final = "retire"

Policies = Mapping[tuple[str, str, str], str]


def ranker_version(policies: Policies, selector: str) -> str:
    """The version that a selector's own policy names; NONE where it has none of its own."""
    return policies.get((*RANKER.place, selector), NONE)


def trainings_in_force(policies: Policies) -> list[ModelChange]:
    """Of each selector the newest training that was not undone, where its ranker is the selector's."""
    changes = history(policies)
    undone = {change.undoes for change in changes if change.action == RETIRE}
    newest = {c.selector: c for c in changes if c.action == TRAIN and c.change_id not in undone}
    return [change for change in newest.values() if ranker_version(policies, change.selector) == change.after]


def training(change: ModelChange, ranker: Ranker) -> tuple[PolicyValue, ...]:
    """The entries that put a new ranker in force."""
    return PolicyValue(*RANKER_PARAMETERS.place, ranker.text(), ranker.version), *_decision(change)


def retirement(change: ModelChange) -> tuple[PolicyValue, ...]:
    """The entries that bring back what was in force before a training."""
    return _decision(change)


def _decision(change: ModelChange) -> tuple[PolicyValue, PolicyValue]:
    versioned = replace(change, before_version=change.before, after_version=change.after)
    audit = orjson.dumps(asdict(versioned)).decode()
    return PolicyValue(*RANKER.place, change.after, change.selector), PolicyValue(
        *MODEL_CHANGE.place, audit, change.change_id
    )
