"""What in the trails looks like an attack: conditions that begin and end, found again in the same entries.

Alarm types and causes are those of ITU-T X.736. A condition is named by the entry that brought it, so that it is
reported once, however often the trail is looked at.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from telassure.access.roles import ADMIN
from telassure.access.trail import HOUSE, TrailProof
from telassure.kernel.events import PerceivedSeverity
from telassure.kernel.identity import derive_id
from telassure.kernel.instant import DAY, HOUR, MINUTE, Duration, Instant
from telassure.store.sql.audit_rows import AuditEntry

_SINCE: Final = "failures since the last entry: "
_TARIFF: Final = "tariff "


@dataclass(frozen=True, slots=True)
class SecurityRule:
    """What is suspicious: as many as `most` within `window`, counted for each object that an entry `concerns` (with how
    much it counts). It ends when none has come for as long as `window`. `name` is that of its playbook, too."""

    name: str
    event_type: str
    probable_cause: str
    severity: PerceivedSeverity
    most: int
    window: Duration
    text: str
    concerns: Callable[[AuditEntry], Sequence[tuple[str, int]]]


@dataclass(frozen=True, slots=True)
class SecurityReport:
    """That a condition of a rule on an object began or, `severity` CLEARED, ended. `cause` names it for ever."""

    rule: str
    managed_object: str
    event_type: str
    probable_cause: str
    severity: PerceivedSeverity
    time: Instant
    text: str
    cause: str


def _failed_logins(entry: AuditEntry) -> Sequence[tuple[str, int]]:
    if entry.deed != "login":
        return ()
    if _SINCE in entry.outcome:
        number = entry.outcome.rpartition(_SINCE)[2]
        return [(f"login/{entry.subject}", int(number) if number.isdecimal() else 1)]
    return [(f"login/{entry.subject}", 1)] if entry.outcome.startswith("failed") else ()


def _refused_acts(entry: AuditEntry) -> Sequence[tuple[str, int]]:
    return [(f"principal/{entry.actor}", 1)] if entry.outcome.startswith("may not") else ()


def _exports(entry: AuditEntry) -> Sequence[tuple[str, int]]:
    return [(f"principal/{entry.actor}", 1)] if entry.deed.startswith("export") else ()


def _new_admins(entry: AuditEntry) -> Sequence[tuple[str, int]]:
    granted = entry.deed in ("access add", "access person") and entry.actor != HOUSE
    roles = entry.outcome.removeprefix("roles ").split(", ")
    return [(f"principal/{entry.subject}", 1)] if granted and ADMIN in roles else ()


def _restated_tariffs(entry: AuditEntry) -> Sequence[tuple[str, int]]:
    if not entry.deed.startswith("state ") or "tariffs" not in entry.deed:
        return ()
    named = {part.removeprefix(_TARIFF) for part in entry.subject.split(", ") if part.startswith(_TARIFF)}
    return [(f"tariff/{name}", 1) for name in sorted(named)]


VIOLATION, MECHANISM, INTEGRITY = "operationalViolation", "securityServiceOrMechanismViolation", "integrityViolation"
BROKEN: Final = "broken-trail"
RULES: Final = (
    SecurityRule(
        "failed-logins",
        MECHANISM,
        "authenticationFailure",
        PerceivedSeverity.MAJOR,
        10,
        10 * MINUTE,
        "ten failed logins or more within ten minutes",
        _failed_logins,
    ),
    SecurityRule(
        "refused-acts",
        MECHANISM,
        "unauthorizedAccessAttempt",
        PerceivedSeverity.MAJOR,
        5,
        10 * MINUTE,
        "five acts or more within ten minutes for which it has no right",
        _refused_acts,
    ),
    SecurityRule(
        "export",
        MECHANISM,
        "breachOfConfidentiality",
        PerceivedSeverity.WARNING,
        1,
        HOUR,
        "what is kept was copied out of the installation",
        _exports,
    ),
    SecurityRule(
        "new-admin",
        VIOLATION,
        "proceduralError",
        PerceivedSeverity.WARNING,
        1,
        HOUR,
        "a principal was made that may do everything",
        _new_admins,
    ),
    SecurityRule(
        "restated-tariff",
        INTEGRITY,
        "unexpectedInformation",
        PerceivedSeverity.MAJOR,
        3,
        HOUR,
        "one tariff was stated three times or more within an hour",
        _restated_tariffs,
    ),
)


def reports(database: str, entries: Sequence[AuditEntry], now: Instant) -> Iterator[SecurityReport]:
    """Every beginning and end of a condition that these entries of one database, in their order, tell of by now.

    Where they do not reach back to the first, the first that is here tells when they begin: what had begun by then
    can only end here, since it was told under the name of an entry that is not here.
    """
    since = entries[0].at if entries and entries[0].number > 1 else None
    for rule in RULES:
        by_object: dict[str, list[tuple[AuditEntry, int]]] = {}
        for entry in entries:
            for managed_object, weight in rule.concerns(entry):
                by_object.setdefault(managed_object, []).append((entry, weight))
        for managed_object, several in by_object.items():
            quiet = 0 if since is None else _quiet(rule, since, several)
            yield from _old_end(rule, (database, managed_object), several[:quiet], now)
            yield from _of_object(rule, (database, managed_object), several[quiet:], now)


def _quiet(rule: SecurityRule, since: Instant, several: Sequence[tuple[AuditEntry, int]]) -> int:
    """How many come before the first pause in which a condition ends."""
    before = [since, *(entry.at for entry, _ in several)]
    found = (number for number, (entry, _) in enumerate(several) if entry.at - before[number] >= rule.window)
    return next(found, len(several))


def _old_end(
    rule: SecurityRule, whose: tuple[str, str], several: Sequence[tuple[AuditEntry, int]], now: Instant
) -> Iterator[SecurityReport]:
    """The end of what had begun before, within a day of it: named by its last entry, which stays here the longest."""
    for each in _of_object(rule, whose, several, now):
        if each.severity is PerceivedSeverity.CLEARED and each.time > now - DAY:
            last = several[-1][0]
            yield _report(rule, whose[1], each.time, (f"{whose[0]}/{last.number}/{last.at}", "ended"))


def _of_object(
    rule: SecurityRule, whose: tuple[str, str], several: Sequence[tuple[AuditEntry, int]], now: Instant
) -> Iterator[SecurityReport]:
    first, count, began, newest = 0, 0, "", 0
    for entry, weight in several:
        if began and entry.at - newest >= rule.window:
            yield _report(rule, whose[1], newest + rule.window, (began, "ended"))
            began = ""
        count, newest = count + weight, entry.at
        while several[first][0].at <= entry.at - rule.window:
            count -= several[first][1]
            first += 1
        if not began and count >= rule.most:
            began = f"{whose[0]}/{entry.number}/{entry.at}"
            yield _report(rule, whose[1], entry.at, (began, ""))
    if began and now - newest >= rule.window:
        yield _report(rule, whose[1], newest + rule.window, (began, "ended"))


def _report(rule: SecurityRule, managed_object: str, at: Instant, began: tuple[str, str]) -> SecurityReport:
    cause = derive_id("security", rule.name, managed_object, *began)
    severity = PerceivedSeverity.CLEARED if began[1] else rule.severity
    return SecurityReport(
        rule.name, managed_object, rule.event_type, rule.probable_cause, severity, at, rule.text, cause
    )


def broken(database: str, proof: TrailProof, now: Instant) -> SecurityReport:
    """That a trail is not what was written, or is again."""
    severity = PerceivedSeverity.CLEARED if proof.ok else PerceivedSeverity.CRITICAL
    cause = derive_id("security", BROKEN, database, str(now))
    text = f"the audit trail is as it was written; entries: {proof.entries}" if proof.ok else proof.reason
    return SecurityReport(
        BROKEN, f"trail/{database}", INTEGRITY, "informationModificationDetected", severity, now, text, cause
    )
