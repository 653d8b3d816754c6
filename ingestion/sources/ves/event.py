"""The events of VES 7.2 (CommonEventFormat 30.2.1): whether one is what the standard says it is."""

from typing import Final

from ingestion.sources.ves.event_shapes import EVENT, PERFORMANCE
from ingestion.sources.ves.measurement_shapes import HARDWARE, MEASUREMENT
from ingestion.sources.ves.shape import Shapes
from ingestion.sources.ves.traffic_shapes import TRAFFIC

FIELDS: Final = {
    "fault": "faultFields",
    "measurement": "measurementFields",
    "notification": "notificationFields",
    "perf3gpp": "perf3gppFields",
    "stateChange": "stateChangeFields",
    "stndDefined": "stndDefinedFields",
    "thresholdCrossingAlert": "thresholdCrossingAlertFields",
}
"""The fields without which an event of a domain says nothing; the standard's schema does not ask for them."""
_SHAPES: Final = Shapes(EVENT, PERFORMANCE, MEASUREMENT, HARDWARE, TRAFFIC)


def event_verdict(event: object, place: str = "event") -> str:
    """Why something is no event by the standard's schema, "" where it is one.

    >>> event_verdict({"commonEventHeader": {}})
    'event.commonEventHeader.domain is missing; it is mandatory'
    """
    return _SHAPES.verdict("event", event, place)


def empty_verdict(event: dict[str, dict[str, object]], place: str = "event") -> str:
    """Why an event that the schema takes says nothing, "" where it says something."""
    domain = str(event["commonEventHeader"]["domain"])
    fields = FIELDS.get(domain)
    if fields is not None and fields not in event:
        return f"{place}.{fields} is missing; an event of the domain {domain} is nothing without it"
    return ""
