"""A labelled alarm scenario: its catalogue, its alarms in the order received, and the truth for the scores alone."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from ingestion.fields.privacy import Pseudonymiser
from ingestion.fields.terms import Terms
from ingestion.kinds.catalogue import entries
from telassure.kernel.errors import InvalidInput
from telassure.kernel.events import AlarmNotification, CatalogueEntry, PerceivedSeverity, Resource
from telassure.kernel.instant import Instant

ALARM_FILE: Final = "alarms.jsonl"
FEED: Final = "scenario"
ELSEWHERE: Final = "default"


@dataclass(frozen=True, slots=True)
class Activation:
    """The first raise of an alarm that was not active: what the scores count. Times are the elements' own."""

    notification_id: str
    managed_object: str
    time: Instant


@dataclass(frozen=True, slots=True)
class LabelledIncident:
    """One incident of the truth: any of its `roots` is right."""

    incident_id: str
    kind: str
    roots: frozenset[str]


@dataclass(frozen=True, slots=True)
class AlarmScenario:
    """`labels` say of each notification which incident it belongs to, "" for noise; nothing but the scores reads them
    or `incidents`."""

    name: str
    catalogue: Sequence[CatalogueEntry]
    notifications: Sequence[AlarmNotification]
    incidents: Sequence[LabelledIncident]
    labels: Mapping[str, str]

    def activations(self) -> list[Activation]:
        """First raises in the order of their times; repeats while active, clears and doubles are none."""
        seen: set[str] = set()
        active: set[tuple[str, str, str, str]] = set()
        found: list[Activation] = []
        for event in sorted(self.notifications, key=lambda event: event.time):
            if event.notification_id in seen:
                continue
            seen.add(event.notification_id)
            if event.perceived_severity is PerceivedSeverity.CLEARED:
                active.discard(identity_of(event))
            elif identity_of(event) not in active:
                active.add(identity_of(event))
                found.append(Activation(event.notification_id, event.managed_object, event.time))
        return found


def identity_of(alarm: Any) -> tuple[str, str, str, str]:
    """What makes two notifications, or an entry of the list, the same alarm (X.733)."""
    return alarm.managed_object, alarm.event_type, alarm.probable_cause, alarm.specific_problem


def scenarios(directory: Path) -> list[AlarmScenario]:
    """The scenario that a folder is, or those that it holds, by name; InvalidInput where it is neither."""
    folders = (
        [directory]
        if (directory / ALARM_FILE).is_file()
        else sorted(p.parent for p in directory.glob("*/alarms.jsonl"))
    )
    if not folders:
        raise InvalidInput("there is neither alarms.jsonl nor a folder with one in it", str(directory))
    return [scenario(folder) for folder in folders]


def scenario(folder: Path) -> AlarmScenario:
    """Read one folder; InvalidInput where a file breaks the layout."""
    book = catalogue_of(_json(folder / "catalogue.json"), str(folder / "catalogue.json"))
    domains = {entry.resource_id: entry.domain for entry in book if isinstance(entry, Resource)}
    commonest = max(sorted(set(domains.values())), key=list(domains.values()).count, default=ELSEWHERE)
    domains = defaultdict(lambda: commonest, domains)  # an object that the inventory lacks is where its feed is
    notifications = list(_notifications(folder / ALARM_FILE, domains))
    file = folder / "incidents.json"
    try:
        truth = _json(file)
        incidents = [LabelledIncident(row["id"], row["kind"], frozenset(row["root"])) for row in truth["incidents"]]
        labels = {event.notification_id: truth["alarms"][event.notification_id] or "" for event in notifications}
    except (KeyError, TypeError) as error:
        raise InvalidInput(
            f"incidents [{{id, kind, root}}] and alarms {{id: incident}} are needed: {error!r}", str(file)
        ) from error
    return AlarmScenario(folder.resolve().name, book, notifications, incidents, labels)


def catalogue_of(document: Any, place: str) -> list[CatalogueEntry]:
    """The entries of a catalogue as `telassure load` takes it; InvalidInput with the place where one is wrong."""
    good, bad, _ = entries(document, Terms(FEED, FEED, "1"), Pseudonymiser(b"no subscriber is in it"))
    if bad:
        raise InvalidInput(bad[0].reason, place)
    return [stated.entry for stated in good]


def notification_of(row: Mapping[str, Any], domain: str) -> AlarmNotification:
    """One notification as it stands in a file or is sent."""
    return AlarmNotification(
        row["notification_id"],
        domain,
        FEED,
        row["managed_object"],
        row["event_type"],
        row["probable_cause"],
        row["specific_problem"],
        PerceivedSeverity[row["perceived_severity"].upper()],
        row["time"],
        text=row.get("text", ""),
    )


def _notifications(file: Path, domains: defaultdict[str, str]) -> Iterator[AlarmNotification]:
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise InvalidInput(f"the alarms cannot be read ({error.strerror})", str(file)) from error
    for number, line in enumerate(lines, 1):
        try:
            row = orjson.loads(line)
            yield notification_of(row, domains[row["managed_object"]])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidInput(f"it is no alarm notification: {error!r}", f"{file}:{number}") from error


def _json(file: Path) -> Any:
    try:
        return orjson.loads(file.read_bytes())
    except OSError as error:
        raise InvalidInput(f"it cannot be read ({error.strerror})", str(file)) from error
    except ValueError as error:
        raise InvalidInput(f"it is not JSON: {error}", str(file)) from error
