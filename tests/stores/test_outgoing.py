"""The laws of ports.Outgoing in SQLite and PostgreSQL: each receiver is told all, and a row goes after the last."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from threading import Event

import pytest

from telassure.kernel.ports import Choice, OutboxRow, Turn
from telassure.store.sql import SqlStateStore
from telassure.store.sql.outgoing import SqlOutgoing
from telassure.store.sql.sole import sole_holder
from tests.postgres.server import PostgresServer
from tests.stores.adapters import START, letter
from tests.stores.databases import Databases

_ENDED = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"


def row(name: str, target: str = "notify") -> OutboxRow:
    return OutboxRow(name, target, "notification", b"x", f"ticketing/0/{name}//0", START)


@pytest.fixture
def url(databases: Databases) -> str:
    found = databases.url("state", "outgoing")
    with closing(SqlStateStore(found)) as store:
        store.commit(Turn("assurance", 0, 0, 1, b"", outbox=[row("a"), row("hop", "hop:x:0"), row("b")]))
    return found


@contextmanager
def outgoing(url: str, *receivers: str) -> Iterator[SqlOutgoing]:
    with closing(SqlOutgoing(url, "assurance", "notify", receivers)) as found:
        yield found


def names(rows: object) -> list[str]:
    return [each.outbox_id for each in rows]  # type: ignore[attr-defined]


def test_notices_are_read_in_the_order_of_their_commits_and_hops_are_not(url: str) -> None:
    with outgoing(url, "crm") as found:
        assert names(found.waiting("crm", 10)) == ["a", "b"]
        assert names(found.waiting("crm", 1)) == ["a"]


def test_a_row_goes_when_the_last_receiver_is_done_with_it(url: str) -> None:
    with outgoing(url, "crm", "sms") as found:
        found.settle("crm", ["a", "b"], [])
        assert (names(found.waiting("crm", 10)), names(found.waiting("sms", 10))) == ([], ["a", "b"])
        found.settle("sms", ["a"], [])
        assert names(found.waiting("fax", 10)) == ["b"]


def test_seeing_off_twice_is_seeing_off_once(url: str) -> None:
    with outgoing(url, "crm", "sms") as found:
        found.settle("crm", ["a"], [])
        found.settle("crm", ["a"], [])
        assert names(found.waiting("sms", 10)) == ["a", "b"]


def test_a_letter_is_kept_with_the_row_that_it_is_about(url: str) -> None:
    with outgoing(url, "crm") as found:
        found.settle("crm", ["a"], [letter("l-1")])
        assert names(found.waiting("crm", 10)) == ["b"]
    with closing(SqlStateStore(url)) as store:
        assert names(store.outbox("assurance", 10)) == ["hop", "b"]


def test_a_letter_that_is_put_back_waits_for_the_receiver_that_refused_it_alone(url: str) -> None:
    refused = replace(letter("l-1"), operator="notify", place="sms", kind="notification", payload=b"y")
    with outgoing(url, "crm", "sms") as found:
        for receiver in ("crm", "sms"):
            found.settle(receiver, ["a", "b"], [refused] if receiver == "sms" else [])
        chosen = found.replayable_letters(Choice("notify"), "", 10)
        found.requeue(chosen)
        assert (len(found.waiting("crm", 10)), [each.payload for each in found.waiting("sms", 10)]) == (0, [b"y"])
        assert found.replayable_letters(Choice("notify"), "", 10) == []


def test_one_process_holds_a_name_until_it_lets_go(postgres: PostgresServer) -> None:
    where, stop, over = postgres.url(postgres.fresh("sole")), Event(), Event()
    over.set()
    with sole_holder(where, "delivery", stop, lambda reason: None) as first:
        assert first
        with sole_holder(where, "delivery", over, lambda reason: None) as second:
            assert not second
    with sole_holder(where, "delivery", stop, lambda reason: None) as third:
        assert third


def test_a_holder_whose_session_ends_is_told(postgres: PostgresServer) -> None:
    told = Event()
    with sole_holder(postgres.url(postgres.fresh("sole")), "delivery", Event(), lambda reason: told.set()):
        with postgres.connect() as admin:
            admin.execute(_ENDED)
        assert told.wait(30)
