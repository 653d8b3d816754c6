"""What was done, as it is to be written down beside it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did what to what, and with which outcome."""

    actor: str
    what: str
    subject: str
    outcome: str
