"""What only a server brings: owners that race, restarts, lost sessions and snapshots."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from threading import Barrier, Event, Thread

import pytest

from telassure.access.trail import AuditChain, DatabaseTrail
from telassure.kernel.errors import InvalidInput, StaleOwner, TransientError
from telassure.kernel.instant import HOUR
from telassure.kernel.ports import Appended, Deed, StateStore
from telassure.store.sql import SqlPositionLedger, SqlReader, SqlStateStore
from telassure.store.sql.audit_rows import AuditReader
from tests.postgres.server import PostgresServer
from tests.stores.adapters import ROOT, START, applied, cell, charge, entry, letter, one_of_each, outgoing, turn
from tests.stores.databases import emptied

RACER = """
import sys
from telassure.kernel.errors import StaleOwner
from telassure.store.sql import SqlStateStore
from tests.stores.adapters import cell, charge, turn
store, name = SqlStateStore(sys.argv[1]), sys.argv[2]
won, offset = [], 0
print("ready", flush=True)
sys.stdin.readline()
while offset < 60:
    try:
        kept = [cell(f"k-{n}", f"{name}:{offset}".encode()) for n in range(20)]
        charges = [charge(f"c-{offset}-{n}") for n in range(20)]
        store.commit(turn(offset, offset + 1, cells=kept, records=charges, counters={"records": 20}))
        won.append(offset)
    except StaleOwner:
        pass
    offset = store.checkpoint("charging", 0).offset
