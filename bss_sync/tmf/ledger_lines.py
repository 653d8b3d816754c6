"""Lines of our ledger under the ids that faces show them by."""

from telassure.kernel.ports import Value


def ledger_key(identity: str) -> tuple[Value, ...] | None:
    """The key of a line in the ledger, "time.charge id" as its id; None where it cannot be one.

    >>> ledger_key("1780308000000000.c1"), ledger_key("c1")
    ((1780308000000000, 'c1'), None)
    """
    time, _, charge_id = identity.partition(".")
    plain = time.isascii() and time.isdigit() and len(time) < 19 and charge_id
    return (int(time), charge_id) if plain else None
