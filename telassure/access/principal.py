"""Who asks, what it asks about, and the one place that decides whether it may."""

from dataclasses import dataclass, field
from functools import partial
from typing import Final

from telassure.access.roles import rights_of
from telassure.kernel.commands import Permit
from telassure.kernel.feeds import RECORDED

ANY_OF: Final = "*"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a name for the records, the roles, and what it is bounded to where anything is named: `feeds` that it
    may speak for ("replay:*": all that begin so), and `domains` that it may see and act in."""

    name: str
    roles: frozenset[str]
    feeds: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    rights: frozenset[str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rights", rights_of(self.roles))


@dataclass(frozen=True, slots=True)
class Concern:
    """What is asked about: a `feed` that is spoken for, a `domain` that is seen or acted in. "" is all of them at once;
    None: whether there is any at all."""

    feed: str | None = None
    domain: str | None = None


def refusal(principal: Principal, right: str, concern: Concern) -> str:
    """Why not, in a sentence; "" where it may. What nobody has said yes to is refused: a right that no role of it
    brings, a domain or feed beyond those that it is bounded to, and a recording, whose clock is its own, unless it
    is bounded to that."""
    if right not in principal.rights:
        return f"{principal.name} may not: none of its roles brings the right {right}"
    if concern.feed is not None and not _speaks_for(principal, concern.feed):
        return f"{principal.name} may not speak for feed {concern.feed}"
    if concern.domain is not None and principal.domains and concern.domain not in principal.domains:
        which = f"domain {concern.domain}" if concern.domain else "what is of no one domain"
        return f"{principal.name} may not: it is bounded to domains, and this is {which}"
    return ""


def may(principal: Principal, right: str, concern: Concern) -> bool:
    """Whether a principal may use a right on what it is asked about.

    >>> eve = Principal("eve", frozenset({"operator"}), domains=frozenset({"north"}))
    >>> may(eve, "operate", Concern(domain="north")), may(eve, "operate", Concern(domain="south"))
    (True, False)
    """
    return not refusal(principal, right, concern)


def permit_of(principal: Principal) -> Permit:
    """What a principal may do by commands."""
    return partial(_permit, principal)


def _permit(principal: Principal, right: str, domain: str | None) -> str:
    return refusal(principal, right, Concern(domain=domain))


def _speaks_for(principal: Principal, feed: str) -> bool:
    named = any(
        feed == each or (each.endswith(ANY_OF) and feed.startswith(each.removesuffix(ANY_OF)))
        for each in principal.feeds
    )
    return named or (not principal.feeds and not feed.startswith(RECORDED))
