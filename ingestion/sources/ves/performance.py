"""Measurements in VES events: the fields of a measurement event, the results of a perf3gpp event, and heartbeats."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

HEARTBEAT: Final = "heartbeat"
_IDENTIFIER: Final = "Identifier"
_NAMES: Final = ("filesystemName",)
_NOT_MEASURED: Final = frozenset({"measurementInterval"})
_SUSPECT: Final = "valuesAreSuspect"
_DEPTH: Final = 4


@dataclass(frozen=True, slots=True)
class Reported:
    """What the rows of an event have in common: the end of its period and how many seconds that was."""

    time: int
    granularity_s: int

    def row(self, measured_object: str, name: str, value: object, suspect: bool = False) -> dict[str, object]:
        return {
            "time": self.time,
            "managed_object": measured_object,
            "measurement": name,
            "value": value,
            "suspect": suspect,
            "granularity_s": self.granularity_s,
        }


def performance_rows(event: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    """The rows of an event that the schema has taken; none of a domain that measures nothing."""
    header = event["commonEventHeader"]
    at, element = int(header["lastEpochMicrosec"]), str(header["sourceName"])
    match header["domain"]:
        case "heartbeat":
            fields = event.get("heartbeatFields", {})
            yield Reported(at, int(fields.get("heartbeatInterval", 0))).row(element, HEARTBEAT, 1)
        case "measurement":
            fields = event["measurementFields"]
            yield from _fields(fields, Reported(at, round(fields["measurementInterval"])), element)
        case "perf3gpp":
            yield from _results(event["perf3gppFields"]["measDataCollection"], at, element)


def _fields(fields: Mapping[str, Any], reported: Reported, element: str) -> Iterator[dict[str, object]]:
    for name, value in fields.items():
        if name in _NOT_MEASURED:
            continue
        if name == "additionalMeasurements":
            for group in value:
                yield from _texts(group["hashMap"], reported, f"{element}/{group['name']}")
        elif name == "featureUsageArray":
            yield from _texts(value, reported, element)
        else:
            yield from _measured(name, value, (reported, element, False))


def _measured(
    name: str, value: object, where: tuple[Reported, str, bool], depth: int = _DEPTH
) -> Iterator[dict[str, object]]:
    """Numbers under their name; the entries of an array are objects below the element, by their own identifiers."""
    reported, above, suspect = where
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield reported.row(above, name, value, suspect)
    elif isinstance(value, list) and depth:
        for number, entry in enumerate(each for each in value if isinstance(each, dict)):
            below = f"{above}/{_kind(name)}:{_identifier(entry) or number}"
            yield from _measured("", entry, (reported, below, entry.get(_SUSPECT) == "true"), depth - 1)
    elif isinstance(value, dict) and depth:
        for inner, each in value.items():
            yield from _measured(inner, each, where, depth - 1)


def _texts(values: Mapping[str, str], reported: Reported, measured_object: str) -> Iterator[dict[str, object]]:
    """The numbers among values that the standard writes as text."""
    for name, text in values.items():
        try:
            yield reported.row(measured_object, name, float(text))
        except ValueError:
            continue  # a word, which measures nothing


def _identifier(entry: Mapping[str, object]) -> str:
    names = (name for name in entry if name.endswith(_IDENTIFIER) or name in _NAMES)
    return str(entry[found]) if (found := next(names, None)) else ""


def _kind(array: str) -> str:
    return array.removesuffix("Array").removesuffix("Usage").removesuffix("Performance")


def _results(collection: Mapping[str, Any], at: int, element: str) -> Iterator[dict[str, object]]:
    reported = Reported(at, int(collection["granularityPeriod"]))
    for block in collection["measInfoList"]:
        types = block["measTypes"]
        names = [str(name) for name in types.get("sMeasTypesList") or types.get("iMeasTypesList") or ()]
        for values in block["measValuesList"]:
            measured_object = f"{collection.get('measuredEntityDn') or element},{values['measObjInstId']}"
            suspect = values.get("suspectFlag") == "true"
            for result in values["measResults"]:
                if 1 <= result["p"] <= len(names):
                    yield reported.row(measured_object, names[result["p"] - 1], _value(result), suspect)


def _value(result: Mapping[str, Any]) -> object:
    return result.get("iValue", result.get("rValue", result.get("sValue")))
