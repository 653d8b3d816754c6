"""Syslog messages as documents: RFC 5424, and the older form of RFC 3164 as far as it has one."""

import re
from datetime import datetime, timedelta, tzinfo
from typing import Final

from telassure.kernel.errors import InvalidInput
from telassure.kernel.instant import Instant, iso, readings, to_datetime

SEVERITIES: Final = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
FACILITIES: Final = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
    "audit", "alert", "clock", *(f"local{number}" for number in range(8)),
)  # fmt: skip
_PRIORITY: Final = re.compile(r"<(\d{1,3})>")
_NEW: Final = re.compile(r"1 (\S{1,64}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) (-|\[)", re.ASCII)
_OLD: Final = re.compile(
    r"(?:(\d+): )?\*?([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d)(?:\.\d+)?(?: ([A-Z]{3,4}))?:? (.*)", re.DOTALL
)
_ISO: Final = re.compile(r"(\d{4}-\d\d-\d\dT\S+) (.*)", re.DOTALL)
_TAG: Final = re.compile(r"([\w./-]{1,48})(?:\[([^\]]{1,128})\])?: ?(.*)", re.DOTALL)
_HOST: Final = re.compile(r"([^\s:\[\]%]+|\[?[0-9a-fA-F:.]+\]?) (.*)", re.DOTALL)
_MNEMONIC: Final = re.compile(r"%([A-Z0-9_]+(?:-[A-Z0-9_]+)?-[0-7]-[A-Z0-9_]+):")
_PARAMETER: Final = re.compile(r' ([^\s="\]]{1,32})="((?:[^"\\\]]|\\.)*)"', re.DOTALL)
_ELEMENT: Final = re.compile(r'\[([^\s="\]]{1,32})((?: [^\s="\]]{1,32}="(?:[^"\\\]]|\\.)*")*)\]', re.DOTALL)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HIGHEST: Final = 191
_MARK: Final = "\ufeff"
Document = dict[str, object]


def document_of(octets: bytes, sender: str, now: Instant, zone: tzinfo) -> Document:
    """A message as a document; InvalidInput where it has no priority, or says that it is RFC 5424 and is not.

    `host` is whom it names, else the sender's address; `time` is missing where it states none. A message of RFC 3164
    that has another form is kept whole in `message`, as that standard says.
    """
    text = octets.decode("utf-8", "replace").rstrip("\r\n\0")
    found = _PRIORITY.match(text)
    if found is None or int(found[1]) > _HIGHEST:
        raise InvalidInput(
            "the message has no priority; send syslog as RFC 5424 or RFC 3164 have it, such as <11>1 ..."
        )
    facility, severity = divmod(int(found[1]), 8)
    rest = text[found.end() :]
    document: Document = {"facility": FACILITIES[facility], "severity": SEVERITIES[severity], "sender": sender}
    document |= _new(rest) if rest.startswith("1 ") else _old(rest, now, zone)
    document.setdefault("host", sender)
    if mnemonic := _MNEMONIC.search(str(document["message"])[:256]):
        document["mnemonic"] = mnemonic[1]
    return document


def _new(rest: str) -> Document:
    head = _NEW.match(rest)
    if head is None:
        raise InvalidInput(
            "the message says version 1 and has no such head; send RFC 5424, 6 fields after the priority"
        )
    names = ("time", "host", "app", "process_id", "message_id")
    found: Document = {name: value for name, value in zip(names, head.groups(), strict=False) if value != "-"}
    at, structured = head.end(), dict[str, dict[str, str]]()
    if head[6] == "[":
        at -= 1
        while element := _ELEMENT.match(rest, at):
            structured[element[1]] = {name: _plain(value) for name, value in _PARAMETER.findall(element[2])}
            at = element.end()
        if not structured:
            raise InvalidInput("the message's structured data is malformed; send it as RFC 5424, section 6.3, has it")
    if structured:
        found["structured"] = structured
    return {**found, "message": rest[at:].removeprefix(" ").removeprefix(_MARK)}


def _plain(value: str) -> str:
    return re.sub(r'\\(["\\\]])', r"\1", value)


def _old(rest: str, now: Instant, zone: tzinfo) -> Document:
    found: Document = {}
    dated, stated = _OLD.match(rest), _ISO.match(rest)
    if dated is not None and dated[2] in _MONTHS:
        _, month, day, hour, minute, second, _zone, rest = dated.groups()
        at = _nearest((_MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second)), now, zone)
        found |= {"time": iso(at)} if at is not None else {}
    elif stated is not None:
        found["time"], rest = stated[1], stated[2]
    if found and not _TAG.match(rest) and (host := _HOST.match(rest)):
        found["host"], rest = host[1], host[2]
    if tag := _TAG.match(rest):
        found |= {"app": tag[1], **({"process_id": tag[2]} if tag[2] else {})}
        rest = tag[3]
    return {**found, "message": rest}


def _nearest(stated: tuple[int, int, int, int, int], now: Instant, zone: tzinfo) -> Instant | None:
    """The instant of a local time without a year that is nearest to now; None where no year near has such a day."""
    year = to_datetime(now).astimezone(zone).year
    found: list[Instant] = []
    for each in (year - 1, year, year + 1):
        try:
            found += readings(datetime(each, *stated) + timedelta(), zone)  # noqa: DTZ001  # as the message says it
        except ValueError:
            continue
    return min(found, key=lambda at: abs(at - now), default=None)
