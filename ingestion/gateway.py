"""The gateway: whatever comes in is judged, routed and made durable here, once; what cannot be taken is buried."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, Final, Protocol

import numpy as np

from ingestion.batches.ahead import AheadRules, HeldRows, at_arrival, corrected, parted, rows_of
from ingestion.batches.batch import Batch, Origin, Receipt, by_index
from ingestion.batches.directory import Directory
from ingestion.batches.in_force import CatalogueInForce
from ingestion.batches.kind import kind_named, kinds, kinds_by_event
from ingestion.batches.routes import DETECTION, ROWS, Draft, Routes, inner
from ingestion.deeds import act_deed, asked_tariffs
from ingestion.fields.privacy import Pseudonymiser
from ingestion.fields.terms import BadRow, Reading, Terms
from ingestion.kinds.catalogue import CATALOGUE, signed
from ingestion.kinds.catalogue import entries as entries_of
from ingestion.letters import LetterBook
from ingestion.posting import Posting, conflicts, postings_of, receipt
from ingestion.statement import Statement, copies, judged, place_digest, refused_whole
from telassure.kernel.codec import decode, encode
from telassure.kernel.errors import ConflictingDuplicate, PermanentError, TransientError
from telassure.kernel.events import DeadLetter, EndOfFeed
from telassure.kernel.events.outcome import LETTER
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import DAY, LATEST, Duration, Instant, iso
from telassure.kernel.ports import Appended, Clock, Entry, LetterKeeper, SecondLook, one_is_enough
from telassure.kernel.rights import JUDGE, OPERATE

QUIET: Final[Duration] = 7 * DAY
HELD: Final = "held"
"""The operator in whose name rows wait until they are due."""
_RELEASED: Final = 500
_FEEDS: Final = 1_000
_NO_FEED: Final = "key:"
_ACTS: Final = frozenset({OPERATE, JUDGE})
"""The rights of kinds of input whose rows are acts of persons."""


class InputLog(Protocol):
    """What the gateway needs of the event log; `append` returns only when the entries are durable."""

    def append(self, entries: Sequence[Entry]) -> Appended: ...
    def bury(self, letters: Sequence[DeadLetter]) -> None: ...


def _unnoted(batch: Batch, origin: Origin) -> None:
    """Nobody writes down what was refused of the catalogue."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """`ahead`: what becomes of live times ahead of the clock. `rows`: the most in one envelope. `in_vain` is told of a
    statement of the catalogue of which something was refused; `second` is asked before tariffs are changed."""

    ahead: AheadRules = field(default_factory=AheadRules)
    rows: int = ROWS
    in_vain: Callable[[Batch, Origin], None] = _unnoted
    second: SecondLook = one_is_enough


class Gateway:
    """Takes batches of any kind into the log. Safe from several threads.

    A repeat of a position is a duplicate and reaches nobody. Recharges, billed lines, counts and actions are known by
    their own id within their feed: a repeat with other content is refused by name, wherever it comes from.
    """

    def __init__(
        self,
        log: InputLog,
        directory: Directory,
        clock: Clock,
        partitions: Mapping[str, int],
        who: Pseudonymiser,
        settings: GatewaySettings = GatewaySettings(),
    ) -> None:
        kinds()  # the events declared beside them can be read from here on
        self._log = log
        self._directory = directory
        self._clock = clock
        self._who = who
        self._letters = LetterBook(who, clock)
        self._ahead, self._in_vain, self._second = settings.ahead, settings.in_vain, settings.second
        self.skews: dict[
            str, Duration
        ] = {}  # of each live feed, its newest row against the clock: ahead where positive
        self._routes = Routes(directory, partitions, settings.rows)

    @property
    def directory(self) -> Directory:
        """Who belongs where."""
        return self._directory

    def named(self, name: str) -> str:
        """The name of a file or of a request's key as it may be kept and told."""
        return self._who.named(name)

    @property
    def in_force(self) -> CatalogueInForce:
        """The catalogue as of what has passed here and was read of the log."""
        return self._directory.in_force

    def submit(self, batch: Batch, origin: Origin) -> Receipt:
        """Judge, route and append a batch. InvalidInput where its body has no rows at all; ConflictingDuplicate where a
        guarded position is taken by other content; TransientError where the log is not to be had."""
        kind = kind_named(batch.kind)
        if kind is CATALOGUE:
            return self._state(batch, origin)
        priced = self._directory.in_force.priced
        terms = Terms(
            origin.feed, origin.source, batch.position, origin.zone, self._newest(origin), priced, origin.principal
        )
        reading = corrected(kind.read(batch.body, terms, self._who), self._offset(origin))
        self._heard(origin, reading)
        held: list[HeldRows] = []
        if origin.live:
            now = self._clock.now()
            reading, held = parted(at_arrival(kind, reading, now, self._ahead), now, self._ahead)
        postings = list(postings_of(kind, reading, self._routes, origin.domain))
        entries = [self._entry(each, batch, origin) for each in postings]
        self._claim(batch, origin)
        self._hold(batch, origin, held)  # first: once the rest has its places, the batch is not taken in another time
        appended = self._append(entries)
        rejected = reading.rejected + tuple(conflicts(kind, appended, postings))
        self._bury_rows(batch, origin, rejected)
        return receipt(reading, postings, appended, rejected, len(batch.refused), rows_of(held))

    def _state(self, batch: Batch, origin: Origin) -> Receipt:
        """Take a statement of the catalogue, one at a time. What is live and under no key is compared with what is in
        force; a place in the log is then of the statement and of the attempt, or else of the catalogue it was made
        upon, so that the same attempt made again takes no second place."""
        with self._directory.stating() as in_force:
            statement = self._judged(batch, origin, in_force)
            anew = origin.live and not batch.guarded
            needed = statement.needed() if anew else statement
            if (asked := asked_tariffs((each.entry for each in needed.entries), batch, origin)) is not None:
                self._second(asked)
            upon = origin.attempt or in_force.version
            position = f"{batch.position}@{upon}" if anew else batch.position
            by, now = origin.actor or origin.feed, self._clock.now()
            changes = [(signed(change, by, now), rows) for change, rows in needed.changes()]
            placed = replace(batch, position=position)
            entries = copies([change for change, _ in changes], placed, origin, self._routes)
            try:
                self._claim(batch, origin)
                appended = self._append(entries)
            except TransientError:
                in_force.doubt(each.entry for each in needed.entries)
                raise
            before = {len(changes) - len(entries) + index for index in (*appended.repeats, *appended.conflicts)}
            fresh = [change for number, (change, _) in enumerate(changes) if number not in before]
            self._directory.learn(entry for change in fresh for entry in change.entries)
        if statement.rejected or batch.refused:
            self._in_vain(batch, origin)
        self._bury_rows(batch, origin, statement.rejected)
        known = {row for number, (_, rows) in enumerate(changes) if number in before for row in rows}
        return statement.receipt(known, len(batch.refused))

    def _judged(self, batch: Batch, origin: Origin, in_force: CatalogueInForce) -> Statement:
        terms = Terms(origin.feed, origin.source, batch.position, origin.zone)
        place = batch.place if batch.place is not by_index else None
        statement = judged(entries_of(batch.body, terms, self._who, place), in_force, place)
        return refused_whole(statement, len(batch.refused)) if batch.whole else statement

    def end_of_feed(self, feed: str, position: str, quiet: Duration = QUIET) -> None:
        """Say once per `position` that a recorded feed has ended."""
        origin, batch = Origin(feed, f"end:{feed}"), Batch("end", None, position)
        drafts = list(self._routes.everywhere(EndOfFeed(feed, quiet), 0))
        postings = [Posting(draft, str(number), number) for number, draft in enumerate(drafts)]
        self._log.append([self._entry(each, batch, origin) for each in postings])

    def refuse(self, origin: Origin, place: str, reason: str, payload: bytes = b"") -> None:
        """Bury what never became a batch, such as an unreadable file."""
        self._log.bury([self._letters.one(origin, place, reason, payload)])

    def readmit(self, letters: Sequence[tuple[DeadLetter, int]]) -> Mapping[str, str]:
        """Put the input of dead letters, each refused so many times, into the log again, routed as of now; durable when
        it returns. A refusal is answered once, however often this is called. The reason of each that is left, by id."""
        entries: list[Entry] = []
        refused: dict[str, str] = {}
        for letter, times in letters:
            try:
                event = decode(letter.kind, letter.payload)
                drafts = list(self._routed(event, getattr(event, "domain", "")))
            except PermanentError as unreadable:
                refused[letter.letter_id] = str(unreadable)
                continue
            if not drafts:
                refused[letter.letter_id] = f"a {letter.kind} is taken by no topology"
            entries += [_again(draft, letter, f"{times}.{number}") for number, draft in enumerate(drafts)]
        if entries:
            self._log.append(entries)
        return refused

    def release(self, keeper: LetterKeeper) -> int:
        """Put the held rows that are due into the log, as a replay of their letters would; how many letters went."""
        done = 0
        while due := keeper.due_letters(HELD, self._clock.now(), _RELEASED):
            left = self.readmit([(each.letter, each.times) for each in due])
            keeper.mark_replayed([each for each in due if each.letter.letter_id not in left])
            done += len(due) - len(left)
            if left:
                break
        return done

    def _hold(self, batch: Batch, origin: Origin, held: Sequence[HeldRows]) -> None:
        """Keep rows that are dated ahead as letters, which go in by themselves once they are due."""
        letters = []
        for number, each in enumerate(held):
            event = replace(each.event, domain=origin.domain) if hasattr(each.event, "domain") else each.event
            kind, payload = encode(event)
            position = f"{batch.position}.held.{number}"
            reason = f"{len(each.rows)} rows are dated ahead of the clock; they are taken in at {iso(each.due)}"
            name = derive_id("held", origin.source, position)
            place = f"row {int(each.rows[0])} and others" if len(each.rows) > 1 else f"row {int(each.rows[0])}"
            letters.append(DeadLetter(name, origin.source, position, HELD, place, reason, payload, each.due, kind))
        if letters:
            self._log.bury(letters)

    def _heard(self, origin: Origin, reading: Reading) -> None:
        """Note how far the newest row of a live feed is from the clock."""
        read: Sequence[Any] = reading.events
        if origin.live and read:
            newest = max(int(np.max(event.time)) for event in read if np.size(event.time))
            if len(self.skews) < _FEEDS or origin.feed in self.skews:
                self.skews[origin.feed] = newest - self._clock.now()

    def _offset(self, origin: Origin) -> Duration:
        return self._ahead.offsets.get(origin.feed, 0)

    def _newest(self, origin: Origin) -> Instant:
        """The newest time that is read: of a recording now, else as far ahead as a clock may be, by the feed's."""
        most = self._ahead.most - self._offset(origin) if origin.live else self._ahead.arrival
        return min(self._clock.now() + most, LATEST)

    def _routed(self, event: object, domain: str) -> Iterator[Draft]:
        kind = kinds_by_event().get(type(event))
        return kind.route(event, self._routes, domain) if kind else inner(event, self._routes)

    def _entry(self, posting: Posting, batch: Batch, origin: Origin) -> Entry:
        draft = posting.draft
        name, payload = encode(draft.event)
        source, position = origin.source, f"{batch.position}.{posting.number}"
        digest = batch.digest or place_digest(source, position)
        kind = kinds_by_event().get(type(draft.event))
        if kind is not None and kind.identity and not batch.guarded:
            source, position = f"{name}:{origin.feed}", str(getattr(draft.event, kind.identity))
            digest = blake2b(payload, digest_size=16).digest()
        rows = max(draft.counted, 1)
        place = (draft.topology, draft.partition, name, payload)
        deed = act_deed(draft.event, origin) if kind is not None and kind.right in _ACTS else None
        return Entry(*place, source, position, digest, rows, origin.trace, deed=deed)

    def _append(self, entries: Sequence[Entry]) -> Appended:
        return self._log.append(entries) if entries else Appended(0, 0)

    def _claim(self, batch: Batch, origin: Origin) -> None:
        """A guarded batch first claims its key with the whole body's digest, so that a conflict writes nothing, even
        where no row was good; the repeat of a batch that was cut off after the claim completes it. The claim is the
        end of a feed that nobody sends: it stands for the key alone, and changes no state."""
        if batch.guarded:
            draft = Draft(DETECTION, 0, EndOfFeed(_NO_FEED, 0), 0)
            if self._log.append([self._entry(Posting(draft, "key", 0), batch, origin)]).conflicts:
                raise ConflictingDuplicate("this Idempotency-Key was used with another body; choose a new key")

    def _bury_rows(self, batch: Batch, origin: Origin, rejected: Sequence[BadRow]) -> None:
        if letters := self._letters.of_batch(batch, origin, rejected):
            self._log.bury(letters)


def _again(draft: Draft, letter: DeadLetter, position: str) -> Entry:
    """The account or domain may have changed between two tries of one replay, so the digest is of the place alone."""
    kind, payload = encode(draft.event)
    source = LETTER + letter.letter_id
    digest = place_digest(source, position)
    return Entry(draft.topology, draft.partition, kind, payload, source, position, digest, max(draft.counted, 1))
