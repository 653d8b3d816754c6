"""Every kind of poison, with its inputs."""

from tests.poison.kinds import floods, logs, strangers, times
from tests.poison.trial import Poison

_MAKERS = (
    times.recordings,
    times.jumps,
    times.elements,
    floods.feeds,
    floods.series,
    floods.accounts,
    floods.packed,
    floods.idle,
    strangers.odd,
    strangers.receivers,
    logs.damaged,
)


def poisons() -> dict[str, list[Poison]]:
    """By kind, three inputs or more of each."""
    made = [each for maker in _MAKERS for each in maker()]
    return {kind: [each for each in made if each.kind == kind] for kind in dict.fromkeys(each.kind for each in made)}
