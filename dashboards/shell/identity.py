"""Who a customer is, for those who need it: the others see which lines are of the same one, and no more."""

import re
from collections.abc import Collection
from typing import Final

from telassure.kernel.rights import BILL, OPERATE

_NEED: Final = frozenset({OPERATE, BILL})
_SHOWN: Final = 3
_ACCOUNT: Final = re.compile(r"(\baccount )([^\s,;]+)")


def named(identity: str, rights: Collection[str]) -> str:
    """An account or a customer as whoever has these rights may see it: in full where it is their work, else its end.

    >>> named("acc-00421", {"view", "bill"}), named("acc-00421", {"view"}), named("a", {"view"})
    ('acc-00421', '…421', '…')
    """
    if not _NEED.isdisjoint(rights):
        return identity
    return "…" + (identity[-_SHOWN:] if len(identity) > 2 * _SHOWN else "")


def told(reason: str, rights: Collection[str]) -> str:
    """Words of ours in which an account may be named.

    >>> told("rate: account acc-00421 has no tariff; add a price", {"view"})
    'rate: account …421 has no tariff; add a price'
    """
    return _ACCOUNT.sub(lambda found: found[1] + named(found[2], rights), reason)
