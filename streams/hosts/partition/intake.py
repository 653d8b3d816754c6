"""From a log record to the operators: decode, judge lateness, move the clocks, cut batches where timers fall due."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from streams.catalogue import Catalogue
from streams.hosts.partition.arrivals import Arrival, arrivals, late_rows
from streams.hosts.partition.book import Book, Mark
from streams.hosts.partition.effects import HOP, Effects, unscored
from streams.hosts.partition.owners import FOREVER, NEVER, Owner, Owners
from streams.hosts.partition.pipeline import Pipeline
from streams.topology import Source, Topology
from telassure.kernel.events import CatalogueChange, ClockCure, DeadLetter, EndOfFeed, Tick
from telassure.kernel.events.outcome import LETTER
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import Duration, Instant
from telassure.kernel.ports import LogRecord

Decode = Callable[[str, bytes], Any]


class Intake:
    """Feeds one partition's pipeline. `single` steps every record by itself.

    A batch is cut before a record when its owner has events waiting and could by then have set a timer that comes
    first, or a timer known falls due. An envelope is one unit: timers before its first row fire before it, those up to
    its last row after it.
    """

    def __init__(self, topology: Topology, book: Book, effects: Effects, pipeline: Pipeline, decode: Decode) -> None:
        self.pipeline = pipeline
        self.single = book.paced
        self.batch = 256
        self.partition = 0
        self.catalogue = Catalogue()
        self._topology, self._book, self._effects, self._decode = topology, book, effects, decode
        self._owners: Owners = pipeline.owners
        self._sources: dict[type, Source] = {source.event: source for source in topology.sources}
        self._marks: dict[str, Mark] = dict(book.standing.marks)
        timers = [operator.shortest_timer for operator in pipeline.operators if operator.shortest_timer is not None]
        self._shortest: Duration = min(timers, default=FOREVER)
        self._events: list[Any] = []
        self._bases: dict[str, Instant] = {}
        self._offset = 0

    def take(self, record: LogRecord) -> None:
        """Take one record as far as the batch it joins."""
        self._offset = record.offset
        self.pipeline.context = (record, None)
        try:
            if record.source.startswith(HOP) and self._repeated(record):
                self._book.count("hop_duplicates", record.rows, record.offset)
                return
        except ValueError:
            self.refuse(record, "hop", "its position is no hop's: operator/partition/offset/owner/index")
            return
        try:
            event = self._decode(record.kind, record.payload)
        except Exception as broken:
            self.refuse(record, "decode", str(broken))
            return
        source = self._sources.get(type(event))
        if record.trace and hasattr(event, "trace"):
            object.__setattr__(event, "trace", record.trace)  # just made here, and nobody else has seen it
        if source is None:
            self._control(event, record)
        else:
            try:
                keys, codes = source.keys(event)
            except Exception as broken:
                self.refuse(record, "source", repr(broken))
                return
            if not keys:
                self.refuse(record, "source", "the event names no partition key")
                return
            self._event(event, (keys, codes), source, record)

    def flush(self) -> None:
        """Step the operators over what waits, then fire what that has made due."""
        if not self._events:
            return
        events, bases = self._events, self._bases
        self._events, self._bases = [], {}
        self.pipeline.run(events)
        for name in bases:
            owner = self._owners.by_name[name]
            if owner.heap and owner.heap[0][0] < self._owners.clock(owner):
                self._fire(owner)

    # --- events ----------------------------------------------------------------------------------------------------

    def _event(self, event: Any, keyed: tuple[tuple[str, ...], Any], source: Source, record: LogRecord) -> None:
        keys, codes = keyed
        if codes is None:
            self._single(event, keys[0], source, record)
        elif len(event) == 0:
            return
        elif len(keys) == 1 or not self._book.paced:
            self._envelope(event, keyed, np.arange(len(event)), (source, record))
        else:
            for code in sorted(np.unique(codes).tolist(), key=keys.__getitem__):
                rows = np.flatnonzero(codes == code)
                self._envelope(event.take(rows), (keys, codes[rows]), rows, (source, record))

    def _single(self, event: Any, key: str, source: Source, record: LogRecord) -> None:
        feed, time = getattr(event, "feed", ""), event.time
        owner, offset = self._owners.touch(key, feed), record.offset
        if offset <= owner.applied and self._book.paced:
            return
        self._book.touched(owner, offset)
        self._book.count("records", 1, offset, owner)
        if feed and not record.source.startswith(HOP):
            self._book.heard(feed, time)
        if time < owner.newest.get(feed, NEVER) - source.lateness_by_feed.get(feed, source.lateness):
            self._book.count("late", 1, offset, owner)
        self._owners.seen(owner, feed, time)
        if self.single:
            self._alone(event, owner)
            return
        waiting = self._bases.get(key)
        if waiting is not None and self._crossed(owner, waiting):
            self.flush()
            waiting = None
        if owner.heap:
            self._fire_before(owner)
            waiting = self._bases.get(key)
        self._bases[key] = time if waiting is None else min(time, waiting)
        self._add(event, record, None, key)

    def _alone(self, event: Any, owner: Owner) -> None:
        """Step the operators over this event before the next is looked at; nothing waits before it."""
        self._label(owner.name)
        if owner.heap and owner.heap[0][0] < self._owners.clock(owner):
            self._fire(owner)
        self.pipeline.run((event,))
        if owner.heap and owner.heap[0][0] < self._owners.clock(owner):
            self._fire(owner)

    def _envelope(
        self, event: Any, keyed: tuple[tuple[str, ...], Any], rows: Any, origin: tuple[Source, LogRecord]
    ) -> None:
        """Rows of one or (not paced) several owners, as one unit; `rows` are their places in the envelope as read."""
        (keys, codes), (source, record) = keyed, origin
        found = arrivals(event, keys, codes, self._owners)
        if self._book.paced and record.offset <= found[0].owner.applied:
            return
        lone = found[0].owner if len(found) == 1 else None
        self._book.count("records", len(event), record.offset, lone)
        for arrival in found:
            self._book.touched(arrival.owner, record.offset)
        if event.feed and not record.source.startswith(HOP):
            self._book.heard(event.feed, max(arrival.high for arrival in found))
        limit = source.lateness_by_feed.get(event.feed, source.lateness)
        late = late_rows(event, codes, len(keys), found, limit)
        if late is not None:
            self._book.count("late", int(np.count_nonzero(late)), record.offset, lone)
            if source.late == "correct":
                event = replace(event, late=event.late | late if len(event.late) else late)
            elif source.late == "store":
                self._effects.points.append((record.offset, unscored(event.take(late))))
                event, rows = event.take(~late), rows[~late]
        if len(event):
            self._deliver(event, rows, found, record)

    def _deliver(self, event: Any, rows: Any, found: list[Arrival], record: LogRecord) -> None:
        crossed = False
        for arrival in found:
            owner, feed = arrival.owner, event.feed
            self._owners.seen(owner, feed, arrival.low)
            waiting = self._bases.get(owner.name)
            crossed = crossed or (waiting is not None and self._crossed(owner, waiting, arrival.high))
        if crossed:
            self.flush()
        for arrival in found:
            if arrival.owner.heap:
                self._fire_before(arrival.owner)
        for arrival in found:
            name = arrival.owner.name
            self._bases[name] = min(arrival.first, self._bases.get(name, FOREVER))
            if arrival.high != arrival.low:  # which its clock has seen
                self._owners.seen(arrival.owner, event.feed, arrival.high)
        self._add(event, record, rows, found[0].owner.name)

    def _crossed(self, owner: Owner, waiting: Instant, high: Instant = NEVER) -> bool:
        """Could an event that waits have set a timer which comes before the owner's new clock?"""
        clock = max(self._owners.clock(owner), high)
        return self._shortest == 0 or clock - waiting > self._shortest

    def _fire_before(self, owner: Owner) -> None:
        if owner.heap[0][0] < self._owners.clock(owner):
            if owner.name in self._bases:
                self.flush()
            self._label(owner.name)
            self._fire(owner)

    def _fire(self, owner: Owner) -> None:
        self.pipeline.fire(owner, self._owners.clock(owner))

    def _label(self, name: str) -> None:
        self.pipeline.label = (self._offset, name if self._book.paced else "")

    def _add(self, event: Any, record: LogRecord, rows: Any, name: str) -> None:
        self._events.append(event)
        self._label(name)
        if self.single or len(self._events) >= self.batch:
            self.pipeline.context = (record, rows)
            self.flush()

    # --- control -------------------------------------------------------------------------------------------------

    def _control(self, event: Any, record: LogRecord) -> None:
        self.flush()
        if isinstance(event, Tick):
            self._tick(event)
        elif isinstance(event, EndOfFeed):
            self._end(event)
        elif isinstance(event, ClockCure):
            self._cure(event)
        elif isinstance(event, CatalogueChange):
            try:
                self.catalogue.apply(event.entries)
            except Exception as broken:
                self.refuse(record, "catalogue", repr(broken))
                return
            self._book.note(record.offset, "catalogue", event.entries)
        else:
            self.refuse(record, "source", f"{self._topology.name} does not read {type(event).__name__}")

    def _tick(self, event: Tick) -> None:
        before = self._owners.tick
        due = self._owners.due_by_tick(event.time)
        self._book.note(self._offset, "tick", event.time)
        self._fire_all(due)
        for owner in self._owners.idle(before):
            if self._offset > owner.applied or not self._book.paced:
                self._book.dropped(owner, self._offset)

    def _end(self, event: EndOfFeed) -> None:
        ended = [owner for owner in self._owners.by_name.values() if event.feed in owner.newest]
        fresh = [owner for owner in ended if self._offset > owner.applied or not self._book.paced]
        quiet = min(event.quiet, self._topology.quiet)
        for owner in fresh:
            self._book.touched(owner, self._offset)
            owner.high = max(owner.high, owner.newest[event.feed] + quiet)
        self._fire_all(sorted(fresh, key=lambda owner: owner.name))

    def _cure(self, event: ClockCure) -> None:
        self._owners.tick = min(self._owners.tick, event.time)
        self._book.cured(self._offset, event.time)
        for owner in self._owners.ahead(event.time):
            if self._offset > owner.applied or not self._book.paced:
                self._book.touched(owner, self._offset)
                self._owners.set_back(owner, event.time)

    def _fire_all(self, owners: list[Owner]) -> None:
        for owner in owners:
            if self._book.paced:
                if self._offset <= owner.applied:
                    continue
                self._book.touched(owner, self._offset)
            self._label(owner.name)
            self._fire(owner)

    # --- refused -------------------------------------------------------------------------------------------------

    def _repeated(self, record: LogRecord) -> bool:
        """Is this hop at or below the highest seen of its producer?"""
        operator, partition, offset, rest = record.position.split("/", 3)
        owner, _, index = rest.rpartition("/")
        producer, mark = f"{record.source}/{operator}/{partition}", (int(offset), owner, int(index))
        if mark <= self._marks.get(producer, (-1, "", -1)):
            return True
        self._marks[producer] = mark
        self._book.note(record.offset, "mark", (producer, mark))
        return False

    def refuse(self, record: LogRecord, operator: str, reason: str, place: str = "") -> None:
        """A dead letter of the whole record. Only what names no key may go in again: bytes that cannot be read, or an
        old catalogue, may not."""
        self._book.count("records", record.rows, record.offset)
        kind = record.kind if operator == "source" else ""
        self._keep_letter(record, (operator, place, reason), (kind, record.payload))

    def bury(self, operator: str, place: str, reason: str, encoded: tuple[str, bytes]) -> None:
        """A dead letter for what the pipeline refuses of the record it is at."""
        if self.pipeline.context is not None:
            self._keep_letter(self.pipeline.context[0], (operator, place, reason), encoded)

    def _keep_letter(self, record: LogRecord, why: tuple[str, str, str], encoded: tuple[str, bytes]) -> None:
        operator, place, reason = why
        letter = DeadLetter(
            letter_id=self._letter_id(record, place, encoded[0]),
            source=record.source,
            position=record.position,
            operator=operator,
            place=place,
            reason=reason,
            payload=encoded[1],
            time=self._owners.tick,
            kind=encoded[0],
        )
        self._effects.letters[letter.letter_id] = letter
        self._book.count("dead_letters", 1, record.offset)

    def _letter_id(self, record: LogRecord, place: str, kind: str) -> str:
        """A letter of one row whose replay is refused again comes back as itself."""
        if kind and record.rows == 1 and record.source.startswith(LETTER):
            return record.source.removeprefix(LETTER)
        return derive_id("dead_letter", self._topology.name, self.partition, record.source, record.position, place)
