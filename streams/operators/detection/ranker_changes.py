"""Which ranker is in force where, and every training and retirement: policies, as promotions are.

A training is three catalogue entries in one control record: the ranker's numbers under its version, the version as the
selector's ranker, and the audit. The numbers stay, so that a retirement only names the version before.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Final

import orjson

from models.ranking.ranker import Ranker
from streams.operators.detection.model_changes import AUDIT, ModelChange, history
from streams.operators.detection.ranks import AREA, NO_RANKER, PARAMETERS, RANKER
from telassure.kernel.events import Policy

TRAIN: Final = "train"
RETIRE: Final = "retire"

Policies = Mapping[tuple[str, str, str], str]


def ranker_version(policies: Policies, selector: str) -> str:
    """The version that a selector's own policy names; NO_RANKER where it has none of its own."""
    return policies.get((AREA, RANKER, selector), NO_RANKER)


def trainings_in_force(policies: Policies) -> list[ModelChange]:
    """Of each selector the newest training that was not undone, where its ranker is the selector's."""
    changes = history(policies)
    undone = {change.undoes for change in changes if change.action == RETIRE}
    newest = {c.selector: c for c in changes if c.action == TRAIN and c.change_id not in undone}
    return [change for change in newest.values() if ranker_version(policies, change.selector) == change.after]


def training(change: ModelChange, ranker: Ranker) -> tuple[Policy, ...]:
    """The entries that put a new ranker in force."""
    return Policy(AREA, PARAMETERS, ranker.text(), ranker.version), *_decision(change)


def retirement(change: ModelChange) -> tuple[Policy, ...]:
    """The entries that bring back what was in force before a training."""
    return _decision(change)


def _decision(change: ModelChange) -> tuple[Policy, Policy]:
    versioned = replace(change, before_version=change.before, after_version=change.after)
    audit = orjson.dumps(asdict(versioned)).decode()
    return Policy(AREA, RANKER, change.after, change.selector), Policy(*AUDIT, audit, change.change_id)
