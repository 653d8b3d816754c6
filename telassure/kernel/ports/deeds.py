"""What was done, as it is to be written down beside it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did what to what, and with which outcome."""

    actor: str
    what: str
    subject: str
    outcome: str


@dataclass(frozen=True, slots=True)
class AskedAct:
    """An act before it is done: its name, what it is on, the digest of all that it would do, and the person who asks,
    "" where no credential says who it is. What is asked for again under the same `act_id` is the same; "" is none."""

    act: str
    subject: str
    digest: bytes
    person: str
    act_id: str = ""


SecondLook = Callable[[AskedAct], None]
"""Returns where an act may be done; SecondWanted where another person has to ask for the same first."""


def one_is_enough(asked: AskedAct) -> None:
    """Nothing waits for a second person."""
