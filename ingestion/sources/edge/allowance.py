"""What a client and each of its feeds may bring in a second: who brings more is told when to come again."""

from collections.abc import Callable, Container
from dataclasses import dataclass, field
from math import ceil
from threading import Lock
from time import monotonic
from typing import Final

BURST: Final = 60.0
"""Seconds whose rows and bytes may come at once, after a time in which nothing came."""
SILENT: Final = 3600.0
"""Seconds after which a feed that says nothing makes room for another."""
_LEAST_WAIT: Final = 1


@dataclass(frozen=True, slots=True)
class Rates:
    """The most rows and bytes a second of one client, half of it of one of its feeds, and the most feeds of a client at
    a time; 0: unbounded. Feeds that are `known` have a place beside those."""

    rows: int = 0
    octets: int = 0
    feeds: int = 0
    known: Container[str] = frozenset()


@dataclass(slots=True)
class _Spent:
    """How many seconds' worth has been spent of what may come at once, as of a time."""

    as_of: float
    rows: float = 0.0
    octets: float = 0.0

    def recover(self, now: float) -> None:
        passed = max(0.0, now - self.as_of)
        self.rows, self.octets = max(0.0, self.rows - passed), max(0.0, self.octets - passed)
        self.as_of = now

    def wait(self) -> float:
        return max(self.rows, self.octets) - BURST


@dataclass(slots=True)
class _Account:
    """What one client has spent, and each of its feeds."""

    whole: _Spent
    feeds: dict[str, _Spent] = field(default_factory=dict)


class Allowance:
    """The rates of every client. Safe from several threads.

    Law: in t seconds a client brings at most its rate for t + BURST seconds and what one round of its requests under
    way brings, and a feed half of that; so a feed alone never uses up what its client may bring.
    """

    def __init__(self, rates: Rates, now: Callable[[], float] = monotonic) -> None:
        self._rates, self._now, self._lock = rates, now, Lock()
        self._accounts: dict[str, _Account] = {}

    def refusal(self, client: str, feed: str) -> tuple[str, int] | None:
        """Why nothing more is taken from a client for a feed, and after how many seconds it may come again; None where
        it is welcome."""
        with self._lock:
            account = self._account(client, self._now())
            if not self._has_place(account, feed):
                most = self._rates.feeds
                return f"this client speaks for {most} feeds already; send by fewer, or raise api.feeds", ceil(SILENT)
            for spent, whose in ((account.feeds[feed], f"feed {feed}"), (account.whole, "this client")):
                if (wait := spent.wait()) > 0:
                    return f"{whose} is over its rate; send slower, or raise api.rows_a_second or api.bytes_a_second", (
                        max(_LEAST_WAIT, ceil(wait))
                    )
        return None

    def spend(self, client: str, feed: str, rows: int = 0, octets: int = 0) -> None:
        """A client has brought so much for a feed."""
        with self._lock:
            account = self._account(client, self._now())
            self._has_place(account, feed)
            for spent, part in ((account.whole, 1), (account.feeds.get(feed), 2)):
                if spent is not None:
                    spent.rows += rows * part / self._rates.rows if self._rates.rows else 0.0
                    spent.octets += octets * part / self._rates.octets if self._rates.octets else 0.0

    def _account(self, client: str, now: float) -> _Account:
        account = self._accounts.setdefault(client, _Account(_Spent(now)))
        account.whole.recover(now)
        return account

    def _has_place(self, account: _Account, feed: str) -> bool:
        """Whether a feed has a place, or finds one: those that were silent for long lose theirs."""
        now, most = account.whole.as_of, self._rates.feeds
        if most and feed not in account.feeds and feed not in self._rates.known and self._strangers(account) >= most:
            account.feeds = {name: spent for name, spent in account.feeds.items() if now - spent.as_of < SILENT}
            if self._strangers(account) >= most:
                return False
        account.feeds.setdefault(feed, _Spent(now)).recover(now)
        return True

    def _strangers(self, account: _Account) -> int:
        return sum(name not in self._rates.known for name in account.feeds)
