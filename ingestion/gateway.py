"""The gateway: whatever comes in is judged, routed and made durable here, once; what cannot be taken is buried."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final, Protocol

from ingestion.batch import Batch, Origin, Receipt, row_reader
from ingestion.directory import Directory
from ingestion.fields.privacy import Pseudonymiser, redacted
from ingestion.fields.terms import BadRow, Terms
from ingestion.kinds import body as inbound
from ingestion.kinds.catalogue import signed
from ingestion.routes import DETECTION, ROWS, Draft, Routes
from telassure.kernel.codec import decode, encode
from telassure.kernel.errors import ConflictingDuplicate, PermanentError
from telassure.kernel.events import (
    AlarmAction,
    BilledLine,
    CatalogueChange,
    DeadLetter,
    EndOfFeed,
    Recharge,
    SwitchCount,
    Verdict,
)
from telassure.kernel.events.outcome import LETTER
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import DAY, HOUR, LATEST, Duration, Instant
from telassure.kernel.ports import Appended, Clock, Entry

QUIET: Final[Duration] = 7 * DAY
_KEPT_PAYLOAD: Final = 4_096
_NO_FEED: Final = "key:"


class InputLog(Protocol):
    """What the gateway needs of the event log; `append` returns only when the entries are durable."""

    def append(self, entries: Sequence[Entry]) -> Appended: ...
    def bury(self, letters: Sequence[DeadLetter]) -> None: ...


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """`ahead`: how far before the clock a live time may be. `rows`: the most in one envelope."""

    ahead: Duration = HOUR
    rows: int = ROWS


_IDENTITY: Final[Mapping[type, str]] = {
    Recharge: "recharge_id",
    BilledLine: "line_id",
    SwitchCount: "count_id",
    AlarmAction: "action_id",
    Verdict: "verdict_id",
}


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
        self._log = log
        self._directory = directory
        self._clock = clock
        self._who = who
        self._ahead = settings.ahead
        self._routes = Routes(directory, partitions, settings.rows)

    def submit(self, batch: Batch, origin: Origin) -> Receipt:
        """Judge, route and append a batch. InvalidInput where its body has no rows at all; ConflictingDuplicate where a
        guarded position is taken by other content; TransientError where the log is not to be had."""
        terms = Terms(origin.feed, origin.source, batch.position, origin.zone, self._newest(origin))
        reading = self._signed(inbound.validate(batch.kind, batch.body, terms, self._who), origin)
        drafts, rows = self._drafts(reading, origin)
        entries = [self._entry(draft, row, batch, origin) for draft, row in zip(drafts, rows, strict=True)]
        appended = self._append(entries, batch, origin)
        self._directory.learn(
            e for change in reading.events if isinstance(change, CatalogueChange) for e in change.entries
        )
        rejected = reading.rejected + _conflicts(appended, drafts, rows)
        self._bury_rows(batch, origin, rejected)
        accepted, duplicates = _counted(drafts, appended, bool(reading.indices))
        return Receipt(reading.rows + len(batch.refused), accepted, duplicates, rejected)

    def end_of_feed(self, feed: str, position: str, quiet: Duration = QUIET) -> None:
        """Say once per `position` that a recorded feed has ended."""
        origin, batch = Origin(feed, f"end:{feed}"), Batch("end", None, position)
        drafts = list(self._routes.everywhere(EndOfFeed(feed, quiet), 0))
        self._log.append([self._entry(draft, str(row), batch, origin) for row, draft in enumerate(drafts)])

    def refuse(self, origin: Origin, place: str, reason: str, payload: bytes = b"") -> None:
        """Bury what never became a batch, such as an unreadable file."""
        self._log.bury([self._letter(origin, place, place, reason, payload)])

    def readmit(self, letters: Sequence[tuple[DeadLetter, int]]) -> Mapping[str, str]:
        """Put the input of dead letters, each refused so many times, into the log again, routed as of now; durable when
        it returns. A refusal is answered once, however often this is called. The reason of each that is left, by id."""
        entries: list[Entry] = []
        refused: dict[str, str] = {}
        for letter, times in letters:
            try:
                event = decode(letter.kind, letter.payload)
                drafts = list(self._routes.of(event, getattr(event, "domain", "")))
            except PermanentError as unreadable:
                refused[letter.letter_id] = str(unreadable)
                continue
            if not drafts:
                refused[letter.letter_id] = f"a {letter.kind} is taken by no topology"
            entries += [_again(draft, letter, f"{times}.{number}") for number, draft in enumerate(drafts)]
        if entries:
            self._log.append(entries)
        return refused

    def _signed(self, reading: inbound.Reading, origin: Origin) -> inbound.Reading:
        """With who sets a policy, and when."""
        by, now = origin.actor or origin.feed, self._clock.now()
        events = (signed(event, by, now) if isinstance(event, CatalogueChange) else event for event in reading.events)
        return replace(reading, events=tuple(events))

    def _newest(self, origin: Origin) -> Instant:
        return min(self._clock.now() + self._ahead, LATEST) if origin.live else LATEST

    def _drafts(self, reading: inbound.Reading, origin: Origin) -> tuple[list[Draft], list[str]]:
        """Each draft, and what tells it from the others of its batch: its row, or its ordinal."""
        drafts: list[Draft] = []
        rows: list[str] = []
        for place, event in enumerate(reading.events):
            routed = list(self._routes.of(event, origin.domain))
            start = len(drafts)
            drafts += routed
            single = bool(reading.indices)
            rows += [str(reading.indices[place] if single else start + n) for n in range(len(routed))]
        return drafts, rows

    def _entry(self, draft: Draft, row: str, batch: Batch, origin: Origin) -> Entry:
        kind, payload = encode(draft.event)
        source, position = origin.source, f"{batch.position}.{row}"
        digest = batch.digest or _digest(f"{source}\x1f{position}".encode())
        identity = _IDENTITY.get(type(draft.event))
        if identity and not batch.guarded:
            source, position = f"{kind}:{origin.feed}", str(getattr(draft.event, identity))
            digest = _digest(payload)
        rows = max(draft.counted, 1)
        place = (draft.topology, draft.partition, kind, payload)
        return Entry(*place, source, position, digest, rows, origin.trace)

    def _append(self, entries: Sequence[Entry], batch: Batch, origin: Origin) -> Appended:
        """A guarded batch first claims its key with the whole body's digest, so that a conflict writes nothing, even
        where no row was good; the repeat of a batch that was cut off after the claim completes it."""
        if batch.guarded and self._log.append([self._claim(batch, origin)]).conflicts:
            raise ConflictingDuplicate("this Idempotency-Key was used with another body; choose a new key")
        return self._log.append(entries) if entries else Appended(0, 0)

    def _claim(self, batch: Batch, origin: Origin) -> Entry:
        """The end of a feed that nobody sends: it stands for the key alone, and changes no state."""
        draft = Draft(DETECTION, 0, EndOfFeed(_NO_FEED, 0), 0)
        return self._entry(draft, "key", batch, origin)

    def _bury_rows(self, batch: Batch, origin: Origin, rejected: Sequence[BadRow]) -> None:
        letters = [
            self._letter(origin, f"{batch.position}.{each.place}", each.place, each.reason, b"")
            for each in batch.refused
        ]
        if rejected:
            row_at = row_reader(batch)
            letters += [
                self._letter(
                    origin,
                    f"{batch.position}.{bad.index}",
                    batch.place(bad),
                    bad.reason,
                    self._payload(row_at(bad.index)),
                )
                for bad in rejected
            ]
        if letters:
            self._log.bury(letters)

    def _payload(self, row: object) -> bytes:
        return json.dumps(redacted(row, self._who, inbound.FIELDS), default=str).encode()[:_KEPT_PAYLOAD]

    def _letter(self, origin: Origin, position: str, place: str, reason: str, payload: bytes) -> DeadLetter:
        letter_id = derive_id("ingest", origin.source, position)
        return DeadLetter(letter_id, origin.source, position, "ingest", place, reason, payload, self._clock.now())


def _again(draft: Draft, letter: DeadLetter, position: str) -> Entry:
    """The account or domain may have changed between two tries of one replay, so the digest is of the place alone."""
    kind, payload = encode(draft.event)
    source = LETTER + letter.letter_id
    digest = _digest(f"{source}\x1f{position}".encode())
    return Entry(draft.topology, draft.partition, kind, payload, source, position, digest, max(draft.counted, 1))


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).digest()


def _conflicts(appended: Appended, drafts: Sequence[Draft], rows: Sequence[str]) -> tuple[BadRow, ...]:
    found = []
    for index in appended.conflicts:
        event = drafts[index].event
        identity = _IDENTITY.get(type(event))
        what = f"{identity} {str(getattr(event, identity))!r}" if identity else "this position"
        reason = f"{what} was taken before with other content; the first one stands"
        found.append(BadRow(int(rows[index]), reason))
    return tuple(found)


def _counted(drafts: Sequence[Draft], appended: Appended, single: bool) -> tuple[int, int]:
    """(accepted, duplicate) source rows. Where only some envelopes of a known batch are new, they are its last ones:
    the catalogue has since moved objects apart."""
    if single:
        return appended.accepted, appended.duplicates
    total = sum(draft.counted for draft in drafts)
    fresh = sum(draft.counted for draft in drafts[len(drafts) - appended.accepted :])
    return fresh, total - fresh
