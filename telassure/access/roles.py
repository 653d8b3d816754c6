"""The roles a principal may have, and the rights that each of them brings."""

from collections.abc import Mapping
from typing import Final

from telassure.kernel.rights import BILL, CONFIGURE, INGEST, JUDGE, MEASURE, OPERATE, TUNE, VIEW

SOURCE: Final = "source"
ADMIN: Final = "admin"
ROLES: Final[Mapping[str, frozenset[str]]] = {
    "viewer": frozenset({VIEW, MEASURE}),
    "operator": frozenset({VIEW, MEASURE, OPERATE, JUDGE}),
    "analyst": frozenset({VIEW, MEASURE, JUDGE, TUNE}),
    "billing": frozenset({VIEW, MEASURE, BILL}),
    ADMIN: frozenset({VIEW, MEASURE, OPERATE, JUDGE, TUNE, BILL, CONFIGURE}),
    SOURCE: frozenset({INGEST}),
}
"""A role brings what stands here and nothing else: an admin sends no input in the name of the network."""


def rights_of(roles: frozenset[str]) -> frozenset[str]:
    """What these roles bring together; a role that is not known brings nothing.

    >>> sorted(rights_of(frozenset({"source", "janitor"})))
    ['ingest']
    """
    return frozenset[str]().union(*(ROLES.get(role, frozenset[str]()) for role in roles))
