"""Lines of our ledger under the ids that faces show them by."""

from typing import Final

from telassure.kernel.events import Charge
from telassure.kernel.ports import Value

BALANCE: Final = "balance"
"""The name of a line that is of no service: a recharge, or an act on the balance."""


def line_name(charge: Charge) -> str:
    """The service that a line is of."""
    return charge.service or BALANCE


def line_text(charge: Charge) -> str:
    """What a line is of, for a person."""
    return f"{charge.service} {charge.volume}" if charge.service else "a change of the balance"


def service_named(name: str) -> Value:
    """The service of the lines that `line_name` calls so."""
    return "" if name == BALANCE else name


def ledger_key(identity: str) -> tuple[Value, ...] | None:
    """The key of a line in the ledger, "time.charge id" as its id; None where it cannot be one.

    >>> ledger_key("1780308000000000.c1"), ledger_key("c1")
    ((1780308000000000, 'c1'), None)
    """
    time, _, charge_id = identity.partition(".")
    plain = time.isascii() and time.isdigit() and len(time) < 19 and charge_id
    return (int(time), charge_id) if plain else None