print(won, flush=True)
"""


class StillClock:
    def now(self) -> int:
        return START


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return emptied(postgres, "state", "server_state")


@pytest.fixture
def log_url(postgres: PostgresServer) -> str:
    return emptied(postgres, "log", "server_log")


@pytest.fixture
def store(url: str) -> Iterator[SqlStateStore]:
    with closing(SqlStateStore(url)) as opened:
        yield opened


def outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except (StaleOwner, TransientError) as error:
        return type(error).__name__
    return "done"


def test_of_two_threads_that_commit_one_offset_one_wins_and_the_other_is_stale(url: str) -> None:
    with closing(SqlStateStore(url)) as one, closing(SqlStateStore(url)) as other:
        for offset in range(30):
            start = Barrier(2)

            def commit(store: StateStore, name: str, offset: int = offset, start: Barrier = start) -> str:
                start.wait()
                return outcome(lambda: store.commit(turn(offset, offset + 1, cells=[cell("a", name.encode())])))

            with ThreadPoolExecutor(2) as pool:
                both = sorted(pool.map(commit, (one, other), ("one", "other")))
            assert both == ["StaleOwner", "done"]


def test_processes_that_race_for_a_partition_apply_each_offset_once(url: str) -> None:
    command = [sys.executable, "-c", RACER, url]
    racers = [
        subprocess.Popen([*command, name], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    won = [eval(racer.communicate()[0]) for racer in racers]
    with closing(SqlStateStore(url)) as store, closing(SqlReader(url, {"charging": url})) as reader:
        assert sorted(won[0] + won[1]) == list(range(60))
        assert store.counters("charging") == {"records": 1_200}
        assert reader.charged_since(START) == {"EUR": 1_200 * 5_000_000}
        assert reader.open_leakage() == []


def test_two_partitions_commit_at_once_into_the_same_hours(url: str) -> None:
    def work(partition: int) -> None:
        with closing(SqlStateStore(url)) as store:
            for offset in range(40):
                hours = [START + ((n * (1 if partition else -1)) % 7) * HOUR for n in range(14)]
                lines = [charge(f"{partition}-{offset}-{n}", 10, at) for n, at in enumerate(hours)]
                store.commit(turn(offset, offset + 1, partition=partition, records=lines, counters={"records": 1}))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))
    with closing(SqlReader(url, {"charging": url})) as reader:
        assert reader.charged_since(0) == {"EUR": 2 * 40 * 14 * 10}
        assert reader.counters() == {"records": 80}


def test_a_second_claimant_waits_for_the_first_and_then_knows(log_url: str) -> None:
    with closing(SqlPositionLedger(log_url)) as one, closing(SqlPositionLedger(log_url)) as other:
        answers: list[Appended] = []
        with one.claiming([[entry("1"), entry("2")]]):
            waiting = Thread(target=lambda: answers.extend(_claimed(other, "2", "3")))
            waiting.start()
            waiting.join(0.2)
            assert waiting.is_alive()
        waiting.join(10)
        assert answers == [Appended(1, 1)]


def test_a_second_claimant_takes_what_the_first_could_not_publish(log_url: str) -> None:
    with closing(SqlPositionLedger(log_url)) as one, closing(SqlPositionLedger(log_url)) as other:
        answers: list[Appended] = []
        with pytest.raises(TransientError), one.claiming([[entry("1"), entry("2")]]):  # noqa: PT012
            waiting = Thread(target=lambda: answers.extend(_claimed(other, "2", "1")))
            waiting.start()
            waiting.join(0.1)
            raise TransientError("the broker is gone")
        waiting.join(10)
        assert answers == [Appended(2, 0)]


def _claimed(ledger: SqlPositionLedger, *positions: str) -> list[Appended]:
    with ledger.claiming([[entry(position) for position in positions]]) as claim:
        return list(claim.answers)


def test_claimants_in_any_order_never_block_each_other_for_good(log_url: str) -> None:
    batch = [entry(str(n), source=f"s-{n % 5}") for n in range(300)]
    with closing(SqlPositionLedger(log_url)) as ledger, ThreadPoolExecutor(4) as pool:

        def claim(turned: bool) -> list[int]:
            found = []
            for start in range(0, 300, 10):
                part = batch[start : start + 40]
                with ledger.claiming([part[::-1] if turned else part]) as claimed:
                    found.append(claimed.answers[0].accepted)
            return found

        taken = list(pool.map(claim, (True, False, True, False)))
    assert sum(map(sum, taken)) == 300


def test_pruning_beside_claimants_forgets_no_source_in_use(log_url: str) -> None:
    stop = Event()
    with closing(SqlPositionLedger(log_url)) as ledger, closing(SqlPositionLedger(log_url)) as other:

        def prune() -> None:
            while not stop.is_set():
                other.prune("charging", 1)
                with other._database.writing() as connection:
                    connection.exec_driver_sql("DELETE FROM log_position WHERE position LIKE 'old%%'")

        pruning = Thread(target=prune)
        pruning.start()
        for number in range(60):
            _claimed(ledger, f"old-{number}")
            _claimed(ledger, f"new-{number}")
        stop.set()
        pruning.join()
        assert [_claimed(ledger, f"new-{number}")[0].duplicates for number in range(60)] == [1] * 60


def test_a_restarted_server_is_found_again(postgres: PostgresServer, store: SqlStateStore) -> None:
    store.commit(turn(0, 1, cells=[cell("a")]))
    for mode in ("fast", "immediate"):
        postgres.restart(mode)
        assert store.checkpoint("charging", 0).offset == 1
    store.commit(turn(1, 2))
    postgres.stop()
    try:
        assert outcome(lambda: store.commit(turn(2, 3))) == "TransientError"
        assert outcome(lambda: store.checkpoint("charging", 0)) == "TransientError"
    finally:
        postgres.start()
    store.commit(turn(2, 3))
    assert store.checkpoint("charging", 0).offset == 3


def test_a_session_that_is_ended_half_way_leaves_nothing(postgres: PostgresServer, store: SqlStateStore) -> None:
    with pytest.raises(TransientError, match="server_state"), store._database.writing() as connection:  # noqa: PT012
        connection.exec_driver_sql("INSERT INTO counter (topology, name, count) VALUES ('charging', 'records', 1)")
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with postgres.connect() as owner:
            owner.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        connection.exec_driver_sql("SELECT 1")
    assert store.counters("charging") == {}
    store.commit(turn(counters={"records": 1}))


def test_acts_that_are_claimed_at_once_stand_in_one_chain(log_url: str) -> None:
    chain = AuditChain("log", StillClock(), b"a key of the tests")

    def claim(name: str) -> None:
        with closing(SqlPositionLedger(log_url, scribe=chain.extend)) as ledger:
            for number in range(5):
                acted = replace(entry(f"{name}-{number}"), deed=Deed(name, "ack", f"a-{number}", "durable"))
                with ledger.claiming([[acted]]):
                    pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(claim, ["ann", "bob", "cas", "dee"]))
    proof = DatabaseTrail(AuditReader(log_url), chain).prove()
    assert (proof.entries, proof.ok) == (20, True)


def test_an_act_whose_publish_fails_is_not_written_down(log_url: str) -> None:
    chain = AuditChain("log", StillClock(), b"a key of the tests")
    acted = replace(entry("1"), deed=Deed("eve", "ack", "a-1", "durable"))
    with closing(SqlPositionLedger(log_url, scribe=chain.extend)) as ledger:
        with pytest.raises(TransientError), ledger.claiming([[acted]]):
            raise TransientError("the brokers are gone")
        assert DatabaseTrail(AuditReader(log_url), chain).prove().entries == 0


def test_a_lost_claim_says_so_and_frees_its_positions(postgres: PostgresServer, log_url: str) -> None:
    with closing(SqlPositionLedger(log_url)) as ledger:
        ending = (
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = 'telassure' AND state = 'idle in transaction'"
        )
        with pytest.raises(TransientError), ledger.claiming([[entry("1")]]), postgres.connect() as owner:
            owner.execute(ending)
        assert _claimed(ledger, "1") == [Appended(1, 0)]


def test_a_deadlock_or_a_conflict_of_snapshots_is_to_be_tried_again(url: str, store: SqlStateStore) -> None:
    store.commit(turn(counters={"records": 1}))
    with closing(SqlStateStore(url)) as other:  # noqa: SIM117 -- the one outlives the other's failure
        with pytest.raises(TransientError, match="serialize"), other._database.writing() as connection:  # noqa: PT012
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            connection.exec_driver_sql("SELECT count(*) FROM checkpoint").all()
            store.commit(turn(1, 2))
            other_turn = 'UPDATE checkpoint SET "offset" = 9'
            connection.exec_driver_sql(other_turn)
    assert store.checkpoint("charging", 0).offset == 2


def test_a_reading_sees_one_snapshot_and_cannot_write(store: SqlStateStore) -> None:
    with store._database.reading() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM checkpoint").scalar_one()
        store.commit(turn())
        assert connection.exec_driver_sql("SELECT count(*) FROM checkpoint").scalar_one() == before == 0
    with pytest.raises(TransientError, match="read-only"), store._database.reading() as connection:
        connection.exec_driver_sql("DELETE FROM checkpoint")


def test_a_value_that_no_column_holds_is_refused_and_nothing_is_written(store: SqlStateStore) -> None:
    for strange in (charge("c", 1 << 70), charge("nul\0"), charge("surrogate\ud800")):
        with pytest.raises(InvalidInput):
            store.commit(turn(records=[strange], cells=[cell("a")], outbox=[outgoing("o")], letters=[letter("l")]))
    assert store.checkpoint("charging", 0).offset == 0
    store.commit(turn(records=one_of_each(), taken=[applied("50%")], cells=[cell("100% ?")]))
    assert set(store.cells("charging", 0, "charge", ["100% ?"])) == {"100% ?"}
