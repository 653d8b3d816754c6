"""What is tuned on labelled scenarios: what first causes claim. And scenarios scored as tuned on other networks."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.correlation import UNFITTED, CauseCalibration, CauseSigns
from models.correlation.calibration import fitted
from telassure.evaluation.correlation.replayed import replayed
from telassure.evaluation.correlation.scenario import AlarmScenario, scenarios
from telassure.evaluation.correlation.scores import ScenarioScores, calibration_error, mean
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import Resource

ALIKE: Final = 0.2
"""Scenarios of which more than so many resources have the same names are of one network."""
_DRAWN: Final = 200
_SEED: Final = 20_261_128

Outcomes = Sequence[tuple[CauseSigns, bool]]
Say = Callable[[str], None]


def outcomes(scenario: AlarmScenario) -> Outcomes:
    """What is seen of the first cause of each group that is scored, and whether that is right."""
    answer = replayed(scenario, UNFITTED)
    return [(answer.signs[group], right) for group, (_, right) in ScenarioScores(scenario, answer).claims.items()]


def elsewhere(directories: Sequence[Path], scored: Sequence[AlarmScenario]) -> list[AlarmScenario]:
    """The scenarios to tune on; InvalidInput where one of them is scored too."""
    own = [one.notifications for one in scored]
    for directory in directories:
        for one in scenarios(directory):
            if one.notifications in own:
                raise InvalidInput(f"{one.name} is scored, so it is not one to tune on; name others", str(directory))
    return [one for directory in directories for one in scenarios(directory)]


def tuned_on(labelled: Sequence[AlarmScenario], say: Say) -> CauseCalibration:
    """The calibration fitted to these alone."""
    seen: list[tuple[CauseSigns, bool]] = []
    for one in labelled:
        say(f"{one.name}: tuned on")
        seen += outcomes(one)
    if not seen:
        raise InvalidInput("no problem there holds alarms of an incident; name scenarios with incidents", "--tuned-on")
    return fitted(seen, version=1)


def out_of_sample(labelled: Sequence[AlarmScenario], say: Say) -> dict[str, Any]:
    """The calibration errors of each scenario as fitted on those of other networks, and of all of them together; empty
    where all are of one network. What a calibration changes is what is claimed: groups and tickets stay."""
    say("each scenario as tuned on those of other networks")
    names = [{entry.resource_id for entry in one.catalogue if isinstance(entry, Resource)} for one in labelled]
    seen = [outcomes(one) for one in labelled]
    rows = []
    for place, one in enumerate(labelled):
        others = [at for at, known in enumerate(names) if _overlap(known, names[place]) <= ALIKE]
        there = [each for at in others for each in seen[at]]
        if there:
            calibration = fitted(there, version=1)
            rows.append(ScenarioScores(one, replayed(one, calibration)))
    return errors(rows) if rows else {}


def errors(scores: Sequence[ScenarioScores]) -> dict[str, Any]:
    """The mean error of scenarios, and that of all groups together, since a scenario has a dozen main groups, of which
    ten bins cannot say much. `by_chance`: what claims that are exactly right would show of so many."""
    every = [[*one.claims.values()] for one in scores]
    mains = [one.main_claims for one in scores]
    return {name: _errors(claims) for name, claims in (("ece", every), ("ece_main", mains))}


def _errors(claims: Sequence[Sequence[tuple[float, bool]]]) -> dict[str, float | None]:
    together = [claim for one in claims for claim in one]
    chance = np.random.default_rng(_SEED)
    drawn = [
        (mean(_known(perfect)), calibration_error([claim for one in perfect for claim in one]))
        for perfect in ([[(c, bool(chance.random() < c)) for c, _ in one] for one in claims] for _ in range(_DRAWN))
    ]
    return {
        "mean": mean(_known(claims)),
        "together": calibration_error(together),
        "by_chance_mean": mean(by_scenario for by_scenario, _ in drawn if by_scenario is not None),
        "by_chance_together": mean(error for _, error in drawn if error is not None),
    }


def _known(claims: Sequence[Sequence[tuple[float, bool]]]) -> list[float]:
    return [error for one in claims if (error := calibration_error(one)) is not None]


def _overlap(some: set[str], others: set[str]) -> float:
    return len(some & others) / max(len(some | others), 1)
