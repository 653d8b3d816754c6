"""The VES 7.2 event listener: events of network functions, by ones and in batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import orjson

from ingestion.batches.batch import Batch, Receipt, Refusal
from ingestion.fields.json_keys import refuse_key_twice
from ingestion.mappings.mapping import SourceMapping
from ingestion.mappings.shelf import mappings_set
from ingestion.sources.edge.answers import headers_of
from ingestion.sources.edge.reception import of_kind
from ingestion.sources.source import (
    ENDPOINT,
    EndpointSettings,
    Ground,
    InputSource,
    Offering,
    Parcel,
    is_enabled,
    stands,
)
from ingestion.sources.ves.event import empty_verdict, event_verdict
from ingestion.sources.ves.performance import performance_rows
from telassure.access.endpoint import Endpoint
from telassure.kernel.errors import InvalidInput, shown
from telassure.kernel.rights import INGEST

if TYPE_CHECKING:
    from fastapi import Response

PATH: Final = "/eventListener/v7"
BATCH: Final = f"{PATH}/eventBatch"
MOST_BYTES: Final = 2 << 20
"""What the standard allows an event or a batch to have."""
VERSION: Final = {"X-MinorVersion": "2", "X-PatchVersion": "1", "X-LatestVersion": "7.2.1"}
_MEASURED: Final = frozenset({"heartbeat", "measurement", "perf3gpp"})
_EXCEPTIONS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("SVC0002", "Invalid input value for message part %1"),
    401: ("POL2000", "The following policy error occurred: %1. Error code is %2."),
    403: ("POL2000", "The following policy error occurred: %1. Error code is %2."),
    413: ("POL9003", "Message content size exceeds the allowable limit"),
    503: ("SVC1000", "No server resources available to process the request: %1"),
}
_OTHER: Final = ("SVC2000", "The following service error occurred: %1. Error code is %2.")
Events = Sequence[dict[str, Any]]


class VesSettings(EndpointSettings):
    """The listener. `enabled`: whether it answers. `mapping`: which one makes alarms of its events."""

    mapping: str = "ves"


@dataclass(frozen=True, slots=True)
class VesListener:
    """Takes events: all that a request brings, or none of it where one of them is not what the standard says."""

    ground: Ground
    mapping: SourceMapping

    def one(self, parcel: Parcel) -> "Response":
        return self._taken(parcel, [_part(_parsed(parcel.body), "event", dict)])

    def several(self, parcel: Parcel) -> "Response":
        return self._taken(parcel, _part(_parsed(parcel.body), "eventList", list))

    def _taken(self, parcel: Parcel, events: Events) -> "Response":
        from fastapi import Response

        for number, event in enumerate(events):
            place = "event" if len(events) == 1 else f"eventList[{number}]"
            if why := event_verdict(event, place) or empty_verdict(event, place):
                raise InvalidInput(why)
        position = blake2b(parcel.body, digest_size=16).hexdigest()
        receipts = [self._alarms(parcel, events, position), self._measurements(parcel, events, position)]
        rejected = [bad for receipt in receipts for bad in receipt.rejected]
        if rejected and not any(receipt.accepted + receipt.duplicates for receipt in receipts):
            raise InvalidInput(rejected[0].reason)
        return Response(status_code=202, headers=VERSION)

    def _alarms(self, parcel: Parcel, events: Events, position: str) -> Receipt:
        """What the mapping makes alarms of; valid events of which it makes nothing are kept as letters that say so."""
        others = [event for event in events if event["commonEventHeader"]["domain"] not in _MEASURED]
        found = self.mapping.of(
            [event for event in others if self.mapping.takes(event)], self.ground.clock.now(), parcel.origin.zone
        )
        if found.refused:
            raise InvalidInput(found.refused[0].reason)
        unused = [_unused(event, self.mapping) for event in others if not self.mapping.takes(event)]
        if not found.rows and not unused:
            return Receipt(0, 0, 0)
        batch = replace(found.batch(self.mapping.kind, position), refused=unused)
        return self.ground.gateway.submit(batch, of_kind(parcel.origin, batch.kind))

    def _measurements(self, parcel: Parcel, events: Events, position: str) -> Receipt:
        rows = [row for event in events for row in performance_rows(event)]
        if not rows:
            return Receipt(0, 0, 0)
        return self.ground.gateway.submit(Batch("measurements", rows, position), of_kind(parcel.origin, "measurements"))


def _unused(event: dict[str, Any], mapping: SourceMapping) -> Refusal:
    header = event["commonEventHeader"]
    return Refusal(f"event {shown(header['eventId'])}", f"domain {header['domain']}: {mapping.otherwise}")


def refused(status: int, reason: str) -> "Response":
    """A refusal as the standard words it."""
    from fastapi import Response

    message, text = _EXCEPTIONS.get(status, _OTHER)
    variables = [reason, str(status)] if "%2" in text else [reason]
    kind = "policyException" if message.startswith("POL") else "serviceException"
    body = {"requestError": {kind: {"messageId": message, "text": text, "variables": variables}}}
    return Response(orjson.dumps(body), status, {**VERSION, **headers_of(status)}, "application/json")


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as wrong:
        raise InvalidInput(f"the body is not JSON in UTF-8: {wrong.msg}") from None
    refuse_key_twice(body)
    if not isinstance(found, dict):
        raise InvalidInput(f"the body is {type(found).__name__}, not an object")
    return found


def _part(body: dict[str, Any], name: str, kind: type) -> Any:
    if not isinstance(body.get(name), kind):
        raise InvalidInput(f"{name} is missing, or no {'object' if kind is dict else 'array'}")
    return body[name]


def _offers(ground: Ground, settings: VesSettings) -> Sequence[Offering]:
    (mapping,) = mappings_set(ground.home, [settings.mapping], "ves.mapping")
    listener = VesListener(ground, mapping)
    return [
        Offering(Endpoint("POST", path, INGEST), take, refused, MOST_BYTES)
        for path, take in ((PATH, listener.one), (BATCH, listener.several))
    ]


VES: Final = InputSource(
    name="ves",
    text="VES 7.2 events of network functions",
    section="ves",
    settings=VesSettings,
    run=stands,
    runs=ENDPOINT,
    offers=_offers,
    wanted=is_enabled,
)
