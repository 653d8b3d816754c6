"""Every command that some operator obeys, from the `commands` of the rooms beside this module."""

from collections.abc import Mapping
from typing import Any

from telassure.kernel.commands import Command, commands_of
from telassure.kernel.declared import derived
from telassure.kernel.errors import PermanentError
from telassure.kernel.events import Act


@derived
def commands() -> Mapping[tuple[str, str], Command[Any]]:
    """By name and type of object."""
    return commands_of("streams.operators")


def command_of(act: Act) -> Command[Any]:
    """The command that an act is; PermanentError where no operator of this release obeys it."""
    found = commands().get((act.command, act.object_type))
    if found is None:
        raise PermanentError(
            f"no operator obeys {act.command} on an object of type {act.object_type}; see telassure act --help"
        )
    return found


def owner_of(act: Act) -> tuple[tuple[str, ...], None]:
    """The partition key of an act, for a topology's source."""
    command_of(act)
    return (act.owner,), None
