"""What an installation keeps, beside what its control run makes of the same input: all of it must be equal."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from hashlib import blake2b
from typing import Any, Final

from bss_sync.outbox.lane import OPERATOR
from streams.hosts.partition.clock_journal import CLOCK
from streams.hosts.partition.effects import HOP, NOTIFY
from telassure.evaluation.torture.control_run import ControlRun
from telassure.evaluation.torture.plant import Plant
from telassure.evaluation.torture.request import Tell
from telassure.kernel.codec import decode
from telassure.kernel.events import Notification
from telassure.kernel.kept import kept_types
from telassure.store.memory import MemoryStateStore

_OF_THE_HOST: Final = ("turns",)


def digests(state: MemoryStateStore) -> Mapping[str, str]:
    """A hash of every kind of record that a store keeps, and of its dead letters."""
    found = {}
    for record, kept in kept_types().items():
        names = [name for name in kept.names if name not in (*kept.unhashed, "trace")]
        rows = [
            tuple(getattr(each, name) for name in names) for _, each in sorted(state.records.get(record, {}).items())
        ]
        found[kept.table] = _hash(rows)
    letters = sorted(state.letters.values(), key=lambda letter: letter.letter_id)
    found["dead_letter"] = _hash([tuple(getattr(each, f.name) for f in fields(each)) for each in letters])
    return found


def _hash(rows: Iterable[Any]) -> str:
    content = blake2b(digest_size=16)
    for row in rows:
        content.update(repr(row).encode())
    return content.hexdigest()


@dataclass(slots=True)
class ControlComparison:
    """A plant that has come to rest beside the control runs of its topologies."""

    plant: Plant
    tell: Tell

    def compare(self) -> bool:
        """Whether every digest is the control run's; notices and hops are looked at too."""
        topologies = self.plant.build.topologies
        controls = {name: ControlRun(topology, self.plant.kept).run() for name, topology in topologies.items()}
        different = [name for name, control in controls.items() if not self._equal(name, control)]
        for name, control in controls.items():
            self._hops(name, control)
        self._notices(controls["assurance"])
        return not different

    def _equal(self, name: str, control: ControlRun) -> bool:
        kept = self.plant.kept
        ours, theirs = digests(kept.states[name]), digests(control.state)
        different = [table for table in ours if ours[table] != theirs[table]]
        for table in different:
            self.tell(
                f"{name}: {table} is not the control run's: {self._example(kept.states[name], control.state, table)}"
            )
        if name == "detection" and kept.points.digest() != control.points.digest():
            different.append("points")
            missing = control.points.rows.keys() - kept.points.rows.keys()
            self.tell(f"points are not the control run's; {len(missing)} are missing")
        for partition in range(kept.partitions[name]):
            cells, others = (_cells(state, name, partition) for state in (kept.states[name], control.state))
            if wrong := [key for key in sorted(cells.keys() | others.keys()) if cells.get(key) != others.get(key)]:
                different.append("cells")
                self.tell(f"{name}/{partition}: {len(wrong)} cells are not the control run's, such as {wrong[0]}")
        counts, wanted = (_counts(state, name) for state in (kept.states[name], control.state))
        wanted |= {"hop_duplicates": control.repeated} if control.repeated else {}
        if counts != wanted:
            different.append("counters")
            self.tell(f"{name}: counters are {counts}, the control run's {wanted}")
        return not different

    @staticmethod
    def _example(ours: MemoryStateStore, theirs: MemoryStateStore, table: str) -> str:
        if table == "dead_letter":
            left, right = dict(ours.letters), dict(theirs.letters)
        else:
            record = next(record for record, kept in kept_types().items() if kept.table == table)
            left, right = dict(ours.records.get(record, {})), dict(theirs.records.get(record, {}))
        wrong = sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))
        shown = [f"{left.get(name)} where the control has {right.get(name)}" for name in wrong[:1]]
        return f"{len(wrong)} differ, such as {'; '.join(shown)}"

    def _hops(self, name: str, control: ControlRun) -> None:
        """What hopped into a log, each for the first time, is what the control run made, in its order."""
        made: dict[tuple[str, int, str], list[tuple[str, bytes]]] = {}
        for entry in control.hops:
            producer = "/".join(entry.position.split("/")[:2])
            made.setdefault((entry.topology, entry.partition, producer), []).append((entry.position, entry.payload))
        came: dict[tuple[str, int, str], dict[str, bytes]] = {}
        for target, count in self.plant.kept.partitions.items():
            for partition in range(count):
                for record in self.plant.kept.records(target, partition):
                    if record.source == HOP + name:
                        producer = "/".join(record.position.split("/")[:2])
                        first = came.setdefault((target, partition, producer), {})
                        if first.setdefault(record.position, record.payload) != record.payload:
                            self.tell(f"two hops of {name} at {record.position} differ")
        for place in sorted(made.keys() | came.keys()):
            wanted, found = made.get(place, []), list(came.get(place, {}).items())
            if wanted != found:
                self.tell(
                    f"hops of {name} in {place[0]}/{place[1]}: {len(found)} came in, the control run made {len(wanted)}"
                )

    def _notices(self, control: ControlRun) -> None:
        """Every receiver has had each notice once, and those of a ticket in their order."""
        wanted = [decode(row.kind, row.payload) for row in control.state.outbox("assurance", 1 << 30, target=NOTIFY)]
        for name, times in Counter(notice.notification_id for notice in wanted).items():
            if times > 1:
                self.tell(f"notice {name} is told {times} times, as different things")
        order = _by_ticket(wanted)
        for box in self.plant.mailboxes.values():
            found = _by_ticket(box.first())
            if found.keys() != order.keys() or any(sorted(found[t]) != sorted(order[t]) for t in order):
                self.tell(
                    f"{box.name} has had {sum(map(len, found.values()))} notices, the control run made {len(wanted)}"
                )
            for ticket, several in found.items():
                if [time for time, _ in several] != sorted(time for time, _ in several):
                    self.tell(f"{box.name} has had the notices of ticket {ticket} out of order")
        for letter in self.plant.book.refused.values():
            self.tell(f"a notice was refused by {OPERATOR}: {letter.reason}")


def _cells(state: MemoryStateStore, topology: str, partition: int) -> dict[tuple[str, str], Any]:
    rows = state.stored(topology, partition)
    return {(row.operator, row.key): (row.blob, row.wake) for row in rows if row.operator != CLOCK}


def _counts(state: MemoryStateStore, topology: str) -> dict[str, int]:
    return {name: count for name, count in state.counters(topology).items() if count and name not in _OF_THE_HOST}


def _by_ticket(notices: Iterable[Notification]) -> dict[str, list[tuple[int, str]]]:
    found: dict[str, list[tuple[int, str]]] = {}
    for notice in notices:
        found.setdefault(notice.ticket_id, []).append((notice.time, notice.notification_id))
    return found
